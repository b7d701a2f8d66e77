"""When a failed delivery is retried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodydouble.mock_server.engine.retry_delay import next_delay


@pytest.mark.parametrize(
    ("schedule", "attempts_made", "delay"),
    [
        ((), 1, None),
        ((5,), 1, 5_000),
        ((5,), 2, None),
        ((1, 2.5, 60), 1, 1_000),
        ((1, 2.5, 60), 2, 2_500),
        ((1, 2.5, 60), 3, 60_000),
        ((1, 2.5, 60), 4, None),
        ((0,), 1, 0),
        ((0.0004,), 1, 0),
    ],
)
def test_the_delay_is_that_of_the_schedule(schedule: tuple[float, ...], attempts_made: int, delay: int | None) -> None:
    assert next_delay(schedule, attempts_made) == delay


@given(st.lists(st.floats(0, 1e6), max_size=20))
def test_there_is_one_attempt_more_than_there_are_delays(schedule: list[float]) -> None:
    attempts = 1
    while next_delay(schedule, attempts) is not None:
        attempts += 1
    assert attempts == len(schedule) + 1
