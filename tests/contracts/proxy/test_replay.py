"""A recording is served by method, path, query and body, in order; else a 404 names the nearest entry."""

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.har_reader import read_har
from bodydouble.contracts.proxy.replay import Replay, recorded_vendor
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.server import Server
from tests.support.raw_endpoint import exchange

JSON = {"mimeType": "application/json"}
REDACTED = "[redacted]"


def entry(
    target: str, body: Any = "ok", *, method: str = "GET", post: dict[str, Any] | None = None, **response: Any
) -> dict[str, Any]:
    content = {**JSON, "text": json.dumps(body)}
    received = {"status": 200, "headers": [], "content": content, **response}
    sent: dict[str, Any] = {"method": method, "url": f"https://vendor.example{target}", "headers": [], "postData": post}
    return {"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "request": sent, "response": received}


def posted(content: Any) -> dict[str, Any]:
    return {**JSON, "text": json.dumps(content)}


@pytest.fixture
def replay_of(tmp_path: Path) -> Iterator[Any]:
    running: list[Replay] = []

    def start(*entries: Any, comment: str = "", vendor: str = "", **options: Any) -> tuple[Replay, HttpClient]:
        path = tmp_path / "a.har"
        path.write_text(json.dumps({"log": {"entries": entries, "comment": comment}}))
        contract = load_contract(vendor) if vendor else None
        running.append(Replay(read_har(path), contract, **options))
        running[-1].__enter__()
        return running[-1], HttpClient(running[-1].base_url)

    yield start
    for replay in running:
        replay.__exit__(None, None, None)


def test_a_request_gets_the_response_of_its_method_path_query_and_body(replay_of: Any) -> None:
    bodies = [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [1, 2]}]
    replay, http = replay_of(
        entry("/x", "plain"),
        entry("/x?a=1&b=2", "query"),
        entry("/x", "post 1", method="POST", post=posted(bodies[0])),
        entry("/x", "post 2", method="POST", post=posted(bodies[1])),
        entry("/y%20z", "path"),
    )
    assert http.get("/y%20z").json == "path"
    assert http.get("/x?b=2&a=1").json == "query"
    assert http.get("/x").json == "plain"
    assert http.post("/x", {"b": [1, 2], "a": 2}).json == "post 2"
    assert http.post("/x", bodies[0]).json == "post 1"
    report = replay.report()
    assert (report.served, report.missed, report.unused) == (5, 0, ())


def test_equal_requests_get_their_responses_in_order_and_then_the_last_one(replay_of: Any) -> None:
    replay, http = replay_of(entry("/t", "queued"), entry("/other"), entry("/t", "running"), entry("/t", "done"))
    assert replay.report().unused == (1, 2, 3, 4)
    assert [http.get("/t").json for _ in range(5)] == ["queued", "running", "done", "done", "done"]
    assert replay.report().unused == (2,)


@pytest.mark.parametrize(
    ("request_target", "content", "difference"),
    [
        ("/tasks?page=2", {"id": 1}, "query page"),
        ("/tasks", {"id": 1}, "query page (only in the recording)"),
        ("/tasks?page=1&size=5", {"id": 1}, "query size (not in the recording)"),
        ("/tasks?page=1&page=1", {"id": 1}, "query page"),
        ("/tasks?page=1", {"id": 2}, "body /id"),
        ("/tasks?page=1", {"id": True}, "body /id"),
        ("/tasks?page=1", {}, "body /id (only in the recording)"),
        ("/tasks?page=1", {"id": 1, "n": 1}, "body /n (not in the recording)"),
        ("/tasks?page=1", [1], "body"),
        ("/task?page=1", {"id": 1}, "path"),
    ],
)
def test_what_was_not_recorded_is_a_404_that_names_the_nearest_entry(
    replay_of: Any, request_target: str, content: Any, difference: str
) -> None:
    replay, http = replay_of(
        entry("/something/else", method="POST", post=posted({"id": 1})),
        entry("/tasks?page=1", method="POST", post=posted({"id": 1})),
        entry("/tasks?page=1", method="PUT", post=posted({"id": 1})),
    )
    response = http.post(request_target, content)
    assert response.status == 404
    assert response.json["error"] == "notRecorded"
    nearest = {"entry": 2, "request": "POST /tasks", "differences": [difference]}
    assert response.json["nearest"] == nearest
    assert difference in response.json["message"]
    report = HttpClient(replay.base_url).get("/_replay/report").json
    path = request_target.partition("?")[0]
    assert report == {
        "served": 0,
        "missed": 1,
        "misses": [{"request": f"POST {path}", "nearest": nearest}],
        "unused": [1, 2, 3],
    }


def test_an_empty_recording_has_no_nearest_entry(replay_of: Any) -> None:
    _, http = replay_of()
    assert (http.get("/x").status, http.get("/x").json["nearest"]) == (404, None)


def test_what_is_redacted_in_the_recording_matches_everything(replay_of: Any) -> None:
    replay, http = replay_of(
        entry(f"/users/{quote(REDACTED)}/tasks?access_token={quote(REDACTED)}&page=1", "redacted"),
        entry("/users/7/tasks?access_token=abc&page=1", "exact"),
        entry("/login", "in", method="POST", post=posted({"user": "me", "secret": REDACTED, "text": f"a{REDACTED}z"})),
        entry(
            "/login",
            "form",
            method="POST",
            post={"mimeType": "application/x-www-form-urlencoded", "text": "a=%5Bredacted%5D&b=2"},
        ),
    )
    assert http.get("/users/8/tasks?access_token=xyz&page=1").json == "redacted"
    assert http.get("/users/7/tasks?access_token=abc&page=1").json == "exact"
    assert http.get("/users/8/tasks?access_token=xyz&page=2").status == 404
    assert http.get("/users/8/9/tasks?access_token=xyz&page=1").status == 404
    assert http.get("/users/8/tasks?page=1").status == 404
    assert http.post("/login", {"user": "me", "secret": {"any": 1}, "text": "a-1-z"}).json == "in"
    assert http.post("/login", {"user": "me", "secret": "s", "text": "a-1-y"}).status == 404
    head = "POST /login HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 8"
    assert exchange(replay.base_url, f"{head}\r\n\r\nb=2&a=99".encode()).endswith(b'"form"')


def test_texts_that_hold_json_are_compared_by_their_values(replay_of: Any) -> None:
    inner = {"a": 1, "token": REDACTED}
    _, http = replay_of(entry("/x", method="POST", post=posted({"params": json.dumps(inner)})))
    assert http.post("/x", {"params": '{"token":  "t",\n"a":1}'}).status == 200
    assert http.post("/x", {"params": '{"token":"t","a":2}'}).status == 404


def test_names_that_are_ignored_are_not_compared(replay_of: Any) -> None:
    _, http = replay_of(
        entry("/x?t=1&a=1", method="POST", post=posted({"id": 1, "deep": [{"Nonce": 5}]})), ignored=["T", "nonce"]
    )
    assert http.post("/x?a=1", {"id": 1, "deep": [{"nonce": 6}]}).status == 200
    assert http.post("/x?a=2", {"id": 1, "deep": [{}]}).status == 404


def test_a_contract_says_what_signs_a_request_and_what_its_credentials_are(replay_of: Any) -> None:
    _, http = replay_of(
        entry("/openapi/oauth/token?appId=a&timestamp=1&sign=x", "token"),
        entry("/openapi/user/v2/get?access_token=abc", "user"),
        vendor="guiji",
    )
    assert http.get("/openapi/oauth/token?appId=a&timestamp=2&sign=y").json == "token"
    assert http.get("/openapi/oauth/token?appId=b&timestamp=2&sign=y").status == 404
    assert http.get("/openapi/user/v2/get?access_token=other").json == "user"
    assert http.get("/openapi/user/v2/get").status == 404


def test_operations_that_a_header_names_are_told_apart(replay_of: Any) -> None:
    named = [entry("/", name, method="POST") for name in ("A", "B")]
    for recorded in named:
        name = json.loads(recorded["response"]["content"]["text"])
        recorded["request"]["headers"] = [{"name": "x-acs-action", "value": name}]
    replay, _ = replay_of(*named)
    sent = b"POST / HTTP/1.1\r\nHost: h\r\nX-ACS-Action: B\r\nContent-Length: 0\r\n\r\n"
    assert exchange(replay.base_url, sent).endswith(b'"B"')


def test_the_recorded_status_and_headers_are_served_with_the_length_of_the_text(replay_of: Any) -> None:
    names = ("X-A", "Content-Encoding", "Transfer-Encoding", "Content-Length", "Connection", "Set-Cookie", "Set-Cookie")
    headers = [{"name": name, "value": f"{name} é 测"} for name in names]
    replay, http = replay_of(
        entry("/x", {"ä": 1}, status=499, headers=headers),
        entry(
            "/png",
            content={"mimeType": "image/png", "text": base64.b64encode(b"\x89PNG").decode(), "encoding": "base64"},
        ),
        entry("/gone", status=204, content=None),
        entry("/x", method="HEAD", headers=[{"name": "Content-Length", "value": "77"}], content=None),
    )
    head, _, body = exchange(replay.base_url, b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 499 ")
    assert body == json.dumps({"ä": 1}).encode()
    lower = head.lower()
    assert lower.count(b"\r\nset-cookie: ") == 2
    assert "\r\nx-a: x-a é 测".encode() in lower
    assert f"\r\ncontent-length: {len(body)}\r\n".encode() in lower + b"\r\n"
    assert b"content-encoding" not in lower
    assert b"transfer-encoding" not in lower
    assert http.get("/png").body == b"\x89PNG"
    assert http.get("/gone").status == 204
    assert b"content-length: 77" in exchange(replay.base_url, b"HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n").lower()


def test_what_cannot_be_served_is_said(replay_of: Any) -> None:
    replay, http = replay_of(
        entry("/video", content={"size": 5, "mimeType": "video/mp4"}),
        entry("/ws", status=101),
        {**entry("/x"), "response": None},
    )
    assert replay.remarks == ("entry 3: no response", "entry 2: no WebSocket can be replayed")
    assert http.get("/video").status == 404
    assert http.get("/video").json["error"] == "bodyNotRecorded"
    assert "entry 1" in http.get("/video").json["message"]
    assert exchange(replay.base_url, b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 501 ")


def test_encoded_requests_and_clients_of_http_1_0_are_served(replay_of: Any) -> None:
    replay, _ = replay_of(entry("/x", method="POST", post=posted({"a": 1})))
    body = gzip.compress(b'{"a": 1}')
    head = f"POST http://v.example/x HTTP/1.0\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    received = exchange(replay.base_url, head.encode() + body)
    assert received.startswith(b"HTTP/1.0 200 OK")
    assert received.endswith(b'\r\n\r\n"ok"')


@pytest.mark.process
def test_a_recording_of_the_proxy_is_replayed_with_other_credentials(server: Server, tmp_path: Path) -> None:
    har = tmp_path / "traffic.har"
    account = Account(server, pace=1_000_000)
    with Proxy(load_contract("guiji"), server.base_url, har=har) as proxy:
        recorded = _story(proxy.base_url, account)
    archive = read_har(har)
    assert recorded_vendor(archive) == "guiji"
    with Replay(archive, load_contract("guiji")) as replay:
        assert _story(replay.base_url, Account(server)) == recorded
        report = replay.report()
    assert (report.missed, report.unused) == (0, ())


def _story(base_url: str, account: Account) -> list[Any]:
    credentials = account.credentials("guiji")
    http = HttpClient(base_url)
    timestamp = str(time.time_ns() // 1_000_000)
    sign = hashlib.md5(f"{credentials['app_id']}{timestamp}{credentials['secret']}".encode()).hexdigest()
    query = f"grant_type=sign&appId={credentials['app_id']}&timestamp={timestamp}&sign={sign}"
    token = http.get(f"/openapi/oauth/token?{query}").json["data"]["access_token"]
    page = {"page": 1, "size": 2}
    return [
        http.post(f"/openapi/robot/v2/fastPublicPageList?access_token={token}", page).status,
        http.get(f"/openapi/user/v2/get?access_token={token}").json["code"],
    ]
