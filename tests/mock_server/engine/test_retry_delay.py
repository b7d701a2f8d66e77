"""When a failed delivery is retried."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodydouble.contracts.model.delivery import Delivery, RetryRules
from bodydouble.mock_server.engine.retry_delay import Failure, next_delay
from bodydouble.mock_server.vendors import load_vendors

FAILURES = st.builds(
    Failure, st.booleans(), st.sampled_from([None, 404, 429, 500, 503]), st.none() | st.integers(0, 10**15)
)


def schedule(delays: Sequence[float], rules: RetryRules | None = None) -> Delivery:
    return Delivery(5.0, tuple(delays), None, rules or RetryRules())


@pytest.mark.parametrize(
    ("delays", "attempts_made", "delay"),
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
def test_the_delay_is_that_of_the_schedule(delays: tuple[float, ...], attempts_made: int, delay: int | None) -> None:
    assert next_delay(schedule(delays), attempts_made, Failure(), "seed") == delay


@given(st.lists(st.floats(0, 1e6), max_size=20), st.floats(0, 1), FAILURES, st.text())
def test_there_is_one_attempt_more_than_there_are_delays(
    delays: list[float], jitter: float, failure: Failure, seed: str
) -> None:
    attempts = 1
    while next_delay(schedule(delays, RetryRules(jitter)), attempts, failure, seed) is not None:
        attempts += 1
    assert attempts == len(delays) + 1


@given(st.integers(1, 5), FAILURES, st.text())
def test_the_vendors_schedules_depend_on_nothing_else(attempts_made: int, failure: Failure, seed: str) -> None:
    for vendor in load_vendors().values():
        for callback in vendor.contract.callbacks.values():
            retries = callback.delivery.retries
            expected = round(retries[attempts_made - 1] * 1000) if attempts_made <= len(retries) else None
            assert next_delay(callback.delivery, attempts_made, failure, seed) == expected


@given(st.integers(1, 3), st.floats(0, 1), st.text())
def test_jitter_is_bounded_and_the_same_for_the_same_seed(attempts_made: int, jitter: float, seed: str) -> None:
    jittery = schedule((10, 20, 40), RetryRules(jitter))
    delay = next_delay(jittery, attempts_made, Failure(), seed)
    assert delay is not None
    usual = (10_000, 20_000, 40_000)[attempts_made - 1]
    assert usual * (1 - jitter) - 1 <= delay <= usual * (1 + jitter) + 1
    assert delay == next_delay(jittery, attempts_made, Failure(), seed)


def test_jitter_differs_between_events_and_attempts_and_goes_to_both_sides() -> None:
    jittery = schedule((10, 10), RetryRules(0.5))
    delays = {next_delay(jittery, attempt, Failure(), f"{event}") for event in range(50) for attempt in (1, 2)}
    assert len(delays) > 90
    numbers = [delay for delay in delays if delay is not None]
    assert min(numbers) < 7_000
    assert max(numbers) > 13_000


@pytest.mark.parametrize(
    ("failure", "delays"),
    [
        (Failure(timed_out=True), [60_000, None, None]),
        # A response that broke off: its status says nothing.
        (Failure(timed_out=True, status=429), [60_000, None, None]),
        (Failure(status=429), [None, None, None]),
        (Failure(status=500), [1_000, 2_000, None]),
        (Failure(), [1_000, 2_000, None]),
    ],
)
def test_timeouts_and_429_may_have_delays_of_their_own(failure: Failure, delays: list[int | None]) -> None:
    rules = RetryRules(after_timeout=(60,), after_429=())
    assert [next_delay(schedule((1, 2), rules), attempt, failure, "") for attempt in (1, 2, 3)] == delays


@pytest.mark.parametrize(
    ("status", "retry_after", "delay"),
    [
        (429, 30_000, 30_000),
        (503, 30_000, 30_000),
        # Never earlier than the schedule, nor later than the bound.
        (429, 2_000, 10_000),
        (429, None, 10_000),
        (503, 10**15, 120_000),
        (500, 30_000, 10_000),
        (None, 30_000, 10_000),
    ],
)
def test_a_receiver_may_put_the_next_attempt_off(status: int | None, retry_after: int | None, delay: int) -> None:
    patient = schedule((10,), RetryRules(max_retry_after=120))
    failure = Failure(status=status, retry_after=retry_after)
    assert next_delay(patient, 1, failure, "") == delay
    assert next_delay(patient, 2, failure, "") is None
    assert next_delay(schedule((10,)), 1, failure, "") == 10_000
