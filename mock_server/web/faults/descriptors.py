"""The server's descriptors of its connections, and second ones, which keep connections that it gives up."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from weakref import WeakSet

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.web.faults import tcp

# Of sockets whose family is not asked for: their addresses say it, and those of this one have place for all.
_FAMILY = socket.AF_INET6
# The second descriptors that this process has, which are not the server's.
_SECOND = WeakSet[socket.socket]()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A connection that may be a request's, by a second descriptor of it.

    Attributes:
        descriptor: the server's.
        inode: what that descriptor is for, unless the server has given it up.
        client: the address of its other end.
        handle: the second descriptor.
        written: how many bytes had been written to it before the response.
    """

    descriptor: int
    inode: int
    client: str
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


def candidates(port: int) -> list[Candidate]:
    """The connections to a port of this process.

    One whose client has sent several requests at once may wait for a response although it has sent something last.
    """
    opened = []
    # All of them before the first second descriptor, which would be among them.
    for descriptor, client in list(connections(port)):
        with suppress(OSError):
            handle = second(descriptor)
            inode, written = os.fstat(descriptor).st_ino, tcp.state(handle).written
            opened.append(Candidate(descriptor, inode, client, handle, written))
    return opened


def second(descriptor: int) -> socket.socket:
    """A second descriptor of a connection.

    Raises:
        OSError: it has been closed meanwhile.
    """
    handle = socket.socket(_FAMILY, socket.SOCK_STREAM, 0, os.dup(descriptor))
    _SECOND.add(handle)
    return handle


def connections(port: int) -> Iterator[tuple[int, str]]:
    """The server's descriptors of the connections to a port of this process, and the addresses of the clients."""
    own = {handle.fileno() for handle in _SECOND}
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor not in own and (client := _client(descriptor, port)) is not None:
            yield descriptor, client


def _client(descriptor: int, port: int) -> str | None:
    """The address of a connection's client; None if it is no connection to the port."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return None
        handle = socket.socket(_FAMILY, socket.SOCK_STREAM, 0, descriptor)
    except OSError:
        # It has been closed meanwhile.
        return None
    try:
        own, peer = handle.getsockname(), handle.getpeername()
    except OSError:
        return None
    finally:
        handle.detach()
    # The server says neither that an IPv4 address was mapped, nor the scope of one.
    return peer[0].partition("%")[0].removeprefix("::ffff:") if isinstance(peer, tuple) and own[1] == port else None
