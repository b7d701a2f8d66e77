"""Faults of responses, as curl and urllib3 see them."""

import http.client
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji

pytestmark = pytest.mark.process
# Exit codes of curl.
PARTIAL, EMPTY, BROKEN = 18, 52, 56


@pytest.fixture
def account(process_server: Server) -> Account:
    return Account(process_server)


def plant(account: Account, **fault: Any) -> None:
    account.scenario("guiji", "getAccountBenefits", fault=fault)


def url(account: Account) -> str:
    token = Guiji(account).token
    return f"{account.server.base_url}/openapi/user/v2/get?access_token={token}"


def host(account: Account) -> str:
    return urlsplit(account.server.base_url).netloc


def curl(address: str, *options: str) -> tuple[int, bytes]:
    command = [shutil.which("curl") or "curl", "-sS", "-i", "--max-time", "20", *options, address]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("fault", "code", "begin", "end"),
    [
        ({"kind": "reset", "at": "before"}, BROKEN, b"", b""),
        ({"kind": "reset", "at": "header"}, BROKEN, b"HTTP/1.1 200 OK\r\nDate: ", b"\r\n"),
        ({"kind": "reset", "at": "body", "bytes": 4}, BROKEN, b"HTTP/1.1 200 OK\r\n", b'\r\n\r\n{"co'),
        ({"kind": "emptyReply"}, EMPTY, b"", b""),
        ({"kind": "truncated", "length": "whole", "bytes": 5}, PARTIAL, b"HTTP/1.1 200 OK\r\n", b'\r\n\r\n{"cod'),
        ({"kind": "truncated", "length": "sent", "bytes": 5}, 0, b"HTTP/1.1 200 OK\r\n", b'\r\n\r\n{"cod'),
        ({"kind": "gateway", "status": 502}, 0, b"HTTP/1.1 502 Bad Gateway\r\n", b"</html>\r\n"),
        ({"kind": "gateway", "status": 504}, 0, b"HTTP/1.1 504 Gateway Timeout\r\n", b"</html>\r\n"),
    ],
)
def test_curl_sees_each_fault_as_what_it_is(
    account: Account, fault: dict[str, Any], code: int, begin: bytes, end: bytes
) -> None:
    address = url(account)
    plant(account, **fault)
    for _ in range(3):
        assert (seen := curl(address))[0] == code, seen
        assert seen[1].startswith(begin)
        assert seen[1].endswith(end)
    entry = account.journal(operation="getAccountBenefits")[-1]
    assert [struck["kind"] for struck in entry["faults"]] == [fault["kind"]]
    assert [scenario["struck"] for scenario in account.control("GET", "/scenarios").json["scenarios"]] == [3]
    account.control("DELETE", "/scenarios")
    assert curl(address)[0] == 0


def test_a_response_that_is_reset_afterwards_arrives_and_the_connection_is_gone(account: Account) -> None:
    address = url(account)
    plant(account, kind="reset", at="after")
    connection = http.client.HTTPConnection(host(account), timeout=WAIT)
    connection.connect()
    handle = connection.sock.dup()
    connection.request("GET", address)
    assert json.loads(connection.getresponse().read())["success"]
    with pytest.raises(ConnectionResetError):
        handle.recv(1)
    handle.close()
    connection.close()


def test_latencies_add_up_and_damage_nothing(account: Account) -> None:
    address = url(account)
    for _ in range(2):
        plant(account, kind="latency", distribution="fixed", milliseconds=150)
    started = time.monotonic()
    assert curl(address)[0] == 0
    # A lower bound holds however slow the machine is.
    assert time.monotonic() - started >= 0.3


def test_a_body_drips(account: Account) -> None:
    address = url(account)
    size = len(curl(address)[1].partition(b"\r\n\r\n")[2])
    plant(account, kind="drip", bytes_per_second=4 * size)
    started = time.monotonic()
    code, seen = curl(address)
    assert code == 0
    assert time.monotonic() - started >= 0.2
    assert json.loads(seen.partition(b"\r\n\r\n")[2])["success"]


def test_malformed_json_is_whole_for_http(account: Account) -> None:
    address = url(account)
    plant(account, kind="malformedJson")
    code, seen = curl(address)
    assert code == 0
    with pytest.raises(json.JSONDecodeError):
        json.loads(seen.partition(b"\r\n\r\n")[2])


def reset(pool: urllib3.HTTPConnectionPool, address: str) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError, match="reset"):
        pool.request("GET", address, retries=False)


def ended(pool: urllib3.HTTPConnectionPool, address: str) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError, match="Remote end closed"):
        pool.request("GET", address, retries=False)


def incomplete(pool: urllib3.HTTPConnectionPool, address: str) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        pool.request("GET", address, retries=False)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ({"kind": "reset", "at": "before"}, reset),
        ({"kind": "reset", "at": "header"}, reset),
        ({"kind": "reset", "at": "body"}, reset),
        ({"kind": "emptyReply"}, ended),
        ({"kind": "truncated", "length": "whole"}, incomplete),
    ],
)
def test_urllib3_sees_each_fault_as_what_it_is(
    account: Account, fault: dict[str, Any], seen: Callable[[urllib3.HTTPConnectionPool, str], None]
) -> None:
    address = url(account)
    with urllib3.connection_from_url(account.server.base_url, maxsize=1) as pool:
        assert pool.request("GET", address, retries=False).status == 200
        plant(account, **fault)
        seen(pool, address)
        account.control("DELETE", "/scenarios")
        assert pool.request("GET", address, retries=False).json()["success"]
