"""Takes a request's connection away from the server underneath, which tells an application neither its socket nor port.

A response that declares a length, and has no body, makes the server give its connection up before it has written a byte
of it. A second descriptor keeps the connection open meanwhile: it is the one whose first descriptor is gone. Without a
fault, nothing of this runs. It needs Linux.
"""

import logging
import os
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakSet

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.web.faults import tcp
from bodydouble.mock_server.web.faults.connection import Connection
from bodydouble.mock_server.web.faults.steps import STEPS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

logger = logging.getLogger(__name__)

# Seconds until the server has given a connection up; until it has where all that could be it have been written to or
# closed meanwhile; and between two looks at what nobody notifies of.
_GIVEN_UP, _CLOSED, _LOOK = 1.0, 0.05, 0.0002
# Seconds between a response and the beginning of the next request, which the client had sent before it, at most.
_BEGINNING = 0.005
# The threads of the server that write to sockets, by their names.
_WRITING_THREADS = "tokio"
# One connection is taken at a time: two that are given up at once could not be told apart.
_TAKING = threading.Lock()
# The connections that have been taken.
_TAKEN = WeakSet[socket.socket]()

Use = Callable[[Connection], Iterator[float]]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A connection that may be the request's.

    Attributes:
        descriptor: the server's.
        inode: what that descriptor is for, unless the server has given it up.
        handle: a second descriptor of it.
        written: how many bytes had been written to it before the response.
    """

    descriptor: int
    inode: int
    handle: socket.socket
    written: int

    @property
    def is_given_up(self) -> bool:
        """Whether the server has closed its descriptor."""
        try:
            return os.fstat(self.descriptor).st_ino != self.inode
        except OSError:
            return True

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing has been written to it."""
        return tcp.state(self.handle).written == self.written

    def release(self) -> None:
        """Leave it to the server, or to its end."""
        with suppress(OSError):
            tcp.hold_back(self.handle, held=False)
        self.handle.close()


class Takeover:
    """One connection that is about to be given up, as soon as the server has this object as the body of the response.

    Args:
        environ: of the request.
        use: what is done to the connection, in steps; not called if the client has gone.
    """

    def __init__(self, environ: "WSGIEnvironment", use: Use) -> None:
        self._use = use
        _TAKING.acquire()
        self._candidates: list[_Candidate] = []
        self._thread = _WritingThread()
        self._candidates += _candidates(environ["REMOTE_ADDR"], int(environ["SERVER_PORT"]))
        self._thread.slow_down()

    def __iter__(self) -> Iterator[bytes]:
        """Nothing; not by code of Python, during which the server's thread could write."""
        return iter(())

    def close(self) -> None:
        """Nothing: a server closes every body."""

    def __del__(self) -> None:
        """The server has done what it has to do with the body: nothing that takes time may happen before."""
        self._thread.go_on()
        STEPS.add(_take(self._candidates, self._use))


def sole_connection(environ: "WSGIEnvironment", age: float) -> Connection | None:
    """The connection of the only request that a process handles, while the server still has it; None if it is unclear.

    The server fails when it writes to what has been reset or ended.

    Args:
        age: seconds since the request began.
    """
    own = set(_connections(environ["REMOTE_ADDR"], int(environ["SERVER_PORT"])))
    states = {descriptor: now for descriptor in own if (now := _state(descriptor)) is not None}
    waiting = [descriptor for descriptor, now in states.items() if now.awaits_response]
    # A client may send its next request before it has a response: that connection seems to wait for nothing.
    if len(waiting) != 1 or any(_sent_as_it_began(states[other], age) for other in states.keys() - set(waiting)):
        return None
    return Connection(socket.socket(fileno=os.dup(waiting[0])), is_untouched=True)


def _sent_as_it_began(now: tcp.TcpState, age: float) -> bool:
    return abs(now.sent_ago - age) < _BEGINNING


def _take(candidates: list[_Candidate], use: Use) -> Iterator[float]:
    connection, started = None, monotonic()
    try:
        while connection is None and _may_come(candidates, monotonic() - started):
            yield _LOOK
            connection = _given_up(candidates)
    finally:
        for candidate in candidates:
            candidate.release()
        _TAKING.release()
    if connection is None:
        logger.info("a fault strikes nobody: the client has gone")
    else:
        yield from use(connection)


def _may_come(candidates: list[_Candidate], waited: float) -> bool:
    return waited < _CLOSED or (waited < _GIVEN_UP and any(candidate.is_unchanged for candidate in candidates))


def _given_up(candidates: list[_Candidate]) -> Connection | None:
    for candidate in [candidate for candidate in candidates if candidate.is_given_up]:
        candidates.remove(candidate)
        now = tcp.state(candidate.handle)
        # What has been closed in order is another one, or has nobody at its other end.
        if now.is_open:
            _TAKEN.add(candidate.handle)
            return Connection(candidate.handle, is_untouched=now.written == candidate.written)
        candidate.release()
    return None


class _WritingThread:
    """The thread of the server that writes: it must not be faster than the one that hands a response over.

    If it looked for the body before the end of that, it would write the head. So it has to come from another core;
    where there is none, it does not interrupt.
    """

    def __init__(self) -> None:
        self._affinities: dict[int, set[int]] = {}
        self._is_patient = False

    def slow_down(self) -> None:
        """Let it be slower than the calling thread."""
        self._thread = _writing_thread(os.getpid())
        core = {tcp.current_core()}
        others = set(range(os.cpu_count() or 1)) - core
        self._move(threading.get_native_id(), core)
        if not self._move(self._thread, others):
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
    return min((thread for thread in threads if _name(thread).startswith(_WRITING_THREADS)), key=_started)


def _name(thread: int) -> str:
    with suppress(OSError), open(f"/proc/self/task/{thread}/comm", encoding="utf-8") as name:
        return name.read()
    return ""


def _started(thread: int) -> tuple[int, int]:
    with suppress(OSError), open(f"/proc/self/task/{thread}/stat", encoding="utf-8") as fields:
        return int(fields.read().rpartition(")")[2].split()[19]), thread
    return sys.maxsize, thread


def _candidates(client: str, port: int) -> Iterator[_Candidate]:
    """The connections that wait for a response."""
    # All of them before the first second descriptor, which would be among them.
    for descriptor in list(_connections(client, port)):
        now = _state(descriptor)
        if now is not None and now.awaits_response:
            with suppress(OSError):
                handle = socket.socket(fileno=os.dup(descriptor))
                tcp.hold_back(handle, held=True)
                yield _Candidate(descriptor, os.fstat(descriptor).st_ino, handle, tcp.state(handle).written)


def _connections(client: str, port: int) -> Iterator[int]:
    """The server's descriptors of the connections from a client to a port of this process."""
    taken = {handle.fileno() for handle in _TAKEN}
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor not in taken and _is_socket(descriptor) and _is_connection(descriptor, client, port):
            yield descriptor


def _is_socket(descriptor: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        # It has been closed meanwhile.
        return False


def _state(descriptor: int) -> tcp.TcpState | None:
    with _borrowed(descriptor) as handle:
        try:
            return tcp.state(handle)
        except OSError:
            return None


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    # The family is not asked for: addresses say it.
    handle = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, descriptor)
    try:
        yield handle
    finally:
        handle.detach()


def _is_connection(descriptor: int, client: str, port: int) -> bool:
    try:
        with _borrowed(descriptor) as handle:
            peer, own = handle.getpeername(), handle.getsockname()
    except OSError:
        return False
    if not isinstance(peer, tuple) or own[1] != port:
        return False
    address = peer[0].partition("%")[0]
    return client in (address, address.removeprefix("::ffff:"))
