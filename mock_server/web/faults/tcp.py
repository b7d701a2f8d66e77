"""What the kernel knows of a connection, and what only it can do to one. It needs Linux."""

import ctypes
import fcntl
import socket
import struct

from bodydouble.contracts.core.late_dataclass import dataclass

# linux/sockios.h: how many bytes of the send queue have not been acknowledged, sent or not.
_NOT_ACKNOWLEDGED = 0x5411
# struct sockaddr of the family AF_UNSPEC: to connect to it means to disconnect.
_NOWHERE = bytes(16)
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# struct tcp_info: milliseconds since data was sent and received; bytes received, not sent yet, sent, and sent again.
_FIELDS = struct.Struct("=44xI4xI72xQ8xI52xQQ")
_ESTABLISHED = 1
_libc = ctypes.CDLL(None, use_errno=True)
# Keeps the lock of the interpreter: for calls that take no time.
_quick_libc = ctypes.PyDLL(None)


@dataclass(frozen=True, slots=True)
class TcpState:
    """A connection at one time.

    Attributes:
        is_open: whether neither side has closed it.
        sent_ago, received_ago: seconds since it last sent and received something.
        awaits_response: whether it may have received something since it last sent something.
        written: how many bytes it has been given to send.
    """

    is_open: bool
    sent_ago: float
    received_ago: float
    awaits_response: bool
    written: int


def state(handle: socket.socket) -> TcpState:
    """The connection of a socket, now."""
    information = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _FIELDS.size)
    sent_ago, received_ago, received, not_sent, sent, again = _FIELDS.unpack(information)
    # The clock of both is coarse: what is as old may be younger.
    awaits = bool(received) and (not sent or received_ago <= sent_ago)
    return TcpState(
        information[0] == _ESTABLISHED, sent_ago / 1000, received_ago / 1000, awaits, sent - again + not_sent
    )


def hold_back(handle: socket.socket, *, held: bool) -> None:
    """Let the kernel keep what does not fill a segment, for a fifth of a second at most; or send it."""
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, held)


def not_acknowledged(handle: socket.socket) -> int:
    """How many bytes the other side has not acknowledged."""
    size: int = struct.unpack("i", fcntl.ioctl(handle.fileno(), _NOT_ACKNOWLEDGED, bytes(4)))[0]
    return size


def reset(handle: socket.socket) -> None:
    """Break the connection off, for all descriptors that it has; what has not been sent is lost.

    Raises:
        OSError: there is no connection.
    """
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    _libc.connect(handle.fileno(), _NOWHERE, len(_NOWHERE))


def current_core() -> int:
    """On which core of the processor the calling thread runs."""
    core: int = _libc.sched_getcpu()
    return core


def is_closed(descriptor: int) -> bool:
    """Whether this process has no such descriptor."""
    return bool(_quick_libc.fcntl(descriptor, fcntl.F_GETFD) == -1)
