"""`--record`: every exchange, as it was on the wire."""

import stat
from pathlib import Path

import pytest

from bodydouble.contracts.redaction.recorded_exchange import read_lines
from bodydouble.mock_server.testing.server import Server

pytestmark = pytest.mark.process


def test_every_exchange_of_every_worker_is_a_line_to_the_byte(tmp_path: Path) -> None:
    recording = tmp_path / "recording.jsonl"
    server = Server(tmp_path, "--record", str(recording), workers=2)
    body = b'{"id": "recorded",  "seed": 1\n}'
    try:
        made = server.http.request(
            "POST", "/_mock/accounts?x=%2F", body=body, headers={"Content-Type": "application/json"}
        )
        missing = server.http.get("/nowhere")
        server.http.request("HEAD", "/_mock/accounts/recorded")
        for _ in range(20):
            server.http.get("/_mock/health")
    finally:
        server.stop()
    recorded = sorted(read_lines(recording), key=lambda one: one.started)
    # An answer whose bytes are not written down says so.
    assert [one.whole for one in recorded if one.request.method == "HEAD"] == [False]
    exchanges = [one for one in recorded if one.request.path != "/_mock/health" and one.request.method != "HEAD"]
    assert [(one.request.method, one.request.path, one.request.query, one.request.body) for one in exchanges] == [
        ("POST", "/_mock/accounts", "x=%2F", body),
        ("GET", "/nowhere", "", b""),
    ]
    for exchange, reply in zip(exchanges, (made, missing), strict=True):
        assert exchange.response is not None
        assert (exchange.response.status, exchange.response.body) == (reply.status, reply.body)
        assert exchange.response.headers["content-type"] == reply.headers["content-type"]
        assert exchange.whole
    assert len(list(read_lines(recording))) >= 22
    assert stat.S_IMODE(recording.stat().st_mode) == 0o600
