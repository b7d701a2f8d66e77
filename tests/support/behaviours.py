"""What callback receivers of the tests do, beyond sending a response."""

import threading
from http.server import BaseHTTPRequestHandler

from bodydouble.mock_server.testing.receiver import WAIT, Behaviour


def hanging(released: threading.Event) -> Behaviour:
    """Send no response, and hold the connection until something else lets it go."""

    def behave(_: BaseHTTPRequestHandler) -> None:
        released.wait(WAIT)

    return behave
