"""Tokens: signed requests, expiry, refresh, and where the token is sent."""

import base64
import re
import time
import uuid
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.softsugar import ROOT, SoftSugar
from tests.support.times import HOUR

INFO = f"{ROOT}/task/info"


@pytest.mark.parametrize(
    "timestamp",
    [str(int(time.time())), int(time.time()), str(time.time_ns() // 1_000_000), time.time_ns() // 1_000_000],
    ids=["seconds-text", "seconds-number", "milliseconds-text", "milliseconds-number"],
)
def test_the_signed_timestamp_may_be_in_seconds_or_milliseconds_as_text_or_number(
    account: Account, timestamp: str | int
) -> None:
    response = SoftSugar(account).sign_in(timestamp).json
    assert response["code"] == 0
    assert response["message"] == "success"
    assert response["data"]["expiresIn"] == 8 * HOUR
    assert response["data"]["permissions"] == response["data"]["roles"] == []


def test_a_token_has_the_format_of_the_vendors_tokens(account: Account) -> None:
    token = SoftSugar(account).token
    assert len(token) == 91
    text = base64.b64decode(token + "=").decode()
    assert re.fullmatch("[0-9a-f]{32}", text[:32])
    assert str(uuid.UUID(text[32:])) == text[32:]


def test_the_token_response_shows_the_accounts_number_and_callback_url(account: Account) -> None:
    softsugar = SoftSugar(account)
    assert softsugar.grant["user"]["callbackUrl"] is None
    account.settings("softsugar", callback_url="http://127.0.0.1:9/here")
    assert SoftSugar(account).grant["user"]["callbackUrl"] == "http://127.0.0.1:9/here"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"sign": "0" * 32}, "/sign: must be the md5 of "),
        ({"appId": "nobody"}, "/appId"),
    ],
)
def test_a_wrong_signature_is_rejected_and_the_error_shows_the_signed_text_without_the_key(
    account: Account, changed: dict[str, str], named: str
) -> None:
    response = SoftSugar(account).sign_in(**changed)
    assert (response.status, response.json["code"]) == (401, 40104)
    assert named in response.json["message"]
    assert account.credentials("softsugar")["app_key"] not in response.json["message"]


@pytest.mark.parametrize(
    "changed",
    [
        {"timestamp": "yesterday"},
        {"timestamp": 168673053},
        {"sign": "F6FFECF33D2073D9B3B93BA157665CFC"},
        {"grantType": "password"},
        {"appId": None},
    ],
)
def test_the_error_for_a_malformed_token_request_names_the_field(account: Account, changed: dict[str, Any]) -> None:
    response = SoftSugar(account).sign_in(**changed)
    assert (response.status, response.json["code"]) == (200, 3333)
    assert f"/{next(iter(changed))}" in response.json["message"]


def test_a_request_without_a_token_is_rejected(account: Account) -> None:
    response = account.http.post(INFO, {"ids": [1]})
    assert (response.status, response.json["code"]) == (401, 40101)
    assert response.json["data"] is None


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", 40101),
        ("Bearer ", 40101),
        ("Basic abc", 40101),
        ("{token}", 40101),
        ("Bearer nonsense", 40102),
        ("Bearer {refresh}", 40102),
        ("bearer {token}", 40101),
    ],
)
def test_a_malformed_token_or_one_of_the_wrong_kind_is_rejected(account: Account, header: str, code: int) -> None:
    softsugar = SoftSugar(account)
    text = header.format(token=softsugar.token, refresh=softsugar.grant["refreshToken"])
    response = account.http.post(INFO, {"ids": [1]}, headers={"Authorization": text})
    assert (response.status, response.json["code"]) == (401, code)
    assert "Authorization" in response.json["message"]


def test_a_token_in_the_query_is_ignored(account: Account) -> None:
    query = {"Authorization": f"Bearer {SoftSugar(account).token}"}
    assert account.http.post(INFO, {"ids": [1]}, query=query).json["code"] == 40101


def test_a_token_of_another_vendor_is_rejected(account: Account) -> None:
    from tests.support.guiji import Guiji

    headers = {"Authorization": f"Bearer {Guiji(account).token}"}
    assert account.http.post(INFO, {"ids": [1]}, headers=headers).json["code"] == 40102


def test_a_token_is_valid_for_eight_hours_and_can_be_renewed(account: Account) -> None:
    softsugar = SoftSugar(account)
    account.advance(8 * HOUR - 1)
    softsugar.tasks(1)
    account.advance(1)
    response = softsugar.send("POST", INFO, {"ids": [1]})
    assert (response.status, response.json["code"]) == (401, 40103)
    renewed = softsugar.refresh().json["data"]
    softsugar.token = renewed["accessToken"]
    softsugar.tasks(1)
    softsugar.token = softsugar.refresh(renewed["refreshToken"]).json["data"]["accessToken"]
    softsugar.tasks(1)


def test_a_refresh_token_expires(account: Account) -> None:
    softsugar = SoftSugar(account)
    account.advance(softsugar.grant["refreshTokenExpiresIn"])
    assert softsugar.refresh().json["code"] == 40103


def test_an_access_token_cannot_be_used_to_refresh(account: Account) -> None:
    softsugar = SoftSugar(account)
    response = softsugar.refresh(softsugar.token)
    assert response.json["code"] == 40102
    assert "refresh" in response.json["message"]


def test_a_refresh_token_works_only_for_its_own_application(account: Account, server: Server) -> None:
    other = Account(server).credentials("softsugar")["app_id"]
    response = SoftSugar(account).refresh(appId=other)
    assert (response.status, response.json["code"]) == (401, 40102)
    assert "/appId" in response.json["message"]
