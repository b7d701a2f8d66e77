"""Receivers of every kind: each attempt is recorded, and no receiver blocks anything else."""

import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT, Behaviour, Receiver, respond
from bodydouble.mock_server.testing.server import free_port
from bodydouble.mock_server.vendors import load_vendors
from tests.support.behaviours import hanging
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.in_process import InProcessServer, with_retries
from tests.support.times import SAMPLE_TIME


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        """The mock server has stopped reading."""


def deliver(guiji: Guiji, url: str) -> dict[str, Any]:
    """Let a callback fall due; returns its only attempt."""
    training = guiji.train(callbackUrl=url)
    guiji.account.advance(6)
    assert (guiji.training(training)["status"], guiji.training(training)["callbackStatus"]) == (2, 2)
    (delivery,) = guiji.account.deliveries()
    assert delivery["state"] == "failed"
    (attempt,) = delivery["attempts"]
    assert isinstance(attempt, dict)
    return attempt


@pytest.mark.parametrize(
    ("behaviour", "outcome", "status"),
    [
        (respond(500), "not-acknowledged", 500),
        (respond(404, {"detail": "no such page"}), "not-acknowledged", 404),
        (respond(201, ACKNOWLEDGEMENT), "not-acknowledged", 201),
        (respond(200, {"ok": True}), "not-acknowledged", 200),
        (respond(200), "not-acknowledged", 200),
        (respond(204), "not-acknowledged", 204),
        (endless, "too-large", 200),
    ],
    ids=["500", "404", "201", "other words", "empty", "204", "endless"],
)
def test_a_response_that_is_not_an_acknowledgement_is_a_failed_attempt(
    account: Account, receiver: Receiver, behaviour: Behaviour, outcome: str, status: int
) -> None:
    receiver.behaviour = behaviour
    attempt = deliver(Guiji(account), receiver.url)
    assert (attempt["outcome"], attempt["status"]) == (outcome, status)
    assert attempt["error"]
    assert len(receiver.received) == 1


def test_an_attempt_is_recorded_with_its_request_and_response(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(400, {"complaint": "no"})
    attempt = deliver(Guiji(account), receiver.url)
    received = receiver.received[0]
    assert attempt["url"] == receiver.url
    assert attempt["request_body"].encode() == received.body
    sent = {name.lower(): value for name, value in attempt["request_headers"].items()}
    assert sent.items() <= received.headers.items()
    assert sent["host"] == receiver.url.split("/")[2]
    assert attempt["response_body"] == '{"complaint": "no"}'
    assert (attempt["number"], attempt["trigger"], attempt["at"]) == (1, "scheduled", account.now())
    assert 0 < attempt["duration"] < 20_000


def test_a_redirect_is_not_followed(account: Account, receiver: Receiver) -> None:
    other = Receiver(respond(200, ACKNOWLEDGEMENT))
    receiver.behaviour = respond(307, ACKNOWLEDGEMENT, {"Location": other.url})
    attempt = deliver(Guiji(account), receiver.url)
    other.close()
    assert (attempt["outcome"], attempt["status"]) == ("redirect", 307)
    assert other.received == []


def test_an_unreachable_receiver_is_a_failed_attempt(account: Account) -> None:
    attempt = deliver(Guiji(account), f"http://127.0.0.1:{free_port()}/")
    assert (attempt["outcome"], attempt["status"], attempt["response_body"]) == ("connection", None, "")
    assert "refused" in attempt["error"]


def test_a_receiver_that_never_responds_is_given_up_after_the_timeout(tmp_path: Path, receiver: Receiver) -> None:
    released = threading.Event()
    receiver.behaviour = hanging(released)
    running = InProcessServer(tmp_path, [with_retries(load_vendors()["guiji"], timeout=0.2)])
    attempt = deliver(Guiji(Account(running, frozen_at=SAMPLE_TIME)), receiver.url)
    released.set()
    running.close()
    assert (attempt["outcome"], attempt["status"]) == ("timeout", None)
    assert attempt["error"] == "no whole response within 0.2 s"


@pytest.mark.parametrize(
    ("status", "value", "rules", "waits"),
    [
        (503, "30", {}, (1, 1)),
        (503, "30", {"max_retry_after": 100.0}, (30, 31)),
        (429, "30", {"max_retry_after": 20.0}, (20, 20)),
        (429, "Fri, 31 Dec 9999 23:59:59 GMT", {"max_retry_after": 20.0}, (20, 20)),
        (500, "30", {"max_retry_after": 100.0}, (1, 1)),
        (429, "soon", {"max_retry_after": 100.0, "after_429": (7.0,)}, (7, 7)),
    ],
)
def test_a_receiver_puts_the_next_attempt_off_where_the_contract_says_so(
    tmp_path: Path, receiver: Receiver, status: int, value: str, rules: dict[str, Any], waits: tuple[float, float]
) -> None:
    receiver.behaviour = respond(status, headers={"Retry-After": value})
    running = InProcessServer(tmp_path, [with_retries(load_vendors()["guiji"], 1.0, **rules)])
    account = Account(running, frozen_at=SAMPLE_TIME)
    Guiji(account).train(callbackUrl=receiver.url)
    account.advance(6)
    (delivery,) = account.deliveries()
    attempts = delivery["attempts"]
    running.close()
    assert attempts[0]["status"] == status
    seconds = (attempts[0]["next_attempt_at"] - attempts[0]["at"]) / 1000
    # An exchange takes its time, from which the receiver counts.
    assert waits[0] <= seconds <= waits[1] + (waits[0] != waits[1]) * 20


def test_the_same_seed_gives_the_same_jittered_times(tmp_path: Path, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    times = []
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / folder).mkdir()
        running = InProcessServer(tmp_path / folder, [with_retries(load_vendors()["guiji"], 10.0, 20.0, jitter=0.5)])
        account = Account(running, id="jittery", frozen_at=SAMPLE_TIME, seed=seed)
        Guiji(account).train(callbackUrl=receiver.url)
        account.advance(60)
        (delivery,) = account.deliveries()
        times.append([attempt["at"] for attempt in delivery["attempts"]])
        running.close()
    assert times[0] == times[1] != times[2]
    assert [len(attempts) for attempts in times] == [3, 3, 3]
    for first, second, third in times:
        assert 5_000 <= second - first <= 15_000
        assert 10_000 <= third - second <= 30_000


def test_hanging_receivers_do_not_block_requests(account: Account, receiver: Receiver) -> None:
    released = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        released.wait(WAIT)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = hang
    guiji = Guiji(account)
    for _ in range(4):
        account.act(guiji.speak(callbackUrl=receiver.url), "finish")
    receiver.wait_for(4)
    for _ in range(20):
        audio = guiji.speak(callbackUrl=receiver.url)
        assert guiji.audio(audio)["status"] == 0
    pending = account.deliveries(state="pending")
    released.set()
    assert [delivery["attempts"] for delivery in pending] == [[]] * 24, (
        "none of the hanging attempts has reached its timeout"
    )
    wait_until(lambda: len(account.deliveries(state="delivered")) == 4)


def wait_until(reached: Any) -> None:
    deadline = time.monotonic() + WAIT
    while not reached():
        assert time.monotonic() < deadline, "the condition was never met"
        time.sleep(0.01)


def test_callbacks_are_sent_by_themselves_when_the_clock_runs(server: Any, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    account = Account(server, pace=1000)
    guiji = Guiji(account)
    audio = guiji.speak(callbackUrl=receiver.url)
    assert receiver.wait_for(1)[0].json["data"]["id"] == audio
    wait_until(lambda: account.deliveries(state="delivered"))
    assert guiji.audio(audio)["status"] == 2


def test_no_callback_is_sent_by_itself_when_the_clock_is_frozen(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji = Guiji(account)
    audio = guiji.speak(callbackUrl=receiver.url)
    account.advance(0.999)
    moving = Account(account.server, pace=1_000_000)
    Guiji(moving).speak(callbackUrl=f"{receiver.url}/moving")
    assert [request.path for request in receiver.wait_for(1)] == ["/callback/moving"]
    assert guiji.audio(audio)["status"] == 1


def test_a_callback_url_may_contain_any_characters(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji = Guiji(account)
    guiji.speak(callbackUrl=f"{receiver.url}/回调?name=é&x=%2F")
    account.advance(1)
    assert [request.path for request in receiver.received] == ["/callback/%E5%9B%9E%E8%B0%83?name=%C3%A9&x=%2F"]


def test_a_deleted_account_sends_no_more_callbacks(account: Account, receiver: Receiver) -> None:
    doomed = Account(account.server, pace=200)
    Guiji(doomed).speak(callbackUrl=f"{receiver.url}/doomed")
    doomed.control("DELETE", "")
    later = Account(account.server, pace=100)
    Guiji(later).speak(callbackUrl=f"{receiver.url}/later")
    assert [request.path for request in receiver.wait_for(1)] == ["/callback/later"]
