"""Requests of the server to itself: with TLS, only its own certificate is trusted, and nothing waits for ever."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.mock_server.pages.try_it import own_socket
from bodydouble.mock_server.pages.try_it.own_socket import Busy, OwnSocket
from bodydouble.mock_server.settings import Settings

REQUEST = WireRequest("GET", "/a%2Fb", "x=%20", {"host": "example.com"}, b"")


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    file, key = folder / f"{name}.pem", folder / f"{name}.key"
    files = ["-keyout", str(key), "-out", str(file)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", *files]
    subprocess.run(command, check=True, capture_output=True)
    return file, key


class Handler(BaseHTTPRequestHandler):
    """Responds with the request's target and host."""

    def do_GET(self) -> None:
        body = f"{self.path} {self.headers['host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + (1 if "short" in self.path else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def own(**settings: object) -> OwnSocket:
    return OwnSocket(Settings(state="", **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_request_is_sent_as_it_is(server: HTTPServer, host: str) -> None:
    outcome = own(port=server.server_port).send(REQUEST, host, 1)
    assert (outcome.status, outcome.reason, outcome.body) == (200, "OK", b"/a%2Fb?x=%20 example.com")
    assert outcome.failure == ""


def test_a_body_that_is_cut_off_is_told(server: HTTPServer) -> None:
    short = WireRequest("GET", "/short", "", {"host": "example.com"}, b"")
    outcome = own().send(short, "127.0.0.1", server.server_port)
    assert outcome.body == b"/short example.com"
    assert "1 more expected" in outcome.failure


def test_a_server_with_tls_trusts_its_own_certificate_and_no_other(server: HTTPServer, tmp_path: Path) -> None:
    (file, key), (other, _) = certificate(tmp_path, "own"), certificate(tmp_path, "other")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    assert own(tls_cert=str(file), port=server.server_port).send(REQUEST, "127.0.0.1", 1).status == 200
    refused = own(tls_cert=str(other), port=server.server_port).send(REQUEST, "127.0.0.1", 1)
    assert refused.status is None
    assert "ingerprint" in refused.failure


def test_nobody_listening_is_told() -> None:
    outcome = own(port=1).send(REQUEST, "127.0.0.1", 1)
    assert outcome.status is None
    assert "refused" in outcome.failure


def test_few_wait_at_once(server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_socket, "_MAX_AT_ONCE", 0)
    with pytest.raises(Busy):
        own(port=server.server_port).send(REQUEST, "127.0.0.1", 1)
