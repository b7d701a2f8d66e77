"""Background threads: a step that fails is tried again, a thread that dies is started again.

What went wrong is logged, and counted for all processes of the server together.
"""

import logging
import mmap
import struct
import threading
from collections.abc import Callable

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import wall_ms

logger = logging.getLogger(__name__)

# Seconds until a step that failed is tried again, and between two looks at whether all threads live.
RETRY_PAUSE = 0.5
SUPERVISION_INTERVAL = 4.0
MAX_THREADS = 16
_COUNTS = struct.Struct("=qqq")

# What a thread does again and again; the seconds until its next step, None for the usual ones.
Step = Callable[[], float | None] | Callable[[], None]


@dataclass(frozen=True, slots=True)
class ThreadReport:
    """How a background thread has been doing, in all processes together.

    Attributes:
        failures: how many of its steps have failed.
        restarts: how many times it died and was started again.
        last_failure_at: epoch milliseconds of the real clock; None without a failure.
    """

    name: str
    failures: int
    restarts: int
    last_failure_at: int | None


class Background:
    """The background threads of a process, and the counts of all processes that are forked after it was created."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, MAX_THREADS * _COUNTS.size)
        self._threads: list[BackgroundThread] = []
        self._supervisor = self.thread("supervisor", self.check, SUPERVISION_INTERVAL)

    def thread(
        self, name: str, step: Step, interval: float, at_end: Callable[[], None] = lambda: None
    ) -> "BackgroundThread":
        """Define a thread; it runs once it is started.

        Args:
            step: what it does again and again; may return the seconds until its next step.
            interval: seconds between two steps, unless a step says otherwise, or it is woken.
            at_end: called in the thread when it stops.
        """
        counts = memoryview(self._memory)[len(self._threads) * _COUNTS.size :][: _COUNTS.size]
        thread = BackgroundThread(name, step, interval, at_end, counts)
        self._threads.append(thread)
        return thread

    def start(self) -> None:
        """Begin to look after the threads."""
        self._supervisor.start()

    def stop(self) -> None:
        """Stop looking after the threads, which go on."""
        self._supervisor.stop()

    def check(self) -> None:
        """Start every thread again that has died."""
        for thread in self._threads:
            thread.revive()

    def failing(self) -> list[str]:
        """The names of the threads of this process whose latest step has failed."""
        return [thread.name for thread in self._threads if thread.failing]

    def reports(self) -> list[ThreadReport]:
        """How the threads have been doing."""
        return [thread.report() for thread in self._threads]


class BackgroundThread:
    """One background thread.

    Attributes:
        name: what it is for.
        failing: whether its latest step has failed.
    """

    def __init__(
        self,
        name: str,
        step: Step,
        interval: float,
        at_end: Callable[[], None],
        counts: memoryview,
    ) -> None:
        self.name = name
        self._step, self._interval, self._at_end = step, interval, at_end
        self._counts = counts
        self._stopping, self._wanted = threading.Event(), False
        self._woken = threading.Event()
        self._pause: float | None = None
        self._hastened = False
        self._thread: threading.Thread | None = None
        self.failing = False

    def start(self) -> None:
        """Begin."""
        self._stopping.clear()
        self._wanted = True
        self._spawn()

    def stop(self) -> None:
        """End after the present step, and wait for that."""
        self._wanted = False
        self._stopping.set()
        self._woken.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def wake(self) -> None:
        """Take the next step at once."""
        # A thread that is woken already has the step before it.
        if not self._woken.is_set():
            self._woken.set()

    def hasten(self) -> None:
        """Take the next step within the usual interval, however long the latest one wanted to wait."""
        self._hastened = True
        if self._pause is not None:
            self._woken.set()

    def revive(self) -> None:
        """Start the thread again if it has died."""
        if self._wanted and self._thread is not None and not self._thread.is_alive():
            self._count(restarts=1)
            logger.error("the thread %s of the server has died; it is started again", self.name)
            self._spawn()

    def report(self) -> ThreadReport:
        """How it has been doing."""
        failures, restarts, last = _COUNTS.unpack(self._counts)
        return ThreadReport(self.name, failures, restarts, last or None)

    def _spawn(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self.failing:
                # A database or disk that is away notifies nobody when it is back.
                self._stopping.wait(RETRY_PAUSE)
            else:
                self._woken.wait(self._interval if self._hastened or self._pause is None else self._pause)
            self._woken.clear()
            if not self._stopping.is_set():
                self._take_step()
        self._at_end()

    def _take_step(self) -> None:
        # What hastens from now on may not be seen by this step.
        self._hastened = False
        try:
            self._pause = self._step()
        # Nothing may end the thread: not even an exit that some library asks for in it.
        except BaseException:
            self._count(failures=1)
            if not self.failing:
                logger.exception("%s failed; it is tried again every %s s", self.name, RETRY_PAUSE)
            self.failing = True
        else:
            if self.failing:
                logger.warning("%s works again", self.name)
            self.failing = False

    def _count(self, failures: int = 0, restarts: int = 0) -> None:
        before = _COUNTS.unpack(self._counts)
        self._counts[:] = _COUNTS.pack(before[0] + failures, before[1] + restarts, wall_ms())
