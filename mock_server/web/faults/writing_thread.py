"""The thread of the server underneath that writes to sockets, and how it is slower than another one for an instant."""

import os
import sys
import threading
from contextlib import suppress
from functools import cache

from bodydouble.mock_server.web.faults import tcp

# The threads of the server, by the beginning of their names.
_SERVER_THREADS = "tokio"


class WritingThread:
    """The thread of the server that writes: it must not be faster than the one that hands a response over.

    If it looked for the body before the end of that, it would write the head. So it has to come from another core;
    where there is none, it does not interrupt.

    Attributes:
        is_elsewhere: whether it is slower because it is on another core.
    """

    def __init__(self) -> None:
        self._affinities: dict[int, set[int]] = {}
        self._is_patient = False
        self.is_elsewhere = False

    def slow_down(self) -> None:
        """Let it be slower than the calling thread."""
        self._thread = _writing_thread(os.getpid())
        core = {tcp.current_core()}
        others = set(range(os.cpu_count() or 1)) - core
        self._move(threading.get_native_id(), core)
        self.is_elsewhere = self._move(self._thread, others)
        if not self.is_elsewhere:
            with suppress(OSError):
                os.sched_setscheduler(self._thread, os.SCHED_BATCH, os.sched_param(0))
                self._is_patient = True

    def _move(self, thread: int, cores: set[int]) -> bool:
        try:
            before = os.sched_getaffinity(thread)
            os.sched_setaffinity(thread, cores)
        except (OSError, ValueError):
            return False
        self._affinities[thread] = before
        return True

    def go_on(self) -> None:
        """Let both run as before."""
        if self._is_patient:
            self._is_patient = False
            with suppress(OSError):
                os.sched_setscheduler(self._thread, os.SCHED_OTHER, os.sched_param(0))
        while self._affinities:
            with suppress(OSError):
                os.sched_setaffinity(*self._affinities.popitem())


@cache
def _writing_thread(process: int) -> int:
    """It lives as long as its process, and is older than those that it starts, which have its name."""
    threads = map(int, os.listdir(f"/proc/{process}/task"))
    return min((thread for thread in threads if _name(thread).startswith(_SERVER_THREADS)), key=_started)


def _name(thread: int) -> str:
    with suppress(OSError), open(f"/proc/self/task/{thread}/comm", encoding="utf-8") as name:
        return name.read()
    return ""


def _started(thread: int) -> tuple[int, int]:
    with suppress(OSError), open(f"/proc/self/task/{thread}/stat", encoding="utf-8") as fields:
        return int(fields.read().rpartition(")")[2].split()[19]), thread
    return sys.maxsize, thread
