"""The stages of a callback, each of its own type."""

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.delivery.http import HttpExchange
from bodydouble.mock_server.delivery.stages import SentCallback, SignedCallback, evaluate


def signed() -> SignedCallback:
    callback = load_contract("softsugar").callbacks["taskCompleted"]
    return SignedCallback(callback, "http://127.0.0.1/", {"Content-Type": "application/json"}, b"{}", 1000)


def test_a_callback_that_was_not_sent_is_refused() -> None:
    attempt = evaluate(SentCallback(signed(), rejection="not allowed")).attempt(1, "scheduled", None)
    assert (attempt.outcome, attempt.error, attempt.status) == ("refused", "not allowed", None)
    assert (attempt.response_body, attempt.duration, attempt.next_attempt_at) == (None, 0.0, None)


@pytest.mark.parametrize(
    ("exchange", "outcome"),
    [
        (HttpExchange(200, {}, b"", 3.5), "delivered"),
        (HttpExchange(302, {}, b"", 3.5), "redirect"),
        (HttpExchange(500, {}, b"", 3.5), "not-acknowledged"),
        (HttpExchange(None, {}, b"", 3.5, "timeout", "no response"), "timeout"),
        (HttpExchange(200, {}, b"x", 3.5, "too-large", "too long"), "too-large"),
    ],
)
def test_the_outcome_of_an_exchange_is_evaluated(exchange: HttpExchange, outcome: str) -> None:
    evaluated = evaluate(SentCallback(signed(), exchange))
    assert evaluated.outcome == outcome
    attempt = evaluated.attempt(2, "scheduled", 500)
    assert (attempt.number, attempt.at, attempt.next_attempt_at, attempt.duration) == (2, 1000, 1500, 3.5)
    assert (attempt.url, attempt.request_body, attempt.status) == ("http://127.0.0.1/", b"{}", exchange.status)


def test_unprintable_bytes_are_escaped_in_the_record() -> None:
    attempt = evaluate(SentCallback(signed(), HttpExchange(500, {}, b"\xff\x00", 0.0))).attempt(1, "manual", None)
    assert attempt.response_body == "\\xff\\x00"


def test_the_host_header_is_that_of_the_destination() -> None:
    assert signed().to_host("receiver.example:80").headers["Host"] == "receiver.example:80"
