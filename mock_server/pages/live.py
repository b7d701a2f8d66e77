"""What moves on a page without reloading it: server-sent events, each a set of HTML fragments that have changed.

A response ends at once, and the browser asks again after a pause, as it does for every stream that ends. So an open
page holds no thread, any worker or replica can respond, and a page survives the server's restart. The more of a
worker's time the open pages take together, the longer the pause: they do not slow the vendors' requests down.
"""

import hashlib
import math
import time
from collections.abc import Mapping

import orjson
from flask import Flask, Response, current_app, g, request

from bodydouble.mock_server.clock import monotonic

# Milliseconds between two requests of an open page: usually, and where there are thousands of them.
INTERVAL, MAX_INTERVAL = 2000, 60_000
# The share of a worker's time up to which the pause is the usual, and the seconds over which it is measured.
UNNOTICED_SHARE, WINDOW = 0.01, 10.0
_PAUSES = "bodydouble-pauses"


class Pauses:
    """How long open pages pause, by the processor time that they have taken lately."""

    def __init__(self) -> None:
        self._spent, self._at = 0.0, 0.0

    def after(self, seconds: float, now: float) -> int:
        """Milliseconds of the next pause.

        Args:
            seconds: of processor time that a response has taken.
            now: seconds, of a clock that only goes forward.
        """
        self._spent = self._spent * math.exp(-(now - self._at) / WINDOW) + seconds
        self._at = now
        return int(min(INTERVAL * max(1.0, self._spent / WINDOW / UNNOTICED_SHARE), MAX_INTERVAL))


def add_pauses(app: Flask) -> None:
    """Measure what live responses cost."""
    app.extensions[_PAUSES] = Pauses()

    @app.before_request
    def begin() -> None:
        g.began = time.thread_time()


def live_response(fragments: Mapping[str, str]) -> Response:
    """The events for a page that is open.

    Args:
        fragments: HTML by the id of the element whose content it is.
    """
    identity = hashlib.sha256("\0".join(fragments.values()).encode()).hexdigest()[:16]
    pauses: Pauses = current_app.extensions[_PAUSES]
    body = f"retry: {pauses.after(time.thread_time() - g.began, monotonic())}\n"
    if request.headers.get("Last-Event-ID") != identity:
        body += f"id: {identity}\nevent: fragments\ndata: {orjson.dumps(dict(fragments)).decode()}\n"
    return Response(f"{body}\n", content_type="text/event-stream; charset=utf-8")


def ended_response(message: str) -> Response:
    """The last event: what the page shows is no more, and the browser need not ask again."""
    data = orjson.dumps({"message": message}).decode()
    return Response(f"event: ended\ndata: {data}\n\n", content_type="text/event-stream; charset=utf-8")
