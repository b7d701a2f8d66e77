"""Crashes, shutdowns and several processes on one state: nothing is lost and nothing is done twice."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from urllib3.exceptions import HTTPError

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT, Receiver, respond
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.signals import ends_by_signals, ignored

pytestmark = pytest.mark.process
Boot = Callable[..., Server]


@pytest.fixture
def boot(tmp_path: Path) -> Iterator[Boot]:
    """Start servers on one state, one after the other."""
    started: list[Server] = []

    def start(workers: int = 1) -> Server:
        server = Server(tmp_path, "--state", str(tmp_path / "state.db"), workers=workers)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()
        server.http.close()
        assert server.errors == [], server.log


def follow(account: Account, server: Server) -> None:
    """Continue with an account on another server."""
    account.server, account.http = server, server.http


class HangingReceiver:
    """A receiver that responds once it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.released.wait(WAIT)
        respond(200, ACKNOWLEDGEMENT)(handler)


def test_a_server_killed_between_a_transition_and_its_delivery_delivers_after_its_restart(
    boot: Boot, receiver: Receiver
) -> None:
    hanging = HangingReceiver()
    receiver.behaviour = hanging
    first = boot()
    account = Account(first)
    account.freeze()
    guiji = Guiji(account)
    audio = guiji.speak(callbackUrl=receiver.url)
    account.act(audio, "finish")
    receiver.wait_for(1)

    first.kill()
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    follow(account, boot())

    assert len(receiver.wait_for(2)) == 2, "at least once"
    assert receiver.received[0].body == receiver.received[1].body
    assert guiji.audio(audio)["status"] == 2
    hanging.released.set()


def test_a_callback_that_falls_due_while_no_server_runs_is_delivered_by_the_next_one(
    boot: Boot, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    first = boot()
    account = Account(first, pace=60)
    guiji = Guiji(account)
    audio = guiji.speak(callbackUrl=receiver.url)
    first.kill()
    assert receiver.received == []
    follow(account, boot())
    data = receiver.wait_for(1)[0].json["data"]
    assert (data["id"], data["status"]) == (audio, 2)
    assert guiji.audio(audio)["status"] == 2


def test_a_restart_loses_nothing(boot: Boot, receiver: Receiver) -> None:
    first = boot()
    account = Account(first, seed=7, pace=120)
    account.freeze()
    guiji = Guiji(account)
    training, speaker = guiji.train(), guiji.clone()
    account.advance(3)
    account.scenario("guiji", "createVideo", outcome="failed")
    video, audio = guiji.synthesise(), guiji.speak()
    account.act(audio, "hold")

    def everything() -> str:
        description = account.describe()
        del description["clock"]["offset"]
        for vendor in description["vendors"].values():
            del vendor["base_url"]
        content = [
            description,
            account.tasks(),
            account.deliveries(),
            account.control("GET", "/scenarios").json,
            guiji.training(training),
            guiji.voice(speaker),
            guiji.video(video),
            guiji.audio(audio),
            guiji.benefits(),
        ]
        # The new server has a port of its own, and URLs show the address under which the reader reached it.
        return json.dumps(content, indent=1).replace(account.http.base_url, "http://mock")

    before, journal = everything(), account.journal()
    first.kill()
    follow(account, boot())
    assert everything() == before
    assert account.journal(limit=1000)[: len(journal)] == journal
    account.advance(100)
    assert guiji.video(video)["synthesisStatus"] == 4


@pytest.mark.wall_clock
def test_ctrl_c_ends_a_server_within_two_seconds_while_receivers_hang(boot: Boot, receiver: Receiver) -> None:
    hanging = HangingReceiver()
    receiver.behaviour = hanging
    first = boot()
    account = Account(first)
    account.freeze()
    guiji = Guiji(account)
    for _ in range(10):
        account.act(guiji.speak(callbackUrl=receiver.url), "finish")
    receiver.wait_for(8)
    last = guiji.speak()

    elapsed = first.interrupt()
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    count = len(receiver.received)
    follow(account, boot())

    assert elapsed < 2 * first.slowness
    receiver.wait_for(count + 10)
    assert len({request.body for request in receiver.received}) == 10
    assert guiji.audio(last)["status"] == 0
    assert [entry["operation"] for entry in account.journal()].count("createAudio") == 11
    hanging.released.set()


@pytest.mark.wall_clock
def test_an_idle_server_ends_at_once_and_logs_nothing(boot: Boot) -> None:
    server = boot(workers=2)
    assert server.interrupt() < 2 * server.slowness
    assert server.process.returncode == 0
    assert len(server.log.splitlines()) == 1, server.log


def test_a_closed_terminal_shuts_its_server_down_gracefully(boot: Boot) -> None:
    with ends_by_signals():
        server = boot(workers=2)
    account = Account(server)
    guiji = Guiji(account)
    audio = guiji.speak()
    os.killpg(server.process.pid, signal.SIGHUP)
    assert server.process.wait(WAIT) == 0
    assert len(server.log.splitlines()) == 1, server.log
    follow(account, boot())
    assert guiji.audio(audio)["id"] == audio
    assert account.journal(operation="createAudio")[0]["status"] == 200, "no journal entry is lost"


@pytest.mark.linux
@pytest.mark.wall_clock
def test_a_server_under_nohup_outlives_its_terminal(boot: Boot) -> None:
    with ignored(signal.SIGHUP):
        server = boot(workers=2)
    workers = children(server)
    os.killpg(server.process.pid, signal.SIGHUP)
    assert server.http.get("/_mock/health").status == 200
    assert children(server) == workers
    assert server.interrupt() < 2 * server.slowness


def test_changes_of_one_worker_are_visible_to_the_other(boot: Boot, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    server = boot(workers=2)
    account = Account(server)
    account.freeze()
    guiji = Guiji(account)

    def create_and_read(number: int) -> int:
        # Connections of a pool that is used by many threads are spread over both workers.
        video = guiji.synthesise(videoName=f"Video {number}")
        assert guiji.video(video)["videoName"] == f"Video {number}"
        return video

    with ThreadPoolExecutor(8) as pool:
        videos = list(pool.map(create_and_read, range(100)))
    assert len(set(videos)) == 100
    assert len(account.journal(operation="createVideo", limit=1000)) == 100
    for seconds in (2, 3):
        account.advance(seconds)
        with ThreadPoolExecutor(8) as pool:
            states = Counter(record["synthesisStatus"] for record in pool.map(guiji.video, videos))
        assert states == {2 if seconds == 2 else 3: 100}
    guiji.account.advance(7200)
    with ThreadPoolExecutor(8) as pool:
        codes = Counter(guiji.send("GET", "/openapi/user/v2/get").json["code"] for _ in range(20))
    assert codes == {"40003": 20}, "no worker caches the old clock"


def test_a_thousand_simultaneous_creates_get_distinct_ids_and_respect_the_quota(boot: Boot, receiver: Receiver) -> None:
    server = boot(workers=2)
    account = Account(server)
    account.freeze()
    guiji = Guiji(account)
    account.set_quota("guiji", "ttsWordsAmount", 9_000)

    def create(_: int) -> dict[str, Any]:
        request = {"speakerId": "C_101", "content": "ten chars."}
        response = guiji.send("POST", "/openapi/speaker/v3/fastTts", request)
        assert response.status == 200
        return dict(response.json)

    with ThreadPoolExecutor(16) as pool:
        responses = list(pool.map(create, range(1000)))
    assert Counter(content["code"] for content in responses) == {"0": 900, "40010": 100}
    ids = {content["data"]["id"] for content in responses if content["code"] == "0"}
    assert len(ids) == 900
    assert guiji.benefits()["ttsWordsAmount"] == 0
    content = guiji.page("/openapi/speaker/v2/tts/pageList", size=1000)
    assert {record["id"] for record in content["records"]} == ids
    assert content["totalRecord"] == 900


def test_two_workers_deliver_every_callback_once(boot: Boot, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    server = boot(workers=2)
    account = Account(server, pace=100)
    guiji = Guiji(account)
    with ThreadPoolExecutor(8) as pool:
        audios = set(pool.map(lambda _: guiji.speak(callbackUrl=receiver.url), range(100)))
    assert len({request.json["data"]["id"] for request in receiver.wait_for(100)} & audios) == 100
    account.advance(10)
    assert len(receiver.received) == 100


@pytest.mark.linux
def test_workers_do_not_outlive_a_server_that_is_killed_alone(boot: Boot, receiver: Receiver) -> None:
    server = boot(workers=2)
    workers = children(server)
    assert len(workers) >= 2
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(WAIT)
    deadline = time.monotonic() + WAIT
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline, "a worker is still running"
        time.sleep(0.01)
    with socket.create_server(("127.0.0.1", server.port)):
        """The port is free."""


def children(server: Server) -> list[int]:
    """The processes of a server's workers."""
    listed = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [int(process_id) for process_id in listed.split()]


@pytest.mark.linux
def test_a_worker_that_dies_is_replaced(boot: Boot) -> None:
    server = boot(workers=1)
    account = Account(server)
    guiji = Guiji(account)
    video = guiji.synthesise()
    for worker in children(server):
        os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        with contextlib.suppress(HTTPError):
            assert guiji.video(video)["id"] == video
            return
        time.sleep(0.02)
    pytest.fail(f"no worker came back: {server.log}")
