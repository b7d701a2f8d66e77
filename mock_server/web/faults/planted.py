"""The faults that strike one request: in which order, whether it is processed, and what becomes of its response."""

from collections.abc import Sequence
from dataclasses import replace

from bodydouble.mock_server.engine.faults import StruckFault
from bodydouble.mock_server.vendor_api.response import Response, Text

# Kinds after which a request is not processed unless its fault says so; and kinds that leave the choice to the fault.
_UNPROCESSED_STATUSES = (502, 503)
# What replaces or damages the bytes of a response: the oldest of these that strikes.
_DAMAGES = ("gateway", "emptyReply", "reset", "malformedJson", "truncated", "drip")
_LATENCY = "latency"
_PAGE = (
    "<html>\r\n<head><title>{0} {1}</title></head>\r\n<body>\r\n<center><h1>{0} {1}</h1></center>\r\n"
    "<hr><center>gateway</center>\r\n</body>\r\n</html>\r\n"
)
_REASONS = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


def damage_of(faults: Sequence[StruckFault]) -> StruckFault | None:
    """The fault that damages the response; the others only delay it."""
    return next((fault for fault in faults if fault.kind in _DAMAGES), None)


def latency_of(faults: Sequence[StruckFault]) -> float:
    """Seconds by which all faults together delay the response."""
    return sum(fault.latency() for fault in faults if fault.kind == _LATENCY)


def is_processed(faults: Sequence[StruckFault]) -> bool:
    """Whether the request is processed, although its response may never arrive."""
    damage = damage_of(faults)
    if damage is None:
        return True
    parameters = damage.parameters
    if "processed" in parameters:
        return bool(parameters["processed"])
    unprocessed_gateway = damage.kind == "gateway" and parameters["status"] in _UNPROCESSED_STATUSES
    return not (damage.kind == "emptyReply" or parameters.get("at") == "before" or unprocessed_gateway)


def unprocessed() -> Response:
    """The response to a request that is not processed, before the fault replaces it."""
    return Response(0, None)


def struck(response: Response, faults: Sequence[StruckFault]) -> Response:
    """A response with the faults that strike it; what replaces its content has been replaced."""
    damage = damage_of(faults)
    if damage is not None and damage.kind == "gateway":
        status = damage.parameters["status"]
        response = Response(status, Text(_PAGE.format(status, _REASONS[status]), "text/html"))
    elif damage is not None and damage.kind == "malformedJson":
        response = replace(response, body=Text(_malformed(response.encoded()), response.media_type))
    return replace(response, faults=tuple(faults))


def _malformed(body: bytes) -> str:
    # As from a server that breaks off while it writes, and closes in order.
    text = body.decode(errors="replace")
    return text[: max(1, len(text) - 2)] if text else "{"
