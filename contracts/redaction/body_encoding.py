"""The text of a body: behind its content coding, and in its character encoding, also where no header says so."""

import json
import re
from collections.abc import Mapping

from bodydouble.contracts.core.content_coding import CorruptBodyError, TooLongError, UnknownCodingError, decoded

# How compressed bodies begin whose header does not say that they are.
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x78", "deflate"))

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class UnreadableBodyError(ValueError):
    """A body may hold text, but not in a form that can be read; the message says which."""


def body_text(body: bytes, headers: Mapping[str, str], limit: int) -> str:
    """The text of a body; bytes that are no text are written with a backslash.

    Args:
        headers: of the message, names in lower case.
        limit: bytes that the body may have without its content coding.

    Raises:
        UnreadableBodyError: it is compressed in a way that is unknown, damaged or too long.
    """
    coding = headers.get("content-encoding", "")
    # Most are JSON, which no compressed body and no other encoding of text begins like.
    if not coding and body[:1] == b"{" and body.isascii() and b"\x00" not in body and not _declares_charset(headers):
        return body.decode()
    try:
        content = decoded(body, coding, limit)
    except (UnknownCodingError, CorruptBodyError, TooLongError) as error:
        if not _is_text(body):
            raise UnreadableBodyError(str(error)) from error
        # The header is wrong.
        content = body
    return _characters(_uncompressed(content, limit), headers)


def _declares_charset(headers: Mapping[str, str]) -> bool:
    return "charset" in headers.get("content-type", "").lower()


def _is_text(body: bytes) -> bool:
    try:
        return body.decode().isprintable() or b"\x00" not in body
    except UnicodeDecodeError:
        return False


def _uncompressed(body: bytes, limit: int) -> bytes:
    for beginning, coding in _MAGIC:
        if body.startswith(beginning) and not _is_text(body):
            try:
                return decoded(body, coding, limit)
            except CorruptBodyError as error:
                if coding != "deflate":
                    raise UnreadableBodyError(f"{coding}, {error}") from error
            except TooLongError as error:
                raise UnreadableBodyError(str(error)) from error
    return body


def _characters(body: bytes, headers: Mapping[str, str]) -> str:
    declared = _CHARSET.search(headers.get("content-type", ""))
    for encoding in (declared[1] if declared else "", json.detect_encoding(body)):
        if encoding and encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
            try:
                return body.decode(encoding)
            except (LookupError, UnicodeError):
                continue
    return body.decode("utf-8", "backslashreplace")
