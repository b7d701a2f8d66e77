"""What the clients were told, and which rules were violated."""

import threading
from collections import Counter
from dataclasses import dataclass

from urllib3.exceptions import HTTPError, ReadTimeoutError

from tests.soak.kinds import Kind

# What a request may end with while processes are killed. Responses that are no success fail assertions.
FAILURES = (HTTPError, OSError, AssertionError, ValueError, RuntimeError, LookupError, TypeError)
# What the server says while its database is away.
STATE_LOST = "the state cannot be used"


@dataclass(frozen=True)
class Creation:
    """A task whose create was answered with success."""

    account: str
    kind: Kind
    key: str


class Ledger:
    """Shared by all threads of a round.

    Args:
        excuses_database: whether the database may be away.

    Attributes:
        creations: the tasks whose creates were answered with success.
        unknown: creates of an account and a kind, answered with a failure or not at all: each may have been made.
        results: how many requests ended how.
        problems: the violations, as text.
    """

    def __init__(self, *, excuses_database: bool) -> None:
        self._excuses_database = excuses_database
        self._guard = threading.Lock()
        self.creations: list[Creation] = []
        self.unknown: Counter[tuple[str, Kind]] = Counter()
        self.results: Counter[str] = Counter()
        self.problems: list[str] = []

    def add_creation(self, creation: Creation) -> None:
        """Note a create that was answered with success."""
        with self._guard:
            self.creations.append(creation)

    def unknown_create(self, account: str, kind: Kind) -> None:
        """Note a create that may have been made."""
        with self._guard:
            self.unknown[account, kind] += 1

    def success(self) -> None:
        """Note a request that was answered with success."""
        with self._guard:
            self.results["answered"] += 1

    def failure(self, what: str, error: BaseException) -> None:
        """Note a request that was not; a problem, unless a killed process explains it."""
        text = f"{what}: {type(error).__name__}: {error}"
        with self._guard:
            if isinstance(error, ReadTimeoutError):
                self.results["timed out"] += 1
                self.problems.append(text)
            elif isinstance(error, (HTTPError, ConnectionError)):
                self.results["unanswered"] += 1
            elif STATE_LOST in text and self._excuses_database:
                self.results["failed"] += 1
            else:
                self.results["wrong"] += 1
                self.problems.append(text)

    def problem(self, text: str) -> None:
        """Note a violation."""
        with self._guard:
            self.problems.append(text)

    def recent(self, count: int) -> list[Creation]:
        """The latest tasks."""
        with self._guard:
            return self.creations[-count:]
