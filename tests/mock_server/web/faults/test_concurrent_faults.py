"""Many connections at once, half of them struck by faults: none is taken for another, and nothing is left behind."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji

pytestmark = [pytest.mark.process, pytest.mark.linux]
CONNECTIONS, ROUNDS = 32, 12
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "reset", "at": "body", "bytes": 20},
    {"kind": "truncated", "length": "whole"},
    {"kind": "emptyReply"},
    {"kind": "drip", "bytes_per_second": 5000},
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With two workers, as a server has by default."""
    server = Server(tmp_path_factory.mktemp("concurrent"), workers=2)
    yield server
    server.stop()
    assert server.errors == [], server.log


@pytest.fixture
def account(server: Server) -> Account:
    return Account(server)


class Connection:
    """A connection to a server, on which requests may follow each other before their responses."""

    def __init__(self, server: Server) -> None:
        address = urlsplit(server.base_url)
        assert address.hostname is not None
        self._handle = socket.create_connection((address.hostname, address.port or 80), timeout=WAIT)
        self._reader = self._handle.makefile("rb")

    def send(self, *targets: str) -> None:
        """Send requests in one piece."""
        self.send_part("".join(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n" for target in targets))

    def send_part(self, text: str) -> None:
        """Send a part of a request."""
        self._handle.sendall(text.encode())

    def response(self) -> bytes:
        """The body of the next response, which must be whole."""
        length = 0
        while (line := self._reader.readline()) != b"\r\n":
            assert line, "the connection ends within a head"
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        body = self._reader.read(length)
        assert len(body) == length
        return body

    def rest(self) -> tuple[bytes, bool]:
        """Everything until the end, and whether that was in order."""
        seen = b""
        try:
            while part := self._handle.recv(65_536):
                seen += part
        except ConnectionResetError:
            return seen, False
        return seen, True

    def close(self) -> None:
        self._reader.close()
        self._handle.close()


class Client:
    """An account with a video whose name no other one has."""

    def __init__(self, account: Account, name: str) -> None:
        guiji = Guiji(account)
        self.name = name.encode()
        self.target = f"/openapi/video/v2/get/{guiji.synthesise(videoName=name)}?access_token={guiji.token}"


def benefits(account: Account) -> str:
    """A request that creates nothing."""
    return f"/openapi/user/v2/get?access_token={Guiji(account).token}"


def descriptors(server: Server, folder: str = "fd") -> int:
    """How many descriptors the workers have; or threads, in the folder `task`."""
    workers = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True)
    return sum(len(os.listdir(f"/proc/{worker}/{folder}")) for worker in workers.stdout.split())


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    pause = threading.Event()
    for _ in range(int(WAIT / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    assert condition()


def test_no_connection_is_taken_for_another_one(server: Server) -> None:
    whole, struck = Account(server), Account(server)
    clients = [Client(struck if i % 2 else whole, f"video number {i:02}") for i in range(CONNECTIONS)]
    for i, fault in enumerate(FAULTS):
        struck.scenario("guiji", "getVideo", fault=fault, seed=i, probability=1 / (len(FAULTS) - i))

    def unharmed(client: Client) -> None:
        connection = Connection(server)
        for _ in range(ROUNDS):
            connection.send(client.target)
            assert json.loads(connection.response())["data"]["videoName"].encode() == client.name
        connection.close()

    def harmed(client: Client) -> None:
        for _ in range(ROUNDS):
            connection = Connection(server)
            connection.send(client.target)
            seen, _ = connection.rest()
            connection.close()
            assert b"video number" not in seen or client.name in seen

    before = descriptors(server)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        tasks = [pool.submit(harmed if i % 2 else unharmed, client) for i, client in enumerate(clients)]
        for task in tasks:
            task.result()
    assert struck.scenarios()[-1]["struck"] == ROUNDS * CONNECTIONS // 2
    # Those of threads and of the state, of which there may be more now, aside.
    eventually(lambda: descriptors(server) <= before + CONNECTIONS)


def test_every_client_sees_its_fault_as_what_it_is_however_many_there_are(server: Server) -> None:
    # With what that which they see begins and ends, and whether the end is in order.
    kinds: tuple[tuple[dict[str, Any], bytes, bytes, bool], ...] = (
        ({"kind": "emptyReply"}, b"", b"", True),
        ({"kind": "reset", "at": "before"}, b"", b"", False),
        ({"kind": "reset", "at": "header"}, b"HTTP/1.1 200 OK\r\nDate: ", b"\r\nContent-Le", False),
        ({"kind": "reset", "at": "body", "bytes": 4}, b"HTTP/1.1 200 OK\r\n", b'\r\n\r\n{"co', False),
        ({"kind": "truncated", "length": "whole", "bytes": 4}, b"HTTP/1.1 200 OK\r\n", b'\r\n\r\n{"co', True),
    )
    accounts = [Account(server) for _ in kinds]
    for account, (fault, *_) in zip(accounts, kinds, strict=True):
        account.scenario("guiji", "getAccountBenefits", fault=fault)

    def seen(i: int) -> bool:
        fault, begin, end, in_order = kinds[i % len(kinds)]
        connection = Connection(server)
        connection.send(targets[i % len(kinds)])
        content, ended_in_order = connection.rest()
        connection.close()
        assert (content[: len(begin)], ended_in_order) == (begin, in_order), fault
        assert content.endswith(end)
        return bool(content) == bool(end)

    targets = [benefits(account) for account in accounts]
    with ThreadPoolExecutor(4 * len(kinds)) as pool:
        assert all(pool.map(seen, range(40 * len(kinds))))


@pytest.mark.parametrize("fault", [{"kind": "truncated", "length": "whole", "bytes": 4}, {"kind": "emptyReply"}])
def test_the_next_request_in_the_pipeline_breaks_no_end_in_order(
    server: Server, account: Account, fault: dict[str, Any]
) -> None:
    account.scenario("guiji", "getAccountBenefits", fault=fault)
    connection = Connection(server)
    target = benefits(account)
    connection.send(target, target)
    seen, in_order = connection.rest()
    connection.close()
    assert seen.partition(b"\r\n\r\n")[2] == (b'{"co' if fault["kind"] == "truncated" else b"")
    assert in_order


def test_a_fault_strikes_the_second_request_of_a_pipeline_and_no_other_connection(
    server: Server, account: Account
) -> None:
    target, quiet = benefits(account), benefits(Account(server))
    other = Connection(server)
    # Another client has sent a part of its request, and seems to wait.
    other.send_part(f"GET {quiet} HTTP/1.1\r\n")
    connection = Connection(server)
    account.fault("reset", "guiji", "getAccountBenefits", at="before")
    # Long enough for the request not to have come with what the other one sent.
    time.sleep(0.2)
    connection.send("/_mock/health", target)
    seen, in_order = connection.rest()
    assert not in_order
    assert seen.count(b"HTTP/1.1") <= 1
    other.send_part("Host: a\r\n\r\n")
    assert json.loads(other.response())["success"]
    connection.close()
    other.close()


def test_clients_that_have_gone_leave_nothing_and_block_nobody(account: Account, server: Server) -> None:
    account.fault("latency", distribution="fixed", milliseconds=300)
    account.fault("reset", at="body")
    target, quiet = benefits(account), benefits(Account(server))
    before = descriptors(server)
    for _ in range(20):
        connection = Connection(server)
        connection.send(target)
        connection.close()
    waiting = Connection(server)
    waiting.send(quiet)
    assert json.loads(waiting.response())["success"]
    waiting.close()
    eventually(lambda: descriptors(server) <= before + 5)


def test_a_thousand_faults_leave_neither_descriptors_nor_threads(account: Account, server: Server) -> None:
    target = benefits(account)
    account.fault("reset", at="body", bytes=4)

    def strike(_: int) -> bool:
        connection = Connection(server)
        connection.send(target)
        seen, _ = connection.rest()
        connection.close()
        return seen.endswith(b'{"co')

    with ThreadPoolExecutor(8) as pool:
        # The threads and connections to the state that eight requests at once need.
        assert all(pool.map(strike, range(100)))
        before, threads = descriptors(server), descriptors(server, "task")
        assert all(pool.map(strike, range(900)))
    eventually(lambda: descriptors(server) <= before + 20)
    eventually(lambda: descriptors(server, "task") <= threads + 8)


def test_a_hundred_responses_are_delayed_and_keep_nobody_waiting(account: Account, server: Server) -> None:
    target, quiet = benefits(account), benefits(Account(server))
    account.fault("latency", "guiji", distribution="fixed", milliseconds=3000)
    started, connections = time.monotonic(), [Connection(server) for _ in range(120)]
    for connection in connections:
        connection.send(target)
    other = Connection(server)
    other.send(quiet)
    assert json.loads(other.response())["success"]
    other.close()
    for connection in connections:
        assert json.loads(connection.response())["success"]
        # No response came before its time, however slow the machine is.
        assert time.monotonic() - started >= 3
        connection.close()
