"""What moves on a page without reloading it: server-sent events, each a set of HTML fragments that have changed.

A response ends at once, and the browser asks again after a pause, as it does for every stream that ends. So an open
page holds no thread, any worker or replica can respond, and a page survives the server's restart.
"""

import hashlib
from collections.abc import Mapping

import orjson
from flask import Response, request

# Milliseconds between two requests of an open page.
INTERVAL = 2000


def live_response(fragments: Mapping[str, str]) -> Response:
    """The events for a page that is open.

    Args:
        fragments: HTML by the id of the element whose content it is.
    """
    identity = hashlib.sha256("\0".join(fragments.values()).encode()).hexdigest()[:16]
    body = f"retry: {INTERVAL}\n"
    if request.headers.get("Last-Event-ID") != identity:
        body += f"id: {identity}\nevent: fragments\ndata: {orjson.dumps(dict(fragments)).decode()}\n"
    return Response(f"{body}\n", content_type="text/event-stream; charset=utf-8")


def ended_response(message: str) -> Response:
    """The last event: what the page shows is no more, and the browser need not ask again."""
    data = orjson.dumps({"message": message}).decode()
    return Response(f"event: ended\ndata: {data}\n\n", content_type="text/event-stream; charset=utf-8")
