"""Bodies that drip: one thread of the process sends all of them, in small pieces."""

import threading
from dataclasses import field

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.web.faults.connection import Connection

# Seconds between two pieces of one body.
PERIOD = 0.05


@dataclass(slots=True)
class _Body:
    connection: Connection
    content: bytes
    bytes_per_second: float
    started: float = field(default_factory=monotonic)
    sent: int = 0

    def send(self) -> bool:
        """Send what is due; whether more will be."""
        due = min(len(self.content), int((monotonic() - self.started) * self.bytes_per_second))
        if due > self.sent:
            try:
                self.sent += self.connection.write_some(self.content[self.sent : due])
            except OSError:
                # The client has gone.
                return False
        return self.sent < len(self.content)


class Dripper:
    """Sends bodies slowly; its thread runs while there are any."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._bodies: list[_Body] = []
        self._is_running = False

    def add(self, connection: Connection, content: bytes, bytes_per_second: float) -> None:
        """Send a body at a rate, and then close its connection in order."""
        with self._guard:
            self._bodies.append(_Body(connection, content, bytes_per_second))
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, name="dripper", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            for body in list(self._bodies):
                if not body.send():
                    body.connection.end()
                    with self._guard:
                        self._bodies.remove(body)
            with self._guard:
                if not self._bodies:
                    self._is_running = False
                    return
            pause.wait(PERIOD)


DRIPPER = Dripper()
