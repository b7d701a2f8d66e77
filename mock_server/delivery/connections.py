"""Connections to receivers, kept open for a short time so that the next callback need not open one."""

import contextlib
import select
import socket
import threading
from collections import deque

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.delivery.destination_policy import Destination
from bodydouble.mock_server.delivery.receiver_tls import ReceiverTls

# Seconds for which an idle connection stays open: less than any usual receiver waits for the next request.
MAX_IDLE_SECONDS = 1.5
# How many idle connections are kept, in all and to one receiver.
MAX_IDLE = 256
MAX_IDLE_OF_RECEIVER = 16
# Seconds in which the network tells that the receiver had closed a connection before a request reached it.
_RESET_WAIT = 0.1

Receiver = tuple[str, tuple[str, ...], int, str]


class Deadline:
    """The end of an exchange.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def remaining(self) -> float:
        """The seconds that are left.

        Raises:
            TimeoutError: none are left.
        """
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(slots=True)
class Connection:
    """An open connection.

    Attributes:
        receiver: to which it leads.
        used: whether an earlier request went over it.
        idle_since: on the monotonic clock, when it is idle.
    """

    receiver: Receiver
    socket: socket.socket
    used: bool = False
    idle_since: float = 0.0

    def send(self, content: bytes, deadline: Deadline) -> None:
        """Send bytes."""
        self.socket.settimeout(deadline.remaining())
        self.socket.sendall(content)

    def receive(self, deadline: Deadline, size: int = 65_536) -> bytes:
        """Wait for bytes; none at the end of the connection."""
        self.socket.settimeout(deadline.remaining())
        return self.socket.recv(size)

    def close(self) -> None:
        """Close it."""
        with contextlib.suppress(OSError):
            self.socket.close()

    def is_silent(self) -> bool:
        """Whether the receiver has neither closed an idle connection nor sent anything."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return not poll.poll(0)

    def was_closed_before_the_request(self) -> bool:
        """Whether the receiver had closed the connection before the last request reached it.

        A machine responds with a reset to bytes for a connection that its program has closed. A receiver that reads a
        request and then closes the connection causes none: to that one, the request must not be sent again.
        """
        poll = select.poll()
        poll.register(self.socket, select.POLLERR)
        poll.poll(_RESET_WAIT * 1000)
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


class Connections:
    """Opens connections, and keeps idle ones.

    Args:
        tls: which certificates of receivers are trusted; None for the system's.
    """

    def __init__(self, tls: ReceiverTls | None = None) -> None:
        self._tls = tls or ReceiverTls()
        self._guard = threading.Lock()
        self._idle: dict[Receiver, deque[Connection]] = {}
        self._count = 0
        self._keeping = False

    def start(self) -> None:
        """Keep connections from now on; the caller sees to `close_idle`."""
        self._keeping = True

    def stop(self) -> None:
        """Keep none any more."""
        self._keeping = False
        self.close_idle(0)

    @property
    def are_any(self) -> bool:
        """Whether there are idle connections."""
        return self._count > 0

    def take(self, destination: Destination, deadline: Deadline) -> Connection:
        """An idle connection to a receiver, or a new one.

        Raises:
            OSError: none can be opened.
        """
        receiver = (destination.scheme, destination.addresses, destination.port, destination.host)
        while (connection := self._pop(receiver)) is not None:
            if monotonic() - connection.idle_since < MAX_IDLE_SECONDS and connection.is_silent():
                return connection
            connection.close()
        return self.open(destination, deadline)

    def open(self, destination: Destination, deadline: Deadline) -> Connection:
        """A new connection.

        Raises:
            OSError: it cannot be opened.
        """
        receiver = (destination.scheme, destination.addresses, destination.port, destination.host)
        # `localhost` often means ::1 first, where a receiver that listens on 127.0.0.1 only does not hear anything.
        *others, last = destination.addresses
        for address in others:
            with contextlib.suppress(OSError):
                return Connection(receiver, self._connect(address, destination, deadline))
        return Connection(receiver, self._connect(last, destination, deadline))

    def keep(self, connection: Connection) -> None:
        """Keep an idle connection for the next request, if connections are kept."""
        connection.used, connection.idle_since = True, monotonic()
        with self._guard:
            idle = self._idle.setdefault(connection.receiver, deque())
            if self._keeping and self._count < MAX_IDLE and len(idle) < MAX_IDLE_OF_RECEIVER:
                idle.append(connection)
                self._count += 1
                return
        connection.close()

    def close_idle(self, seconds: float = MAX_IDLE_SECONDS) -> None:
        """Close what has been idle for some seconds: receivers that end wait for their connections."""
        latest = monotonic() - seconds
        with self._guard:
            # The oldest is the first.
            old = [
                queue.popleft() for queue in self._idle.values() for idle in tuple(queue) if idle.idle_since <= latest
            ]
            self._count -= len(old)
            self._idle = {receiver: idle for receiver, idle in self._idle.items() if idle}
        for connection in old:
            connection.close()

    def _pop(self, receiver: Receiver) -> Connection | None:
        with self._guard:
            idle = self._idle.get(receiver)
            if not idle:
                return None
            self._count -= 1
            return idle.pop()

    def _connect(self, address: str, destination: Destination, deadline: Deadline) -> socket.socket:
        connected = socket.create_connection((address, destination.port), deadline.remaining())
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if destination.scheme != "https":
                return connected
            connected.settimeout(deadline.remaining())
            return self._tls.context_for(address).wrap_socket(connected, server_hostname=destination.host)
        except BaseException:
            connected.close()
            raise
