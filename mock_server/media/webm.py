"""VP8 video in a WebM file of any duration."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from bodydouble.mock_server.media.arguments import require_duration
from bodydouble.mock_server.media.video_templates import frame_size, template

_SEGMENT = 0x18538067
_INFO = 0x1549A966
_DURATION = 0x4489
_TRACKS = 0x1654AE6B
_TRACK_ENTRY = 0xAE
_DEFAULT_DURATION = 0x23E383
_TAGS = 0x1254C367
_TAG = 0x7373
_SIMPLE_TAG = 0x67C8
_TAG_NAME = 0x45A3
_TAG_STRING = 0x4487
_CLUSTER = 0x1F43B675
_CLUSTER_TIMESTAMP = 0xE7
_CONTAINERS = frozenset({_SEGMENT, _INFO, _TRACKS, _TRACK_ENTRY, _TAGS, _TAG, _SIMPLE_TAG, _CLUSTER})


class _Element(NamedTuple):
    identifier: int
    start: int
    end: int


def webm(duration_ms: int, width: int = 1080, height: int = 1920) -> bytes:
    """Make a playable WebM file: one VP8 track of eight evenly spaced frames, no audio.

    Args:
        duration_ms: duration of the file in milliseconds, 1 to 86400000 (24 hours).
        width: wanted width in pixels; ``frame_size`` tells which width the video gets.
        height: wanted height in pixels; ``frame_size`` tells which height the video gets.

    Returns:
        The file. Frame times are whole milliseconds, so below 8 ms some frames share one.

    Raises:
        ValueError: the duration or the size is out of range.
    """
    require_duration(duration_ms)
    return with_duration(template(frame_size(width, height), "webm"), duration_ms)


def with_duration(file: bytes, duration_ms: int) -> bytes:
    """Spread the frames of a single-track WebM file evenly over another duration.

    Args:
        file: a WebM file that counts time in milliseconds and has one frame in each cluster.
        duration_ms: the new duration in milliseconds; it must fit into the time fields of the file.

    Returns:
        The file with new time fields; its length, its index and its frames are unchanged.

    Raises:
        ValueError: an element reaches beyond the element or file around it, or is not valid at all.
    """
    changed = bytearray(file)
    elements = list(_elements(file, 0, len(file)))
    frame_count = sum(element.identifier == _CLUSTER for element in elements)
    frame = 0
    tag_name = b""
    for identifier, start, end in elements:
        width = end - start
        if identifier == _DURATION:
            struct.pack_into(">d" if width == 8 else ">f", changed, start, duration_ms)
        elif identifier == _DEFAULT_DURATION:
            changed[start:end] = (duration_ms * 1_000_000 // frame_count).to_bytes(width, "big")
        elif identifier == _CLUSTER_TIMESTAMP:
            changed[start:end] = (duration_ms * frame // frame_count).to_bytes(width, "big")
            frame += 1
        elif identifier == _TAG_NAME:
            tag_name = file[start:end]
        elif identifier == _TAG_STRING and tag_name == b"DURATION":
            changed[start:end] = _clock(duration_ms).ljust(width, b"\0")
    return bytes(changed)


def _elements(file: bytes, start: int, end: int) -> Iterator[_Element]:
    """Yield every element between two offsets with the bounds of its content, containers before their children."""
    while start < end:
        identifier_end = start + _vint_width(file, start)
        content = identifier_end + _vint_width(file, identifier_end)
        identifier = int.from_bytes(file[start:identifier_end], "big")
        size_width = content - identifier_end
        # The leading bits of a size tell its width; the value is the rest. An identifier keeps these bits.
        size = int.from_bytes(file[identifier_end:content], "big") & ((1 << 7 * size_width) - 1)
        if content + size > end:
            raise ValueError(f"the WebM element at offset {start} has a wrong size: {size}")
        yield _Element(identifier, content, content + size)
        if identifier in _CONTAINERS:
            yield from _elements(file, content, content + size)
        start = content + size


def _vint_width(file: bytes, offset: int) -> int:
    """Return the width in bytes of the variable-size integer at an offset: its leading zero bits plus one."""
    if offset >= len(file) or file[offset] == 0:
        raise ValueError(f"the WebM file has no valid element at offset {offset}")
    return 9 - file[offset].bit_length()


def _clock(duration_ms: int) -> bytes:
    """Return a duration as the DURATION tag writes it: hours, minutes, seconds and nanoseconds."""
    seconds, milliseconds = divmod(duration_ms, 1000)
    return b"%02d:%02d:%02d.%03d000000" % (seconds // 3600, seconds // 60 % 60, seconds % 60, milliseconds)
