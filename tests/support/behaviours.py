"""Behaviours of callback receivers in the tests, in addition to sending a response."""

import threading
from http.server import BaseHTTPRequestHandler

from bodydouble.mock_server.testing.receiver import WAIT, Behaviour


def hanging(released: threading.Event) -> Behaviour:
    """Send no response, and keep the connection open until it is released."""

    def behave(_: BaseHTTPRequestHandler) -> None:
        released.wait(WAIT)

    return behave
