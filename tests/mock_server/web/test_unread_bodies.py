"""Requests that are refused before their body matters leave the connection usable."""

import http.client

import pytest

from bodydouble.mock_server.testing.server import Server

pytestmark = pytest.mark.process
BODY = b'{"name": "' + b"x" * 300_000 + b'"}'


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/2dvh/v1/nothing"),
        ("PUT", "/api/2dvh/v1/task/info"),
        ("PUT", "/nobody/1/code"),
        ("PUT", "/_files/catalogue/guiji/-101/cover.png"),
    ],
)
def test_a_connection_survives_refusals_of_requests_with_bodies(process_server: Server, method: str, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", process_server.port, timeout=20)
    connection.connect()
    socket = connection.sock
    for _ in range(20):
        connection.request(method, path, BODY, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status in (404, 405)
        answer.read()
        assert connection.sock is socket
    connection.close()


def test_a_body_that_is_too_large_is_so_on_unknown_paths_too(process_server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", process_server.port, timeout=20)
    connection.request("POST", "/api/2dvh/v1/nothing", headers={"Content-Length": str(10**8)})
    answer = connection.getresponse()
    assert answer.status == 413
    assert answer.headers["connection"] == "close"
    connection.close()
