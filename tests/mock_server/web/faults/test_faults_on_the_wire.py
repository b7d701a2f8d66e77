"""Faults of responses, as curl and urllib3 see them."""

import http.client
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from bodydouble.contracts.model.loader import load_contract
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
        ({"kind": "gateway", "status": 503}, 0, b"HTTP/1.1 503 Service Unavailable\r\n", b"</html>\r\n"),
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


def test_curl_gets_all_of_a_response_that_is_reset_afterwards(account: Account) -> None:
    address = url(account)
    plant(account, kind="reset", at="after")
    code, seen = curl(address)
    assert code == 0
    assert json.loads(seen.partition(b"\r\n\r\n")[2])["success"]


def throttled() -> str:
    """The code of Guiji's own throttling error."""
    return str(load_contract("guiji").conditions["throttled"].code)


def test_curl_sees_a_rate_limit_as_the_vendors_own_error(account: Account) -> None:
    address = url(account)
    account.freeze()
    plant(account, kind="rateLimit", per_second=0.5, burst=1)
    codes = [json.loads(curl(address)[1].partition(b"\r\n\r\n")[2])["code"] for _ in range(2)]
    assert codes == ["0", throttled()]


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


@pytest.fixture
def pool(account: Account) -> Iterator[urllib3.HTTPConnectionPool]:
    """The connection of one client."""
    with urllib3.connection_from_url(account.server.base_url, maxsize=1, timeout=WAIT) as pool:
        yield pool


@pytest.mark.parametrize("status", [502, 503, 504])
def test_urllib3_sees_a_gateway_by_its_status(account: Account, pool: urllib3.HTTPConnectionPool, status: int) -> None:
    address = url(account)
    plant(account, kind="gateway", status=status)
    response = pool.request("GET", address, retries=False)
    assert response.status == status
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.data.endswith(b"</html>\r\n")


@pytest.mark.parametrize("fault", [{"kind": "malformedJson"}, {"kind": "truncated", "length": "sent"}])
def test_urllib3_sees_a_body_that_is_whole_and_no_json(
    account: Account, pool: urllib3.HTTPConnectionPool, fault: dict[str, Any]
) -> None:
    address = url(account)
    plant(account, **fault)
    response = pool.request("GET", address, retries=False)
    assert (response.status, len(response.data)) == (200, int(response.headers["Content-Length"]))
    with pytest.raises(json.JSONDecodeError):
        response.json()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "latency", "distribution": "fixed", "milliseconds": 200},
        {"kind": "drip", "bytes_per_second": 1000},
        {"kind": "reset", "at": "after"},
    ],
)
def test_urllib3_gets_what_is_slow_or_reset_afterwards(
    account: Account, pool: urllib3.HTTPConnectionPool, fault: dict[str, Any]
) -> None:
    address = url(account)
    plant(account, **fault)
    started = time.monotonic()
    assert pool.request("GET", address, retries=False).json()["success"]
    assert fault["kind"] == "reset" or time.monotonic() - started >= 0.2
    assert account.scenarios()[0]["struck"] == 1


def test_urllib3_sees_a_rate_limit_as_the_vendors_own_error(account: Account, pool: urllib3.HTTPConnectionPool) -> None:
    address = url(account)
    account.freeze()
    plant(account, kind="rateLimit", per_second=0.5, burst=1)
    assert [pool.request("GET", address).json()["code"] for _ in range(2)] == ["0", throttled()]
