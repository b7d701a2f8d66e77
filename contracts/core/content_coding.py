"""Content codings: what a body is behind its header `Content-Encoding` (RFC 9110, section 8.4)."""

import importlib
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

# A longer chain of codings costs more than it can be worth; it is a way to attack who decodes it.
MAX_CODINGS = 5
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15


class UnknownCodingError(ValueError):
    """A body has a coding that this program does not know.

    Attributes:
        coding: its name, in lower case.
    """

    def __init__(self, coding: str) -> None:
        super().__init__(f"the content coding {coding} is unknown")
        self.coding = coding


class CorruptBodyError(ValueError):
    """A body is not what its `Content-Encoding` says, or not in full."""


class TooLongError(ValueError):
    """A body becomes longer than it may."""


def content_codings(header: str) -> list[str]:
    """The codings in a header `Content-Encoding`, in the order in which they were applied; without `identity`."""
    names = (name.strip().lower() for name in header.split(","))
    return [name for name in names if name not in ("", "identity")]


def decoded(body: bytes, header: str, limit: int) -> bytes:
    """A body without its content codings.

    Args:
        header: the value of `Content-Encoding`; empty if there is none.
        limit: bytes that the body may have, after each step.

    Raises:
        UnknownCodingError: a coding is unknown, or its library is not installed, or there are more than `MAX_CODINGS`.
        CorruptBodyError: the body is not in this coding, or ends early.
        TooLongError: it becomes longer than the limit.
    """
    if not header:
        return body
    codings = content_codings(header)
    if len(codings) > MAX_CODINGS:
        raise UnknownCodingError(f"of {len(codings)} steps")
    for coding in codings:
        if coding not in _DECODERS:
            raise UnknownCodingError(coding)
    # What has no content, such as the response to a HEAD request, has nothing to decode.
    for coding in reversed(codings if body else ()):
        body = _DECODERS[coding](body, limit)
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    content = b""
    while True:
        part, rest = _inflated(body, limit - len(content), _GZIP)
        content += part
        # Further members may follow. What else follows is ignored, as by gzip and browsers.
        if not rest.startswith(b"\x1f\x8b"):
            return content
        body = rest


def _deflate(body: bytes, limit: int) -> bytes:
    try:
        return _inflated(body, limit, _ZLIB)[0]
    except CorruptBodyError:
        # Many servers leave the frame out, and every browser copes with it.
        return _inflated(body, limit, _RAW_DEFLATE)[0]


def _inflated(body: bytes, limit: int, form: int) -> tuple[bytes, bytes]:
    decompressor = zlib.decompressobj(form)
    try:
        content = decompressor.decompress(body, limit + 1)
    except zlib.error as error:
        raise CorruptBodyError(str(error)) from error
    return _complete(content, limit, ended=decompressor.eof), decompressor.unused_data


def _brotli(body: bytes, limit: int) -> bytes:
    brotli = _library("br", "brotli")
    decompressor = brotli.Decompressor()
    try:
        content: bytes = decompressor.process(body, output_buffer_limit=limit + 1)
        while len(content) <= limit and not decompressor.can_accept_more_data():
            content += decompressor.process(b"", output_buffer_limit=limit + 1)
    except brotli.error as error:
        raise CorruptBodyError(str(error)) from error
    return _complete(content, limit, ended=decompressor.is_finished())


def _zstd(body: bytes, limit: int) -> bytes:
    # Python 3.14 has it.
    library = _library("zstd", "compression.zstd", "backports.zstd")
    content = b""
    while body:
        decompressor = library.ZstdDecompressor()
        try:
            part = decompressor.decompress(body, limit - len(content) + 1)
        except library.ZstdError as error:
            raise CorruptBodyError(str(error)) from error
        content = _complete(content + part, limit, ended=decompressor.eof)
        body = decompressor.unused_data
    return content


def _library(coding: str, *names: str) -> Any:
    # Imported when it is needed, so that the server need not load it, and an installation may lack it.
    for name in names:
        with suppress(ModuleNotFoundError):
            return importlib.import_module(name)
    raise UnknownCodingError(coding)


def _complete(content: bytes, limit: int, *, ended: bool) -> bytes:
    if len(content) > limit:
        raise TooLongError(f"the body has more than {limit} bytes")
    if not ended:
        raise CorruptBodyError("the body ends early")
    return content


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
