"""What the kernel knows of a connection, and what only it can do to one. It needs Linux."""

import ctypes
import fcntl
import os
import socket
import struct
import termios

from bodydouble.contracts.core.late_dataclass import dataclass

# linux/sockios.h: how many bytes of the send queue have not been acknowledged, sent or not.
_NOT_ACKNOWLEDGED = 0x5411
# struct sockaddr of the family AF_UNSPEC: to connect to it means to disconnect.
_NOWHERE = bytes(16)
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# struct tcp_info: bytes not sent yet, sent, and sent again.
_FIELDS = struct.Struct("=144xI52xQQ")
_ESTABLISHED = 1
_libc = ctypes.CDLL(None, use_errno=True)
# Keeps the lock of the interpreter: for calls that take no time.
_quick_libc = ctypes.PyDLL(None)


@dataclass(frozen=True, slots=True)
class TcpState:
    """A connection at one time.

    Attributes:
        is_open: whether neither side has closed it.
        written: how many bytes it has been given to send.
    """

    is_open: bool
    written: int


def state(handle: socket.socket) -> TcpState:
    """The connection of a socket, now."""
    information = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _FIELDS.size)
    not_sent, sent, again = _FIELDS.unpack(information)
    return TcpState(information[0] == _ESTABLISHED, sent - again + not_sent)


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


def is_closed(descriptor: int) -> bool:
    """Whether this process has no such descriptor."""
    return bool(_quick_libc.fcntl(descriptor, fcntl.F_GETFD) == -1)


def set_waiting(descriptor: int, *, waits: bool) -> None:
    """Whether reading from a socket waits for something to come."""
    _quick_libc.fcntl(descriptor, fcntl.F_SETFL, os.O_RDWR if waits else os.O_RDWR | os.O_NONBLOCK)


def unread(descriptor: int) -> int:
    """How many bytes have come that have not been read."""
    size = ctypes.c_int()
    _quick_libc.ioctl(descriptor, termios.FIONREAD, ctypes.byref(size))
    return size.value


def wake(descriptor: int) -> None:
    """Send a byte."""
    _quick_libc.write(descriptor, b"\0", 1)
