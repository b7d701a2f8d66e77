"""Integers beyond 64 bits: rejected in fields that the contract bounds, ignored in unknown fields."""

from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji

BEYOND_64_BITS = 10**25


def test_an_integer_beyond_64_bits_in_an_unknown_field_is_ignored(account: Account) -> None:
    assert Guiji(account).synthesise(unknown={"deep": [BEYOND_64_BITS]}) > 0


def test_an_integer_beyond_64_bits_in_a_known_field_is_rejected_by_its_bound(account: Account) -> None:
    code, message = Guiji(account).rejection("POST", "/openapi/video/v2/pageList", {"page": BEYOND_64_BITS, "size": 10})
    assert code == "40015"
    assert "/page: maximum: got 1e+25, expected 2147483647" in message


def test_an_integer_just_below_the_64_bit_minimum_is_rejected(account: Account) -> None:
    guiji = Guiji(account)
    code, message = guiji.rejection(
        "POST", "/openapi/video/v3/simpleCreate", {"sceneId": -(2**63) - 1, "text": "Hello.", "speakerId": "C_101"}
    )
    assert code == "40015"
    assert "/sceneId" in message
