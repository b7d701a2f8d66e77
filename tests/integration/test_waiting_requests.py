"""Requests that wait, for receivers or for bodies, keep no others from being served."""

import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.times import SAMPLE_TIME

pytestmark = pytest.mark.process
MANY = 16
# Seconds; a receiver that waits for the server in vain would take 5.
SOON = 4.0


def frozen(server: Server) -> Guiji:
    return Guiji(Account(server, frozen_at=SAMPLE_TIME))


def timed_advance(guiji: Guiji) -> tuple[float, str]:
    started = time.monotonic()
    (outcome,) = [event["outcome"] for event in guiji.account.advance(2) if event["type"] == "delivery"]
    return time.monotonic() - started, outcome


def test_many_advances_at_once_end_soon_though_their_receivers_send_requests_to_the_server(
    process_server: Server, receiver: Receiver
) -> None:
    def ask_back(handler: BaseHTTPRequestHandler) -> None:
        assert process_server.http.get("/_mock/health").status == 200
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = ask_back
    clients = [frozen(process_server) for _ in range(MANY)]
    for guiji in clients:
        guiji.speak(callbackUrl=receiver.url)
    with ThreadPoolExecutor(MANY) as pool:
        results = list(pool.map(timed_advance, clients))
    assert {outcome for _, outcome in results} == {"delivered"}
    assert max(seconds for seconds, _ in results) < SOON


def test_the_server_responds_while_many_advances_wait_for_receivers_that_hang(
    process_server: Server, receiver: Receiver
) -> None:
    released = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        released.wait(10)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = hang
    clients = [frozen(process_server) for _ in range(MANY)]
    for guiji in clients:
        guiji.speak(callbackUrl=receiver.url)
    with ThreadPoolExecutor(MANY) as pool:
        advances = [pool.submit(timed_advance, guiji) for guiji in clients]
        receiver.wait_for(MANY)
        started = time.monotonic()
        for _ in range(10):
            assert process_server.http.get("/_mock/health").status == 200
        seconds = time.monotonic() - started
        released.set()
    assert {advance.result()[1] for advance in advances} == {"delivered"}
    assert seconds < 2


def test_the_server_responds_while_many_bodies_do_not_arrive(process_server: Server) -> None:
    host, port = process_server.base_url.removeprefix("http://").split(":")
    clients = [socket.create_connection((host, int(port))) for _ in range(MANY)]
    try:
        for client in clients:
            client.sendall(b"POST /_mock/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        time.sleep(0.2)
        started = time.monotonic()
        for _ in range(10):
            assert process_server.http.get("/_mock/health").status == 200
        assert time.monotonic() - started < 2
    finally:
        for client in clients:
            client.close()


def test_requests_are_served_while_many_others_wait_for_another_program_that_locks_the_state(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    server = Server(tmp_path, "--state", str(path))
    try:
        clients = [Guiji(Account(server)) for _ in range(MANY)]
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(MANY) as pool:
            creates = [pool.submit(guiji.speak) for guiji in clients]
            time.sleep(1)
            started = time.monotonic()
            assert server.http.get("/_mock/health").status == 200
            assert clients[0].account.describe()["pace"] > 0
            read = time.monotonic() - started
            assert [create.exception() for create in creates if create.done()] == [], read
            other.execute("ROLLBACK")
            assert len({create.result() for create in creates}) == MANY
        other.close()
        # Together, not one after the other.
        assert time.monotonic() - started < SOON
        assert read < 1
    finally:
        server.stop()
