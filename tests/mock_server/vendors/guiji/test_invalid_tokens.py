"""Requests without a valid token, and invalid requests for a token."""

import pytest

from tests.support.guiji import VIDEOS, Guiji
from tests.support.guiji_requests import CREATES, GOOD, JSON, MISSING_OR_INVALID, assert_nothing_happened, error_message

pytestmark = pytest.mark.generated


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({}, {}),
        ({"access_token": ""}, {}),
        ({"access_token": "00000000-0000-4000-8000-000000000000"}, {}),
        ({"access_token": "no token at all / \x00 ' or 1=1 --"}, {}),
        ({"access_token": "x" * 5000}, {}),
        ({"Access_Token": "TOKEN"}, {}),
        ({"token": "TOKEN"}, {}),
        ({}, {"Authorization": "Bearer TOKEN"}),
        ({}, {"access_token": "TOKEN"}),
        ({}, {"Cookie": "access_token=TOKEN"}),
    ],
    ids=["missing", "empty", "unknown", "malformed", "long", "case", "name", "bearer", "header", "cookie"],
)
def test_a_request_without_a_valid_token_in_the_query_is_rejected(
    guiji: Guiji, path: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    query = {name: value.replace("TOKEN", guiji.token) for name, value in query.items()}
    headers = {name: value.replace("TOKEN", guiji.token) for name, value in headers.items()}
    response = guiji.account.http.post(path, GOOD[path], query=query, headers=headers)
    assert "query parameter access_token" in error_message(response, "40002")
    assert_nothing_happened(guiji)


def test_a_token_in_the_body_or_in_invalid_utf_8_is_rejected(guiji: Guiji) -> None:
    response = guiji.account.http.post(VIDEOS, {**GOOD[VIDEOS], "access_token": guiji.token})
    assert "access_token" in error_message(response, "40002")
    response = guiji.account.http.post(f"{VIDEOS}?access_token=%FF%FE", GOOD[VIDEOS])
    assert "access_token" in error_message(response, "40002")


def test_a_missing_token_is_reported_before_an_invalid_body(guiji: Guiji) -> None:
    error_message(guiji.account.http.post(VIDEOS, body=b"{", headers=JSON), "40002")


@pytest.mark.parametrize("path", CREATES)
def test_an_expired_token_is_rejected_as_expired(guiji: Guiji, path: str) -> None:
    guiji.account.advance(2 * 3600)
    message = error_message(guiji.send("POST", path, GOOD[path]), "40003")
    assert "access_token" in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("name", ["grant_type", "appId", "timestamp", "sign"])
def test_no_token_is_issued_if_a_parameter_is_missing(guiji: Guiji, name: str) -> None:
    query = {"grant_type": "sign", "appId": "a", "timestamp": "1741572705000", "sign": "0" * 32}
    del query[name]
    message = error_message(guiji.account.http.get("/openapi/oauth/token", query=query), MISSING_OR_INVALID)
    assert f"query parameter {name}: required, but missing" in message


@pytest.mark.parametrize(
    ("changed", "code", "rule"),
    [
        ({"grant_type": "client_credential"}, MISSING_OR_INVALID, "grant_type: const"),
        ({"timestamp": "now"}, MISSING_OR_INVALID, "timestamp: pattern"),
        ({"timestamp": "-1741572705000"}, MISSING_OR_INVALID, "timestamp: pattern"),
        ({"timestamp": str(2**63)}, MISSING_OR_INVALID, "timestamp: pattern"),
        ({"sign": "0" * 31}, MISSING_OR_INVALID, "sign: pattern"),
        ({"sign": "A" * 32}, MISSING_OR_INVALID, "sign: pattern"),
        ({"sign": "0" * 32}, "40002", "query parameter sign: must be the md5 of"),
        ({"appId": "nobody"}, "40002", "query parameter appId"),
    ],
    ids=lambda value: next(iter(value.items()))[0] if isinstance(value, dict) else "",
)
def test_no_token_is_issued_for_invalid_parameters(guiji: Guiji, changed: dict[str, str], code: str, rule: str) -> None:
    assert rule in error_message(guiji.sign_in(**changed), code)


def test_invalid_utf_8_in_the_query_is_rejected_like_any_other_wrong_value(guiji: Guiji) -> None:
    response = guiji.account.http.get("/openapi/oauth/token?grant_type=%FF&appId=%FF&timestamp=%FF&sign=%FF")
    assert "query parameter grant_type: const" in error_message(response, MISSING_OR_INVALID)
    response = guiji.account.http.get(
        f"/openapi/oauth/token?grant_type=sign&appId=%FF&timestamp=1741572705000&sign={'0' * 32}"
    )
    assert "query parameter appId" in error_message(response, "40002")
