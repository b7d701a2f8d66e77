"""The one place where the testers read the real time and wait, so that a test can let it stand still."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bodydouble.contracts.core.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from.

    Attributes:
        now: seconds since 1970.
        monotonic: seconds that only go forward, to measure with.
        sleep: waits for some seconds.
    """

    now: Callable[[], float]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


REAL = Clock(time.time, time.monotonic, time.sleep)
_current = REAL


def now() -> float:
    """Seconds since 1970."""
    return _current.now()


def now_in_milliseconds() -> int:
    """Milliseconds since 1970."""
    return int(_current.now() * 1000)


def monotonic() -> float:
    """Seconds on a clock that only measures durations."""
    return _current.monotonic()


def sleep(seconds: float) -> None:
    """Wait."""
    _current.sleep(seconds)


class Frozen:
    """Time that stands still, and that only waiting moves.

    Args:
        at: seconds since 1970; None for now.
        on_sleep: called with the seconds of each wait, so that a server's clock can be moved along.
    """

    def __init__(self, at: float | None = None, on_sleep: Callable[[float], object] = lambda seconds: None) -> None:
        self.at = time.time() if at is None else at
        self.slept: list[float] = []
        self._on_sleep = on_sleep

    def clock(self) -> Clock:
        """As a clock."""
        return Clock(lambda: self.at, lambda: self.at, self.sleep)

    def sleep(self, seconds: float) -> None:
        """Wait, without waiting."""
        self.slept.append(seconds)
        self.at += seconds
        self._on_sleep(seconds)


@contextmanager
def frozen(at: float | None = None, on_sleep: Callable[[float], object] = lambda seconds: None) -> Iterator[Frozen]:
    """Let the time of this process's testers stand still; arguments as of `Frozen`."""
    global _current
    before, standing = _current, Frozen(at, on_sleep)
    _current = standing.clock()
    try:
        yield standing
    finally:
        _current = before
