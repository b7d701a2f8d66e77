"""Takes a request's connection away from the server underneath, which tells an application neither its socket nor port.

A response that declares a length, and has no body, makes the server give its connection up before it has written a byte
of it. A second descriptor keeps the connection open meanwhile: it is the one whose first descriptor is gone. Then
everything can be done to it that a bad network does. Without a fault, nothing of this runs. It needs Linux.
"""

import ctypes
import fcntl
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import monotonic

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# linux/sockios.h: how many bytes of the send queue have not been sent, and how many have not been acknowledged.
_NOT_SENT, _NOT_ACKNOWLEDGED = 0x894B, 0x5411
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# struct sockaddr of the family AF_UNSPEC: to connect to it means to disconnect.
_NOWHERE = bytes(16)
_ESTABLISHED, _CLOSED_BY_CLIENT = 1, 8
# struct tcp_info: milliseconds since data was sent and received, and in how many segments.
_TCP_INFO_SIZE = 160
_SENT_AGO, _RECEIVED_AGO, _SEGMENTS_IN, _SEGMENTS_OUT = 44, 52, 152, 156
# Seconds until the server has given a connection up; between two looks at what nobody notifies of; and until a
# client that reads has acknowledged what it was sent.
_GIVEN_UP, _LOOK, _READ = 1.0, 0.0005, 2.0
# The threads of the server that write to sockets, by their names.
_WRITING_THREADS = "tokio"
_libc = ctypes.CDLL(None, use_errno=True)
# One connection is taken at a time: two that are given up at once could not be told apart.
_TAKING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that the server has given up.

    Attributes:
        handle: its socket.
        is_untouched: whether nothing of a response has been written: the head of one may lie in the socket, unsent.
    """

    handle: socket.socket
    is_untouched: bool

    def write(self, content: bytes) -> None:
        """Send bytes.

        Raises:
            OSError: the client has closed the connection, or does not read.
        """
        self.handle.settimeout(_READ)
        self.handle.sendall(content)

    def write_some(self, content: bytes) -> int:
        """Send as many bytes as the client takes now; how many that were.

        Raises:
            OSError: the client has closed the connection.
        """
        try:
            return self.handle.send(content, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0

    def flush(self) -> None:
        """Send what is held back, and wait until the client's system has everything, or does not take it."""
        _hold_back(self.handle, held=False)
        until = monotonic() + _READ
        # The kernel notifies nobody of an acknowledgement.
        while _queued(self.handle, _NOT_ACKNOWLEDGED) and monotonic() < until:
            time.sleep(_LOOK)

    def reset(self) -> None:
        """Break the connection off. The client notices at once; what has not been sent is lost."""
        with suppress(OSError):
            self.handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        _libc.connect(self.handle.fileno(), _NOWHERE, len(_NOWHERE))
        self.handle.close()

    def end(self) -> None:
        """Close the connection in order, after what has been written."""
        with suppress(OSError):
            _hold_back(self.handle, held=False)
            self.handle.shutdown(socket.SHUT_RDWR)
        self.handle.close()


def sole_connection(environ: "WSGIEnvironment") -> Connection | None:
    """The connection of the only request that a process handles, while the server still has it; None if it is unclear.

    It is the one that has received something since it last sent something. The server fails when it writes to what has
    been reset or ended.
    """
    sockets = [handle for _, (handle, _) in _sockets(environ["REMOTE_ADDR"], int(environ["SERVER_PORT"]))]
    waiting = [handle for handle in sockets if _awaits_response(handle)]
    for handle in sockets:
        if len(waiting) > 1 or handle not in waiting:
            handle.close()
    return Connection(waiting[0], is_untouched=True) if len(waiting) == 1 else None


class Takeover:
    """One connection that is about to be given up; made before the response.

    Args:
        environ: of its request.
    """

    def __init__(self, environ: "WSGIEnvironment") -> None:
        _TAKING.acquire()
        try:
            self._sockets = dict(_sockets(environ["REMOTE_ADDR"], int(environ["SERVER_PORT"])))
            self._affinities: dict[int, set[int]] = {}
            for handle, _ in self._sockets.values():
                _hold_back(handle, held=True)
            self._let_the_application_run_first()
        except BaseException:
            self._release()
            raise

    def take(self, use: Callable[[Connection | None], None]) -> None:
        """Wait, in a thread of its own, for the connection, and use it.

        Args:
            use: called with the connection; with None if the server did not give it up.
        """
        threading.Thread(target=self._take, args=(use,), name="fault", daemon=True).start()

    def _take(self, use: Callable[[Connection | None], None]) -> None:
        try:
            handle = self._given_up()
        finally:
            self._release()
        use(None if handle is None else Connection(handle, not _queued(handle, _NOT_SENT)))

    def _given_up(self) -> socket.socket | None:
        until = monotonic() + _GIVEN_UP
        while monotonic() < until:
            for descriptor, (handle, inode) in self._sockets.items():
                if _inode(descriptor) != inode and _state(handle) in (_ESTABLISHED, _CLOSED_BY_CLIENT):
                    del self._sockets[descriptor]
                    return handle
            time.sleep(_LOOK)
        return None

    def _let_the_application_run_first(self) -> None:
        # If the server's thread looked for the body before the application has said that there is none, it would write
        # the head. On a core of its own it comes too late. Where there is one core, the head may lie in the socket.
        core = {_libc.sched_getcpu()}
        others = set(range(os.cpu_count() or 1)) - core
        for thread, cores in (
            (threading.get_native_id(), core),
            *((writing, others) for writing in _writing_threads()),
        ):
            with suppress(OSError, ValueError):
                self._affinities[thread] = os.sched_getaffinity(thread)
                os.sched_setaffinity(thread, cores)

    def _release(self) -> None:
        for thread, cores in self._affinities.items():
            with suppress(OSError):
                os.sched_setaffinity(thread, cores)
        for handle, _ in self._sockets.values():
            with suppress(OSError):
                _hold_back(handle, held=False)
            handle.close()
        _TAKING.release()


def _sockets(client: str, port: int) -> Iterator[tuple[int, tuple[socket.socket, int]]]:
    """The connections of a client to a port of this process: the descriptor, a second one, and the inode."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        try:
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            handle = socket.socket(fileno=os.dup(descriptor))
        except OSError:
            # It has been closed meanwhile.
            continue
        if _connects(handle, client, port):
            yield descriptor, (handle, os.fstat(handle.fileno()).st_ino)
        else:
            handle.close()


def _connects(handle: socket.socket, client: str, port: int) -> bool:
    if handle.family not in (socket.AF_INET, socket.AF_INET6) or handle.type != socket.SOCK_STREAM:
        return False
    try:
        address = handle.getpeername()[0]
        return handle.getsockname()[1] == port and client in (address, address.removeprefix("::ffff:"))
    except OSError:
        return False


def _inode(descriptor: int) -> int | None:
    try:
        return os.fstat(descriptor).st_ino
    except OSError:
        return None


def _writing_threads() -> Iterator[int]:
    for name in os.listdir("/proc/self/task"):
        with suppress(OSError), open(f"/proc/self/task/{name}/comm", encoding="utf-8") as comm:
            if comm.read().startswith(_WRITING_THREADS):
                yield int(name)


def _hold_back(handle: socket.socket, *, held: bool) -> None:
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, held)


def _state(handle: socket.socket) -> int:
    return handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def _awaits_response(handle: socket.socket) -> bool:
    information = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    sent, received, segments_in, segments_out = (
        struct.unpack_from("I", information, place)[0]
        for place in (_SENT_AGO, _RECEIVED_AGO, _SEGMENTS_IN, _SEGMENTS_OUT)
    )
    return bool(segments_in) and (not segments_out or received < sent)


def _queued(handle: socket.socket, request: int) -> int:
    size: int = struct.unpack("i", fcntl.ioctl(handle.fileno(), request, bytes(4)))[0]
    return size
