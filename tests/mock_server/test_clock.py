"""The accounts' clocks as values, and times as text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodydouble.mock_server.clock import Clock, from_local_text, local_text, utc_text

real_times = st.integers(1_500_000_000_000, 4_000_000_000_000)
offsets = st.integers(-(10**12), 10**12)
steps = st.integers(0, 10**11)
clocks = st.builds(Clock, offsets, st.none() | real_times)


def test_a_clock_shows_real_time_at_first() -> None:
    assert Clock().now(1234) == 1234


@given(clocks, real_times, steps)
def test_a_running_clock_goes_with_real_time_and_a_frozen_one_stands(clock: Clock, real: int, passed: int) -> None:
    expected = clock.now(real) + (passed if clock.frozen_at is None else 0)
    assert clock.now(real + passed) == expected


@given(clocks, real_times, steps)
def test_freezing_keeps_the_time_and_running_goes_on_from_it(clock: Clock, real: int, passed: int) -> None:
    shown = clock.now(real)
    frozen = clock.freeze(real)
    assert frozen.now(real) == frozen.now(real + passed) == shown
    running = frozen.run(real + passed)
    assert running.now(real + passed) == shown
    assert running.now(real + passed + 5) == shown + 5


@given(clocks, real_times, real_times)
def test_a_moved_clock_shows_the_moment_and_runs_or_stands_as_before(clock: Clock, real: int, moment: int) -> None:
    moved = clock.at(moment, real)
    assert moved.now(real) == moment
    assert (moved.frozen_at is None) == (clock.frozen_at is None)
    assert moved.now(real + 7) == moment + (7 if clock.frozen_at is None else 0)


@given(st.integers(0, 32_503_680_000_000 // 1000 - 1))
def test_a_local_time_is_the_same_after_it_was_written_and_read(second: int) -> None:
    text = local_text(second * 1000)
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", text)
    assert from_local_text(text) == second * 1000


@given(st.integers(0, 32_503_680_000_000 - 1))
def test_a_local_time_is_written_in_whole_seconds_and_in_order(moment: int) -> None:
    assert from_local_text(local_text(moment)) == moment // 1000 * 1000
    assert local_text(moment) <= local_text(moment + 1)


@pytest.mark.parametrize(
    ("moment", "local", "utc"),
    [
        (0, "1970-01-01 08:00:00", "1970-01-01T00:00:00Z"),
        (1_741_572_705_000, "2025-03-10 10:11:45", "2025-03-10T02:11:45Z"),
        (1_741_572_705_999, "2025-03-10 10:11:45", "2025-03-10T02:11:45Z"),
        (1_735_660_799_000, "2024-12-31 23:59:59", "2024-12-31T15:59:59Z"),
        (32_503_680_000_000, "3000-01-01 08:00:00", "3000-01-01T00:00:00Z"),
    ],
)
def test_known_times_are_written_in_chinas_zone_and_in_utc(moment: int, local: str, utc: str) -> None:
    assert local_text(moment) == local
    assert utc_text(moment) == utc


@pytest.mark.parametrize("text", ["", "2025-02-30 00:00:00", "2025-03-10T10:11:45", "2025-03-10", "10:11:45", "now"])
def test_what_is_no_local_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not match format|out of range"):
        from_local_text(text)
