"""HTTP Archive 1.2: writes exchanges as they happen, redacted."""

import json
import re
import threading
from collections.abc import Mapping
from http import HTTPStatus
from importlib import metadata
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import harfile

from bodydouble.contracts.core.wire import WireResponse, media_type
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.redaction.exchange import ExchangeRedactor
from bodydouble.contracts.redaction.fields import REPLACEMENT
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange, is_text
from bodydouble.contracts.redaction.traffic import TrafficRedactor

# Exchanges of one recording; further exchanges are only counted.
MAX_ENTRIES = 50_000
# Characters of a body; longer bodies are truncated, with a comment.
MAX_BODY = 1_000_000
TRUNCATED = "truncated"
# Of a body whose content coding is unknown or wrong, or which is no text in the character set that it declares.
NOT_DECODED = "not recorded: it could not be decoded"

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?(?P<name>[\w.:-]+)", re.IGNORECASE)


class HarWriter:
    """Streams exchanges into a file, so that memory use does not grow; may be used by many threads.

    Args:
        path: the file, replaced if it exists.
        contract: says which fields are secret or personal.
        base_url: of the endpoint.

    Attributes:
        dropped: exchanges that were not written, because the recording was full.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path, contract: Contract, base_url: str) -> None:
        self._traffic = TrafficRedactor(contract)
        self._base_url = base_url
        self._lock = threading.Lock()
        self._entries = 0
        self.dropped = 0
        self._file = path.open("w", encoding="utf-8")
        self._har = harfile.HarFile(
            self._file,
            creator=harfile.Creator("bodydouble", _version()),
            comment=f"contract {contract.vendor};{_base_path(base_url)} secrets and personal data are redacted",
        )

    def add(self, exchange: RecordedExchange) -> None:
        """Write an exchange, unless the recording is full."""
        redactor = self._traffic.of(exchange)
        request, response = self._request(exchange, redactor), self._response(exchange, redactor)
        milliseconds = round(exchange.duration * 1000, 3)
        with self._lock:
            if self._har.closed or self._entries >= MAX_ENTRIES:
                self.dropped += 1
                return
            self._entries += 1
            self._har.add_entry(
                startedDateTime=exchange.started,
                time=milliseconds,
                request=request,
                response=response,
                timings=harfile.Timings(send=0, wait=milliseconds, receive=0),
            )
            self._har.flush()

    def close(self) -> None:
        """Complete the file: only then is it valid JSON."""
        with self._lock:
            if not self._har.closed:
                self._har.close()
                self._file.close()

    def _request(self, exchange: RecordedExchange, redactor: ExchangeRedactor) -> harfile.Request:
        request = exchange.request
        size = len(request.body) if exchange.request_size is None else exchange.request_size
        query = redactor.query(request.query)
        target = redactor.text(request.path) + (f"?{query}" if query else "")
        post = None
        if size:
            text, comment = _text(request.body, request.headers, redactor)
            comment = comment if exchange.request_whole else NOT_DECODED
            post = harfile.PostData(mimeType=_mime_type(request.headers, redactor), text=text, comment=comment)
        return harfile.Request(
            method=request.method,
            url=self._base_url + target.replace(REPLACEMENT, quote(REPLACEMENT)),
            httpVersion="HTTP/1.1",
            headers=_headers(request.headers, redactor),
            queryString=[harfile.Record(*pair) for pair in parse_qsl(query, keep_blank_values=True, errors="replace")],
            postData=post,
            headersSize=-1,
            bodySize=size,
        )

    def _response(self, exchange: RecordedExchange, redactor: ExchangeRedactor) -> harfile.Response:
        response = exchange.response or WireResponse(0)
        text, comment = "", _reason_of_absence(exchange)
        if exchange.whole:
            text, comment = _text(response.body, response.headers, redactor)
        return harfile.Response(
            status=response.status,
            statusText=_reason(response.status),
            httpVersion="HTTP/1.1",
            headers=_headers(response.headers, redactor),
            content=harfile.Content(
                size=len(response.body) if exchange.whole else exchange.size,
                mimeType=_mime_type(response.headers, redactor) or "x-unknown",
                text=text,
                comment=comment,
            ),
            redirectURL=redactor.query(response.headers.get("location", "")),
            headersSize=-1,
            bodySize=exchange.size,
            comment=redactor.text(exchange.failure) or None,
        )


def _base_path(base_url: str) -> str:
    # A reader takes it off again: clients of the proxy, and contracts, do not know it.
    path = urlsplit(base_url).path
    return f" base path {path};" if path else ""


def _reason_of_absence(exchange: RecordedExchange) -> str | None:
    is_decodable = not exchange.undecodable and not exchange.unknown_codings
    return TRUNCATED if is_decodable else NOT_DECODED


def _headers(headers: Mapping[str, str], redactor: ExchangeRedactor) -> list[harfile.Record]:
    return [harfile.Record(name, value) for name, value in redactor.headers(headers).items()]


def _mime_type(headers: Mapping[str, str], redactor: ExchangeRedactor) -> str:
    return redactor.text(headers.get("content-type", ""))


def _text(body: bytes, headers: Mapping[str, str], redactor: ExchangeRedactor) -> tuple[str, str | None]:
    if not is_text(media_type(headers)):
        return "", TRUNCATED
    try:
        text = body.decode(_charset(body, headers))
    except (UnicodeError, LookupError):
        return "", NOT_DECODED
    if "\x00" in text:
        # It is in another encoding than it says, in which a secret could hide.
        return "", NOT_DECODED
    text = redactor.body_text(text)
    return (text, None) if len(text) <= MAX_BODY else (text[:MAX_BODY], TRUNCATED)


def _charset(body: bytes, headers: Mapping[str, str]) -> str:
    match = _CHARSET.search(headers.get("content-type", ""))
    return match["name"] if match else json.detect_encoding(body)


def _version() -> str:
    try:
        return metadata.version("bodydouble")
    except metadata.PackageNotFoundError:
        return "checkout"


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
