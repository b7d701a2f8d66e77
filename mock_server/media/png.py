"""Still pictures in a PNG file."""

import colorsys
import hashlib
import struct
import zlib

from bodydouble.mock_server.media.arguments import require_size

# Four bits per pixel halve the data to compress, and sixteen colours are enough for a gradient.
_BIT_DEPTH = 4
_COLOURS = 1 << _BIT_DEPTH
_PALETTE_COLOUR_TYPE = 3


def png(width: int, height: int, seed: str) -> bytes:
    """Make a PNG picture: a vertical gradient of sixteen colours that depend on the seed.

    Args:
        width: width in pixels, 1 to 8192.
        height: height in pixels, 1 to 8192.
        seed: any text; the same text gives the same colours.

    Returns:
        The file.

    Raises:
        ValueError: a side is out of range.
    """
    require_size(width, height)
    header = struct.pack(">IIBBBBB", width, height, _BIT_DEPTH, _PALETTE_COLOUR_TYPE, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", _palette(seed)),
            _chunk(b"IDAT", zlib.compress(_rows(width, height), 1)),
            _chunk(b"IEND", b""),
        )
    )


def _palette(seed: str) -> bytes:
    """Return sixteen colours that go from a dark to a light shade, both hues taken from a digest of the seed."""
    # A lone surrogate is a legal part of a str but not of UTF-8; it must not make a picture fail.
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    hue = digest[0] / 256
    hue_change = (digest[1] / 256 - 0.5) / 2
    colours = bytearray()
    for index in range(_COLOURS):
        position = index / (_COLOURS - 1)
        colour = colorsys.hls_to_rgb(hue + hue_change * position, 0.25 + 0.5 * position, 0.3 + digest[2] / 512)
        colours += bytes(round(channel * 255) for channel in colour)
    return bytes(colours)


def _rows(width: int, height: int) -> bytes:
    """Return the unfiltered rows: sixteen bands of equal rows."""
    row_bytes = (width * _BIT_DEPTH + 7) // 8
    edges = [height * index // _COLOURS for index in range(_COLOURS + 1)]
    return b"".join(
        (b"\0" + bytes((index << 4 | index,)) * row_bytes) * (edges[index + 1] - edges[index])
        for index in range(_COLOURS)
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
