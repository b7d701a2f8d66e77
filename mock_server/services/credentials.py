"""Looking up credentials, for the authentication of one vendor."""

from collections.abc import Mapping

from bodydouble.mock_server.store import nonces
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.credential_cache import CredentialCache
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.recent_credentials import RecentCredentials, UnprovedCredentials
from bodydouble.mock_server.store.tokens import Token

# Not every database can store the character, and no credential has it.
_NUL = "\x00"


class StoredCredentials:
    """The look-ups of authentication (see vendor_api.senders.CredentialLookup).

    Args:
        vendor: whose keys.
        cache: finds accounts by what a request shows.
        database: keeps the nonces.
        control_token: what requests to the control plane must carry; None on loopback.
    """

    def __init__(self, vendor: str, cache: CredentialCache, database: Database, control_token: str | None) -> None:
        self._vendor, self._cache, self._database = vendor, cache, database
        self._recent = cache.recent
        self.control_token = control_token

    def unproved(self) -> "UnprovedLookup | None":
        """Look-ups for one request that may be outdated until they are proved; None where it does not pay."""
        return None if self._recent is None else UnprovedLookup(self._vendor, self._recent, self.control_token)

    def token(self, text: str) -> Token | None:
        """The token of a text, expired or not."""
        return None if _NUL in text else self._cache.token(text)

    def by_key(self, key: str) -> tuple[Account, Mapping[str, str]] | None:
        """The account, and its credentials, that a key stands for."""
        return None if _NUL in key else self._cache.by_key(self._vendor, key)

    def use_nonce(self, key: str, nonce: str, expires_wall_ms: int) -> bool:
        """Use a nonce once; False if the key has used it before."""
        if _NUL in nonce:
            return False
        with self._database.write() as connection:
            return nonces.use(connection, self._vendor, key, nonce, expires_wall_ms)


class UnprovedLookup:
    """The look-ups of the authentication of one request, which are proved with its first statement.

    Args:
        vendor: whose keys.
        recent: what the process knows.
        control_token: what requests to the control plane must carry; None on loopback.
    """

    def __init__(self, vendor: str, recent: RecentCredentials, control_token: str | None) -> None:
        self._vendor, self._database = vendor, recent.database
        self.control_token = control_token
        self.credentials = UnprovedCredentials(recent)

    def token(self, text: str) -> Token | None:
        """The token of a text, expired or not."""
        return None if _NUL in text else self.credentials.token(text)

    def by_key(self, key: str) -> tuple[Account, Mapping[str, str]] | None:
        """The account, and its credentials, that a key stands for."""
        return None if _NUL in key else self.credentials.by_key(self._vendor, key)

    def use_nonce(self, key: str, nonce: str, expires_wall_ms: int) -> bool:
        """Use a nonce once; False if the key has used it before.

        Raises:
            OutdatedCredentialsError: the nonce has not been used.
        """
        if _NUL in nonce:
            return False
        with self._database.write() as connection:
            self.credentials.prove_with_next(connection)
            return nonces.use(connection, self._vendor, key, nonce, expires_wall_ms)
