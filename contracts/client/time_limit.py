"""Ends a client that does not come back: one that waits for ever, or never stops sending requests."""

import signal
import threading
from types import FrameType, TracebackType
from typing import NoReturn

# A client that swallows the first interruption gets another one so many seconds later.
_REPEAT = 0.1


class ClientInterrupted(BaseException):
    """Raised inside the client. No Exception: a client that retries after every error must not swallow it."""


class TimeLimit:
    """Interrupts the block after some time, or when it is told to; a context manager.

    It uses the alarm signal, which Python delivers to the main thread only; in another thread it does nothing.

    Args:
        seconds: of real time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._works = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> "TimeLimit":
        if self._works:
            self._handler = signal.signal(signal.SIGALRM, _interrupt)
            self._timer = signal.setitimer(signal.ITIMER_REAL, self._seconds, _REPEAT)
        return self

    def interrupt(self) -> None:
        """Interrupt the block now. Called from any thread."""
        if self._works:
            signal.setitimer(signal.ITIMER_REAL, 1e-6, _REPEAT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._works:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._handler)
            # Another timer of the process, such as a test's own time limit, goes on.
            signal.setitimer(signal.ITIMER_REAL, *self._timer)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise ClientInterrupted
