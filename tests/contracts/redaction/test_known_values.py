"""Secrets that a tester has seen are in nothing that it shows."""

import json

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets

REQUEST = WireRequest("GET", "/tokens", "", {}, b"")


def known() -> KnownSecrets:
    return KnownSecrets({"secret": "se/cret+value", "short": "abc"}, FieldRedactor(["token"]))


@pytest.mark.parametrize("text", ["se/cret+value", "se%2Fcret%2Bvalue"])
def test_a_credential_is_replaced_however_it_is_written(text: str) -> None:
    assert known().text(f"before {text} after") == f"before {REPLACEMENT} after"


def test_a_short_value_is_not_a_secret() -> None:
    assert known().text("abc") == "abc"


def test_a_value_that_a_response_issues_is_a_secret_and_a_repeated_value_is_not() -> None:
    secrets = known()
    issued = {"data": [{"token": "issued-token"}], "echo": {"token": "sent-token"}}
    request = WireRequest("GET", "/tokens", "token=sent-token", {}, b"")
    secrets.remember_response(request, WireResponse(200, {}, json.dumps(issued).encode()))
    assert secrets.text("issued-token and sent-token") == f"{REPLACEMENT} and sent-token"


def test_a_response_without_json_issues_nothing() -> None:
    secrets = known()
    secrets.remember_response(REQUEST, WireResponse(200, {}, b"token: not json"))
    assert secrets.text("not json") == "not json"
