"""Delivery of events: signature, validation of the URL, two retries."""

import hashlib
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.signatures import md5_template
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery import http
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.vendors import load_vendors
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.behaviours import hanging
from tests.support.deliveries import delivery_attempts
from tests.support.in_process import InProcessServer, with_retries
from tests.support.times import SAMPLE_TIME

KEY = "BodydoubleAuthKy"


def signature(tenant: str, timestamp: str, key: str) -> str:
    return hashlib.md5(f"{tenant}|{timestamp}|{key}".encode()).hexdigest()


def listening(account: Account, receiver: Receiver) -> AliyunAvatar:
    client = AliyunAvatar(account)
    client.listen(receiver)
    return client


def test_the_vendors_signature_example_is_reproduced() -> None:
    parts = {"tenantId": "10000", "timestamp": "1682065029925", "authKey": "TestAuthkey"}
    signed = md5_template.sign("{tenantId}|{timestamp}|{authKey}", parts)
    assert signed == "2b45a54a0a34e658e5c223d5892337a9" == signature("10000", "1682065029925", "TestAuthkey")


def test_only_the_id_of_an_event_is_marked_as_vendor_public() -> None:
    document = load_contract("aliyun-avatar").document
    schemas = document.content["components"]["schemas"]
    for name, schema in schemas.items():
        if not name.endswith("Event") or name == "Event":
            continue
        assert schema["x-provenance"]["kind"] == "invented", name
        shared, own = (document.resolve(part)["properties"] for part in schema["allOf"])
        documented = {
            field
            for field, node in {**shared, **own}.items()
            if node.get("x-provenance", schema["x-provenance"])["kind"] == "vendor-public"
        }
        assert documented == {"eId"}, name


def test_setting_the_callback_url_sends_a_validation_event(account: Account, receiver: Receiver) -> None:
    client = listening(account, receiver)
    received = receiver.received[0]
    assert received.json["eventType"] == "VALIDATE"
    assert received.json["tenantId"] == int(client.credentials["tenant_id"])
    timestamp = received.headers["vh-timestamp"]
    assert abs(int(timestamp) - wall_ms()) < 60_000
    assert received.headers["vh-signature"] == signature(client.credentials["tenant_id"], timestamp, KEY)
    assert received.method == "POST"


def test_a_validation_event_is_sent_only_when_the_url_changes(account: Account, receiver: Receiver) -> None:
    listening(account, receiver)
    account.settings("aliyun-avatar", callback_url=receiver.url)
    account.settings("aliyun-avatar", concurrency=3)
    account.settings("aliyun-avatar", callback_url="")
    account.settings("aliyun-avatar", callback_url=receiver.url)
    account.wait_for_delivery("aliyun-avatar")
    assert len(receiver.received) == 2
    first, second = account.deliveries()
    assert first["callback"] == second["callback"] == "callbackUrlValidation"
    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    "url", ["not a url", "ftp://127.0.0.1/x", "http://", "http://192.0.2.1/callback", "http://127.0.0.1:0/", "//x"]
)
def test_an_invalid_callback_url_is_rejected(account: Account, url: str) -> None:
    settings = {"settings": {"aliyun-avatar": {"callback_url": url}}}
    response = account.control("PATCH", "", settings)
    assert response.status == 400
    assert "callback_url" in response.body.decode()
    assert account.describe()["settings"]["aliyun-avatar"]["callback_url"] == ""
    assert account.deliveries() == []


def test_a_failed_delivery_is_retried_after_half_a_second_and_after_a_second(
    account: Account, receiver: Receiver
) -> None:
    account.control("PATCH", "", {"callback_clock": "account"})
    client = listening(account, receiver)
    receiver.behaviour = respond(500)
    account.scenario("aliyun-avatar", "Create2dAvatar", outcome="failure", times=1)
    client.create_avatar(Callback="true")
    attempts = delivery_attempts(account, 60)
    assert [event["attempt"] for event in attempts] == [1, 2, 3]
    times = [event["at"] for event in attempts]
    assert [later - earlier for earlier, later in pairwise(times)] == [500, 1000]
    sent = receiver.received[1:]
    assert len({request.body for request in sent}) == 1
    assert [int(request.headers["vh-timestamp"]) for request in sent] == times
    assert len({request.headers["vh-signature"] for request in sent}) == 3
    for request in sent:
        expected = signature(client.credentials["tenant_id"], request.headers["vh-timestamp"], KEY)
        assert request.headers["vh-signature"] == expected
    assert account.deliveries()[-1]["state"] == "failed"


def test_an_event_is_signed_with_the_real_time_even_when_the_account_is_ahead(
    account: Account, receiver: Receiver
) -> None:
    client = listening(account, receiver)
    account.advance(40 * 86400)
    client.create_avatar(Callback="true")
    account.advance(60)
    timestamp = receiver.received[-1].headers["vh-timestamp"]
    assert abs(int(timestamp) - wall_ms()) < 60_000
    assert receiver.received[-1].headers["vh-signature"] == signature(client.credentials["tenant_id"], timestamp, KEY)


@pytest.mark.parametrize("status", [201, 204, 302, 404, 500])
def test_any_status_other_than_200_counts_as_a_failure(account: Account, receiver: Receiver, status: int) -> None:
    client = listening(account, receiver)
    receiver.behaviour = respond(status, headers={"Location": "/other"})
    client.create_avatar(Callback="true")
    account.advance(60)
    assert len(receiver.received) == 4
    assert account.deliveries()[-1]["state"] == "failed"


@pytest.mark.parametrize("content", [None, {"anything": 1}, "text", []])
def test_the_body_of_the_receivers_response_is_ignored(account: Account, receiver: Receiver, content: Any) -> None:
    client = listening(account, receiver)
    receiver.behaviour = respond(200, content)
    client.create_avatar(Callback="true")
    account.advance(60)
    assert account.deliveries()[-1]["state"] == "delivered"
    assert len(receiver.received) == 2


def test_events_are_signed_with_the_configured_key(account: Account, receiver: Receiver) -> None:
    client = listening(account, receiver)
    account.settings("aliyun-avatar", auth_key="TestAuthkey")
    client.create_avatar(Callback="true")
    account.advance(60)
    headers = receiver.received[1].headers
    assert headers["vh-signature"] == signature(client.credentials["tenant_id"], headers["vh-timestamp"], "TestAuthkey")


def test_the_contract_allows_3_seconds_and_two_retries() -> None:
    for callback in load_contract("aliyun-avatar").callbacks.values():
        assert (callback.delivery.timeout, callback.delivery.retries) == (3, (0.5, 1.0))


def test_an_event_is_sent_with_the_timeout_of_the_contract(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeouts: list[float] = []
    send = http.send

    def record_timeout(*arguments: Any) -> http.HttpExchange:
        timeouts.append(arguments[5])
        return send(*arguments)

    monkeypatch.setattr(http, "send", record_timeout)
    running = InProcessServer(tmp_path)
    account = Account(running, frozen_at=SAMPLE_TIME)
    listening(account, receiver)
    running.close()
    assert timeouts == [3]
    assert len(receiver.received) == 1


def test_a_delivery_that_times_out_is_retried_twice(tmp_path: Path, receiver: Receiver) -> None:
    released = threading.Event()
    receiver.behaviour = hanging(released)
    # As in the contract, except for the timeout, which would make the test slow.
    (callback, *_) = load_contract("aliyun-avatar").callbacks.values()
    running = InProcessServer(
        tmp_path, [with_retries(load_vendors()["aliyun-avatar"], *callback.delivery.retries, timeout=0.1)]
    )
    account = Account(running, frozen_at=SAMPLE_TIME)
    account.settings("aliyun-avatar", callback_url=receiver.url)
    delivery = account.wait_for_delivery("aliyun-avatar")
    released.set()
    running.close()
    attempts = delivery["attempts"]
    assert delivery["state"] == "failed"
    assert [attempt["outcome"] for attempt in attempts] == ["timeout"] * 3
    assert [attempt["at"] - SAMPLE_TIME for attempt in attempts] == [0, 500, 1500]
    assert {attempt["error"] for attempt in attempts} == {"no whole response within 0.1 s"}
