"""H.264 video in an MP4 file of any duration."""

import struct
from collections.abc import Iterator

from bodydouble.mock_server.media.arguments import require_duration
from bodydouble.mock_server.media.video_templates import frame_size, template

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})


def mp4(duration_ms: int, width: int = 1080, height: int = 1920) -> bytes:
    """Make a playable MP4 file: one H.264 track of eight evenly spaced frames, no audio.

    Args:
        duration_ms: duration of the file and of its track in milliseconds, 1 to 86400000 (24 hours).
        width: wanted width in pixels; ``frame_size`` tells which width the video gets.
        height: wanted height in pixels; ``frame_size`` tells which height the video gets.

    Returns:
        The file, with exactly the wanted duration in all its time fields.

    Raises:
        ValueError: the duration or the size is out of range.
    """
    require_duration(duration_ms)
    return with_duration(template(frame_size(width, height), "mp4"), duration_ms)


def with_duration(file: bytes, duration_ms: int) -> bytes:
    """Spread the frames of a single-track MP4 file evenly over another duration.

    Args:
        file: an MP4 file without edit lists and without composition offsets.
        duration_ms: the new duration in milliseconds; it must fit into the time fields of the file.

    Returns:
        The file with new time fields; its length and its frames are unchanged.

    Raises:
        ValueError: a box reaches beyond the box or file around it, or a box that holds times is missing.
    """
    changed = bytearray(file)
    contents = dict(_boxes(file, 0, len(file)))
    missing = {b"mvhd", b"tkhd", b"mdhd", b"stts"} - contents.keys()
    if missing:
        raise ValueError(f"the MP4 file has no {b', '.join(sorted(missing)).decode()} box")

    sample_table = contents[b"stts"]
    (entry_count,) = struct.unpack_from(">I", file, sample_table + 4)
    entries = range(sample_table + 8, sample_table + 8 + entry_count * 8, 8)
    frame_count = sum(struct.unpack_from(">I", file, entry)[0] for entry in entries)

    # With one tick per frame and millisecond fraction, each frame lasts duration_ms ticks: no rounding anywhere.
    for entry in entries:
        struct.pack_into(">I", changed, entry + 4, duration_ms)
    _set_timescale_and_duration(changed, contents[b"mdhd"], 1000 * frame_count, duration_ms * frame_count)
    _set_timescale_and_duration(changed, contents[b"mvhd"], 1000, duration_ms)
    _set_track_duration(changed, contents[b"tkhd"], duration_ms)
    return bytes(changed)


def _boxes(file: bytes, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Yield type and content offset of every box between two offsets, containers before the boxes inside them."""
    while start < end:
        size, kind = struct.unpack_from(">I4s", file, start)
        content = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", file, content)
            content += 8
        elif size == 0:
            size = end - start
        if not content <= start + size <= end:
            raise ValueError(f"the MP4 box at offset {start} has a wrong size: {size}")
        yield kind, content
        if kind in _CONTAINERS:
            yield from _boxes(file, content, start + size)
        start += size


def _set_timescale_and_duration(file: bytearray, content: int, timescale: int, duration: int) -> None:
    """Write the fields of an ``mvhd`` or ``mdhd`` box, which lie behind the creation and modification times."""
    if file[content] == 1:
        struct.pack_into(">IQ", file, content + 20, timescale, duration)
    else:
        struct.pack_into(">II", file, content + 12, timescale, duration)


def _set_track_duration(file: bytearray, content: int, duration: int) -> None:
    """Write the duration of a ``tkhd`` box, which counts in the timescale of ``mvhd``."""
    if file[content] == 1:
        struct.pack_into(">Q", file, content + 28, duration)
    else:
        struct.pack_into(">I", file, content + 20, duration)
