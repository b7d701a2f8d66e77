"""`--record`: every exchange, as it was on the wire."""

import stat
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.server import Server
from tests.support.recordings import read_lines

pytestmark = pytest.mark.process


def test_every_exchange_of_every_worker_is_recorded_byte_for_byte(tmp_path: Path) -> None:
    recording = tmp_path / "recording.jsonl"
    server = Server(tmp_path, "--record", str(recording), workers=2)
    body = b'{"id": "recorded",  "seed": 1\n}'
    try:
        created = server.http.request(
            "POST", "/_mock/accounts?x=%2F", body=body, headers={"Content-Type": "application/json"}
        )
        missing = server.http.get("/nowhere")
        server.http.request("HEAD", "/_mock/accounts/recorded")
        for _ in range(20):
            server.http.get("/_mock/health")
    finally:
        server.stop()
    recorded_exchanges = sorted(read_lines(recording), key=lambda exchange: exchange.started)
    # A response whose bytes are not recorded is marked as incomplete.
    assert [exchange.whole for exchange in recorded_exchanges if exchange.request.method == "HEAD"] == [False]
    exchanges = [
        exchange
        for exchange in recorded_exchanges
        if exchange.request.path != "/_mock/health" and exchange.request.method != "HEAD"
    ]
    assert [
        (exchange.request.method, exchange.request.path, exchange.request.query, exchange.request.body)
        for exchange in exchanges
    ] == [
        ("POST", "/_mock/accounts", "x=%2F", body),
        ("GET", "/nowhere", "", b""),
    ]
    for exchange, reply in zip(exchanges, (created, missing), strict=True):
        assert exchange.response is not None
        assert (exchange.response.status, exchange.response.body) == (reply.status, reply.body)
        assert exchange.response.headers["content-type"] == reply.headers["content-type"]
        assert exchange.whole
    assert len(list(read_lines(recording))) >= 22
    assert stat.S_IMODE(recording.stat().st_mode) == 0o600
