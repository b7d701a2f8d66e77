"""Downloads by the rules of RFC 9110: validators, conditions, and ranges, for generated and uploaded files alike."""

import hashlib
import re
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.http import http_date, parse_date, parse_etags

from bodydouble.contracts.core.late_dataclass import dataclass

_SECOND = 1000
# More ranges than that are a mistake, or an attack: the whole file costs less.
_MAX_RANGES = 16
_RANGE_UNIT = re.compile(r"\s*bytes\s*=(.*)", re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(r"\s*([0-9]*)\s*-\s*([0-9]*)\s*")
_MAX_DIGITS = 100


# Files of more bytes than that are sent in parts, so that a client which does not read costs no copy of the file.
_LARGE = 1024 * 1024
_PART = 256 * 1024
# How many may be sent so at once: each occupies a thread of the process (see process.server).
_STREAMS = threading.BoundedSemaphore(40)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class StoredFile:
    """A file that can be downloaded.

    Attributes:
        modified_at: when it got this content, epoch milliseconds.
    """

    content: bytes
    content_type: str
    modified_at: int

    @property
    def etag(self) -> str:
        """Its strong validator, with the quotes."""
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


def download(file: StoredFile, method: str, headers: Headers) -> Response:
    """The response to a GET; Flask leaves the body out of one to a HEAD.

    Args:
        method: the request's. RFC 9110, 14.2: only GET has ranges.
        headers: the request's.
    """
    validators = {
        "ETag": file.etag,
        "Last-Modified": http_date(file.modified_at // _SECOND),
        "Accept-Ranges": "bytes",
        # A URL can expire before a cache would ask again.
        "Cache-Control": "private, no-cache",
    }
    if not _matches(file, headers):
        return Response(status=412, headers=validators)
    if _not_modified(file, headers):
        return Response(status=304, headers=validators)
    has_range = method == "GET" and _range_applies(file, headers)
    ranges = _ranges(headers.get("Range"), len(file.content)) if has_range else None
    if ranges is None or len(ranges) > 1:
        # Several ranges may be answered by the whole file, which no client fails to understand.
        return _content(file, 0, len(file.content), 200, {**validators, "Content-Type": file.content_type})
    if not ranges:
        return Response(status=416, headers={**validators, "Content-Range": f"bytes */{len(file.content)}"})
    start, end = ranges[0]
    content_range = f"bytes {start}-{end - 1}/{len(file.content)}"
    partial = {**validators, "Content-Type": file.content_type, "Content-Range": content_range}
    return _content(file, start, end, 206, partial)


def _content(file: StoredFile, start: int, end: int, status: int, headers: dict[str, str]) -> Response:
    size = end - start
    if size <= _LARGE or not _STREAMS.acquire(blocking=False):
        return Response(file.content[start:end], status, headers)
    return Response(_Parts(file, start, end), status, {**headers, "Content-Length": str(size)})


class _Parts(Iterable[bytes]):
    """A part of a file in smaller parts; holds the file, so that others who download it share it."""

    def __init__(self, file: StoredFile, start: int, end: int) -> None:
        self._file, self._start, self._end = file, start, end
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        for start in range(self._start, self._end, _PART):
            yield self._file.content[start : min(start + _PART, self._end)]

    def close(self) -> None:
        """Let another download be sent in parts."""
        if not self._closed:
            self._closed = True
            _STREAMS.release()


def _matches(file: StoredFile, headers: Headers) -> bool:
    """Whether If-Match and If-Unmodified-Since let the request pass."""
    if_match = headers.get("If-Match")
    if if_match is not None:
        return parse_etags(if_match).contains(file.etag.strip('"'))
    since = parse_date(headers.get("If-Unmodified-Since"))
    return since is None or _modified(file) <= since


def _not_modified(file: StoredFile, headers: Headers) -> bool:
    if_none_match = headers.get("If-None-Match")
    if if_none_match is not None:
        return parse_etags(if_none_match).contains_weak(file.etag.strip('"'))
    since = parse_date(headers.get("If-Modified-Since"))
    return since is not None and _modified(file) <= since


def _range_applies(file: StoredFile, headers: Headers) -> bool:
    if_range = headers.get("If-Range")
    if if_range is None:
        return True
    since = parse_date(if_range)
    return if_range.strip() == file.etag if since is None else since == _modified(file)


def _modified(file: StoredFile) -> datetime:
    return datetime.fromtimestamp(file.modified_at // _SECOND, UTC)


def _ranges(header: str | None, size: int) -> list[tuple[int, int]] | None:
    """The ranges that a header asks for and the file has; None for a header that must be ignored.

    RFC 9110, 14.2: a server ignores a unit that it does not know, and may ignore a header that is malformed.
    """
    unit = _RANGE_UNIT.fullmatch(header or "")
    if unit is None:
        return None
    parsed = [_range(text, size) for text in unit[1].split(",") if text.strip()]
    if not parsed or len(parsed) > _MAX_RANGES or "malformed" in parsed:
        return None
    return [part for part in parsed if isinstance(part, tuple)]


def _range(text: str, size: int) -> tuple[int, int] | str:
    """Start and end of a range; `malformed`, or `beyond` for one that lies outside of the file."""
    match = _RANGE.fullmatch(text)
    if match is None or not (match[1] or match[2]) or max(len(match[1]), len(match[2])) > _MAX_DIGITS:
        return "malformed"
    if not match[1]:
        length = int(match[2])
        return (max(0, size - length), size) if length and size else "beyond"
    start, last = int(match[1]), int(match[2] or size)
    if last < start and match[2]:
        return "malformed"
    return (start, min(last + 1, size)) if start < size else "beyond"
