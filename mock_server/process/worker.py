"""What a worker process needs besides serving: a request's environment of its own, and an orderly end."""

import mmap
import multiprocessing
import os
import signal
import threading
import time

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})
# What a request's environment has besides headers, and what stands for an absent value must not come from elsewhere.
_REQUEST_VARIABLES = ("CONTENT_TYPE", "CONTENT_LENGTH", "RAW_URI", "REQUEST_URI")
_PID_SIZE = 8


def usable_cores() -> int:
    """How many of the processor's cores this process may use."""
    return len(_affinity()) or os.cpu_count() or 1


def _affinity() -> list[int]:
    # Empty where the system cannot tell.
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


class Parent:
    """Lets workers notice the end of the process that forked them, however it ends."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()

    def wait_for_end(self) -> None:
        """Wait until the parent is gone. For a worker."""
        os.read(self._reading, 1)

    def leave(self) -> None:
        """Give up this process's end of the pipe, which a worker has from its parent."""
        os.close(self._writing)


class Cores:
    """The processor's cores, of which each worker may take one for itself.

    The threads of a worker share one interpreter, so that they never need two cores at once; on one of their own they
    hand it to each other at a fraction of the cost. Worth it only when there are as many workers as cores: then none is
    left idle, and none is needed twice.
    """

    def __init__(self) -> None:
        self._cores = _affinity()
        # Shared by all processes that are forked from this one: who has which core.
        self._owners = mmap.mmap(-1, _PID_SIZE * max(1, len(self._cores)))
        self._lock = multiprocessing.Lock()

    def __len__(self) -> int:
        return len(self._cores)

    def take(self) -> None:
        """Run the calling thread, and those that it starts from now on, on a core that no living worker has."""
        with self._lock:
            for index, core in enumerate(self._cores):
                place = slice(index * _PID_SIZE, (index + 1) * _PID_SIZE)
                if not _lives(int.from_bytes(self._owners[place])):
                    self._owners[place] = os.getpid().to_bytes(_PID_SIZE)
                    os.sched_setaffinity(0, {core})
                    return


def _lives(process: int) -> bool:
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def prepare(parent: Parent, stopping: frozenset[signal.Signals]) -> None:
    """Make a forked process fit to be a worker. In its main thread, before it starts others.

    Args:
        stopping: the signals that end it.
    """
    _hide_environment()
    parent.leave()
    signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
    inherited = signal.getsignal(signal.SIGTERM)
    threading.Thread(target=_stop_once, args=(inherited, stopping), name="signals", daemon=True).start()
    threading.Thread(target=_follow, args=(parent,), name="parent", daemon=True).start()


def _hide_environment() -> None:
    # Granian mixes the process's environment into every request's, where HTTP_PROXY would pass for a header.
    for name in [name for name in os.environ if name.startswith("HTTP_") or name in _REQUEST_VARIABLES]:
        del os.environ[name]


def _stop_once(inherited: object, stopping: frozenset[signal.Signals]) -> None:
    # Granian hangs when a second signal comes while it ends. Ctrl-C reaches a worker twice: from the terminal, and from
    # its parent.
    signal.sigwait(stopping)
    # Nothing tells when Granian has put its handler in place.
    while (handler := signal.getsignal(signal.SIGTERM)) is inherited:
        time.sleep(0.01)
    if callable(handler):
        handler(signal.SIGTERM, None)


def _follow(parent: Parent) -> None:
    parent.wait_for_end()
    os.kill(os.getpid(), signal.SIGTERM)
