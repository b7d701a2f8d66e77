"""Reads HTTP Archives of any program, as far as they go: a bad entry costs itself only, a cut its rest."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bodydouble.contracts.core.wire import FORM, WireRequest, WireResponse
from bodydouble.contracts.proxy.har import NOT_DECODED, TRUNCATED
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

_ENTRIES = re.compile(r'(?<!\\)"entries"\s*:\s*\[')
_COMMENT = re.compile(r'"comment"\s*:\s*"([^"\\]*)"')
_BASE_PATH = re.compile(r"contract [\w-]+; base path (?P<path>/[^;]*);")
_BETWEEN = re.compile(r"[\s,]*")
_PRINTABLE = "".join(map(chr, range(33, 127)))
# Of an entry that does not tell its time.
_NO_TIME = datetime.fromtimestamp(0, UTC)


class _UnusableError(ValueError):
    """An entry lacks what makes it an exchange; the message says what."""


@dataclass(frozen=True, slots=True)
class ArchivedExchange:
    """An exchange of an archive.

    Attributes:
        number: of its entry; the first is 1.
    """

    number: int
    exchange: RecordedExchange


@dataclass(frozen=True, slots=True)
class Archive:
    """What could be read of an HTTP Archive.

    Attributes:
        entries: the exchanges with a response.
        skipped: the entries that could not be read, as `entry NUMBER: reason`.
        cut: whether the file ends, or is damaged, before the end of its entries.
        comment: of the program that wrote it.
    """

    entries: tuple[ArchivedExchange, ...]
    skipped: tuple[str, ...]
    cut: bool
    comment: str

    @property
    def exchanges(self) -> Iterator[RecordedExchange]:
        """The exchanges with a response."""
        return (entry.exchange for entry in self.entries)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What could not be read, in words."""
        cut = f"the archive is cut after entry {len(self.entries) + len(self.skipped)}: the rest is missing"
        return (*self.skipped, *([cut] if self.cut else []))


def read_har(path: Path) -> Archive:
    """Read an archive.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not an HTTP archive.
    """
    entries, comment, cut = _raw_entries(path)
    match = _BASE_PATH.match(comment)
    base_path = match["path"] if match else ""
    read: list[ArchivedExchange] = []
    skipped: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            read.append(ArchivedExchange(number, _exchange(entry, base_path)))
        except _UnusableError as error:
            skipped.append(f"entry {number}: {error}")
    return Archive(tuple(read), tuple(skipped), cut, comment)


def _raw_entries(path: Path) -> tuple[list[Any], str, bool]:
    data = path.read_bytes()
    text = data.decode(json.detect_encoding(data), "replace")
    try:
        log = json.loads(text)["log"]
        entries, comment = log["entries"], log.get("comment")
    except json.JSONDecodeError as error:
        return _entries_to_the_cut(path, text, error)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} is not an HTTP archive: it has no log with entries") from error
    if not isinstance(entries, list):
        raise ValueError(f"{path} is not an HTTP archive: its entries are no list")
    return entries, comment if isinstance(comment, str) else "", False


def _entries_to_the_cut(path: Path, text: str, error: json.JSONDecodeError) -> tuple[list[Any], str, bool]:
    begin = _ENTRIES.search(text)
    if begin is None:
        reason = "it is empty" if not text.strip() else f"{error}, before its entries"
        raise ValueError(f"{path} is not an HTTP archive: {reason}") from error
    comment = _COMMENT.search(text, 0, begin.start())
    decoder, entries, at = json.JSONDecoder(), list[Any](), begin.end()
    try:
        while not text.startswith("]", at := _after_comma(text, at)):
            entry, at = decoder.raw_decode(text, at)
            entries.append(entry)
    except (json.JSONDecodeError, RecursionError):
        return entries, comment[1] if comment else "", True
    return entries, comment[1] if comment else "", False


def _after_comma(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return at if between is None else between.end()


def _exchange(entry: Any, base_path: str) -> RecordedExchange:
    fields = _object(entry, "it is no object")
    sent, received = _object(fields.get("request"), "no request"), _object(fields.get("response"), "no response")
    response, whole, size = _response(received)
    post = _optional_object(sent.get("postData"))
    return RecordedExchange(
        _request(sent, post, base_path),
        response,
        _time(fields.get("startedDateTime")),
        max(0.0, _number(fields.get("time"))) / 1000,
        whole=whole,
        size=size,
        request_whole=post.get("comment") not in (TRUNCATED, NOT_DECODED),
    )


def _request(sent: dict[str, Any], post: dict[str, Any], base_path: str) -> WireRequest:
    method, url = _text(sent.get("method"), "no method"), _text(sent.get("url"), "no URL")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _UnusableError("the URL cannot be read") from error
    headers = _headers(sent.get("headers"), post.get("mimeType"))
    path, query = (quote(text, safe=_PRINTABLE, errors="surrogatepass") for text in (parts.path or "/", parts.query))
    path = (path.removeprefix(base_path) if path.startswith(f"{base_path}/") else path) or "/"
    return WireRequest(method.upper(), path, query, headers, _posted(post, headers))


def _posted(post: dict[str, Any], headers: dict[str, str]) -> bytes:
    if isinstance(post.get("text"), str):
        return _body(post)
    pairs = [
        (str(item["name"]), str(item.get("value") or ""))
        for item in _list(post.get("params"))
        if isinstance(item, dict) and "name" in item
    ]
    if pairs:
        headers.setdefault("content-type", FORM)
    return urlencode(pairs, errors="surrogatepass").encode()


def _response(received: dict[str, Any]) -> tuple[WireResponse, bool, int]:
    status = _status(received.get("status"))
    content = _optional_object(received.get("content"))
    headers = _headers(received.get("headers"), content.get("mimeType"))
    body = _body(content)
    size = int(max(_number(content.get("size")), len(body)))
    has_text = isinstance(content.get("text"), str) or status in (204, 304) or content.get("size") == 0
    whole = has_text and content.get("comment") not in (TRUNCATED, NOT_DECODED)
    return WireResponse(status, headers, body), whole, size


def _status(value: Any) -> int:
    text = str(value).strip()
    if value is None or text == "0":
        raise _UnusableError("no response: it has no status")
    if not re.fullmatch(r"[1-5][0-9][0-9](\.0)?", text, re.ASCII):
        raise _UnusableError("its status is no number from 100 to 599")
    return int(text[:3])


def _body(content: dict[str, Any]) -> bytes:
    text = content.get("text")
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""
    if content.get("encoding") != "base64":
        return body
    try:
        return base64.b64decode(body)
    except binascii.Error as error:
        raise _UnusableError("its body is no Base64") from error


def _headers(value: Any, media_type: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for item in _list(value):
        if isinstance(item, dict) and isinstance(item.get("name"), str) and not item["name"].startswith(":"):
            name, text = item["name"].lower(), "" if item.get("value") is None else str(item["value"])
            # A line break separates cookies, in which commas have a meaning; no header holds one itself.
            joint = "\n" if name == "set-cookie" else ", "
            headers[name] = headers[name] + joint + text if name in headers else text
    if isinstance(media_type, str) and media_type not in ("", "x-unknown"):
        headers.setdefault("content-type", media_type)
    return headers


def _time(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return _NO_TIME
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    # Neither NaN nor an infinity.
    return number if abs(number) < 2**53 else 0.0


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _optional_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _object(value: Any, otherwise: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _UnusableError(otherwise)
    return value


def _text(value: Any, otherwise: str) -> str:
    if not isinstance(value, str) or not value:
        raise _UnusableError(otherwise)
    return value
