"""Faults of callbacks, as receivers see them."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from bodydouble.contracts.signatures import callbacks
from bodydouble.mock_server.delivery.callback_faults import SendingFaults, changed_body
from bodydouble.mock_server.engine.faults import StruckFault
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.testing.server import ServerHandle
from bodydouble.mock_server.testing.serving import serving
from tests.support.callback_tasks import CREATE, aliyun_avatar, correct_app
from tests.support.guiji import Guiji

pytestmark = pytest.mark.usefixtures("network")

# Longer than any vendor's task and its retries take.
WHOLE = 400
GUIJI_ACKNOWLEDGEMENT = {"code": "0", "success": True, "message": "Request successful"}


def guiji(account: Account, url: str) -> None:
    Guiji(account).synthesise(callbackUrl=url)


ALL = {**CREATE, "guiji": guiji}


@pytest.fixture(params=sorted(CREATE))
def signing_vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def running(server: ServerHandle) -> Iterator[Account]:
    """An account whose clock runs, so that workers deliver."""
    account = Account(server)
    yield account
    account.delete()


def plant(account: Account, kind: str, vendor: str = "*", callback: str = "*", **parameters: Any) -> int:
    choice = {name: parameters.pop(name) for name in ("pattern", "times", "task_name") if name in parameters}
    return int(account.scenario(vendor, callback, fault={"kind": kind, **parameters}, **choice)["id"])


def attempts(account: Account) -> list[dict[str, Any]]:
    return [attempt for delivery in account.deliveries() for attempt in delivery["attempts"]]


def kinds(account: Account) -> list[list[str]]:
    return [[fault["kind"] for fault in attempt["faults"]] for attempt in attempts(account)]


def of_tasks(account: Account) -> list[dict[str, Any]]:
    """The deliveries but for that which checks an address that was set."""
    return [delivery for delivery in account.deliveries() if delivery["task"] is not None]


def task_of(account: Account, delivery: dict[str, Any]) -> dict[str, Any]:
    (task,) = (task for task in account.tasks() if task["id"] == delivery["task"])
    return task


def struck(account: Account) -> list[int]:
    return [scenario["struck"] for scenario in account.control("GET", "/scenarios").json["scenarios"]]


@pytest.mark.parametrize(("kind", "parameters"), [("wrongSignature", {}), ("staleTimestamp", {"seconds": 3600})])
def test_a_correct_receiver_refuses_a_forged_callback_and_accepts_it_resent(
    account: Account, signing_vendor: str, kind: str, parameters: dict[str, Any]
) -> None:
    plant(account, kind, **parameters)
    with serving(correct_app(account)) as base:
        CREATE[signing_vendor](account, f"{base}/{signing_vendor}")
        account.advance(WHOLE)
        refused = attempts(account)
        for delivery in account.deliveries():
            account.control("POST", f"/deliveries/{delivery['id']}/resend")
    assert {attempt["status"] for attempt in refused} == {401}
    assert {fault["kind"] for attempt in refused for fault in attempt["faults"]} == {kind}
    assert all(attempt["faults"] for attempt in refused)
    assert {delivery["state"] for delivery in account.deliveries()} == {"delivered"}
    assert {tuple(delivery["attempts"][-1]["faults"]) for delivery in account.deliveries()} == {()}


@pytest.mark.parametrize("vendor", sorted(ALL))
@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("unknownField", {}), ("doubled", {"copies": 3}), ("late", {"seconds": 60}), ("early", {"seconds": 1})],
)
def test_a_correct_receiver_accepts_what_is_genuine(
    account: Account, vendor: str, kind: str, parameters: dict[str, Any]
) -> None:
    plant(account, kind, **parameters)
    with serving(correct_app(account)) as base:
        ALL[vendor](account, f"{base}/{vendor}")
        account.advance(WHOLE)
        processed = HttpClient(base).get("/processed").json["processed"]
    assert {delivery["state"] for delivery in account.deliveries()} == {"delivered"}
    assert processed == len(account.deliveries())
    assert [kind] in kinds(account)


@pytest.mark.parametrize("kind", ["wrongSignature", "staleTimestamp"])
def test_what_is_not_signed_is_not_struck_in_its_signature(account: Account, receiver: Receiver, kind: str) -> None:
    receiver.behaviour = respond(200, GUIJI_ACKNOWLEDGEMENT)
    parameters: dict[str, Any] = {"seconds": 9} if kind == "staleTimestamp" else {}
    plant(account, kind, **parameters)
    guiji(account, receiver.url)
    account.advance(WHOLE)
    assert kinds(account) == [[]]
    assert struck(account) == [0]


def test_a_lost_callback_is_believed_to_be_delivered(account: Account, receiver: Receiver) -> None:
    scenario = plant(account, "lost", "guiji", "videoResult", times=1)
    for _ in range(2):
        receiver.behaviour = respond(200, GUIJI_ACKNOWLEDGEMENT)
        guiji(account, receiver.url)
        account.advance(WHOLE)
    first, second = attempts(account)
    assert (first["outcome"], first["status"]) == ("delivered", None)
    assert first["faults"] == [{"scenario": scenario, "kind": "lost"}]
    assert second["faults"] == []
    assert len(receiver.received) == 1
    assert struck(account) == [1]


def test_a_late_callback_comes_at_its_time_of_the_accounts_clock(account: Account, receiver: Receiver) -> None:
    plant(account, "late", callback="videoTaskStarted", seconds=1000)
    aliyun_avatar(account, receiver.url)
    account.advance(500)
    due = [delivery["due_at"] for delivery in of_tasks(account)]
    assert [delivery["attempts"] for delivery in of_tasks(account)] == [[], []]
    account.advance(600)
    assert [delivery["attempts"][0]["at"] for delivery in of_tasks(account)] == due
    assert len(set(due)) == 1, "the next event of the task waits for it"
    assert [delivery["callback"] for delivery in of_tasks(account)] == ["videoTaskStarted", "videoTaskFinished"]


def test_a_reordered_callback_is_overtaken_by_the_next_event_of_its_task(account: Account, receiver: Receiver) -> None:
    plant(account, "reordered", callback="videoTaskStarted", seconds=100)
    aliyun_avatar(account, receiver.url)
    account.advance(WHOLE)
    assert [delivery["callback"] for delivery in of_tasks(account)] == ["videoTaskFinished", "videoTaskStarted"]
    identities = [request.json["eId"] for request in receiver.received]
    assert identities[-2:] == [delivery["id"] for delivery in of_tasks(account)]
    assert ["reordered"] in kinds(account)


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("reordered", ["videoTaskFinished", "videoTaskStarted"]),
        ("late", ["videoTaskStarted", "videoTaskFinished"]),
    ],
)
def test_workers_keep_or_break_the_order_like_an_advance(
    running: Account, receiver: Receiver, kind: str, order: list[str]
) -> None:
    plant(running, kind, callback="videoTaskStarted", seconds=2)
    running.pace(running.describe()["pace"] * 4)
    aliyun_avatar(running, receiver.url)
    receiver.wait_for(3)
    by_callback = {delivery["callback"]: delivery["id"] for delivery in of_tasks(running)}
    received = [request.json["eId"] for request in receiver.received]
    assert received[-2:] == [by_callback[callback] for callback in order]


def test_faults_are_decided_once_for_an_event_and_its_retries(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    plant(account, "unknownField", times=1)
    plant(account, "doubled", copies=2, times=1)
    CREATE["huawei-metastudio"](account, receiver.url)
    account.advance(WHOLE)
    assert set(map(tuple, kinds(account))) == {("unknownField", "doubled")}
    assert len(attempts(account)) > 1
    assert len(receiver.received) == 2 * len(attempts(account))
    assert struck(account) == [1, 1]


def test_an_early_callback_says_what_is_not_yet_so(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, GUIJI_ACKNOWLEDGEMENT)
    plant(account, "early", seconds=1)
    client = Guiji(account)
    client.synthesise(callbackUrl=receiver.url)
    (delivery,) = account.deliveries()
    account.advance_to(delivery["due_at"])
    assert task_of(account, delivery)["state"] != "success"
    (request,) = receiver.received
    assert request.json["data"]["videoUrl"]
    account.advance(2)
    assert task_of(account, delivery)["state"] == "success"
    assert kinds(account) == [["early"]]


def test_an_early_callback_is_still_struck_by_the_other_faults(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, GUIJI_ACKNOWLEDGEMENT)
    plant(account, "unknownField")
    plant(account, "early", seconds=1)
    guiji(account, receiver.url)
    account.advance(WHOLE)
    assert kinds(account) == [["early", "unknownField"]]


def test_a_body_is_changed_after_it_was_signed(account: Account, receiver: Receiver) -> None:
    # Planted first: what is due at once may be sent by a worker meanwhile.
    plant(account, "changedBody", callback="videoTaskStarted")
    aliyun_avatar(account, receiver.url)
    account.advance(WHOLE)
    first, second = [request.body.decode() for request in receiver.received[-2:]]
    assert "~" in first
    assert "~" not in second


def test_a_signature_of_the_body_does_not_cover_a_changed_body() -> None:
    signature = {
        "scheme": "md5-template",
        "content": "{timestamp}{body}{key}",
        "timestamp": {"in": "header", "name": "t", "unit": "milliseconds"},
        "signature": {"in": "header", "name": "s"},
    }
    body, now = b'{"n":1,"inner":[{"text":"a"}]}', 1_800_000_000_000
    faults = SendingFaults.of([StruckFault(1, "changedBody", {"kind": "changedBody"})])
    signed = callbacks.sign(signature, {"key": "k"}, "http://a/", now, body)
    assert faults.signed(signature, signed) == signed
    callbacks.verify(signature, {"key": "k"}, "http://a/", signed.headers, body, now)
    with pytest.raises(callbacks.SignatureRejected):
        callbacks.verify(signature, {"key": "k"}, "http://a/", signed.headers, faults.after_signing(body), now)
    assert hashlib.md5(f"{now}{body.decode()}k".encode()).hexdigest() == signed.headers["s"]


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (b'{"a":1,"b":{"c":["x","y"]}}', b'{"a":1,"b":{"c":["x~","y"]}}'),
        (b'{"a":1}', b'{"a":1,"changed":true}'),
        (b"[1]", b"[1]"),
    ],
)
def test_a_changed_body_has_another_text(body: bytes, changed: bytes) -> None:
    assert changed_body(body) == changed


def test_faults_are_limited_to_patterns_in_the_payload(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, GUIJI_ACKNOWLEDGEMENT)
    plant(account, "unknownField", pattern="no such text")
    plant(account, "doubled", pattern="videoUrl", copies=2)
    guiji(account, receiver.url)
    account.advance(WHOLE)
    assert kinds(account) == [["doubled"]]


@pytest.mark.parametrize(
    ("fault", "operation", "place"),
    [
        ({"kind": "late"}, "*", "/fault/seconds"),
        ({"kind": "late", "seconds": 0}, "*", "/fault/seconds"),
        ({"kind": "doubled", "copies": 1}, "*", "/fault/copies"),
        ({"kind": "lost", "seconds": 1}, "*", "/fault/seconds"),
        ({"kind": "lost"}, "createVideo", "/operation"),
    ],
)
def test_what_is_no_fault_of_callbacks_is_refused_with_its_place(
    account: Account, fault: dict[str, Any], operation: str, place: str
) -> None:
    body = {"vendor": "guiji", "operation": operation, "fault": fault}
    response = account.control("POST", "/scenarios", body)
    assert response.status == 400
    assert place in response.json["message"]


def test_the_same_seed_gives_the_same_hostile_callbacks(server: ServerHandle, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, GUIJI_ACKNOWLEDGEMENT)

    def day(seed: int) -> list[list[str]]:
        account = Account(server, frozen_at=1_800_000_000_000)
        account.control("PUT", "/profile", {"profile": "hostile-callbacks", "seed": seed})
        for _ in range(20):
            guiji(account, receiver.url)
            account.advance(WHOLE)
        seen = kinds(account)
        account.delete()
        return seen

    first = day(7)
    assert first == day(7)
    assert first != day(8)
    assert {kind for struck_kinds in first for kind in struck_kinds} >= {"unknownField", "doubled"}


def test_what_has_happened_is_not_withdrawn_while_a_fault_holds_it_back(account: Account, receiver: Receiver) -> None:
    plant(account, "late", callback="videoTaskStarted", seconds=1000)
    aliyun_avatar(account, receiver.url)
    account.advance(2)
    account.fail(task_of(account, of_tasks(account)[0])["key"])
    account.advance(2000)
    # An advance does not wait for an attempt that a worker has begun.
    delivered = [account.wait_for_delivery(callback=name) for name in ("videoTaskStarted", "videoTaskFinished")]
    assert [delivery["state"] for delivery in delivered] == ["delivered", "delivered"]
    assert len(of_tasks(account)) == 2
