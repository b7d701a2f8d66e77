"""Bodies of all sizes, truncated bodies, and bodies that never arrive."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from bodydouble.mock_server.process.server import BLOCKING_THREADS
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from bodydouble.mock_server.testing.receiver import WAIT
from bodydouble.mock_server.testing.server import Server, free_port
from bodydouble.mock_server.web.body_watchdog import BodyReadTracker, StallWatchdog
from tests.support import raw
from tests.support.guiji import VIDEOS, Guiji

JSON = {"Host": "127.0.0.1", "Content-Type": "application/json"}
# A server with a short stall timeout.
IMPATIENT = """
import sys
from bodydouble.mock_server.process.server import run
from bodydouble.mock_server.settings import Settings
settings = Settings(state=sys.argv[1], body_stall_timeout=0.2)
run(settings, "127.0.0.1", int(sys.argv[2]), "warning", lambda services: print("ready", flush=True))
"""


def cut_off(server: Server, method: str, path: str, headers: dict[str, str], body: bytes, length: int) -> HttpResponse:
    """Declare a length, and send fewer bytes."""
    request = raw.request(method, path, {**headers, "Content-Length": str(length)}, body)
    return raw.exchange(server, request, ends=True)


@pytest.mark.process
def test_a_truncated_body_is_rejected_even_if_its_beginning_is_valid(account: Account, process_server: Server) -> None:
    guiji = Guiji(account)
    body = b'{"page": 1, "size": 10}'
    response = cut_off(process_server, "POST", f"{VIDEOS}?access_token={guiji.token}", JSON, body, len(body) + 5)
    assert (response.json["code"], response.json["data"]) == ("40015", None)
    assert "body: incomplete: got 23 bytes, expected 28" in response.json["message"]


@pytest.mark.process
def test_a_body_that_never_arrives_is_not_treated_as_empty(process_server: Server) -> None:
    before = process_server.http.get("/_mock/accounts").json
    response = cut_off(process_server, "POST", "/_mock/accounts", JSON, b"", 20)
    assert (response.status, response.json["error"]) == (400, "invalidRequest")
    assert "got 0 bytes, expected 20" in response.json["message"]
    assert process_server.http.get("/_mock/accounts").json == before


@pytest.mark.process
def test_a_truncated_body_for_an_unknown_path_is_reported_too(process_server: Server) -> None:
    response = cut_off(process_server, "POST", "/api/2dvh/v1/nothing", JSON, b"{}", 20)
    assert "body: incomplete: got 2 bytes, expected 20" in response.json["message"]


def test_a_thread_counts_as_waiting_only_while_it_reads() -> None:
    waiting = BodyReadTracker()
    seen: list[int] = []

    def part() -> bytes:
        seen.append(waiting.longer_than(5, time.perf_counter() + 10))
        seen.append(waiting.longer_than(5, time.perf_counter()))
        return b"part"

    assert waiting.read(part) == b"part"
    assert seen == [1, 0]
    assert waiting.longer_than(-1, time.perf_counter()) == 0


class Observed(BodyReadTracker):
    """Reports the result of each check."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: SimpleQueue[int] = SimpleQueue()

    def longer_than(self, seconds: float, now: float) -> int:
        count = super().longer_than(seconds, now)
        self.counts.put(count)
        return count


def test_the_watchdog_reports_only_when_every_thread_waits() -> None:
    waiting, reported, released = Observed(), threading.Event(), threading.Event()

    def part() -> bytes:
        released.wait(WAIT)
        return b""

    threads = [threading.Thread(target=waiting.read, args=(part,)) for _ in range(2)]
    watch = StallWatchdog(waiting, 2, 0.02, reported.set)
    watch.start()
    threads[0].start()
    while waiting.counts.get(timeout=WAIT) < 1:
        """The thread has not waited for long enough."""
    waiting.counts.get(timeout=WAIT)
    assert not reported.is_set(), "the watchdog has seen it, and has checked again since"
    threads[1].start()
    assert reported.wait(WAIT)
    watch.stop()
    released.set()
    for thread in threads:
        thread.join(WAIT)


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[int]:
    """The port of a server with one worker and a short stall timeout."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", IMPATIENT, str(tmp_path / "state.db"), str(port)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield port
    process.terminate()
    process.wait(WAIT)
    process.stdout.close()


def healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/_mock/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@pytest.mark.process
def test_clients_that_stop_sending_cannot_block_a_server(impatient: int) -> None:
    half = raw.request("POST", "/_mock/accounts", {**JSON, "Content-Length": "20"}, b"{")
    deadline = time.monotonic() + WAIT
    while not healthy(impatient):
        assert time.monotonic() < deadline
    clients = [socket.create_connection(("127.0.0.1", impatient), WAIT) for _ in range(BLOCKING_THREADS + 3)]
    for client in clients:
        client.sendall(half)
    # By now more requests than threads have been sent; each of them ends with the worker that waited for it.
    assert clients[0].recv(1) == b""
    while not healthy(impatient):
        assert time.monotonic() < deadline, "no worker came back"
    for client in clients:
        client.close()


@pytest.mark.process
@pytest.mark.parametrize("size", [20, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 300_000])
def test_a_body_of_any_size_is_read_completely(process_server: Server, account: Account, size: int) -> None:
    body = b'{"seconds": 0' + b" " * (size - 14) + b"}"
    connection = http.client.HTTPConnection("127.0.0.1", process_server.port, timeout=20)
    connection.request(
        "POST", f"/_mock/accounts/{account.id}/clock/advance", body, {"Content-Type": "application/json"}
    )
    response = connection.getresponse()
    content = response.read()
    assert (response.status, len(body)) == (200, size), content
    assert response.headers["content-length"] == str(len(content))
    connection.close()


@pytest.mark.process
def test_head_returns_the_headers_of_get_without_a_body(process_server: Server) -> None:
    responses = []
    for method in ("GET", "HEAD"):
        connection = http.client.HTTPConnection("127.0.0.1", process_server.port, timeout=20)
        connection.request(method, "/_mock/health")
        response = connection.getresponse()
        responses.append((response.status, response.headers["content-type"], len(response.read())))
        connection.close()
    (get, get_type, length), (head, head_type, nothing) = responses
    assert (get, get_type) == (head, head_type) == (200, "application/json")
    assert length > nothing == 0
