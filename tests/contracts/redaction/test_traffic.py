"""Credentials that a run has seen are redacted in all later exchanges, and what says that it is a secret always is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import bodydouble.contracts.redaction.traffic
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.redaction.fields import REPLACEMENT
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.redaction.secret_names import spellings
from bodydouble.contracts.redaction.traffic import TrafficRedactor

TOKEN = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
SIGN_IN = "/openapi/oauth/token"


@pytest.fixture
def traffic() -> TrafficRedactor:
    return TrafficRedactor(load_contract("guiji"))


def exchange(path: str, body: Any = None, query: str = "", headers: dict[str, str] | None = None) -> RecordedExchange:
    return RecordedExchange(
        WireRequest("GET", path, query, headers or {}, b""),
        WireResponse(200, {"content-type": "application/json"}, json.dumps(body).encode()),
        datetime(2026, 1, 1, tzinfo=UTC),
        0.1,
    )


def signed_in(data: Any) -> RecordedExchange:
    return exchange(SIGN_IN, {"code": "0", "message": "Request successful", "success": True, "data": data})


@pytest.mark.parametrize(
    "name", ["accessToken", "access-token", "AccessToken", "ACCESS_TOKEN", "X-Access-Token", "x_access_token"]
)
def test_a_credential_in_a_renamed_field_is_redacted_everywhere(traffic: TrafficRedactor, name: str) -> None:
    redactor = traffic.of(signed_in({name: TOKEN}))
    assert redactor.value({"data": {name: TOKEN}, "note": TOKEN}) == {"data": {name: REPLACEMENT}, "note": REPLACEMENT}


@pytest.mark.parametrize("data", [[TOKEN], TOKEN, [{"value": TOKEN}], {"value": TOKEN}, [[TOKEN, 7200]]], ids=repr)
def test_a_credential_in_a_response_of_another_form_is_redacted(traffic: TrafficRedactor, data: Any) -> None:
    content = json.loads(signed_in(data).response.body)  # type: ignore[union-attr]
    assert TOKEN not in json.dumps(traffic.of(signed_in(data)).value(content))
    assert content["message"] == traffic.of(signed_in(data)).value(content)["message"]


def test_a_short_undocumented_text_of_a_sign_in_stays_readable(traffic: TrafficRedactor) -> None:
    assert traffic.of(signed_in({"mood": "happy, but drifting"})).text("happy, but drifting") == "happy, but drifting"


@pytest.mark.parametrize("data", [{"access_token": TOKEN}, {"accessToken": TOKEN}, [TOKEN], TOKEN], ids=repr)
def test_a_credential_of_an_earlier_exchange_is_redacted_wherever_it_comes_back(
    traffic: TrafficRedactor, data: Any
) -> None:
    traffic.of(signed_in(data))
    later = exchange(f"/files/{TOKEN}", {"echo": TOKEN}, f"t={TOKEN}&page=1", {"x-client": TOKEN, "accept": "*/*"})
    redactor = traffic.of(later)
    assert redactor.text(later.request.path) == f"/files/{REPLACEMENT}"
    assert redactor.query(later.request.query) == f"t={REPLACEMENT}&page=1"
    assert redactor.headers(later.request.headers) == {"x-client": REPLACEMENT, "accept": "*/*"}
    assert redactor.value({"echo": TOKEN}) == {"echo": REPLACEMENT}


def test_a_percent_encoded_credential_is_redacted(traffic: TrafficRedactor) -> None:
    traffic.of(signed_in({"access_token": "slash/and+plus=="}))
    assert (
        traffic.of(exchange("/f/slash%2Fand%2Bplus%3D%3D")).text("/f/slash%2Fand%2Bplus%3D%3D") == f"/f/{REPLACEMENT}"
    )


@pytest.mark.parametrize(
    "name", ["secret", "app_secret", "appSecret", "password", "X-Api-Key", "api_key", "Authorization", "X-Access-Token"]
)
def test_a_name_that_says_what_it_is_is_redacted(traffic: TrafficRedactor, name: str) -> None:
    redactor = traffic.of(exchange("/any", {}, f"{name}=abcdefgh", {name.lower(): "abcdefgh"}))
    assert redactor.query(f"{name}=abcdefgh") == f"{name}={REPLACEMENT}"
    assert redactor.headers({name.lower(): "abcdefgh"}) == {name.lower(): REPLACEMENT}
    assert redactor.value({name: "abcdefgh"}) == {name: REPLACEMENT}
    assert redactor.text(f'{{"{name}": "abcd') == f'{{"{name}": "{REPLACEMENT}"'


def test_signatures_and_cookies_are_not_remembered(traffic: TrafficRedactor) -> None:
    huawei = TrafficRedactor(load_contract("huawei-metastudio"))
    signed = "SDK-HMAC-SHA256 Access=ABCDEFGHIJ, SignedHeaders=content-type;host, Signature=0123456789abcdef"
    huawei.of(exchange("/v1/x", {}, headers={"authorization": signed, "cookie": "id=1; HttpOnly"}))
    assert huawei.of(exchange("/v1/y")).text("content-type;host HttpOnly") == "content-type;host HttpOnly"


def test_a_bounded_number_of_credentials_is_remembered(
    traffic: TrafficRedactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodydouble.contracts.redaction.traffic, "MAX_CREDENTIALS", 2)
    for number in range(3):
        traffic.of(signed_in({"access_token": f"credential-{number}"}))
    texts = [f"credential-{number}" for number in range(3)]
    later = traffic.of(exchange("/" + "/".join(texts)))
    assert [later.text(text) for text in texts] == ["credential-0", REPLACEMENT, REPLACEMENT]


def test_the_styles_of_writing() -> None:
    assert spellings(["app secret"]) >= {
        "app_secret",
        "app-secret",
        "appsecret",
        "appSecret",
        "AppSecret",
        "App-Secret",
    }
    assert spellings(["X-Auth-Token"]) >= {"X-Auth-Token", "auth_token", "x-auth-token", "authToken", "X_AUTH_TOKEN"}
    assert spellings(["accessToken"]) == spellings(["access_token"])
