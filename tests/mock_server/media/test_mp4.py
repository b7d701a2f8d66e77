"""The MP4 results, read back with a box reader of the tests."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodydouble.mock_server.media import frame_size, mp4
from bodydouble.mock_server.media.mp4 import with_duration

PARENTS = ("moov", "trak", "mdia", "minf", "stbl")
DURATIONS_MS = st.integers(1, 24 * 3600 * 1000)


def read_boxes(data: bytes, prefix: str = "") -> dict[str, bytes]:
    """Return the content of each box by its path, such as ``moov/mvhd``."""
    boxes = {}
    while data:
        size = int.from_bytes(data[:4], "big")
        header = 8
        if size == 1:
            size = int.from_bytes(data[8:16], "big")
            header = 16
        size = size or len(data)
        assert header <= size <= len(data)
        kind = data[4:8].decode("latin-1")
        boxes[prefix + kind] = data[header:size]
        if kind in PARENTS:
            boxes |= read_boxes(data[header:size], f"{prefix}{kind}/")
        data = data[size:]
    return boxes


def box(kind: str, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind.encode()) + content


def large_box(kind: str, content: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind.encode(), 16 + len(content)) + content


@settings(derandomize=True, deadline=None)
@given(duration_ms=DURATIONS_MS)
def test_every_time_field_of_the_file_gives_exactly_the_requested_duration(duration_ms: int) -> None:
    boxes = read_boxes(mp4(duration_ms))

    movie_timescale, movie_duration = struct.unpack_from(">II", boxes["moov/mvhd"], 12)
    (track_duration,) = struct.unpack_from(">I", boxes["moov/trak/tkhd"], 20)
    media_timescale, media_duration = struct.unpack_from(">II", boxes["moov/trak/mdia/mdhd"], 12)
    entry_count, frame_count, frame_ticks = struct.unpack(">4xIII", boxes["moov/trak/mdia/minf/stbl/stts"])

    assert movie_duration * 1000 == duration_ms * movie_timescale
    assert track_duration == movie_duration
    assert media_duration * 1000 == duration_ms * media_timescale
    assert entry_count == 1
    assert frame_count * frame_ticks == media_duration


def test_nothing_else_in_the_file_could_contradict_the_duration() -> None:
    boxes = read_boxes(mp4(5000))

    assert "moov/trak/edts" not in boxes
    assert "moov/trak/mdia/minf/stbl/ctts" not in boxes
    assert b"btrt" not in boxes["moov/trak/mdia/minf/stbl/stsd"]


def test_every_frame_of_the_sample_table_is_one_whole_h264_access_unit() -> None:
    file = mp4(5000)
    table = {path.split("/")[-1]: content for path, content in read_boxes(file).items()}
    sample_size, sample_count = struct.unpack_from(">II", table["stsz"], 4)
    sizes = struct.unpack_from(f">{sample_count}I", table["stsz"], 12)
    (offset,) = struct.unpack(">8xI", table["stco"])
    assert (sample_size, sample_count) == (0, 8)

    unit_types = []
    for size in sizes:
        unit_size = int.from_bytes(file[offset : offset + 4], "big")
        assert unit_size + 4 == size
        unit_types.append(file[offset + 4] & 0x1F)
        offset += size

    assert unit_types == [5, 1, 1, 1, 1, 1, 1, 1], "one key frame, then predicted frames"
    assert offset == len(file)


def test_the_index_stands_before_the_frames_so_that_playing_can_begin_early() -> None:
    paths = list(read_boxes(mp4(5000)))

    assert paths[0] == "ftyp"
    assert paths.index("moov") < paths.index("mdat")


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (720, 1280), (1280, 720)])
def test_track_and_codec_have_the_requested_size(size: tuple[int, int]) -> None:
    boxes = read_boxes(mp4(1000, *size))
    description = boxes["moov/trak/mdia/minf/stbl/stsd"]

    width, height = struct.unpack_from(">II", boxes["moov/trak/tkhd"], 76)
    assert (width >> 16, height >> 16) == size
    assert description[12:16] == b"avc1"
    assert struct.unpack_from(">HH", description, 40) == size


@pytest.mark.parametrize(
    ("requested_size", "actual_size"),
    [
        ((1080, 1920), (1080, 1920)),
        ((1280, 720), (1280, 720)),
        ((640, 360), (1280, 720)),
        ((3840, 2160), (1920, 1080)),
        ((900, 1600), (720, 1280)),
        ((901, 1600), (1080, 1920)),
        ((512, 512), (720, 1280)),
        ((1024, 1024), (1080, 1920)),
        ((4000, 100), (1280, 720)),
    ],
)
def test_other_sizes_keep_the_orientation_and_take_the_nearer_shorter_side(
    requested_size: tuple[int, int], actual_size: tuple[int, int]
) -> None:
    assert frame_size(*requested_size) == actual_size
    assert mp4(1000, *requested_size) == mp4(1000, *actual_size)


def test_version_1_fields_of_64_bits_and_large_boxes_are_rewritten_too() -> None:
    duration_ms = 5_000_000_000
    old = box(
        "moov",
        box("mvhd", struct.pack(">IQQIQ", 1 << 24, 11, 12, 600, 1) + b"rest")
        + large_box(
            "trak",
            box("tkhd", struct.pack(">IQQIIQ", 1 << 24, 21, 22, 7, 0, 2) + b"rest")
            + box(
                "mdia",
                box("mdhd", struct.pack(">IQQIQ", 1 << 24, 31, 32, 90000, 3) + b"rest")
                + box("minf", box("stbl", box("stts", struct.pack(">II", 0, 0)))),
            ),
        ),
    )

    boxes = read_boxes(with_duration(old, duration_ms))

    assert boxes["moov/mvhd"] == struct.pack(">IQQIQ", 1 << 24, 11, 12, 1000, duration_ms) + b"rest"
    assert boxes["moov/trak/tkhd"] == struct.pack(">IQQIIQ", 1 << 24, 21, 22, 7, 0, duration_ms) + b"rest"
    assert boxes["moov/trak/mdia/mdhd"][:20] == struct.pack(">IQQ", 1 << 24, 31, 32)
    assert boxes["moov/trak/mdia/mdhd"][32:] == b"rest"


def test_a_frame_table_of_several_entries_is_spread_evenly() -> None:
    times = struct.pack(">III", 0, 0, 0)
    old = box(
        "moov",
        box("mvhd", times + bytes(8))
        + box(
            "trak",
            box("tkhd", bytes(24))
            + box(
                "mdia",
                box("mdhd", times + bytes(8))
                + box("minf", box("stbl", box("stts", struct.pack(">IIIIII", 0, 2, 3, 40, 1, 99)))),
            ),
        ),
    )

    boxes = read_boxes(with_duration(old, 700))

    assert boxes["moov/trak/mdia/minf/stbl/stts"] == struct.pack(">IIIIII", 0, 2, 3, 700, 1, 700)
    assert boxes["moov/trak/mdia/mdhd"][12:] == struct.pack(">II", 4000, 2800)


def test_the_last_box_may_reach_to_the_end_of_the_file() -> None:
    file = mp4(1000)
    mdat = file.index(b"mdat") - 4
    open_ended = file[:mdat] + bytes(4) + file[mdat + 4 :]

    assert read_boxes(with_duration(open_ended, 2000))["moov/mvhd"] == read_boxes(mp4(2000))["moov/mvhd"]


@pytest.mark.parametrize("size", [2, 7, 1_000_000])
def test_a_box_of_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="offset 0 has a wrong size"):
        with_duration(struct.pack(">I4s", size, b"moov") + bytes(8), 1000)


def test_a_file_without_the_boxes_that_hold_times_is_refused() -> None:
    with pytest.raises(ValueError, match="no mdhd, mvhd, stts, tkhd box"):
        with_duration(box("ftyp", b"isom"), 1000)


def test_the_same_arguments_give_the_same_small_file() -> None:
    assert mp4(4321) == mp4(4321)
    assert mp4(4321) != mp4(4322)
    assert len(mp4(3_600_000)) < 10_000


@pytest.mark.parametrize("duration_ms", [-1, 0, 24 * 3600 * 1000 + 1])
def test_a_duration_out_of_range_is_refused(duration_ms: int) -> None:
    with pytest.raises(ValueError, match=f"duration_ms must be between 1 and 86400000, not {duration_ms}"):
        mp4(duration_ms)


@pytest.mark.parametrize(("width", "height", "name"), [(0, 720, "width"), (1280, -1, "height"), (8193, 720, "width")])
def test_a_size_out_of_range_is_refused(width: int, height: int, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be between 1 and 8192"):
        mp4(1000, width, height)
