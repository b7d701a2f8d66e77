"""Finds the account of a request by its token or access key; cached in the process until an account changes."""

from bodydouble.mock_server.store import accounts, tokens
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.cache_version import VersionedCache
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.recent_credentials import RecentCredentials
from bodydouble.mock_server.store.tokens import Token


class CredentialCache:
    """Finds accounts by the credentials that a request shows.

    Args:
        database: the state.

    Attributes:
        recent: what the process has looked up, on a database server.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # Where other machines share no memory with this one.
        self.recent = RecentCredentials(database) if database.has_replicas else None
        self._tokens: VersionedCache[Token] = VersionedCache(database.cache_version)
        self._keys: VersionedCache[tuple[Account, dict[str, str]]] = VersionedCache(database.cache_version)

    def token(self, text: str) -> Token | None:
        """The token of a text, expired or not."""
        cached = self._tokens.get(text)
        if cached is not None:
            return cached
        version = self._tokens.version()
        token = tokens.get(self._database.read(), text)
        if token is not None:
            self._tokens.put(text, token, version)
        return token

    def by_key(self, vendor: str, key: str) -> tuple[Account, dict[str, str]] | None:
        """The account, and its credentials, that a key of a vendor stands for."""
        name = f"{vendor} {key}"
        cached = self._keys.get(name)
        if cached is not None:
            return cached
        version = self._keys.version()
        account = accounts.by_key(self._database.read(), vendor, key)
        if account is not None:
            self._keys.put(name, account, version)
        return account
