"""How many threads of a process handle requests at once.

The threads of a process share one interpreter, so that more than a few of them only disturb each other. But a thread
that waits for a callback's receiver, for the rest of a body, or for rows that it reads from a database server together
with others, gives its turn to another one meanwhile; one that begins by such a wait has none before.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue


class Turns:
    """The turns of a process.

    Args:
        number: how many threads have one at the same time.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        # Each element is a free turn. `threading.Semaphore` does the same in Python: a tenth of a request's time.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(number):
            self._free.put(None)
        self._threads: set[int] = set()
        self._later: set[int] = set()

    def take(self) -> None:
        """Wait for a turn, which the thread has until it gives it up."""
        self._free.get()
        self._threads.add(threading.get_ident())

    def take_later(self) -> None:
        """Wait for a turn only after the thread has waited for somebody else, which it is about to do."""
        self._later.add(threading.get_ident())

    def give_up(self) -> None:
        """Let another thread have this one's turn, if it has one, for good: it may hold what another one waits for."""
        thread = threading.get_ident()
        self._later.discard(thread)
        if thread in self._threads:
            self._threads.discard(thread)
            self._free.put(None)

    def has_one(self) -> bool:
        """Whether this thread has a turn."""
        return threading.get_ident() in self._threads

    def until_needed(self) -> "TurnUntilNeeded":
        """This thread's turn, which it may give up, and take again."""
        return TurnUntilNeeded(self)

    def end(self, timeout: float) -> None:
        """Wait until no thread has a turn, and let none have one from now on.

        Args:
            timeout: seconds to wait for each turn at most.
        """
        for _ in range(self._number):
            with suppress(Empty):
                self._free.get(timeout=timeout)

    @contextmanager
    def given_away(self) -> Iterator[None]:
        """Let another thread have this one's turn, if it has one, while it waits for somebody else."""
        if not self.has_one() and threading.get_ident() not in self._later:
            yield
            return
        self.give_up()
        try:
            yield
        finally:
            self.take()


class TurnUntilNeeded:
    """The turn of one thread, which it may give up and take again.

    Args:
        turns: the process's.
    """

    __slots__ = ("_is_given_up", "_turns")

    def __init__(self, turns: Turns) -> None:
        self._turns, self._is_given_up = turns, False

    def give_up(self) -> None:
        """Let another thread have it, if this one has it."""
        if self._turns.has_one():
            self._turns.give_up()
            self._is_given_up = True

    def take(self) -> None:
        """Wait for it again, if it was given up here."""
        if self._is_given_up:
            self._is_given_up = False
            self._turns.take()


REQUEST_TURNS = Turns(2)
