"""A response under faults: delayed, cut off, dripping, or on a connection that breaks."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.engine.faults import StruckFault
from bodydouble.mock_server.vendor_api.response import Response
from bodydouble.mock_server.web.faults.connection import PERIOD, Connection
from bodydouble.mock_server.web.faults.planted import damage_of, latency_of
from bodydouble.mock_server.web.faults.takeover import Takeover

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

# These are done to the connection; everything else is said by the server.
_ON_CONNECTION = frozenset({"emptyReply", "reset", "truncated", "drip"})
# How many responses of a process may be delayed at once: each keeps a thread, of which others need some (see
# process.server). What is beyond that is sent by no thread, and ends its connection.
MAX_DELAYED = 48
_DELAYED = threading.BoundedSemaphore(MAX_DELAYED)
# A head breaks off within the name of a header.
_BROKEN_HEADER = b"Content-Le"
# Where an environment says that faults have struck.
FAULTS = "bodydouble.faults"
# Where it says when its request began, and how its thread lets others go on while it waits.
BEGAN, STEP_ASIDE = "bodydouble.began", "bodydouble.step_aside"

Send = Callable[["WSGIEnvironment", "StartResponse", Response, bytes], Iterable[bytes]]


def send_damaged(
    environ: "WSGIEnvironment", start_response: "StartResponse", response: Response, body: bytes, send: Send
) -> Iterable[bytes]:
    """Respond as the faults of a response want it.

    Args:
        send: responds without faults.
    """
    environ[FAULTS] = response.faults
    seconds, damage = latency_of(response.faults), damage_of(response.faults)
    is_whole = damage is None or damage.kind not in _ON_CONNECTION
    damaged = _Damaged(
        response, body, _whole(body) if damage is None or is_whole else damage, environ["REQUEST_METHOD"] != "HEAD"
    )
    if seconds and not _delay(seconds, environ):
        if BEGAN in environ and _can_be_taken(environ) and body and damaged.has_body:
            start_response(*damaged.head())
            return Takeover(environ, damaged.after(seconds))
        logger.warning("%d responses are being delayed; a further one is sent at once", MAX_DELAYED)
    if is_whole:
        return send(environ, start_response, response, body)
    if _can_be_taken(environ):
        _step_aside(environ)
        start_response(*damaged.head())
        return Takeover(environ, damaged.steps)
    # Within TLS and HTTP/2 only the server can write. What it can do in addition is to break off.
    start_response(*damaged.head())
    return damaged.pieces()


def _step_aside(environ: "WSGIEnvironment") -> None:
    # What is left to do of the request needs neither the state nor a turn.
    environ.get(STEP_ASIDE, lambda: None)()


def _can_be_taken(environ: "WSGIEnvironment") -> bool:
    return bool(environ["wsgi.url_scheme"] == "http") and environ["SERVER_PROTOCOL"].startswith("HTTP/1")


def _whole(body: bytes) -> StruckFault:
    """What leaves a response whole, and ends its connection."""
    return StruckFault(0, "truncated", {"length": "whole", "bytes": len(body)})


def _delay(seconds: float, environ: "WSGIEnvironment") -> bool:
    """Wait, if as many threads as may wait do not do so already; whether that was so."""
    _step_aside(environ)
    if not _DELAYED.acquire(blocking=False):
        return False
    try:
        time.sleep(seconds)
    finally:
        _DELAYED.release()
    return True


@dataclass(frozen=True, slots=True)
class _Damaged:
    response: Response
    body: bytes
    damage: StruckFault
    has_body: bool

    @property
    def _sent(self) -> bytes:
        # Half of the body, unless the fault says how much.
        body = self.body if self.has_body else b""
        if self.damage.kind == "drip" or self.damage.parameters.get("at") == "after":
            return body
        return body[: self.damage.parameters.get("bytes", len(body) // 2)]

    @property
    def _declared(self) -> int:
        # A server gives up a connection only if there is something left to send.
        honest = self.damage.parameters.get("length") == "sent"
        return max(1, len(self._sent) if honest else len(self.body))

    @property
    def sends_nothing_whole(self) -> bool:
        """Whether not even the head of the response is sent."""
        return self.damage.kind == "emptyReply" or self.damage.parameters.get("at") in ("before", "header")

    def head(self) -> tuple[str, list[tuple[str, str]]]:
        """Status line and headers."""
        status = self.response.status or HTTPStatus.OK
        headers = [*self.response.headers.items(), ("Content-Length", str(self._declared))]
        if self.body:
            headers.append(("Content-Type", self.response.media_type))
        return f"{int(status)} {HTTPStatus(status).phrase}", headers

    def pieces(self) -> Iterator[bytes]:
        """The body for the server to send; less than it has declared, so that it breaks off."""
        if self.damage.kind != "drip":
            if self._sent and self.damage.parameters.get("at") != "header":
                yield self._sent
            return
        size = max(1, int(self.damage.parameters["bytes_per_second"] * PERIOD))
        for start in range(0, len(self._sent), size):
            time.sleep(min(size / self.damage.parameters["bytes_per_second"], 60))
            yield self._sent[start : start + size]

    def after(self, seconds: float) -> Callable[[Connection], Iterator[float]]:
        """The same steps, some time later."""

        def steps(connection: Connection) -> Iterator[float]:
            yield seconds
            yield from self.steps(connection)

        return steps

    def steps(self, connection: Connection) -> Iterator[float]:
        """Send it on the connection, or what the fault leaves of it; the seconds until each next step."""
        try:
            yield from self._sending(connection)
        except OSError:
            # A client that has gone meanwhile has a fault of its own.
            connection.reset()
            return
        if self.damage.kind == "reset":
            connection.reset()
        else:
            connection.end()

    def _sending(self, connection: Connection) -> Iterator[float]:
        at = self.damage.parameters.get("at")
        if self.sends_nothing_whole and not connection.is_untouched:
            # The head lies in the socket already: it can only be lost.
            connection.reset()
        if at == "before" or self.damage.kind == "emptyReply":
            return
        if connection.is_untouched:
            yield from connection.send(self._encoded_head(whole=at != "header"))
        if self.damage.kind == "drip":
            yield from connection.flush()
            yield from connection.drip(self._sent, self.damage.parameters["bytes_per_second"])
        elif at != "header":
            yield from connection.send(self._sent)
        if self.damage.kind == "reset":
            yield from connection.flush()

    def _encoded_head(self, *, whole: bool) -> bytes:
        status, headers = self.head()
        closes = self.damage.kind in ("truncated", "drip")
        lines = [f"HTTP/1.1 {status}", f"Date: {formatdate(wall_ms() / 1000, usegmt=True)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        lines += ["Connection: close"] if closes else []
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return head if whole else head[: head.index(b"Content-Length")] + _BROKEN_HEADER
