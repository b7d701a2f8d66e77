"""What a worker process needs in addition to serving: a clean environment for requests, and a graceful shutdown."""

import mmap
import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})
# The variables of a WSGI environment that are not headers; an absent variable must not be read from the process.
_REQUEST_VARIABLES = ("CONTENT_TYPE", "CONTENT_LENGTH", "RAW_URI", "REQUEST_URI")
_PID_SIZE = 8


def usable_cores() -> int:
    """How many of the processor's cores this process may use."""
    return len(_affinity()) or os.cpu_count() or 1


def _affinity() -> list[int]:
    # Empty where the system cannot tell.
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


class ParentProcess:
    """The process that forked the workers: a pipe lets them notice its end, however it ends."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()

    def wait_for_exit(self) -> None:
        """Wait until the parent process has ended. Called in a worker."""
        os.read(self._reading, 1)

    def close_writing_end(self) -> None:
        """Close the writing end of the pipe, which a worker inherits from its parent."""
        os.close(self._writing)


class Places:
    """Numbered places, each of which one living process can own; shared by all processes that are forked from this one.

    Args:
        number: how many there are.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._owners = mmap.mmap(-1, _PID_SIZE * max(1, number))
        self._lock = multiprocessing.Lock()

    def __len__(self) -> int:
        return self._number

    def claim(self) -> int | None:
        """Let the calling process own a place that no living process owns; None if there is none."""
        with self._lock:
            for place in range(self._number):
                if not self._is_owned(place):
                    self._owners[place * _PID_SIZE : (place + 1) * _PID_SIZE] = os.getpid().to_bytes(_PID_SIZE)
                    return place
        return None

    def owned(self) -> list[int]:
        """The places that living processes own."""
        return [place for place in range(self._number) if self._is_owned(place)]

    def _is_owned(self, place: int) -> bool:
        return _is_alive(int.from_bytes(self._owners[place * _PID_SIZE : (place + 1) * _PID_SIZE]))


class Cores:
    """The processor's cores, of which each worker can claim one.

    The threads of a worker share one interpreter, so that they never need two cores at once; on a core of their own
    they switch at a fraction of the cost. Worth it only when there are as many workers as cores: then none is
    left idle, and none is needed twice.
    """

    def __init__(self) -> None:
        self._cores = _affinity()
        self._places = Places(len(self._cores))

    def __len__(self) -> int:
        return len(self._cores)

    def claim(self) -> None:
        """Run the calling thread, and those that it starts from now on, on a core that no living worker owns."""
        place = self._places.claim()
        if place is not None:
            os.sched_setaffinity(0, {self._cores[place]})


def _is_alive(process: int) -> bool:
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def prepare(parent: ParentProcess, stopping: frozenset[signal.Signals]) -> None:
    """Prepare a forked process to be a worker. Called in its main thread, before it starts others.

    Args:
        stopping: the signals that end it.
    """
    _hide_environment()
    _let_threads_finish()
    parent.close_writing_end()
    signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
    inherited = signal.getsignal(signal.SIGTERM)
    threading.Thread(target=_stop_once, args=(inherited, stopping), name="signals", daemon=True).start()
    threading.Thread(target=_end_with_parent, args=(parent,), name="parent", daemon=True).start()


def _hide_environment() -> None:
    # Granian mixes the process's environment into every request's, where HTTP_PROXY would pass for a header.
    for name in [name for name in os.environ if name.startswith("HTTP_") or name in _REQUEST_VARIABLES]:
        del os.environ[name]


def _let_threads_finish() -> None:
    # A thread that another one wakes would interrupt it, only to wait for the interpreter that the other one has. On a
    # core of their own, each of those is two switches for nothing.
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _stop_once(inherited: object, stopping: frozenset[signal.Signals]) -> None:
    # Granian hangs when a second signal comes while it ends. Ctrl-C reaches a worker twice: from the terminal, and from
    # its parent.
    signal.sigwait(stopping)
    # There is no notification when Granian has installed its handler.
    while (handler := signal.getsignal(signal.SIGTERM)) is inherited:
        time.sleep(0.01)
    if callable(handler):
        handler(signal.SIGTERM, None)


def _end_with_parent(parent: ParentProcess) -> None:
    parent.wait_for_exit()
    os.kill(os.getpid(), signal.SIGTERM)
