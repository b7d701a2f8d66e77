"""How many callbacks are claimed for a receiver, and how many threads send them."""

import threading
from typing import cast

import pytest

from bodydouble.mock_server.delivery import lanes as lanes_module
from bodydouble.mock_server.delivery.lanes import MAX_WINDOW, Lanes
from bodydouble.mock_server.delivery.shares import Limits, Shares
from bodydouble.mock_server.delivery.stages import PreparedCallback
from bodydouble.mock_server.store.deliveries import PENDING, Delivery
from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.vendor import Vendor

PAIR = 4
RECEIVER = "127.0.0.1:1"


@pytest.fixture
def shares() -> Shares:
    return Shares(Limits(total=40, common=20, account=10, destination=8, pair=PAIR))


@pytest.fixture
def lanes(shares: Shares) -> Lanes:
    return Lanes(shares)


def delivery(number: int) -> Delivery:
    url = f"http://{RECEIVER}/x"
    return Delivery(f"d{number}", "a", "guiji", "audioResult", None, None, url, {}, None, PENDING, 0, 0, 0)


def prepared(claimed: Delivery) -> PreparedCallback:
    return PreparedCallback(claimed, cast("Vendor", None), cast("CallbackEvent", None), b"")


def claim(lanes: Lanes, count: int) -> list[Delivery]:
    return [entry for entry in map(delivery, range(count)) if lanes.claim(entry)]


def make_fast(lanes: Lanes) -> None:
    """Let all claimed callbacks be sent and recorded, each within a millisecond."""
    claimed = claim(lanes, PAIR)
    for entry in claimed:
        lanes.put(prepared(entry))
    for lane in lanes.to_start(claimed):
        while lanes.next(lane) is not None:
            pass
    for entry in claimed:
        lanes.finish(entry, 1.0)


def test_to_an_unknown_receiver_each_callback_has_a_thread_of_its_own(lanes: Lanes, shares: Shares) -> None:
    claimed = claim(lanes, 20)
    assert len(claimed) == PAIR
    for entry in claimed:
        lanes.put(prepared(entry))
    assert len(lanes.to_start(claimed)) == PAIR == shares.under_way
    assert lanes.to_start(claimed) == []
    assert lanes.may_claim("a", RECEIVER) == 0


def test_many_callbacks_are_claimed_for_a_fast_receiver_and_few_threads_send_them(lanes: Lanes, shares: Shares) -> None:
    make_fast(lanes)
    assert shares.under_way == lanes.claimed == 0
    assert lanes.may_claim("a", RECEIVER) == MAX_WINDOW
    claimed = claim(lanes, 500)
    assert len(claimed) == MAX_WINDOW
    for entry in claimed:
        lanes.put(prepared(entry))
    assert len(lanes.to_start(claimed)) == 2 == shares.under_way
    assert lanes.may_claim("a", RECEIVER) == 0


def test_a_receiver_that_becomes_slow_gets_no_more_than_threads_can_send(lanes: Lanes) -> None:
    make_fast(lanes)
    (first, *_) = claim(lanes, 1)
    lanes.finish(first, 5000.0)
    assert lanes.may_claim("a", RECEIVER) <= PAIR


def test_a_fast_receiver_is_well_filled_until_half_of_its_callbacks_are_recorded(lanes: Lanes) -> None:
    first = delivery(0)
    assert not lanes.are_well_filled([first]), "nothing is known of it"
    make_fast(lanes)
    assert not lanes.are_well_filled([first])
    claimed = claim(lanes, MAX_WINDOW)
    assert lanes.are_well_filled([first])
    for entry in claimed[: MAX_WINDOW // 2]:
        assert lanes.are_well_filled([first]) is (lanes.may_claim(first.account_id, RECEIVER) == 0)
        lanes.finish(entry, 1.0)
    assert not lanes.are_well_filled([first])
    assert lanes.may_claim(first.account_id, RECEIVER) > 0


def test_what_waits_for_too_long_is_taken_back(lanes: Lanes, shares: Shares, monkeypatch: pytest.MonkeyPatch) -> None:
    make_fast(lanes)
    claimed = claim(lanes, 50)
    for entry in claimed:
        lanes.put(prepared(entry))
    (lane, other) = lanes.to_start(claimed)
    assert lanes.next(lane) is not None, "which hangs"
    assert lanes.next(other) is not None, "as this one does"
    assert lanes.take_back_late() == []
    monkeypatch.setattr(lanes_module, "MAX_WAIT", -1.0)
    late = lanes.take_back_late()
    assert [entry.id for entry in late] == [entry.id for entry in claimed[2:]]
    for entry in late:
        lanes.finish(entry)
    assert (lanes.claimed, shares.under_way) == (2, 2)
    assert lanes.may_claim("a", RECEIVER) == PAIR - 2, "each has a thread of its own again"


def test_claims_that_fail_are_taken_back(lanes: Lanes, shares: Shares) -> None:
    lanes.give_back(claim(lanes, 20))
    assert (lanes.claimed, shares.under_way) == (0, 0)


def test_nothing_is_sent_after_the_end(lanes: Lanes, shares: Shares) -> None:
    claimed = claim(lanes, 3)
    for entry in claimed:
        lanes.put(prepared(entry))
    started = lanes.to_start(claimed)
    lanes.stop()
    assert [lanes.next(lane) for lane in started] == [None] * 3
    assert (lanes.claimed, shares.under_way) == (0, 0)


def test_the_wait_for_what_is_claimed_ends_with_the_last_of_it(lanes: Lanes) -> None:
    claimed = claim(lanes, 2)
    ended = threading.Event()

    def wait() -> None:
        lanes.wait_until_nothing_is_claimed(60)
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    lanes.finish(claimed[0])
    assert not ended.wait(0.05)
    lanes.finish(claimed[1])
    thread.join(10)
    assert ended.is_set()
    lanes.wait_until_nothing_is_claimed(60)
