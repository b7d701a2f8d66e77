"""Faults of the network that strike a response: what is sent of it, and how its connection ends.

Names and effects are those of the mock server's faults (docs/faults.md). This tester has its own, because it needs no
mock server; a test compares the two.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus

from bodydouble.contracts.client.report import http_head
from bodydouble.contracts.core.wire import WireResponse

# A dripping body takes about so many seconds, in so many pieces: longer would show nothing more.
DRIP_SECONDS, DRIP_PIECES = 0.2, 8
_BROKEN_HEADER = b"Content-Le"


class Ending(StrEnum):
    """How a connection ends after a response."""

    OPEN = "open"
    CLOSED = "closed"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Transmission:
    """What is sent of a response.

    Attributes:
        pieces: the bytes; between two pieces there is a pause.
        ending: of the connection.
    """

    pieces: tuple[bytes, ...]
    ending: Ending = Ending.OPEN

    @property
    def pause(self) -> float:
        """Seconds between two pieces."""
        return DRIP_SECONDS / DRIP_PIECES


@dataclass(frozen=True, slots=True)
class ResponseFault:
    """A fault that strikes a response.

    Attributes:
        kind: as in docs/faults.md.
        parameter: what tells it from the others of its kind.
        transmission: what is sent of a response.
        processed: whether the request is processed all the same.
        whole: whether all of the response arrives.
        needs_body: whether it strikes only responses with a body.
    """

    kind: str
    parameter: str
    transmission: Callable[[WireResponse], Transmission]
    processed: bool = True
    whole: bool = False
    needs_body: bool = True

    @property
    def name(self) -> str:
        """For reports."""
        return f"{self.kind} {self.parameter}".rstrip()


def undamaged(response: WireResponse, *, has_body: bool = True) -> Transmission:
    """All of a response, in one piece: a body that follows its headers would wait for their acknowledgement."""
    return Transmission((_head(response) + (response.body if has_body else b""),))


def _head(response: WireResponse) -> bytes:
    return http_head(response).replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n"


def _half(response: WireResponse) -> bytes:
    return response.body[: len(response.body) // 2]


def _header_reset(response: WireResponse) -> Transmission:
    lines = [line for line in _head(response).split(b"\r\n") if line and not line.startswith(_BROKEN_HEADER)]
    return Transmission((b"\r\n".join([*lines, _BROKEN_HEADER]),), Ending.RESET)


def _body_broken(ending: Ending) -> Callable[[WireResponse], Transmission]:
    return lambda response: Transmission((_head(response) + _half(response),), ending)


def _shortened(response: WireResponse) -> Transmission:
    return undamaged(replace(response, body=_half(response)))


def _malformed(response: WireResponse) -> Transmission:
    return undamaged(replace(response, body=response.body[: max(1, len(response.body) - 2)]))


def _dripping(response: WireResponse) -> Transmission:
    size = -(-len(response.body) // DRIP_PIECES)
    pieces = [response.body[start : start + size] for start in range(0, len(response.body), size)]
    return Transmission((_head(response), *pieces))


def _gateway(status: HTTPStatus) -> ResponseFault:
    title = f"{status} {status.phrase}"
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    response = WireResponse(status, {"Content-Type": "text/html"}, page.encode())
    processed = status == HTTPStatus.GATEWAY_TIMEOUT
    return ResponseFault("gateway", str(status), lambda _: undamaged(response), processed, needs_body=False)


# In the order in which a client gets them.
FAULTS: tuple[ResponseFault, ...] = (
    ResponseFault("reset", "before", lambda _: Transmission((), Ending.RESET), processed=False, needs_body=False),
    ResponseFault("reset", "header", _header_reset, needs_body=False),
    ResponseFault("reset", "body", _body_broken(Ending.RESET)),
    ResponseFault("emptyReply", "", lambda _: Transmission((), Ending.CLOSED), processed=False, needs_body=False),
    ResponseFault("truncated", "whole", _body_broken(Ending.CLOSED)),
    ResponseFault("truncated", "sent", _shortened),
    ResponseFault("malformedJson", "", _malformed),
    _gateway(HTTPStatus.BAD_GATEWAY),
    _gateway(HTTPStatus.SERVICE_UNAVAILABLE),
    _gateway(HTTPStatus.GATEWAY_TIMEOUT),
    ResponseFault("drip", "", _dripping, whole=True),
)
