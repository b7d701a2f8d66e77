"""The PNG results, read back chunk by chunk."""

import colorsys
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodydouble.mock_server.media import png


def read_chunks(file: bytes) -> dict[str, bytes]:
    """Return the content of each chunk by its type, after checking signature and checksums."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    chunks = {}
    offset = 8
    while offset < len(file):
        (size,) = struct.unpack_from(">I", file, offset)
        kind_and_content = file[offset + 4 : offset + 8 + size]
        assert struct.unpack_from(">I", file, offset + 8 + size) == (zlib.crc32(kind_and_content),)
        chunks[kind_and_content[:4].decode()] = kind_and_content[4:]
        offset += 12 + size
    return chunks


def top_hue(palette: bytes) -> int:
    """Return the hue of the first colour in whole degrees."""
    red, green, blue = palette[:3]
    return int(colorsys.rgb_to_hls(red, green, blue)[0] * 360)


def brightness(colour: bytes) -> int:
    return max(colour) + min(colour)


@settings(derandomize=True, deadline=None)
@given(width=st.integers(1, 300), height=st.integers(1, 300), seed=st.text())
def test_the_picture_is_complete_for_any_size_and_seed(width: int, height: int, seed: str) -> None:
    chunks = read_chunks(png(width, height, seed))

    assert list(chunks) == ["IHDR", "PLTE", "IDAT", "IEND"]
    assert struct.unpack(">IIBBBBB", chunks["IHDR"]) == (width, height, 4, 3, 0, 0, 0)
    assert len(chunks["PLTE"]) == 16 * 3
    rows = zlib.decompress(chunks["IDAT"])
    row_size = 1 + (width + 1) // 2
    assert len(rows) == row_size * height
    assert set(rows[::row_size]) == {0}, "no row is filtered"
    assert chunks["IEND"] == b""


def test_the_picture_is_a_gradient_from_a_dark_top_to_a_light_bottom() -> None:
    chunks = read_chunks(png(2, 32, "avatar"))
    rows = zlib.decompress(chunks["IDAT"])
    indexes = [(pixels >> 4, pixels & 15) for pixels in rows[1::2]]
    colours = [chunks["PLTE"][index * 3 : index * 3 + 3] for index, _ in indexes]

    assert indexes == [(row // 2, row // 2) for row in range(32)]
    assert [brightness(colour) for colour in colours] == sorted(brightness(colour) for colour in colours)
    assert brightness(colours[0]) + 200 < brightness(colours[-1])


def test_the_colours_depend_on_the_seed_alone() -> None:
    palettes = {read_chunks(png(8, 8, f"avatar-{number}"))["PLTE"] for number in range(20)}

    assert len(palettes) == 20
    assert len({top_hue(palette) // 60 for palette in palettes}) >= 4, "colours from all around the colour wheel"
    assert read_chunks(png(8, 8, "a"))["PLTE"] == read_chunks(png(99, 7, "a"))["PLTE"]
    assert png(8, 8, "a") == png(8, 8, "a")


def test_a_seed_that_is_not_valid_unicode_still_gives_a_picture() -> None:
    assert read_chunks(png(8, 8, "\ud800"))["PLTE"] != read_chunks(png(8, 8, ""))["PLTE"]


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080)])
def test_a_full_size_picture_is_small(size: tuple[int, int]) -> None:
    assert len(png(*size, "avatar")) < 20_000


@pytest.mark.parametrize(
    ("width", "height", "message"),
    [
        (0, 5, "width must be between 1 and 8192, not 0"),
        (5, -2, "height must be between 1 and 8192, not -2"),
        (8193, 5, "width must be between 1 and 8192, not 8193"),
    ],
)
def test_a_size_out_of_range_is_refused(width: int, height: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        png(width, height, "avatar")
