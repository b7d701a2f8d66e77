"""How many attempts may be under way at once."""

from dataclasses import replace

import pytest

from bodydouble.mock_server.delivery.shares import Limits, Shares
from bodydouble.mock_server.store.deliveries import destination_of

LIMITS = Limits(total=12, common=8, account=5, destination=4, pair=3)


def begun(shares: Shares, account: str, *ports: int) -> int:
    """How many attempts of an account begin, one to each port."""
    return sum(shares.take(account, f"127.0.0.1:{port}") for port in ports)


def test_one_account_has_a_share_for_each_receiver_and_in_all() -> None:
    shares = Shares(LIMITS)
    assert begun(shares, "a", *[1] * 9) == 3
    assert begun(shares, "a", *[2] * 9) == 2
    assert not shares.account_may_begin("a")
    assert shares.account_may_begin("b")


def test_one_receiver_has_a_share_but_every_account_reaches_it() -> None:
    shares = Shares(LIMITS)
    assert begun(shares, "a", *[1] * 9) == 3
    assert begun(shares, "b", *[1] * 9) == 1
    assert begun(shares, "c", *[1] * 9) == 1, "its first one is always under way"
    assert begun(shares, "c", 2, 2, 2) == 3


def test_accounts_without_any_attempt_find_a_reserve() -> None:
    shares = Shares(LIMITS)
    assert begun(shares, "a", *range(1, 9)) == 5
    assert begun(shares, "b", *range(11, 19)) == 3
    assert [begun(shares, name, 20, 21) for name in "cdefgh"] == [1, 1, 1, 1, 0, 0]
    assert shares.under_way == LIMITS.total


def test_what_is_given_back_can_be_taken_again() -> None:
    shares = Shares(replace(LIMITS, pair=1))
    first = ("a", "127.0.0.1:1")
    for _ in range(3):
        assert shares.take(*first)
        assert not shares.take(*first)
        shares.give_back(*first)
    assert shares.under_way == 0
    assert shares.may_begin("a", "127.0.0.1:1") == 1


@pytest.mark.parametrize(
    ("url", "destination"),
    [
        ("http://LocalHost/x", "localhost:80"),
        ("https://127.0.0.1/", "127.0.0.1:443"),
        ("http://user:pw@[::1]:8080/a?b", "::1:8080"),
        ("http://[::1/", ""),
        ("http://a:99999/", ""),
    ],
)
def test_a_receiver_is_a_host_and_a_port(url: str, destination: str) -> None:
    assert destination_of(url) == destination
