"""`--record`: every exchange, as it was on the wire."""

import stat
from pathlib import Path

from contracts.exchanges import read_lines
from tests.support.server import Server


def test_every_exchange_of_every_worker_is_a_line_to_the_byte(tmp_path: Path) -> None:
    recording = tmp_path / "recording.jsonl"
    server = Server(tmp_path, "--record", str(recording), workers=2)
    body = b'{"id": "recorded",  "seed": 1\n}'
    try:
        made = server.http.request(
            "POST", "/_mock/accounts?x=%2F", body=body, headers={"Content-Type": "application/json"}
        )
        missing = server.http.get("/nowhere")
        for _ in range(20):
            server.http.get("/_mock/health")
    finally:
        server.stop()
    exchanges = [one for one in read_lines(recording) if one.request.path != "/_mock/health"]
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


def test_an_answer_without_its_body_says_that_it_is_not_whole(server: Server, cross_checked: Path) -> None:
    account = server.http.post("/_mock/accounts", {}).json["id"]
    server.http.request("HEAD", f"/_mock/accounts/{account}")
    last = list(read_lines(cross_checked))[-1]
    assert (last.request.method, last.whole) == ("HEAD", False)
