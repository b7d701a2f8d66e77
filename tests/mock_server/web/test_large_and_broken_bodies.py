"""Bodies that are too large, or break off: the client learns why, and nothing is done."""

import http.client
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from bodydouble.mock_server.testing.receiver import WAIT
from bodydouble.mock_server.testing.server import Server
from tests.support import raw

pytestmark = pytest.mark.process
HEADERS = {"Host": "127.0.0.1", "Content-Type": "application/json"}
CHUNKED = {**HEADERS, "Transfer-Encoding": "chunked"}
MEGABYTE = 1_000_000
CREATE = "/openapi/video/v3/simpleCreate"


def accounts(server: Server) -> list[str]:
    return list(server.http.get("/_mock/accounts").json["accounts"])


@pytest.mark.parametrize("path", [CREATE, "/openapi/no/such/path", "/_mock/accounts", "/_files/uploads/a/1/code"])
@pytest.mark.parametrize("megabytes", [3, 20, 40])
def test_a_client_that_sends_everything_first_sees_why_it_was_refused(
    process_server: Server, path: str, megabytes: int
) -> None:
    method = "PUT" if path.startswith("/_files") else "POST"
    body = b"x" * megabytes * MEGABYTE
    request = urllib.request.Request(process_server.base_url + path, body, HEADERS, method=method)
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=WAIT)
    error.value.close()
    assert error.value.code == (404 if path.startswith("/_files") and megabytes == 3 else 413)


@pytest.mark.parametrize("megabytes", [3, 40])
def test_requests_sees_why_a_body_was_refused_in_both_framings(process_server: Server, megabytes: int) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(megabytes):
            yield b"x" * MEGABYTE

    for body in (b"".join(chunks()), chunks()):
        response = requests.post(process_server.base_url + CREATE, data=body, headers=HEADERS, timeout=WAIT)
        assert response.status_code == 413


def test_a_client_that_sends_nothing_before_it_is_asked_is_refused_at_once(process_server: Server) -> None:
    for expect in ({}, {"Expect": "100-continue"}):
        connection = http.client.HTTPConnection("127.0.0.1", process_server.port, timeout=5)
        connection.request("POST", CREATE, headers={**HEADERS, **expect, "Content-Length": str(10 * MEGABYTE)})
        response = connection.getresponse()
        assert (response.status, response.headers["connection"]) == (413, "close")
        connection.close()


JSON = b'{"id": "broken-chunks"}'
WHOLE = b"%x\r\n%s\r\n" % (len(JSON), JSON)


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        (WHOLE, True),
        (WHOLE + b"zz\r\n", False),
        (WHOLE + b"0", True),
        (WHOLE + b"-1\r\n", False),
        (b"fffffffffffffffff\r\n" + JSON, False),
        (b"100\r\n" + JSON, True),
        (WHOLE + b"5\r\nab\r\n0\r\n\r\n", True),
        (b"", True),
    ],
)
@pytest.mark.parametrize("path", ["/_mock/accounts", "/_mock/accounts/default/reset"])
def test_a_chunked_body_that_breaks_off_is_not_acted_on(
    process_server: Server, path: str, body: bytes, ends: bool
) -> None:
    before = accounts(process_server)
    response = raw.exchange(process_server, raw.request("POST", path, CHUNKED, body), ends=ends)
    assert (response.status, response.json["error"]) == (400, "invalidRequest")
    assert "body: incomplete" in response.json["message"]
    assert accounts(process_server) == before


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_chunked_body_that_ends_is_acted_on(process_server: Server, size: int) -> None:
    body = raw.chunked(b'{"id": "whole-chunks"}', size)
    response = raw.exchange(process_server, raw.request("POST", "/_mock/accounts", CHUNKED, body))
    assert response.status == 201
    assert process_server.http.request("DELETE", "/_mock/accounts/whole-chunks").status == 204


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET /_mock/health HTTP/1.1", ["Host: a", "Host: b"], 400),
        ("GET /_mock/health HTTP/1.1", ["Host: a", "Host: a"], 400),
        ("GET /_mock/health HTTP/1.1", [], 400),
        ("GET /_mock/health HTTP/1.1", ["Host:"], 400),
        ("GET /_mock/health HTTP/1.1", ["Host: two words"], 400),
        ("GET /_mock/health HTTP/1.1", ["Host: a/b"], 400),
        ("GET /_mock/health HTTP/1.1", ["Host: user@a"], 400),
        ("GET /_mock/health HTTP/1.1", ["Host: a:port"], 400),
        ("GET /_mock/health HTTP/1.1", ["Host: :80"], 400),
        ("GET /_mock/health HTTP/1.0", ["Host: [::1"], 400),
        ("GET /_mock/health HTTP/1.1", ["Host: under_score:"], 200),
        ("GET /_mock/health HTTP/1.0", [], 200),
        ("GET health HTTP/1.1", ["Host: a"], 400),
        ("GET evil.example:443 HTTP/1.1", ["Host: a"], 400),
        ("GET http://evil.example/_mock/health HTTP/1.1", ["Host: a"], 200),
    ],
)
def test_what_is_no_request_of_http_is_rejected_in_json(
    process_server: Server, request_line: str, headers: list[str], status: int
) -> None:
    with socket.create_connection(("127.0.0.1", process_server.port), WAIT) as connection:
        connection.sendall("\r\n".join([request_line, *headers, "", ""]).encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert (response.status, response.headers["content-type"]) == (status, "application/json")


# No library that the tests install speaks HTTP/2 without TLS.
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-X", "POST", "/_mock/accounts"], "201"),
        (["/_mock/accounts/nobody"], "404"),
        (["/_mock/nothing"], "404"),
        (["/"], "404"),
        (["-I", "/_mock/health"], "200"),
        (["--json", "@-", "/_mock/accounts/default/clock/advance"], "200"),
        (["-T", "-", "-X", "POST", "-H", "Content-Type: application/json", "/_mock/accounts/default/reset"], "200"),
    ],
)
def test_http_2_works_with_prior_knowledge(process_server: Server, arguments: list[str], expected: str) -> None:
    *options, path = arguments
    output = ["-s", "-o", "/dev/null", "-w", "%{http_version} %{http_code}"]
    command = ["curl", "--http2-prior-knowledge", *output, *options, process_server.base_url + path]
    done = subprocess.run(command, input=b'{"seconds": 0}', capture_output=True, timeout=WAIT, check=True)
    assert done.stdout.decode() == f"2 {expected}"


def test_clients_that_do_not_send_their_bodies_keep_nobody_else_waiting(process_server: Server) -> None:
    half = raw.request("POST", "/_mock/accounts", {**HEADERS, "Content-Length": "20"}, b"{")
    with ExitStack() as stack:
        for _ in range(100):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", process_server.port), WAIT))
            client.sendall(half)
        for _ in range(5):
            assert process_server.http.get("/_mock/health").status == 200
        body = {"id": "one-too-many"}
        rejected = process_server.http.request("POST", "/_mock/accounts", json_body=body)
        assert (rejected.status, rejected.json["error"]) == (503, "unavailable")
        # What comes without a body is done, and not lost with those that wait.
        created = process_server.http.request("POST", "/_mock/accounts")
        assert created.status == 201
    deadline = time.monotonic() + WAIT
    while process_server.http.request("POST", "/_mock/accounts", json_body=body).status != 201:
        assert time.monotonic() < deadline
    for account in (body["id"], created.json["id"]):
        assert process_server.http.request("DELETE", f"/_mock/accounts/{account}").status == 204
