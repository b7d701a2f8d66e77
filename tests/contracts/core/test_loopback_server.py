"""The small server of the testers: it starts, stops, and is silent about clients that have gone."""

import socket
from collections.abc import Iterator

import pytest
import urllib3

from bodydouble.contracts.core.loopback_server import LoopbackHandler, LoopbackServer


class Echo(LoopbackHandler):
    def do_POST(self) -> None:
        if self.path == "/gone":
            raise BrokenPipeError
        body = self.lower_headers()["x-prefix"].encode() + self.read_body()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    running = LoopbackServer(Echo)
    running.start()
    yield running
    running.stop()


def test_a_handler_reads_headers_and_body(server: LoopbackServer) -> None:
    response = urllib3.request("POST", server.base_url, body=b"ab", headers={"X-Prefix": "1"}, retries=False)
    assert response.data == b"1ab"


def test_a_client_that_has_gone_is_not_reported(server: LoopbackServer, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError):
        urllib3.request("POST", f"{server.base_url}/gone", retries=False)
    assert capfd.readouterr() == ("", "")


def test_nothing_listens_after_the_stop() -> None:
    server = LoopbackServer(Echo)
    server.start()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.server_port), timeout=5)
