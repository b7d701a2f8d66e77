"""A connection that the server underneath has given up: everything that a bad network does can be done to it."""

import socket
from collections.abc import Iterator
from contextlib import suppress

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.web.faults import tcp

# Seconds until a client that reads has acknowledged, or made way for, what it was sent; and between two looks.
_READ, _LOOK = 2.0, 0.001
# Seconds between two pieces of a body that drips.
PERIOD = 0.05
_PART, _MAX_UNREAD = 65_536, 1_048_576


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that the server has given up. What takes time is an iterator over the seconds until its next step.

    Attributes:
        handle: its socket.
        is_untouched: whether nothing of a response has been written.
    """

    handle: socket.socket
    is_untouched: bool

    def send(self, content: bytes) -> Iterator[float]:
        """Send bytes, as fast as the client reads.

        Raises:
            OSError: the client has closed the connection, or does not read.
        """
        rest, until = memoryview(content), monotonic() + _READ
        while rest := rest[(sent := self._send_some(rest)) :]:
            until = monotonic() + _READ if sent else until
            if monotonic() > until:
                raise TimeoutError("the client does not read")
            yield _LOOK

    def drip(self, content: bytes, bytes_per_second: float) -> Iterator[float]:
        """Send bytes slowly, all such bodies at the same times: one waking for all of them costs the least.

        Raises:
            OSError: the client has closed the connection.
        """
        rest, started = memoryview(content), monotonic()
        while rest:
            yield PERIOD - monotonic() % PERIOD
            due = int((monotonic() - started) * bytes_per_second) - (len(content) - len(rest))
            rest = rest[self._send_some(rest[:due]) :] if due > 0 else rest

    def _send_some(self, content: memoryview) -> int:
        """Send what the client takes now; how many bytes that were."""
        try:
            return self.handle.send(content, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0

    def flush(self) -> Iterator[float]:
        """Wait until the client's system has everything, or does not take it."""
        until = monotonic() + _READ
        # The kernel notifies nobody of an acknowledgement.
        while tcp.not_acknowledged(self.handle) and monotonic() < until:
            yield _LOOK

    def reset(self) -> None:
        """Break the connection off. The client notices at once; what has not been sent is lost."""
        with suppress(OSError):
            tcp.reset(self.handle)
        self.handle.close()

    def end(self) -> None:
        """Close the connection in order, after what has been written."""
        with suppress(OSError):
            self._read_the_rest()
            self.handle.shutdown(socket.SHUT_RDWR)
        self.handle.close()

    def _read_the_rest(self) -> None:
        # Of the next request, say: what is unread would make a reset of the end.
        for _ in range(0, _MAX_UNREAD, _PART):
            try:
                if not self.handle.recv(_PART, socket.MSG_DONTWAIT):
                    return
            except BlockingIOError:
                return
