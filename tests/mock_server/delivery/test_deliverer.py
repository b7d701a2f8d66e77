"""Attempts and their records: schedules, resending, and concurrent changes."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.delivery.dispatcher import Dispatcher
from bodydouble.mock_server.store import accounts, deliveries, due_deliveries
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.vendors import load_vendors
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.in_process import InProcessServer, with_retries
from tests.support.times import SAMPLE_TIME
from tests.support.wsgi import WsgiClient

AUDIO = 1000


@pytest.fixture
def running(tmp_path: Path) -> Iterator[InProcessServer]:
    """A server that retries callbacks after 10, 60 and 600 seconds."""
    server = InProcessServer(tmp_path, [with_retries(load_vendors()["guiji"], 10, 60, 600)])
    yield server
    server.close()


@pytest.fixture
def account(running: InProcessServer) -> Account:
    return Account(running, frozen_at=SAMPLE_TIME)


def only_delivery(account: Account) -> dict[str, Any]:
    (delivery,) = account.deliveries()
    return delivery


def claim(
    connection: Connection, account_id: str, wall_ms: int, lease: int, limit: int
) -> list[due_deliveries.DueDelivery]:
    at_most = dict.fromkeys(due_deliveries.destinations_of(connection, account_id), limit)
    due = due_deliveries.due_of(connection, account_id, wall_ms, at_most)[:limit]
    deliveries.lease_all(connection, [delivery.id for delivery in due], wall_ms + lease)
    return due


def by_ids(connection: Connection, due: list[due_deliveries.DueDelivery]) -> dict[str, deliveries.Delivery]:
    return deliveries.by_ids(connection, [delivery.id for delivery in due])


def attempt_times(account: Account) -> list[int]:
    return [attempt["at"] - SAMPLE_TIME - AUDIO for attempt in only_delivery(account)["attempts"]]


def test_a_failed_delivery_is_retried_by_the_schedule_and_then_given_up(guiji: Guiji, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(1)
    delivery = only_delivery(guiji.account)
    assert (delivery["state"], delivery["due_at"]) == ("pending", SAMPLE_TIME + AUDIO + 10_000)
    assert delivery["attempts"][0]["next_attempt_at"] == delivery["due_at"]
    guiji.account.advance(9.999)
    assert attempt_times(guiji.account) == [0]
    guiji.account.advance(0.001)
    assert attempt_times(guiji.account) == [0, 10_000]
    happened = guiji.account.advance(10_000)
    assert attempt_times(guiji.account) == [0, 10_000, 70_000, 670_000]
    assert [(event["at"] - SAMPLE_TIME - AUDIO, event["attempt"], event["next_attempt_at"]) for event in happened] == [
        (70_000, 3, SAMPLE_TIME + AUDIO + 670_000),
        (670_000, 4, None),
    ]
    delivery = only_delivery(guiji.account)
    assert delivery["state"] == "failed"
    assert [attempt["number"] for attempt in delivery["attempts"]] == [1, 2, 3, 4]


def test_every_attempt_sends_the_same_bytes(guiji: Guiji, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(2)
    guiji.account.act(guiji.account.tasks(vendor="guiji")[0]["key"], "hold")
    guiji.account.advance(90_000)
    assert len(receiver.received) == 4
    assert len({request.body for request in receiver.received}) == 1


def test_a_retry_that_succeeds_ends_the_schedule(guiji: Guiji, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    training = guiji.train(callbackUrl=receiver.url)
    guiji.account.advance(10)
    assert guiji.training(training)["callbackStatus"] == 0, "it is not given up yet"
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji.account.advance(1000)
    assert [attempt["outcome"] for attempt in only_delivery(guiji.account)["attempts"]] == [
        "not-acknowledged",
        "delivered",
    ]
    assert only_delivery(guiji.account)["state"] == "delivered"
    assert guiji.training(training)["callbackStatus"] == 1


def test_a_refused_destination_is_recorded_and_not_retried(guiji: Guiji, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 9))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [stranger])
    guiji.speak(callbackUrl="http://x.localhost:9/")
    guiji.account.advance(10_000)
    delivery = only_delivery(guiji.account)
    assert (delivery["state"], len(delivery["attempts"])) == ("refused", 1)
    attempt = delivery["attempts"][0]
    assert (attempt["outcome"], attempt["status"], attempt["next_attempt_at"]) == ("refused", None, None)
    assert "192.0.2.1" in attempt["error"]


def resend(account: Account) -> Any:
    return account.control("POST", f"/deliveries/{only_delivery(account)['id']}/resend")


def test_resending_makes_one_attempt_and_leaves_the_schedule_unchanged(guiji: Guiji, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(1)
    for number in (2, 3):
        response = resend(guiji.account)
        assert response.status == 200
        last = response.json["attempts"][-1]
        assert (last["number"], last["trigger"], last["next_attempt_at"]) == (number, "manual", None)
        assert (response.json["state"], response.json["due_at"]) == (
            "pending",
            SAMPLE_TIME + AUDIO + 10_000,
        )
    guiji.account.advance(10_000)
    attempts = only_delivery(guiji.account)["attempts"]
    assert [(attempt["number"], attempt["trigger"]) for attempt in attempts] == [
        (1, "scheduled"),
        (2, "manual"),
        (3, "manual"),
        (4, "scheduled"),
        (5, "scheduled"),
        (6, "scheduled"),
    ]
    assert only_delivery(guiji.account)["state"] == "failed"


def test_resending_a_delivery_that_was_given_up_can_still_succeed(guiji: Guiji, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    training = guiji.train(callbackUrl=receiver.url)
    guiji.account.advance(10_000)
    guiji.token = guiji.sign_in().json["data"]["access_token"]
    assert guiji.training(training)["callbackStatus"] == 2
    assert resend(guiji.account).json["state"] == "failed"
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    assert resend(guiji.account).json["state"] == "delivered"
    assert guiji.training(training)["callbackStatus"] == 1
    receiver.behaviour = respond(500)
    assert resend(guiji.account).json["state"] == "delivered", "a delivered callback stays delivered"
    assert guiji.training(training)["callbackStatus"] == 1


def test_a_delivery_that_is_not_due_yet_cannot_be_resent(guiji: Guiji, receiver: Receiver) -> None:
    guiji.speak(callbackUrl=receiver.url)
    response = resend(guiji.account)
    assert (response.status, response.json["error"]) == (409, "deliveryUnsendable")
    assert receiver.received == []
    guiji.account.advance(1)
    assert len(receiver.received) == 1


def test_a_delivery_that_is_being_attempted_cannot_be_resent(
    guiji: Guiji, receiver: Receiver, running: InProcessServer
) -> None:
    receiver.behaviour = respond(500)
    guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(1)
    with running.services.state.main.write() as connection:
        assert deliveries.lease(connection, only_delivery(guiji.account)["id"], 0, 2**60)
    response = resend(guiji.account)
    assert (response.status, response.json["error"]) == (409, "deliveryUnsendable")
    assert len(receiver.received) == 1


@pytest.mark.parametrize("verb", ["delete", "reset"])
def test_an_account_can_be_removed_while_its_callback_is_being_sent(
    guiji: Guiji, receiver: Receiver, running: InProcessServer, verb: str
) -> None:
    account = guiji.account

    def end_the_account(handler: Any) -> None:
        operator = WsgiClient(running.app)
        operator.delete(account.path) if verb == "delete" else operator.post(f"{account.path}/reset")
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = end_the_account
    guiji.speak(callbackUrl=receiver.url)
    response = account.control("POST", "/clock/advance", {"seconds": 1})
    assert len(receiver.received) == 1
    if verb == "delete":
        assert response.status == 404
        assert account.control("GET", "").status == 404
    else:
        assert response.status == 200
        assert account.deliveries() == []
        assert account.tasks(vendor="guiji") == []


def test_a_delivery_of_a_deleted_account_is_not_attempted(
    guiji: Guiji, receiver: Receiver, running: InProcessServer
) -> None:
    guiji.speak(callbackUrl=receiver.url)
    delivery = deliveries.get(running.services.state.main.read(), only_delivery(guiji.account)["id"])
    assert delivery is not None
    guiji.account.control("DELETE", "")
    assert running.services.deliverer.attempt(delivery) is None
    assert receiver.received == []


def test_two_processes_never_attempt_the_same_delivery(
    guiji: Guiji, receiver: Receiver, running: InProcessServer, tmp_path: Path
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    for _ in range(40):
        guiji.account.act(guiji.speak(callbackUrl=receiver.url), "finish")
    other = InProcessServer(tmp_path, [with_retries(load_vendors()["guiji"], 10)])
    dispatchers = [running.services.dispatcher, other.services.dispatcher]
    for dispatcher in dispatchers:
        dispatcher.start()
    try:
        receiver.wait_for(40)
    finally:
        for dispatcher in dispatchers:
            dispatcher.stop()
        other.close()
    assert len({request.body for request in receiver.received}) == 40
    assert len(receiver.received) == 40


def test_an_abandoned_lease_expires(guiji: Guiji, receiver: Receiver, running: InProcessServer) -> None:
    guiji.account.act(guiji.speak(callbackUrl=receiver.url), "finish")
    database = running.services.state.main
    now = 10**13
    with database.write() as connection:
        assert len(claim(connection, guiji.account.id, now, 30_000, 8)) == 1
        assert claim(connection, guiji.account.id, now + 29_999, 30_000, 8) == []
        assert not deliveries.lease(connection, only_delivery(guiji.account)["id"], now + 29_999, now + 40_000)
        assert len(claim(connection, guiji.account.id, now + 30_000, 30_000, 8)) == 1


def test_a_claim_is_limited_and_takes_the_earliest_due_deliveries_first(
    guiji: Guiji, receiver: Receiver, running: InProcessServer
) -> None:
    guiji.train(callbackUrl=f"{receiver.url}/third")
    guiji.synthesise(callbackUrl=f"{receiver.url}/second")
    guiji.speak(callbackUrl=f"{receiver.url}/first")
    with running.services.state.main.write() as connection:
        assert claim(connection, guiji.account.id, 10**13, 30_000, 2) == []
        accounts.set_clock(connection, guiji.account.id, Clock(frozen_at=SAMPLE_TIME + 10_000))
        claimed = [claim(connection, guiji.account.id, 10**13, 30_000, 2) for _ in range(3)]
        urls = {name: entry.url for batch in claimed for name, entry in by_ids(connection, batch).items()}
    assert [[urls[delivery.id].rpartition("/")[2] for delivery in batch] for batch in claimed] == [
        ["first", "second"],
        ["third"],
        [],
    ]


def test_a_stopped_dispatcher_leaves_due_deliveries_to_the_next_dispatcher(
    guiji: Guiji, receiver: Receiver, running: InProcessServer
) -> None:
    running.services.dispatcher.start()
    running.services.dispatcher.stop()
    guiji.account.act(guiji.speak(callbackUrl=receiver.url), "finish")
    assert receiver.received == []
    following = Dispatcher(running.services.state.main, running.services.deliverer)
    following.start()
    receiver.wait_for(1)
    following.stop()
