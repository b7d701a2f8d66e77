"""Moving an account's clock: what falls due on the way happens in order, whoever else is about."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT, Receiver, respond
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import ACKNOWLEDGEMENT, TRAININGS, Guiji
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
    assert [one.path.rpartition("/")[2] for one in receiver.received] == ["1", "4", "5", "6"]
    assert [one["at"] for one in happened] == sorted(one["at"] for one in happened)
    assert [(one["at"] - SAMPLE_TIME, one["callback"]) for one in happened if one["type"] == "delivery"] == [
        (1000, "audioResult"),
        (4000, "voiceCloneResult"),
        (5000, "videoResult"),
        (6000, "avatarTrainingResult"),
    ]
    video = [(one["at"] - SAMPLE_TIME, one["state"], one["code"]) for one in happened if one.get("kind") == "video"]
    assert video == [(1000, "processing", 2), (5000, "success", 3)]
    at_the_end = [one["type"] for one in happened if one["at"] == SAMPLE_TIME + 6000]
    assert at_the_end == ["transition", "delivery"], "the transition comes before what announces it"


def test_the_steps_of_an_advance_make_no_difference(guiji: Guiji, receiver: Receiver) -> None:
    create_all(guiji, receiver)
    for _ in range(40):
        guiji.account.advance(0.25)
    assert [one.path.rpartition("/")[2] for one in receiver.received] == ["1", "4", "5", "6"]
    assert guiji.account.now() == SAMPLE_TIME + 10_000


def test_nothing_happens_twice(guiji: Guiji, receiver: Receiver) -> None:
    create_all(guiji, receiver)
    first = guiji.account.advance(6)
    assert len(first) == 12
    assert guiji.account.advance(0) == []
    assert guiji.account.advance(100) == []
    assert len(receiver.received) == 4


def test_the_clock_stands_at_the_due_time_while_a_receiver_asks_back(guiji: Guiji, receiver: Receiver) -> None:
    seen: list[tuple[int, int]] = []

    def ask_back(handler: BaseHTTPRequestHandler) -> None:
        statuses = [record["status"] for record in guiji.page(TRAININGS)["records"]]
        seen.append((guiji.account.now() - SAMPLE_TIME, statuses[0]))
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = ask_back
    create_all(guiji, receiver)
    happened = guiji.account.advance(100)
    assert seen == [(1000, 1), (4000, 1), (5000, 1), (6000, 2)]
    assert {one["outcome"] for one in happened if one["type"] == "delivery"} == {"delivered"}
    assert guiji.account.now() == SAMPLE_TIME + 100_000


def test_what_a_receiver_begins_is_carried_out_in_the_same_advance(guiji: Guiji, receiver: Receiver) -> None:
    def begin_another(handler: BaseHTTPRequestHandler) -> None:
        if len(receiver.received) < 4:
            guiji.speak(callbackUrl=receiver.url)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = begin_another
    guiji.speak(callbackUrl=receiver.url)
    happened = guiji.account.advance(3.5)
    assert [one["at"] - SAMPLE_TIME for one in happened if one["type"] == "delivery"] == [1000, 2000, 3000]
    assert [one["at"] - SAMPLE_TIME for one in happened if one.get("state") == "success"] == [1000, 2000, 3000]
    assert len(guiji.account.advance(10)) == 2


def test_a_receiver_may_even_move_the_clock_itself(guiji: Guiji, receiver: Receiver) -> None:
    inner: list[Any] = []

    def advance(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/1"):
            inner.append(guiji.account.advance(3.5))
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = advance
    create_all(guiji, receiver)
    happened = guiji.account.advance(10)
    assert [one.path.rpartition("/")[2] for one in receiver.received] == ["1", "4", "5", "6"]
    assert [one["callback"] for one in inner[0] if one["type"] == "delivery"] == ["voiceCloneResult"]
    assert {one["outcome"] for one in happened if one["type"] == "delivery"} == {"delivered"}
    assert guiji.account.now() == SAMPLE_TIME + 10_000


def test_an_advance_does_not_wait_for_a_delivery_that_a_worker_has_begun(guiji: Guiji, receiver: Receiver) -> None:
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
    assert [one["callback"] for one in happened if one["type"] == "delivery"] == [
        "audioResult",
        "voiceCloneResult",
        "videoResult",
        "avatarTrainingResult",
    ]
    assert [one["url"].rpartition("/")[2] for one in hanging] == ["begun"]


def test_a_running_clock_can_be_advanced_and_runs_on(server: Server, receiver: Receiver) -> None:
    account = Account(server)
    guiji = Guiji(account)
    video = guiji.synthesise(callbackUrl=receiver.url)
    before = account.now()
    happened = account.advance(3600)
    assert [one["type"] for one in happened] == ["transition", "transition", "delivery"]
    assert guiji.video(video)["synthesisStatus"] == 3
    description = account.describe()["clock"]
    assert description["mode"] == "running"
    assert before + 3_600_000 <= description["now"] < before + 3_660_000
    assert 3_540_000 < description["offset"] <= 3_600_000, "it stands still only while it is advanced"


def test_a_clock_can_be_moved_to_a_time_but_never_back(guiji: Guiji) -> None:
    account = guiji.account
    assert (
        account.control("POST", "/clock/advance_to", {"time": SAMPLE_TIME + 5}).json["clock"]["now"] == SAMPLE_TIME + 5
    )
    assert account.control("POST", "/clock/advance_to", {"time": SAMPLE_TIME + 5}).json["happened"] == []
    for request in ({"time": SAMPLE_TIME + 4}, {"time": 0}):
        answered = account.control("POST", "/clock/advance_to", request)
        assert (answered.status, answered.json["error"]) == (409, "clockUnmovable")
    assert account.now() == SAMPLE_TIME + 5


def test_a_clock_ends_with_the_year_3000(guiji: Guiji) -> None:
    account = guiji.account
    assert account.control("POST", "/clock/advance_to", {"time": 32_503_680_000_000}).status == 200
    assert account.describe()["clock"]["now_text"] == "3000-01-01T00:00:00Z"
    answered = account.control("POST", "/clock/advance", {"seconds": 1})
    assert (answered.status, answered.json["error"]) == (409, "clockUnmovable")
    answered = account.control("POST", "/clock/advance_to", {"time": 32_503_680_000_001})
    assert (answered.status, answered.json["error"]) == (400, "invalidRequest")


def test_a_clock_never_goes_back_however_many_move_it(server: Server, receiver: Receiver) -> None:
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
    assert sorted(one.path.rpartition("/")[2] for one in receiver.wait_for(4)) == ["1", "4", "5", "6"]


def test_a_running_clock_can_be_advanced_by_nothing_at_all(server: Server) -> None:
    account = Account(server)
    for seconds in (0, 0.0001, -0.0):
        assert account.advance(seconds) == []


def test_what_is_shown_after_an_advance_is_never_before_the_time_that_was_asked_for(
    server: Server, receiver: Receiver
) -> None:
    account = Account(server, pace=1)
    released = threading.Event()

    def answer_late(handler: BaseHTTPRequestHandler) -> None:
        released.wait(0.2)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = answer_late
    Guiji(account).speak(callbackUrl=receiver.url)
    until = account.now() + 3_600_000
    answered = account.control("POST", "/clock/advance_to", {"time": until}).json
    assert [one["type"] for one in answered["happened"]].count("delivery") == 1
    assert answered["clock"]["now"] >= until
