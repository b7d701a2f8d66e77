"""How often open pages ask for what has changed."""

from bodydouble.mock_server.pages.live import INTERVAL, MAX_INTERVAL, Pauses


def test_few_open_pages_ask_every_other_second() -> None:
    pauses = Pauses()
    assert {pauses.after(0.01, now=100.0 + 2 * number) for number in range(20)} == {INTERVAL}


def test_many_open_pages_pause_longer_and_take_little_of_a_worker() -> None:
    pauses = Pauses()
    intervals = [pauses.after(0.01, now=100.0 + number / 25) for number in range(500)]
    assert intervals == sorted(intervals)
    assert 10_000 < intervals[-1] < MAX_INTERVAL
    assert pauses.after(0.0, now=300.0) == INTERVAL


def test_no_pause_is_longer_than_a_minute() -> None:
    assert Pauses().after(1e6, now=1.0) == MAX_INTERVAL
