"""Moving an account's clock: everything that falls due happens in order, even under concurrent changes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.services import clock_events
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT, Receiver, respond
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import ACKNOWLEDGEMENT, TRAININGS, Guiji
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME


@pytest.fixture
def guiji(dated: Guiji) -> Guiji:
    return dated


@pytest.fixture(autouse=True)
def acknowledged(receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)


def create_all(guiji: Guiji, receiver: Receiver) -> None:
    guiji.train(callbackUrl=f"{receiver.url}/6")
    guiji.clone(callbackUrl=f"{receiver.url}/4")
    guiji.synthesise(callbackUrl=f"{receiver.url}/5")
    guiji.speak(callbackUrl=f"{receiver.url}/1")


def test_everything_happens_in_the_order_in_which_it_is_due(guiji: Guiji, receiver: Receiver) -> None:
    create_all(guiji, receiver)
    happened = guiji.account.advance(10)
    assert [request.path.rpartition("/")[2] for request in receiver.received] == ["1", "4", "5", "6"]
    assert [event["at"] for event in happened] == sorted(event["at"] for event in happened)
    assert [(event["at"] - SAMPLE_TIME, event["callback"]) for event in happened if event["type"] == "delivery"] == [
        (1000, "audioResult"),
        (4000, "voiceCloneResult"),
        (5000, "videoResult"),
        (6000, "avatarTrainingResult"),
    ]
    video = [
        (event["at"] - SAMPLE_TIME, event["state"], event["code"]) for event in happened if event.get("kind") == "video"
    ]
    assert video == [(1000, "processing", 2), (5000, "success", 3)]
    at_the_end = [event["type"] for event in happened if event["at"] == SAMPLE_TIME + 6000]
    assert at_the_end == ["transition", "delivery"], "the transition comes before its callback"


def test_many_small_advances_equal_one_large_advance(guiji: Guiji, receiver: Receiver) -> None:
    create_all(guiji, receiver)
    for _ in range(40):
        guiji.account.advance(0.25)
    assert [request.path.rpartition("/")[2] for request in receiver.received] == ["1", "4", "5", "6"]
    assert guiji.account.now() == SAMPLE_TIME + 10_000


def test_nothing_happens_twice(guiji: Guiji, receiver: Receiver) -> None:
    create_all(guiji, receiver)
    first = guiji.account.advance(6)
    assert len(first) == 12
    assert guiji.account.advance(0) == []
    assert guiji.account.advance(100) == []
    assert len(receiver.received) == 4


def test_the_clock_is_at_the_due_time_while_a_receiver_sends_requests(guiji: Guiji, receiver: Receiver) -> None:
    seen: list[tuple[int, int]] = []

    def ask_back(handler: BaseHTTPRequestHandler) -> None:
        statuses = [record["status"] for record in guiji.page(TRAININGS)["records"]]
        seen.append((guiji.account.now() - SAMPLE_TIME, statuses[0]))
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = ask_back
    create_all(guiji, receiver)
    happened = guiji.account.advance(100)
    assert seen == [(1000, 1), (4000, 1), (5000, 1), (6000, 2)]
    assert {event["outcome"] for event in happened if event["type"] == "delivery"} == {"delivered"}
    assert guiji.account.now() == SAMPLE_TIME + 100_000


def test_tasks_that_a_receiver_creates_run_in_the_same_advance(guiji: Guiji, receiver: Receiver) -> None:
    def begin_another(handler: BaseHTTPRequestHandler) -> None:
        if len(receiver.received) < 4:
            guiji.speak(callbackUrl=receiver.url)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = begin_another
    guiji.speak(callbackUrl=receiver.url)
    happened = guiji.account.advance(3.5)
    assert [event["at"] - SAMPLE_TIME for event in happened if event["type"] == "delivery"] == [1000, 2000, 3000]
    assert [event["at"] - SAMPLE_TIME for event in happened if event.get("state") == "success"] == [1000, 2000, 3000]
    assert len(guiji.account.advance(10)) == 2


def test_a_receiver_can_advance_the_clock_itself(guiji: Guiji, receiver: Receiver) -> None:
    inner: list[Any] = []

    def advance(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/1"):
            inner.append(guiji.account.advance(3.5))
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = advance
    create_all(guiji, receiver)
    happened = guiji.account.advance(10)
    assert [request.path.rpartition("/")[2] for request in receiver.received] == ["1", "4", "5", "6"]
    assert [event["callback"] for event in inner[0] if event["type"] == "delivery"] == ["voiceCloneResult"]
    assert {event["outcome"] for event in happened if event["type"] == "delivery"} == {"delivered"}
    assert guiji.account.now() == SAMPLE_TIME + 10_000


def test_an_advance_does_not_wait_for_a_delivery_that_a_worker_has_started(guiji: Guiji, receiver: Receiver) -> None:
    released = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/begun"):
            released.wait(WAIT)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = hang
    guiji.account.act(guiji.speak(callbackUrl=f"{receiver.url}/begun"), "finish")
    receiver.wait_for(1)
    create_all(guiji, receiver)
    happened = guiji.account.advance(10)
    hanging = guiji.account.deliveries(state="pending")
    released.set()
    assert [event["callback"] for event in happened if event["type"] == "delivery"] == [
        "audioResult",
        "voiceCloneResult",
        "videoResult",
        "avatarTrainingResult",
    ]
    assert [delivery["url"].rpartition("/")[2] for delivery in hanging] == ["begun"]


def test_a_response_lists_the_first_events_counts_all_and_can_be_continued(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    running = InProcessServer(tmp_path)
    guiji = Guiji(Account(running, frozen_at=SAMPLE_TIME))
    create_all(guiji, receiver)
    monkeypatch.setattr(clock_events, "MAX_EVENTS", 5)
    first = guiji.account.control("POST", "/clock/advance", {"seconds": 10}).json
    assert first["counts"] == {"transitions": 8, "deliveries": 4}
    events, page = first["happened"], first
    while page["next"] is not None:
        page = guiji.account.control("POST", "/clock/advance", {"seconds": 0, "after": page["next"]}).json
        assert page["counts"]["transitions"] + page["counts"]["deliveries"] == 12 - len(events)
        events += page["happened"]
    assert len(events) == 12
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert len({(event["type"], event.get("delivery"), event.get("key"), event.get("state")) for event in events}) == 12
    create_all(guiji, receiver)
    assert len(guiji.account.advance(10)) == 12, "the testing API asks for all"
    running.close()


def test_a_running_clock_can_be_advanced_and_keeps_running(server: Server, receiver: Receiver) -> None:
    account = Account(server)
    guiji = Guiji(account)
    video = guiji.synthesise(callbackUrl=receiver.url)
    before = account.now()
    happened = account.advance(3600)
    assert [event["type"] for event in happened] == ["transition", "transition", "delivery"]
    assert guiji.video(video)["synthesisStatus"] == 3
    description = account.describe()["clock"]
    assert description["mode"] == "running"
    assert before + 3_600_000 <= description["now"] < before + 3_660_000
    assert 3_540_000 < description["offset"] <= 3_600_000, "it is frozen only while it is advanced"


def test_a_clock_can_be_moved_to_a_time_but_never_back(guiji: Guiji) -> None:
    account = guiji.account
    assert (
        account.control("POST", "/clock/advance_to", {"time": SAMPLE_TIME + 5}).json["clock"]["now"] == SAMPLE_TIME + 5
    )
    assert account.control("POST", "/clock/advance_to", {"time": SAMPLE_TIME + 5}).json["happened"] == []
    for request in ({"time": SAMPLE_TIME + 4}, {"time": 0}):
        response = account.control("POST", "/clock/advance_to", request)
        assert (response.status, response.json["error"]) == (409, "clockUnmovable")
    assert account.now() == SAMPLE_TIME + 5


def test_a_clock_cannot_pass_the_year_3000(guiji: Guiji) -> None:
    account = guiji.account
    assert account.control("POST", "/clock/advance_to", {"time": 32_503_680_000_000}).status == 200
    assert account.describe()["clock"]["now_text"] == "3000-01-01T00:00:00Z"
    response = account.control("POST", "/clock/advance", {"seconds": 1})
    assert (response.status, response.json["error"]) == (409, "clockUnmovable")
    response = account.control("POST", "/clock/advance_to", {"time": 32_503_680_000_001})
    assert (response.status, response.json["error"]) == (400, "invalidRequest")


def test_a_clock_never_goes_back_under_concurrent_changes(server: Server, receiver: Receiver) -> None:
    account = Account(server)
    guiji = Guiji(account)
    create_all(guiji, receiver)
    shown: list[int] = []

    def move(index: int) -> None:
        if index % 4 == 0:
            account.freeze()
        elif index % 4 == 1:
            account.run()
        elif index % 4 == 2:
            account.control("POST", "/clock/advance", {"seconds": 0.5})
        else:
            shown.append(account.now())

    with ThreadPoolExecutor(4) as pool:
        watching = pool.submit(lambda: [account.now() for _ in range(40)])
        list(pool.map(move, range(80)))
    seen = watching.result()
    assert seen == sorted(seen)
    account.advance(10)
    assert sorted(request.path.rpartition("/")[2] for request in receiver.wait_for(4)) == ["1", "4", "5", "6"]


def test_a_running_clock_can_be_advanced_by_zero_seconds(server: Server) -> None:
    account = Account(server)
    for seconds in (0, 0.0001, -0.0):
        assert account.advance(seconds) == []


def test_the_time_after_an_advance_is_never_before_the_requested_time(server: Server, receiver: Receiver) -> None:
    account = Account(server, pace=1)
    released = threading.Event()

    def acknowledge_late(handler: BaseHTTPRequestHandler) -> None:
        released.wait(0.2)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = acknowledge_late
    Guiji(account).speak(callbackUrl=receiver.url)
    until = account.now() + 3_600_000
    response = account.control("POST", "/clock/advance_to", {"time": until}).json
    assert [event["type"] for event in response["happened"]].count("delivery") == 1
    assert response["clock"]["now"] >= until
