"""Uncompressed audio in a WAV file."""

import math
import struct

from bodydouble.mock_server.media.arguments import require_between

_MAXIMUM_DURATION_MS = 3600 * 1000
_TONE_HERTZ = 400
_AMPLITUDE = 1000
_BYTES_PER_FRAME = 2


def wav(duration_ms: int, sample_rate: int = 16000) -> bytes:
    """Make a mono 16-bit PCM WAV file with a quiet tone of about 400 Hz.

    Args:
        duration_ms: duration in milliseconds, 0 to 3600000 (one hour: longer files would take hundreds of megabytes).
        sample_rate: frames per second, 8000 to 48000.

    Returns:
        The file, with exactly ``round(duration_ms * sample_rate / 1000)`` frames.

    Raises:
        ValueError: the duration or the sample rate is out of range.
    """
    require_between("duration_ms", duration_ms, 0, _MAXIMUM_DURATION_MS)
    require_between("sample_rate", sample_rate, 8000, 48000)
    data_size = round(duration_ms * sample_rate / 1000) * _BYTES_PER_FRAME
    period = _one_period(sample_rate)
    repetitions, rest = divmod(data_size, len(period))
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + data_size,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        sample_rate,
        sample_rate * _BYTES_PER_FRAME,
        _BYTES_PER_FRAME,
        8 * _BYTES_PER_FRAME,
        b"data",
        data_size,
    )
    return b"".join((header, period * repetitions, period[:rest]))


def _one_period(sample_rate: int) -> bytes:
    """Return one period of the tone, rounded to whole frames so that repeating it makes no clicks."""
    length = round(sample_rate / _TONE_HERTZ)
    samples = (round(_AMPLITUDE * math.sin(2 * math.pi * index / length)) for index in range(length))
    return struct.pack(f"<{length}h", *samples)
