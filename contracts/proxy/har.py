"""HTTP Archive 1.2: writes exchanges as they happen, redacted, and reads the archives of any program."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import harfile

from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireRequest, WireResponse, media_type
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.redaction.exchange import ExchangeRedactor, compact
from bodydouble.contracts.redaction.fields import REPLACEMENT
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange, is_text
from bodydouble.contracts.redaction.traffic import TrafficRedactor

# Exchanges of one recording; further exchanges are only counted.
MAX_ENTRIES = 50_000
# Characters of a body; longer bodies are truncated, with a comment.
MAX_BODY = 1_000_000
TRUNCATED = "truncated"


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
            comment=f"contract {contract.vendor}; secrets and personal data are redacted",
        )

    def add(self, exchange: RecordedExchange) -> None:
        """Write an exchange, unless the recording is full."""
        redactor = self._traffic.of(exchange)
        request, response = self._request(exchange.request, redactor), self._response(exchange, redactor)
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

    def _request(self, request: WireRequest, redactor: ExchangeRedactor) -> harfile.Request:
        query = redactor.query(request.query)
        target = redactor.text(request.path) + (f"?{query}" if query else "")
        post = None
        if request.body:
            text, comment = _text(request.body, media_type(request.headers), redactor)
            post = harfile.PostData(mimeType=request.headers.get("content-type", ""), text=text, comment=comment)
        return harfile.Request(
            method=request.method,
            url=self._base_url + target.replace(REPLACEMENT, quote(REPLACEMENT)),
            httpVersion="HTTP/1.1",
            headers=_headers(request.headers, redactor),
            queryString=[harfile.Record(*pair) for pair in parse_qsl(query, keep_blank_values=True, errors="replace")],
            postData=post,
            headersSize=-1,
            bodySize=len(request.body),
        )

    def _response(self, exchange: RecordedExchange, redactor: ExchangeRedactor) -> harfile.Response:
        response = exchange.response or WireResponse(0)
        media = media_type(response.headers)
        text, comment = _text(response.body, media, redactor) if exchange.whole else ("", TRUNCATED)
        return harfile.Response(
            status=response.status,
            statusText=_reason(response.status),
            httpVersion="HTTP/1.1",
            headers=_headers(response.headers, redactor),
            content=harfile.Content(
                size=len(response.body) if exchange.whole else exchange.size,
                mimeType=response.headers.get("content-type", "x-unknown"),
                text=text,
                comment=comment,
            ),
            redirectURL=redactor.query(response.headers.get("location", "")),
            headersSize=-1,
            bodySize=exchange.size,
            comment=redactor.text(exchange.failure) or None,
        )


def _headers(headers: Mapping[str, str], redactor: ExchangeRedactor) -> list[harfile.Record]:
    return [harfile.Record(name, value) for name, value in redactor.headers(headers).items()]


def _text(body: bytes, media: str, redactor: ExchangeRedactor) -> tuple[str, str | None]:
    if not is_text(media):
        return "", TRUNCATED
    try:
        text = compact(redactor.value(parse(body)))
    except JsonTextError:
        text = redactor.text(body.decode("utf-8", "replace"))
    return (text, None) if len(text) <= MAX_BODY else (text[:MAX_BODY], TRUNCATED)


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


def read_har(path: Path) -> Iterator[RecordedExchange]:
    """The exchanges with a response in an archive of any program.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not an HTTP archive.
    """
    try:
        for entry in json.loads(path.read_bytes())["log"]["entries"]:
            if entry["response"]["status"]:
                yield _exchange(entry)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not an HTTP archive: {error!r}") from error


def _exchange(entry: dict[str, Any]) -> RecordedExchange:
    sent, received = entry["request"], entry["response"]
    url = urlsplit(sent["url"])
    post, content = sent.get("postData") or {}, received["content"]
    body = str(content.get("text") or "").encode()
    if content.get("encoding") == "base64":
        body = base64.b64decode(body)
    return RecordedExchange(
        WireRequest(
            sent["method"], url.path or "/", url.query, _named(sent["headers"]), (post.get("text") or "").encode()
        ),
        WireResponse(received["status"], _named(received["headers"]), body),
        datetime.fromisoformat(entry["startedDateTime"]),
        entry["time"] / 1000,
        whole=content.get("comment") != TRUNCATED and post.get("comment") != TRUNCATED,
        size=len(body),
    )


def _named(headers: list[dict[str, str]]) -> dict[str, str]:
    return {header["name"].lower(): header["value"] for header in headers}
