"""Bodies with a content coding are checked, redacted and recorded decoded, and forwarded as they came."""

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from backports import zstd

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.har_reader import read_har
from bodydouble.contracts.proxy.server import Proxy
from tests.support.raw_endpoint import RawEndpoint, exchange, response

ENCODERS: dict[str, Callable[[bytes], Any]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": lambda body: zstd.compress(body, level=-5),
    "gzip, br": lambda body: brotli.compress(gzip.compress(body)),
}
SECRET = "1f0b6f3e-token-that-nobody-may-see"
DATA = {"access_token": SECRET, "expires_in": 1}
TOKEN = {
    "code": "0",
    "success": True,
    "message": "Request successful",
    "data": {"access_token": SECRET, "expires_in": 1},
}
OK = {"code": "40001", "success": False, "message": "Resource not found", "data": None}
LIST = "/openapi/robot/v2/fastPublicPageList?access_token=tttttttt"


def get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode()


def post(target: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {target} HTTP/1.1", "Host: h", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers]).encode() + b"\r\n\r\n" + body


def encoded_json(coding: str, content: Any) -> bytes:
    return bytes(ENCODERS[coding](json.dumps(content).encode()))


@pytest.mark.parametrize("coding", ENCODERS)
def test_an_encoded_response_is_validated_and_recorded_decoded_without_its_secrets(coding: str, tmp_path: Path) -> None:
    encoded = encoded_json(coding, TOKEN)
    har = tmp_path / "traffic.har"
    target = (
        "/openapi/oauth/token?grant_type=sign&appId=a&timestamp=1767225600000&sign=0123456789abcdef0123456789abcdef"
    )
    with (
        RawEndpoint(lambda _: response(encoded, f"Content-Encoding: {coding}")) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url, har=har) as proxy,
    ):
        received = exchange(proxy.base_url, get(target))
        report = proxy.report()
    assert received.endswith(b"\r\n\r\n" + encoded)
    assert (report.drift, report.validated, dict(report.unknown_codings)) == ((), 1, {})
    (entry,) = json.loads(har.read_text())["log"]["entries"]
    content = entry["response"]["content"]
    assert json.loads(content["text"])["data"] == {"access_token": "[redacted]", "expires_in": 1}
    assert (content["size"], entry["response"]["bodySize"]) == (len(json.dumps(TOKEN)), len(encoded))
    assert SECRET[:12] not in har.read_text()


@pytest.mark.parametrize("coding", ENCODERS)
def test_an_encoded_request_is_validated_and_recorded_decoded(coding: str, tmp_path: Path) -> None:
    har = tmp_path / "traffic.har"
    good, bad = ({"page": page, "size": 10, "secret": SECRET} for page in (1, "first"))
    with (
        RawEndpoint(lambda _: response(json.dumps(OK).encode())) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url, har=har) as proxy,
    ):
        bodies = [encoded_json(coding, content) for content in (good, bad)]
        for body in bodies:
            exchange(proxy.base_url, post(LIST, body, f"Content-Encoding: {coding}"))
        report = proxy.report()
    assert [request.partition(b"\r\n\r\n")[2] for request in endpoint.requests] == bodies
    rules = {(entry.rule, entry.pointer) for entry in report.misuse}
    assert rules == {("undocumented-field", "/secret"), ("type", "/page")}
    recorded = [entry["request"] for entry in json.loads(har.read_text())["log"]["entries"]]
    assert [json.loads(request["postData"]["text"])["page"] for request in recorded] == [1, "first"]
    assert [request["bodySize"] for request in recorded] == [len(body) for body in bodies]
    assert SECRET[:12] not in har.read_text()


@pytest.mark.parametrize("coding", ["compress", "dcb", "gzip, aes128gcm", "x-own"])
def test_a_coding_that_is_unknown_is_neither_checked_nor_recorded_and_counted(coding: str, tmp_path: Path) -> None:
    har = tmp_path / "traffic.har"
    body = f'{{"access_token": "{SECRET}", "page": "first"}}'.encode()
    with (
        RawEndpoint(lambda _: response(body, f"Content-Encoding: {coding}")) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url, har=har) as proxy,
    ):
        received = exchange(proxy.base_url, post(LIST, body, f"Content-Encoding: {coding}"))
        report = proxy.report()
    assert received.endswith(body)
    assert report.entries == ()
    assert report.unknown_codings == {coding.split(", ")[-1]: 2}
    assert SECRET[:12] not in har.read_text()
    (entry,) = json.loads(har.read_text())["log"]["entries"]
    assert entry["response"]["content"]["comment"] == "not recorded: it could not be decoded"
    assert entry["request"]["postData"] == {
        "mimeType": "application/json",
        "text": "",
        "comment": "not recorded: it could not be decoded",
    }
    assert [recorded.whole for recorded in read_har(har).exchanges] == [False]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_what_its_header_says_is_a_finding_of_its_sender(coding: str) -> None:
    damaged = encoded_json(coding, OK)[:-3]
    with (
        RawEndpoint(lambda _: response(damaged, f"Content-Encoding: {coding}")) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        exchange(proxy.base_url, post(LIST, b"{}", f"Content-Encoding: {coding}"))
        report = proxy.report()
    assert [(entry.origin, entry.rule, entry.sample) for entry in report.entries] == [
        ("endpoint", "content-encoding", f'"{coding}"'),
        ("client", "content-encoding", f'"{coding}"'),
    ]


@pytest.mark.parametrize(("coding", "rules"), [("gzip", []), ("compress", []), ("identity", ["rejected"])])
def test_an_endpoint_may_reject_an_encoded_request_for_its_form(coding: str, rules: list[str]) -> None:
    malformed = {"code": "40015", "success": False, "message": "Malformed", "data": None}
    body = gzip.compress(b'{"page": 1, "size": 10}') if coding != "identity" else b'{"page": 1, "size": 10}'
    with (
        RawEndpoint(lambda _: response(json.dumps(malformed).encode())) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        exchange(proxy.base_url, post(LIST, body, f"Content-Encoding: {coding}"))
        assert [entry.rule for entry in proxy.report().entries] == rules


def test_a_response_without_a_body_has_nothing_to_decode() -> None:
    with (
        RawEndpoint(lambda _: response(b"", "Content-Encoding: br", status="304 Not Modified")) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        exchange(proxy.base_url, get(LIST))
        assert "content-encoding" not in {entry.rule for entry in proxy.report().entries}
