"""Looking up who sends a request, which every request does: kept in the process for as long as nothing changes."""

from bodydouble.mock_server.store import accounts, tokens
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.cache_version import Kept
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.tokens import Token


class Directory:
    """Finds accounts by what a request shows.

    Args:
        database: the state.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tokens: Kept[Token] = Kept(database.generation)
        self._keys: Kept[tuple[Account, dict[str, str]]] = Kept(database.generation)

    def token(self, text: str) -> Token | None:
        """The token of a text, expired or not."""
        kept = self._tokens.get(text)
        if kept is not None:
            return kept
        stamp = self._tokens.stamp()
        found = tokens.get(self._database.read(), text)
        if found is not None:
            self._tokens.put(text, found, stamp)
        return found

    def by_key(self, vendor: str, key: str) -> tuple[Account, dict[str, str]] | None:
        """The account, and its credentials, that a key of a vendor stands for."""
        name = f"{vendor} {key}"
        kept = self._keys.get(name)
        if kept is not None:
            return kept
        stamp = self._keys.stamp()
        found = accounts.by_key(self._database.read(), vendor, key)
        if found is not None:
            self._keys.put(name, found, stamp)
        return found
