"""The WAV results, read back with the standard library."""

import io
import wave
from array import array
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodydouble.mock_server.media import wav


def read_frames(file: bytes) -> bytes:
    with wave.open(io.BytesIO(file)) as reader:
        return bytes(reader.readframes(reader.getnframes()))


@settings(derandomize=True, deadline=None)
@given(duration_ms=st.integers(0, 20_000), sample_rate=st.integers(8000, 48000))
def test_the_file_has_exactly_as_many_frames_as_the_duration_needs(duration_ms: int, sample_rate: int) -> None:
    file = wav(duration_ms, sample_rate)

    with wave.open(io.BytesIO(file)) as reader:
        assert reader.getnchannels() == 1
        assert reader.getsampwidth() == 2
        assert reader.getframerate() == sample_rate
        assert reader.getnframes() == round(duration_ms * sample_rate / 1000)
        assert len(reader.readframes(reader.getnframes())) == reader.getnframes() * 2


@pytest.mark.parametrize("duration_ms", [0, 1, 1234])
def test_the_sizes_in_the_header_agree_with_the_length_of_the_file(duration_ms: int) -> None:
    file = wav(duration_ms)

    assert int.from_bytes(file[4:8], "little") == len(file) - 8
    assert int.from_bytes(file[28:32], "little") == 16000 * 2, "bytes per second"
    assert int.from_bytes(file[32:34], "little") == 2, "bytes per frame"
    assert int.from_bytes(file[40:44], "little") == len(file) - 44


def test_without_a_sample_rate_there_are_16000_frames_per_second() -> None:
    assert wav(1000) == wav(1000, 16000)


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 44100, 48000])
def test_the_sound_is_a_quiet_tone_of_about_400_hertz(sample_rate: int) -> None:
    samples = array("h", read_frames(wav(1000, sample_rate)))
    rising_zero_crossings = sum(before < 0 <= after for before, after in pairwise(samples))

    assert 390 <= rising_zero_crossings <= 410
    assert 900 <= max(samples) <= 1000
    assert -1000 <= min(samples) <= -900


def test_a_longer_file_continues_the_tone_of_a_shorter_one() -> None:
    assert read_frames(wav(2000)).startswith(read_frames(wav(777)))


def test_the_same_arguments_give_the_same_file() -> None:
    assert wav(1234, 24000) == wav(1234, 24000)


@pytest.mark.parametrize("duration_ms", [-1, 3_600_001])
def test_a_duration_below_zero_or_above_one_hour_is_refused(duration_ms: int) -> None:
    with pytest.raises(ValueError, match=f"duration_ms must be between 0 and 3600000, not {duration_ms}"):
        wav(duration_ms)


@pytest.mark.parametrize("sample_rate", [7999, 48001])
def test_a_sample_rate_out_of_range_is_refused(sample_rate: int) -> None:
    with pytest.raises(ValueError, match=f"sample_rate must be between 8000 and 48000, not {sample_rate}"):
        wav(1000, sample_rate)
