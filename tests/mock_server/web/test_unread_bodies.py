"""Requests that are rejected before their body is read leave the connection usable."""

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
def test_a_connection_survives_rejected_requests_with_bodies(process_server: Server, method: str, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", process_server.port, timeout=20)
    connection.connect()
    socket = connection.sock
    for _ in range(20):
        connection.request(method, path, BODY, {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status in (404, 405)
        response.read()
        assert connection.sock is socket
    connection.close()


def test_a_body_that_is_too_large_is_rejected_on_unknown_paths_too(process_server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", process_server.port, timeout=20)
    connection.request("POST", "/api/2dvh/v1/nothing", headers={"Content-Length": str(10**8)})
    response = connection.getresponse()
    assert response.status == 413
    assert response.headers["connection"] == "close"
    connection.close()
