"""Latencies, token buckets and seeded chances."""

import statistics

import pytest

from bodydouble.mock_server.engine.faults import MAX_LATENCY, Bucket, StruckFault, chance


def latencies(**parameters: object) -> list[float]:
    chances = [chance(1, number) for number in range(2_000)]
    return [StruckFault(1, "latency", parameters, each).latency() for each in chances]


def test_a_fixed_latency_is_the_same_for_all() -> None:
    assert set(latencies(distribution="fixed", milliseconds=20)) == {0.02}


def test_a_uniform_latency_is_between_its_ends() -> None:
    seconds = latencies(distribution="uniform", min_milliseconds=10, max_milliseconds=30)
    assert 0.01 <= min(seconds) < 0.011
    assert 0.029 < max(seconds) <= 0.03
    assert statistics.mean(seconds) == pytest.approx(0.02, rel=0.02)


def test_a_lognormal_latency_has_its_median_and_a_long_tail_that_ends() -> None:
    seconds = latencies(distribution="lognormal", median_milliseconds=400, sigma=0.8)
    assert statistics.median(seconds) == pytest.approx(0.4, rel=0.05)
    assert max(seconds) > 4 * statistics.median(seconds)
    assert max(latencies(distribution="lognormal", median_milliseconds=60_000, sigma=3)) == MAX_LATENCY / 1000


def test_a_chance_belongs_to_its_parts() -> None:
    assert chance("a", 1) == chance("a", 1) != chance("a", 2)
    assert all(0 <= chance(number) < 1 for number in range(100))


def test_a_bucket_fills_with_time_up_to_its_burst() -> None:
    bucket, waits = Bucket(2.0, 0), []
    for now in (0, 0, 0, 500, 1_000, 60_000, 60_000, 60_000):
        bucket, wait = bucket.take(now, per_second=1, burst=2)
        waits.append(wait)
    assert waits == [None, None, 1000, 500, None, None, None, 1000]
