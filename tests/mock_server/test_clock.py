"""The accounts' clocks as values, and times as text."""

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodydouble.mock_server.clock import Clock, utc_text
from bodydouble.mock_server.vendor_api.local_time import CHINA, local_text

real_times = st.integers(1_500_000_000_000, 4_000_000_000_000)
offsets = st.integers(-(10**12), 10**12)
steps = st.integers(0, 10**11)
clocks = st.builds(Clock, offsets, st.none() | real_times)


def test_a_clock_shows_real_time_at_first() -> None:
    assert Clock().now(1234) == 1234


@given(clocks, real_times, steps)
def test_a_running_clock_follows_real_time_and_a_frozen_clock_does_not(clock: Clock, wall_ms: int, passed: int) -> None:
    expected = clock.now(wall_ms) + (passed if clock.frozen_at is None else 0)
    assert clock.now(wall_ms + passed) == expected


@given(clocks, real_times, steps)
def test_freezing_preserves_the_time_and_running_continues_from_it(clock: Clock, wall_ms: int, passed: int) -> None:
    shown = clock.now(wall_ms)
    frozen = clock.freeze(wall_ms)
    assert frozen.now(wall_ms) == frozen.now(wall_ms + passed) == shown
    running = frozen.run(wall_ms + passed)
    assert running.now(wall_ms + passed) == shown
    assert running.now(wall_ms + passed + 5) == shown + 5


@given(clocks, real_times, real_times)
def test_a_moved_clock_shows_the_new_time_and_stays_running_or_frozen(
    clock: Clock, wall_ms: int, timestamp_ms: int
) -> None:
    moved = clock.at(timestamp_ms, wall_ms)
    assert moved.now(wall_ms) == timestamp_ms
    assert (moved.frozen_at is None) == (clock.frozen_at is None)
    assert moved.now(wall_ms + 7) == timestamp_ms + (7 if clock.frozen_at is None else 0)


def _read(text: str) -> int:
    return round(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).timestamp() * 1000)


@given(st.integers(0, 32_503_680_000_000 // 1000 - 1))
def test_a_local_time_survives_formatting_and_parsing(second: int) -> None:
    text = local_text(second * 1000)
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", text)
    assert _read(text) == second * 1000


@given(st.integers(0, 32_503_680_000_000 - 1))
def test_a_local_time_is_written_in_whole_seconds_and_in_order(timestamp_ms: int) -> None:
    assert _read(local_text(timestamp_ms)) == timestamp_ms // 1000 * 1000
    assert local_text(timestamp_ms) <= local_text(timestamp_ms + 1)


@pytest.mark.parametrize(
    ("timestamp_ms", "local", "utc"),
    [
        (0, "1970-01-01 08:00:00", "1970-01-01T00:00:00Z"),
        (1_741_572_705_000, "2025-03-10 10:11:45", "2025-03-10T02:11:45Z"),
        (1_741_572_705_999, "2025-03-10 10:11:45", "2025-03-10T02:11:45Z"),
        (1_735_660_799_000, "2024-12-31 23:59:59", "2024-12-31T15:59:59Z"),
        (32_503_680_000_000, "3000-01-01 08:00:00", "3000-01-01T00:00:00Z"),
    ],
)
def test_known_times_are_written_in_chinas_zone_and_in_utc(timestamp_ms: int, local: str, utc: str) -> None:
    assert local_text(timestamp_ms) == local
    assert utc_text(timestamp_ms) == utc
