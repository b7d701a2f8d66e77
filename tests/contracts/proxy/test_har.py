"""Recordings: valid, redacted HTTP Archives of limited size, which can be read back, as those of other programs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import bodydouble.contracts.proxy.har
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.har import HarWriter
from bodydouble.contracts.proxy.har_reader import read_har
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji

NAMED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}
# The required parts of HTTP Archive 1.2, as its specification lists them.
HAR = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": {"type": "object", "required": ["name", "version"]},
                "entries": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
                        "properties": {
                            "startedDateTime": {
                                "type": "string",
                                "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
                            },
                            "time": {"type": "number", "minimum": 0},
                            "request": {
                                "type": "object",
                                "required": [
                                    *("method", "url", "httpVersion", "cookies", "headers", "queryString"),
                                    *("headersSize", "bodySize"),
                                ],
                                "properties": {
                                    "url": {"type": "string", "pattern": r"^https?://[!-Z_a-z~\]\[]+$"},
                                    "headers": NAMED,
                                    "queryString": NAMED,
                                    "bodySize": {"type": "integer"},
                                    "postData": {"type": "object", "required": ["mimeType", "text"]},
                                },
                            },
                            "response": {
                                "type": "object",
                                "required": [
                                    *("status", "statusText", "httpVersion", "cookies", "headers", "content"),
                                    *("redirectURL", "headersSize", "bodySize"),
                                ],
                                "properties": {
                                    "status": {"type": "integer"},
                                    "headers": NAMED,
                                    "content": {"type": "object", "required": ["size", "mimeType"]},
                                },
                            },
                            "timings": {"type": "object", "required": ["send", "wait", "receive"]},
                        },
                    },
                },
            },
        }
    },
}
AT = datetime(2026, 1, 1, tzinfo=UTC)
JSON = {"content-type": "application/json"}


def written(path: Path, *exchanges: RecordedExchange, vendor: str = "guiji") -> Any:
    writer = HarWriter(path, load_contract(vendor), "https://vendor.example")
    for exchange in exchanges:
        writer.add(exchange)
    writer.close()
    content = json.loads(path.read_bytes())
    jsonschema.validate(content, HAR)
    return content["log"]["entries"]


def exchange(request: WireRequest, content: bytes = b"{}", **options: Any) -> RecordedExchange:
    return RecordedExchange(request, WireResponse(200, JSON, content), AT, 0.5, size=len(content), **options)


@pytest.mark.process
def test_the_recording_of_a_session_is_valid_and_redacted(account: Account, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "story.har"
    with Proxy(load_contract("guiji"), server.base_url, har=path) as proxy:
        account.http = HttpClient(proxy.base_url)
        guiji = Guiji(account)
        guiji.training(guiji.train())
        guiji.sign_in(sign="f" * 32)
        video = guiji.synthesise()
        account.http = server.http
        account.advance(60)
        account.http = HttpClient(proxy.base_url)
        account.http.get(guiji.video(video)["videoUrl"].replace(server.base_url, proxy.base_url))
    text = path.read_text()
    jsonschema.validate(json.loads(text), HAR)
    credentials = account.credentials("guiji")
    for secret in (guiji.token, credentials["app_id"], credentials["secret"], "f" * 32, "I am Ann Example"):
        assert secret not in text
    entries = json.loads(text)["log"]["entries"]
    assert len(entries) == 7
    assert entries[0]["request"]["url"].startswith(server.base_url + "/openapi/oauth/token?grant_type=sign&appId=%5B")
    film = entries[-1]["response"]["content"]
    assert (film["mimeType"], film["text"], film["comment"]) == ("video/mp4", "", "truncated")
    assert film["size"] > 1000


def test_secrets_are_redacted_in_paths_messages_signed_urls_and_headers(tmp_path: Path) -> None:
    request = WireRequest(
        "POST",
        "/v1/person-4711/files",
        "sign=sig-sig-sig&x=1",
        {"authorization": "SDK-HMAC-SHA256 Access=AKAKAKAK, Signature=deadbeef", "x-auth-token": "tokentoken", **JSON},
        b'{"app_user_id": "person-4711", "n": {"key": 12345678}}',
    )
    content = {
        "message": "signed with AKAKAKAK for person-4711",
        "url": "https://b.example/o?Expires=1&OSSAccessKeyId=LTAI0000&Signature=a%2Bb",
        "text": '{"key": "inner-key-value"}',
    }
    (entry,) = written(tmp_path / "a.har", exchange(request, json.dumps(content).encode()), vendor="huawei-metastudio")
    text = json.dumps(entry)
    for secret in ("4711", "AKAKAKAK", "deadbeef", "tokentoken", "12345678", "LTAI", "a%2Bb", "inner-key-value"):
        assert secret not in text
    assert "Expires=1" in text


def test_a_credential_of_one_exchange_is_in_no_other_part_of_the_recording(tmp_path: Path) -> None:
    sign_in = WireRequest("GET", "/openapi/oauth/token", "", {}, b"")
    form = WireRequest(
        "POST", "/x", "", {"content-type": "application/x-www-form-urlencoded"}, b"page=1&password=token-4"
    )
    plain = WireRequest("GET", "/x", "app_secret=token-5", {"x-api-key": "token-6"}, b"")
    exchanges = [
        exchange(sign_in, b'{"code": "0", "data": {"accessToken": "token-1"}}'),
        exchange(sign_in, b'{"code": "0", "data": ["token-2"]}'),
        exchange(sign_in, b'{"code": "0", "data": "token-number-three"}'),
        exchange(form),
        exchange(plain, b'{"secret": "token-7"}'),
    ]
    for token in ("token-1", "token-number-three", "token-4", "token-5", "token-6", "token-7"):
        later = WireRequest("GET", f"/files/{token}", f"t={token}", {"x-client": token}, b"")
        exchanges.append(exchange(later, json.dumps([token]).encode()))
    entries = written(tmp_path / "a.har", *exchanges)
    assert "token-" not in json.dumps(entries)
    assert "page=1" in entries[3]["request"]["postData"]["text"]


def test_long_bodies_are_truncated_with_a_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodydouble.contracts.proxy.har, "MAX_BODY", 10)
    (entry,) = written(tmp_path / "a.har", exchange(WireRequest("POST", "/x", "", JSON, b'"0123456789"'), b'"short"'))
    assert entry["request"]["postData"] == {
        "mimeType": "application/json",
        "text": '"012345678',
        "comment": "truncated",
    }
    assert entry["response"]["content"]["text"] == '"short"'
    read = next(read_har(tmp_path / "a.har").exchanges)
    assert (read.request_whole, read.whole) == (False, True)


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=gbk", "测试".encode("gbk"), "测试"),
        ('text/html;CHARSET="GB18030"', "测试".encode("gb18030"), "测试"),
        ("text/plain", "测试".encode(), "测试"),
        ("text/plain", "测试".encode("gbk"), ""),
        ("text/plain; charset=unknown-8", b"abc", ""),
        ("application/json", b'{"a": "\xff"}', ""),
    ],
)
def test_a_body_is_recorded_in_its_character_set_or_not_at_all(
    tmp_path: Path, content_type: str, body: bytes, text: str
) -> None:
    request = WireRequest("POST", "/x", "", {"content-type": content_type}, body)
    response = WireResponse(200, {"content-type": content_type}, body)
    (entry,) = written(tmp_path / "a.har", RecordedExchange(request, response, AT, 0.5, size=len(body)))
    comment = None if text else "not recorded: it could not be decoded"
    assert (entry["request"]["postData"]["text"], entry["request"]["postData"].get("comment")) == (text, comment)
    assert (entry["response"]["content"]["text"], entry["response"]["content"].get("comment")) == (text, comment)


def test_a_full_recording_counts_further_exchanges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodydouble.contracts.proxy.har, "MAX_ENTRIES", 2)
    writer = HarWriter(tmp_path / "a.har", load_contract("guiji"), "https://vendor.example")
    for _ in range(5):
        writer.add(exchange(WireRequest("GET", "/x", "", {}, b"")))
    writer.close()
    assert len(read_har(tmp_path / "a.har").entries) == 2
    assert writer.dropped == 3


def test_an_exchange_without_a_response_is_recorded_but_not_read_back(tmp_path: Path) -> None:
    lost = RecordedExchange(WireRequest("GET", "/x", "", {}, b""), None, AT, 1.0, failure="refused")
    (entry,) = written(tmp_path / "a.har", lost)
    assert (entry["response"]["status"], entry["response"]["comment"]) == (0, "refused")
    archive = read_har(tmp_path / "a.har")
    assert (archive.entries, archive.remarks) == ((), ("entry 1: no response: it has no status",))


def test_a_written_exchange_reads_back(tmp_path: Path) -> None:
    sent = exchange(WireRequest("POST", "/a%20b", "x=1&x=2", JSON, b'{"a":1}'), b'{"b":"\xc3\xa4"}')
    written(tmp_path / "a.har", sent)
    (read,) = read_har(tmp_path / "a.har").exchanges
    assert (read.request, read.response, read.started, read.whole) == (sent.request, sent.response, AT, True)
