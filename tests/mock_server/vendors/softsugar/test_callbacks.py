"""The completion webhook: when and where it is sent, its content and its signature."""

import hashlib
from typing import Any

import pytest

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.deliveries import delivery_attempts
from tests.support.softsugar import WHOLE_TASK, SoftSugar

KEY = "auth-key-of-the-account"


@pytest.fixture
def softsugar(account: Account, receiver: Receiver) -> SoftSugar:
    account.settings("softsugar", callback_url=receiver.url)
    return SoftSugar(account)


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def test_a_callback_is_sent_when_a_task_completes_fails_or_is_cancelled(
    softsugar: SoftSugar, receiver: Receiver
) -> None:
    done = softsugar.add_task(14, name="Done")
    failed = softsugar.add_task(12, name="Failed", outcome="failed", reason="No face")
    cancelled = softsugar.swap_face(materialName="Dropped")
    softsugar.cancel(cancelled)
    assert [request.json["taskId"] for request in receiver.wait_for(1)] == [cancelled]
    softsugar.account.advance(WHOLE_TASK)
    bodies = {request.json["taskId"]: request.json for request in receiver.wait_for(3)}
    assert [(bodies[key]["status"], bodies[key]["taskResult"]) for key in (done, failed, cancelled)] == [
        (5, ""),
        (9, "No face"),
        (3, ""),
    ]
    row = softsugar.task(done)
    fields = ("materialId", "materialName", "algoType", "algoSubType1", "algoSubType2", "algoSubType3", "status")
    assert bodies[done] == {"taskId": done, "taskResult": "", **{name: row[name] for name in fields}}
    assert receiver.received[0].method == "POST"
    assert receiver.received[0].headers["content-type"] == "application/json"


def test_the_callback_is_sent_once_and_not_before_the_task_ends(softsugar: SoftSugar, receiver: Receiver) -> None:
    softsugar.swap_face()
    assert delivery_attempts(softsugar.account, 2) == []
    softsugar.account.advance(WHOLE_TASK)
    softsugar.account.advance(3600)
    assert len(receiver.received) == 1


def test_a_restarted_task_sends_a_second_callback_with_the_same_id(softsugar: SoftSugar, receiver: Receiver) -> None:
    task_id = softsugar.add_task(14, outcome="failed")
    softsugar.account.advance(WHOLE_TASK)
    softsugar.restart(task_id)
    softsugar.account.advance(WHOLE_TASK)
    assert [(request.json["taskId"], request.json["status"]) for request in receiver.received] == [
        (task_id, 9),
        (task_id, 5),
    ]


def test_no_callback_is_sent_without_a_url(account: Account) -> None:
    softsugar = SoftSugar(account)
    softsugar.swap_face()
    account.advance(WHOLE_TASK)
    assert account.deliveries() == []


def test_a_callback_url_that_is_set_later_applies_to_running_tasks(account: Account, receiver: Receiver) -> None:
    softsugar = SoftSugar(account)
    ended = softsugar.swap_face()
    account.advance(WHOLE_TASK)
    running, held = softsugar.swap_face(), softsugar.swap_face()
    account.act(held, "hold")
    account.settings("softsugar", callback_url=receiver.url)
    account.advance(WHOLE_TASK)
    account.act(held, "finish")
    task_ids = [request.json["taskId"] for request in receiver.wait_for(2)]
    assert task_ids == [running, held]
    assert ended not in task_ids


def test_changing_or_removing_the_callback_url_affects_callbacks_not_yet_sent(
    softsugar: SoftSugar, receiver: Receiver
) -> None:
    softsugar.swap_face()
    softsugar.account.settings("softsugar", callback_url=f"{receiver.url}/elsewhere")
    softsugar.account.advance(WHOLE_TASK)
    assert [request.path for request in receiver.received] == ["/callback/elsewhere"]
    softsugar.swap_face()
    softsugar.account.settings("softsugar", callback_url="")
    softsugar.account.advance(WHOLE_TASK)
    assert len(receiver.received) == 1


def test_a_failed_delivery_is_not_retried(softsugar: SoftSugar, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    softsugar.swap_face()
    softsugar.account.advance(WHOLE_TASK)
    softsugar.account.advance(3600)
    (delivery,) = softsugar.account.deliveries()
    assert (delivery["state"], len(delivery["attempts"])) == ("failed", 1)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_2xx_response_acknowledges_a_callback(softsugar: SoftSugar, receiver: Receiver, status: int) -> None:
    receiver.behaviour = respond(status)
    softsugar.swap_face()
    softsugar.account.advance(WHOLE_TASK)
    assert softsugar.account.deliveries()[0]["state"] == "delivered"


def test_a_callback_is_unsigned_without_an_auth_key(softsugar: SoftSugar, receiver: Receiver) -> None:
    softsugar.swap_face()
    softsugar.account.advance(WHOLE_TASK)
    headers = receiver.received[0].headers
    assert "x-signature" not in headers
    assert "x-timestamp" not in headers


def test_a_callback_is_signed_with_the_auth_key(softsugar: SoftSugar, receiver: Receiver) -> None:
    softsugar.account.settings("softsugar", auth_key=KEY)
    softsugar.swap_face()
    softsugar.account.advance(WHOLE_TASK)
    headers = receiver.received[0].headers
    assert abs(int(headers["x-timestamp"]) - wall_ms()) < 10_000
    assert headers["x-signature"] == md5(headers["x-timestamp"] + KEY)


def own_signature(**changed: Any) -> dict[str, Any]:
    return {
        "scheme": "md5-template",
        "content": "{authKey}|{taskId}|{timestamp}",
        "timestamp": {"in": "query", "name": "ts", "unit": "seconds"},
        "signature": {"in": "body", "name": "sign"},
        **changed,
    }


def test_an_account_can_configure_its_own_callback_signature(softsugar: SoftSugar, receiver: Receiver) -> None:
    softsugar.account.settings("softsugar", auth_key=KEY, callback_signature=own_signature())
    task_id = softsugar.swap_face()
    softsugar.account.advance(WHOLE_TASK)
    (received,) = receiver.received
    timestamp = received.path.partition("?ts=")[2]
    assert len(timestamp) == 10
    assert received.json["sign"] == md5(f"{KEY}|{task_id}|{timestamp}")
    assert received.json["taskId"] == task_id
    assert "x-signature" not in received.headers


def test_an_empty_callback_signature_restores_the_one_of_the_specification(
    softsugar: SoftSugar, receiver: Receiver
) -> None:
    softsugar.account.settings("softsugar", auth_key=KEY, callback_signature=own_signature())
    softsugar.account.settings("softsugar", callback_signature={})
    softsugar.swap_face()
    softsugar.account.advance(WHOLE_TASK)
    assert "x-signature" in receiver.received[0].headers


@pytest.mark.generated
@pytest.mark.parametrize(
    ("signature", "named"),
    [
        ({"scheme": "rot13"}, "/callback_signature/scheme"),
        ({"scheme": "rpc-hmac-sha1"}, "/callback_signature/scheme"),
        ({}, None),
        ({"content": "{appKey}"}, "/callback_signature/content: knows"),
        ({"content": "{authKey.__class__}"}, "/callback_signature/content: knows"),
        ({"content": "{authKey:>99999999}"}, "/callback_signature/content: knows"),
        ({"content": "{authKey!r}"}, "/callback_signature/content: knows"),
        ({"content": "{"}, "/callback_signature/content"),
        ({"content": "{}"}, "/callback_signature/content: knows"),
        ({"signature": {"in": "cookie", "name": "sign"}}, "/callback_signature/signature/in"),
        ({"timestamp": {"in": "query"}}, "/callback_signature/timestamp"),
        ({"colour": "red"}, "/callback_signature"),
    ],
)
def test_a_callback_signature_that_cannot_be_computed_is_rejected(
    account: Account, signature: dict[str, Any], named: str | None
) -> None:
    body = {"settings": {"softsugar": {"callback_signature": own_signature(**signature)}}}
    response = account.control("PATCH", "", body)
    if named is None:
        assert response.status == 200
    else:
        assert response.status == 400
        assert f"/settings/softsugar{named}" in response.json["message"]
        assert account.describe()["settings"]["softsugar"]["callback_signature"] == {}


@pytest.mark.parametrize("missing", ["scheme", "content", "timestamp", "signature"])
def test_a_callback_signature_with_a_missing_part_is_rejected(account: Account, missing: str) -> None:
    signature = own_signature()
    del signature[missing]
    response = account.control("PATCH", "", {"settings": {"softsugar": {"callback_signature": signature}}})
    assert response.status == 400
    assert missing in response.json["message"]


@pytest.mark.parametrize(
    "url",
    [
        "http://stranger.example.com/",
        "ftp://127.0.0.1/",
        "127.0.0.1",
        "http://",
        "http://10.0.0.1/",
        "http://[::1",
        "x" * 9,
    ],
)
def test_a_callback_url_that_is_not_allowed_is_rejected(account: Account, url: str) -> None:
    response = account.control("PATCH", "", {"settings": {"softsugar": {"callback_url": url}}})
    assert response.status == 400
    assert "/settings/softsugar/callback_url: " in response.json["message"]
    assert account.describe()["settings"]["softsugar"]["callback_url"] == ""


def test_settings_can_be_passed_when_an_account_is_created(account: Account, receiver: Receiver) -> None:
    created = Account(account.server, settings={"softsugar": {"callback_url": receiver.url}})
    created.freeze()
    task_id = created.task(913512)["key"]
    created.act(task_id, "finish")
    assert [request.json["taskId"] for request in receiver.wait_for(1)] == [913512]
    bad = {"settings": {"softsugar": {"callback_url": "http://stranger.example.com/"}}}
    assert account.http.post("/_mock/accounts", bad).status == 400
