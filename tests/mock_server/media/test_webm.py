"""The WebM results, read back with an EBML reader of the tests."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodydouble.mock_server.media import webm
from bodydouble.mock_server.media.webm import with_duration

LEVEL_1_PARENTS = {"1549a966", "1654ae6b", "1254c367", "1f43b675", "1c53bb6b"}
PARENTS = {"18538067", "ae", "e0", "7373", "67c8", "bb", "b7"} | LEVEL_1_PARENTS
DURATION, TIMESTAMP_SCALE, DEFAULT_DURATION, CLUSTER_TIMESTAMP = "4489", "2ad7b1", "23e383", "e7"


def read_number(data: bytes, offset: int) -> tuple[bytes, int]:
    """Return a variable-size integer, with its marker bit, and the offset behind it."""
    width = next(width for width in range(1, 9) if data[offset] & (0x100 >> width))
    return data[offset : offset + width], offset + width


def read_elements(data: bytes, start: int, end: int) -> list[tuple[str, int, bytes]]:
    """Return identifier, offset and content of every element, parents before their children."""
    elements = []
    offset = start
    while offset < end:
        identifier, size_offset = read_number(data, offset)
        size_bytes, content = read_number(data, size_offset)
        size = int.from_bytes(size_bytes, "big") - (1 << 7 * len(size_bytes))
        assert content + size <= end
        elements.append((identifier.hex(), offset, data[content : content + size]))
        if identifier.hex() in PARENTS:
            elements += read_elements(data, content, content + size)
        offset = content + size
    return elements


def values(file: bytes, identifier: str) -> list[bytes]:
    return [content for name, _, content in read_elements(file, 0, len(file)) if name == identifier]


def numbers(file: bytes, identifier: str) -> list[int]:
    return [int.from_bytes(content, "big") for content in values(file, identifier)]


@settings(derandomize=True, deadline=None)
@given(duration_ms=st.integers(1, 24 * 3600 * 1000))
def test_the_duration_is_exact_and_the_frames_are_spread_evenly_over_it(duration_ms: int) -> None:
    file = webm(duration_ms)
    times = numbers(file, CLUSTER_TIMESTAMP)
    (frame_duration_ns,) = numbers(file, DEFAULT_DURATION)

    assert numbers(file, TIMESTAMP_SCALE) == [1_000_000], "times are counted in milliseconds"
    assert [struct.unpack(">d", value)[0] for value in values(file, DURATION)] == [duration_ms]
    assert len(times) == 8
    assert times == [duration_ms * frame // 8 for frame in range(8)]
    assert frame_duration_ns * 8 == duration_ms * 1_000_000


def test_the_duration_tag_agrees_with_the_duration() -> None:
    file = webm(((25 - 2) * 3600 + 59 * 60 + 8) * 1000 + 7)

    assert b"23:59:08.007000000\0\0" in values(file, "4487")


def test_each_cluster_holds_one_frame_at_its_own_time_and_only_the_first_is_a_key_frame() -> None:
    blocks = values(webm(5000), "a3")

    assert [struct.unpack_from(">BhB", block) for block in blocks] == [(0x81, 0, 0x80)] + [(0x81, 0, 0)] * 7
    assert [block[4] & 1 for block in blocks] == [0] + [1] * 7, "the frame headers of VP8 agree"


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (720, 1280), (1280, 720)])
def test_track_and_key_frame_have_the_requested_size(size: tuple[int, int]) -> None:
    file = webm(1000, *size)

    assert values(file, "86") == [b"V_VP8"]
    assert (numbers(file, "b0"), numbers(file, "ba")) == ([size[0]], [size[1]])
    key_frame = values(file, "a3")[0][4:]
    assert key_frame[3:6] == b"\x9d\x01\x2a"
    assert struct.unpack_from("<HH", key_frame, 6) == size


def test_other_sizes_follow_the_rule_of_all_videos() -> None:
    assert webm(1000, 640, 360) == webm(1000, 1280, 720)
    assert webm(1000) == webm(1000, 1080, 1920)


def test_the_index_still_points_at_the_cluster_of_the_key_frame() -> None:
    file = webm(5000)
    elements = read_elements(file, 0, len(file))
    (segment_offset,) = (offset for name, offset, _ in elements if name == "18538067")
    _, size_offset = read_number(file, segment_offset)
    _, segment_content = read_number(file, size_offset)
    first_cluster = next(offset for name, offset, _ in elements if name == "1f43b675")

    assert numbers(file, "b3") == [0]
    assert numbers(file, "f1") == [first_cluster - segment_content]


def test_a_duration_of_four_bytes_is_written_as_a_short_float() -> None:
    old = bytes.fromhex("18538067 8c 1549a966 87 4489 84") + struct.pack(">f", 1)

    assert with_duration(old, 1500)[-4:] == struct.pack(">f", 1500)


@pytest.mark.parametrize("damaged", ["18538067 85 00", "ec 85 00", "18538067", "00", "18538067 01ffffffffffffff"])
def test_a_damaged_file_is_refused(damaged: str) -> None:
    with pytest.raises(ValueError, match=r"offset \d+"):
        with_duration(bytes.fromhex(damaged), 1000)


def test_the_same_arguments_give_the_same_small_file() -> None:
    assert webm(4321) == webm(4321)
    assert webm(4321) != webm(4322)
    assert len(webm(3_600_000)) < 15_000


@pytest.mark.parametrize("duration_ms", [-1, 0, 24 * 3600 * 1000 + 1])
def test_a_duration_out_of_range_is_refused(duration_ms: int) -> None:
    with pytest.raises(ValueError, match=f"duration_ms must be between 1 and 86400000, not {duration_ms}"):
        webm(duration_ms)


def test_a_size_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="height must be between 1 and 8192, not 0"):
        webm(1000, 720, 0)
