"""Serves a recording: each request gets the response that was recorded for it.

with Replay(read_har(Path("traffic.har"))) as replay:
    ...                      # the client sends its requests to replay.base_url
    replay.report().misses   # the requests for which nothing was recorded
"""

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.proxy.body_decoding import decoded_body
from bodydouble.contracts.proxy.har_reader import Archive, ArchivedExchange
from bodydouble.contracts.proxy.http_server import (
    BodyUnusable,
    ListeningServer,
    ReceivedHead,
    json_response,
    listen,
    read_body,
    url_of,
)
from bodydouble.contracts.proxy.recorded_matching import Comparison
from bodydouble.contracts.proxy.recording import Miss, Recording, ReplayReport
from bodydouble.contracts.proxy.server import MAX_REQUEST
from bodydouble.contracts.proxy.unsupported import rejection
from bodydouble.contracts.proxy.upstream import HOP_BY_HOP
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.secret_names import EVIDENT_NAMES, spellings
from bodydouble.contracts.redaction.traffic import traffic_fields

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REPORT = "/_replay/report"
# The recorded text of a body has neither its length on the wire nor its coding.
_NOT_REPEATED = HOP_BY_HOP | {"content-length", "content-encoding"}
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_COMMENT = re.compile(r"contract (?P<vendor>[\w-]+);")


def recorded_vendor(archive: Archive) -> str:
    """The vendor whose contract a recording of `bodydouble proxy` names; empty if it is another program's."""
    match = _COMMENT.match(archive.comment)
    return match["vendor"] if match else ""


class ReplayApplication:
    """The WSGI application.

    Args:
        recording: of which it serves.
        fields: knows what must not be shown.
    """

    def __init__(self, recording: Recording, fields: FieldRedactor) -> None:
        self.recording, self._fields = recording, fields

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond to a request with what was recorded for it."""
        head = ReceivedHead.of(environ)
        if head.path == REPORT:
            return json_response(start_response, "200 OK", self.recording.report().as_json())
        rejected = rejection(head, start_response)
        if rejected is not None:
            return rejected
        try:
            body = decoded_body(read_body(environ, MAX_REQUEST), head.by_name, MAX_REQUEST)
        except BodyUnusable as error:
            return json_response(start_response, error.status, {"error": "bodyUnusable", "message": str(error)})
        request = WireRequest(head.method, head.path, head.query, head.by_name, body.content)
        entry = self.recording.take(request, f"{head.method} {self._fields.query(head.path)}")
        return _missed(entry, start_response) if isinstance(entry, Miss) else _served(entry, start_response)


def _missed(miss: Miss, start_response: "StartResponse") -> list[bytes]:
    nearest, content = miss.nearest, {"error": "notRecorded", "message": f"{miss.request} was not recorded"}
    if nearest is None:
        return json_response(start_response, "404 Not Found", {**content, "nearest": None})
    content["message"] += f"; entry {nearest.entry} ({nearest.request}) differs in: {', '.join(nearest.differences)}"
    shown = {"entry": nearest.entry, "request": nearest.request, "differences": nearest.differences}
    return json_response(start_response, "404 Not Found", {**content, "nearest": shown})


def _served(entry: ArchivedExchange, start_response: "StartResponse") -> list[bytes]:
    exchange = entry.exchange
    response, is_head = exchange.response or WireResponse(404), exchange.request.method == "HEAD"
    has_body = not is_head and response.status not in _WITHOUT_BODY
    if has_body and not exchange.whole:
        message = f"entry {entry.number} of the recording has no body of its response, or not all of it"
        return json_response(start_response, "404 Not Found", {"error": "bodyNotRecorded", "message": message})
    headers = list(_headers(response))
    if has_body:
        headers.append(("Content-Length", str(len(response.body))))
    elif is_head and response.headers.get("content-length", "").isdecimal():
        headers.append(("Content-Length", response.headers["content-length"]))
    start_response(f"{response.status} {_reason(response.status)}", headers)
    return [response.body] if has_body else [b""]


def _headers(response: WireResponse) -> Iterator[tuple[str, str]]:
    for name, text in response.headers.items():
        if name not in _NOT_REPEATED and re.fullmatch(r"[!#$%&'*+.^_`|~0-9a-z-]+", name):
            for line in text.splitlines():
                # As bytes of a header, whatever the archive holds.
                yield name, line.encode("utf-8", "replace").decode("latin-1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "-"


class Replay:
    """A running replay; a context manager.

    Args:
        archive: whose responses are served.
        contract: says which parameters and fields sign a request, and are not compared; None if it is not known.
        ignored: further parameters and fields that are not compared.
        host, port: to listen on; port 0 for any free port.

    Attributes:
        base_url: for the client, in place of the endpoint's.
        remarks: the entries that cannot be served, each with the reason.

    Raises:
        OSError: the address is in use.
    """

    def __init__(
        self,
        archive: Archive,
        contract: Contract | None = None,
        *,
        ignored: Iterable[str] = (),
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        served = tuple(entry for entry in archive.entries if not _is_interim(entry))
        interim = (entry.number for entry in archive.entries if _is_interim(entry))
        self.remarks = (*archive.remarks, *(f"entry {number}: no WebSocket can be replayed" for number in interim))
        self._recording = Recording(served, Comparison.of(contract, ignored))
        self._count = len(served)
        fields = FieldRedactor(spellings(EVIDENT_NAMES)) if contract is None else traffic_fields(contract)
        with listen(host, port) as listening:
            self._server = ListeningServer(listening, ReplayApplication(self._recording, fields))
        self.base_url = url_of(host, self._server.port)

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    def report(self) -> ReplayReport:
        """What was served so far."""
        return self._recording.report()


def _is_interim(entry: ArchivedExchange) -> bool:
    response = entry.exchange.response
    return response is None or response.status < HTTPStatus.OK
