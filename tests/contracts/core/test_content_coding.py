"""Content codings are decoded exactly, within a limit; what is unknown or damaged says so."""

import gzip
import sys
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from backports import zstd

from bodydouble.contracts.core.content_coding import (
    CorruptBodyError,
    TooLongError,
    UnknownCodingError,
    content_codings,
    decoded,
)

TEXT = '{"name": "测试", "numbers": [1, 2, 3]}'.encode() * 20
LIMIT = 1_000_000


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


ENCODERS: dict[str, Callable[[bytes], Any]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("coding", ENCODERS)
def test_each_coding_is_decoded(coding: str) -> None:
    assert decoded(ENCODERS[coding](TEXT), coding, LIMIT) == TEXT
    assert decoded(ENCODERS[coding](TEXT), f" {coding.upper()} ", len(TEXT)) == TEXT
    assert decoded(ENCODERS[coding](b""), coding, LIMIT) == b""


def test_deflate_without_its_frame_is_decoded() -> None:
    assert decoded(raw_deflate(TEXT), "deflate", LIMIT) == TEXT


def test_several_codings_are_undone_in_reverse_order() -> None:
    assert decoded(brotli.compress(gzip.compress(TEXT)), "gzip, identity, br", LIMIT) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_members_of_one_body_are_decoded(coding: str) -> None:
    assert decoded(ENCODERS[coding](TEXT) + ENCODERS[coding](b"end"), coding, LIMIT) == TEXT + b"end"


@pytest.mark.parametrize("header", ["", "identity", " , Identity"])
def test_without_a_coding_a_body_stays_as_it_is(header: str) -> None:
    assert decoded(b"\x1f\x8b", header, 1) == b"\x1f\x8b"
    assert content_codings(header) == []


@pytest.mark.parametrize("coding", ENCODERS)
def test_no_body_is_no_damaged_body(coding: str) -> None:
    assert decoded(b"", coding, LIMIT) == b""


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_body_that_is_damaged_or_ends_early_is_an_error(coding: str) -> None:
    encoded = ENCODERS[coding](TEXT)
    for damaged in (TEXT, encoded[:-1], encoded[: len(encoded) // 2], encoded[:1]):
        with pytest.raises(CorruptBodyError):
            decoded(damaged, coding, LIMIT)


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_body_that_becomes_too_long_is_an_error_before_it_is_in_memory(coding: str) -> None:
    encoded = ENCODERS[coding](bytes(50_000_000))
    with pytest.raises(TooLongError):
        decoded(encoded, coding, 1000)


@pytest.mark.parametrize("header", ["compress", "dcb", "gzip, aes128gcm", "gzip" + ", gzip" * 5])
def test_an_unknown_coding_is_an_error_that_names_it(header: str) -> None:
    with pytest.raises(UnknownCodingError, match=r"compress|dcb|aes128gcm|of 6 steps"):
        decoded(b"x", header, LIMIT)


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_a_coding_whose_library_is_missing_is_unknown(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = ENCODERS[coding](TEXT)
    for name in ("brotli", "backports.zstd", "compression.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UnknownCodingError, match=coding):
        decoded(encoded, coding, LIMIT)
