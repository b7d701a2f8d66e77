"""A request together with its response, as seen from between the two parties, and its form as a line of JSON."""

import base64
import json
from datetime import datetime

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest, WireResponse


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """One request and what came back.

    Attributes:
        request: as the client sent it, its body free of any content coding.
        response: as the client got it, its body free of any content coding; None if no response came.
        started: when the request had arrived.
        duration: seconds until the end of the response.
        whole: whether the response's body is here in full. Bodies that are neither JSON nor text, or too long, are not.
        size: bytes of the response's body on the wire, also where the body is not here.
        failure: why the response did not come, or not in full; empty if it did.
        undecodable: whether the response's body is not what its `Content-Encoding` says.
        request_whole: whether the request's body is here in full. A body whose content coding is unknown is not.
        request_size: bytes of the request's body on the wire; None if they are those of the body that is here.
        request_undecodable: whether the request's body is not what its `Content-Encoding` says.
        unknown_codings: the content codings that are unknown, so that a body is not here.
    """

    request: WireRequest
    response: WireResponse | None
    started: datetime
    duration: float
    whole: bool = True
    size: int = 0
    failure: str = ""
    undecodable: bool = False
    request_whole: bool = True
    request_size: int | None = None
    request_undecodable: bool = False
    unknown_codings: tuple[str, ...] = ()


def is_text(media: str) -> bool:
    """Whether bodies of a media type are text that is worth keeping in a recording."""
    return (
        media.startswith("text/")
        or media.endswith(("+json", "+xml", "/json", "/xml", "/x-www-form-urlencoded", "/javascript"))
        or media == ""
    )


def to_line(exchange: RecordedExchange) -> bytes:
    """Write an exchange that has a response as a line of JSON; bodies in base64, so that they survive to the byte.

    Raises:
        ValueError: no response came.
    """
    if exchange.response is None:
        raise ValueError("an exchange without a response has no line")
    request, response = exchange.request, exchange.response
    content = {
        "started": exchange.started.isoformat(),
        "duration": exchange.duration,
        "whole": exchange.whole,
        "size": exchange.size,
        "request": {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": dict(request.headers),
            "body": base64.b64encode(request.body).decode(),
        },
        "response": {
            "status": response.status,
            "headers": dict(response.headers),
            "body": base64.b64encode(response.body).decode(),
        },
    }
    return json.dumps(content).encode() + b"\n"
