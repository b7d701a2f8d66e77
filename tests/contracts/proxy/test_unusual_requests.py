"""Requests that few clients send: raw bytes, HTTP/1.0, absolute targets, preflights, tunnels, WebSockets."""

import json
import logging

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.server import Proxy
from tests.support.raw_endpoint import RawEndpoint, exchange, response

OK = json.dumps({"code": "40001", "success": False, "message": "Resource not found", "data": None}).encode()
PATH = "/openapi/user/v2/get?access_token=tttttttt"


@pytest.mark.parametrize("text", ["测试", "你", "é ñ".replace(" ", ""), "\u00a0\u0085", "😀"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_bytes_of_a_target_beyond_ascii_are_forwarded_as_they_are(text: str, encoding: str) -> None:
    target = b"/openapi//user/v2/get?name=" + text.encode(encoding, "ignore") + b"&b=%e4"
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        exchange(proxy.base_url, b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert endpoint.first_lines == [b"GET " + target + b" HTTP/1.1"]


def test_bytes_of_a_target_beyond_ascii_are_read_as_utf_8_text() -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        exchange(proxy.base_url, f"GET {PATH}&name=你 HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        (entry,) = proxy.report().misuse
    assert (entry.rule, entry.pointer, entry.sample) == ("undocumented-parameter", "/name", '"你"')


def test_a_target_that_begins_with_two_slashes_keeps_them() -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        exchange(proxy.base_url, b"GET //openapi/x HTTP/1.1\r\nHost: h\r\n\r\n")
    assert endpoint.first_lines == [b"GET //openapi/x HTTP/1.1"]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + f"{len(OK):x}\r\n".encode()
        + OK
        + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + OK,
        response(OK),
    ],
)
@pytest.mark.parametrize("connection", [b"", b"Connection: keep-alive\r\n"])
def test_a_client_of_http_1_0_gets_the_body_without_chunks_and_then_the_close(head: bytes, connection: bytes) -> None:
    with (
        RawEndpoint(lambda _: head) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        received = exchange(proxy.base_url, f"GET {PATH} HTTP/1.0\r\n".encode() + connection + b"\r\n")
    lines, _, body = received.partition(b"\r\n\r\n")
    assert lines.startswith(b"HTTP/1.0 200 OK")
    assert b"chunked" not in lines.lower()
    assert body == OK


def test_a_client_of_http_1_0_gets_no_interim_response() -> None:
    request = b"POST /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        assert b"100 Continue" not in exchange(proxy.base_url, request)
        modern = exchange(proxy.base_url, request.replace(b"HTTP/1.0", b"HTTP/1.1"))
    assert modern.count(b"100 Continue") == 1


@pytest.mark.parametrize("authority", ["vendor.example", "vendor.example:8443", "user:pw@vendor.example"])
@pytest.mark.parametrize("scheme", ["http", "HTTP", "https"])
def test_a_target_in_absolute_form_is_matched_by_its_path_and_goes_to_the_endpoint(authority: str, scheme: str) -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        exchange(proxy.base_url, f"GET {scheme}://{authority}{PATH} HTTP/1.1\r\nHost: other\r\n\r\n".encode())
        report = proxy.report()
    assert endpoint.first_lines == [f"GET {PATH} HTTP/1.1".encode()]
    assert f"\r\nHost: {authority.rpartition('@')[2]}\r\n".encode() in endpoint.requests[0]
    assert dict(report.operations) == {"getAccountBenefits": 1}
    assert report.entries == ()


def test_a_target_in_absolute_form_without_a_path_has_the_root() -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        for target in ("http://v.example", "http://v.example?a=1"):
            exchange(proxy.base_url, f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        own = exchange(proxy.base_url, f"GET {proxy.base_url}/_proxy/drift HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert endpoint.first_lines == [b"GET / HTTP/1.1", b"GET /?a=1 HTTP/1.1"]
    assert b'"vendor": "guiji"' in own


@pytest.mark.parametrize("vendor", ["guiji", "aliyun-avatar", "control"])
@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "403 Forbidden", "405 Method Not Allowed"])
@pytest.mark.parametrize("path", ["/openapi/user/v2/get", "/", "/elsewhere"])
def test_a_preflight_is_forwarded_and_not_evaluated(vendor: str, status: str, path: str) -> None:
    request = (
        f"OPTIONS {path} HTTP/1.1\r\nHost: h\r\nOrigin: http://a.example\r\nAccess-Control-Request-Method: POST\r\n\r\n"
    )
    with (
        RawEndpoint(lambda _: response(b"", "Access-Control-Allow-Origin: *", status=status)) as endpoint,
        Proxy(load_contract(vendor), endpoint.base_url) as proxy,
    ):
        received = exchange(proxy.base_url, request.encode())
        report = proxy.report()
    assert b"Access-Control-Allow-Origin: *" in received
    assert len(endpoint.requests) == report.exchanges == 1
    assert report.entries == ()


def test_options_without_the_headers_of_a_preflight_is_evaluated() -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        exchange(proxy.base_url, b"OPTIONS /openapi/user/v2/get HTTP/1.1\r\nHost: h\r\nOrigin: http://a\r\n\r\n")
        assert [entry.rule for entry in proxy.report().entries] == ["undocumented-operation"]


@pytest.mark.parametrize("target", ["vendor.example:443", "[::1]:443", "127.0.0.1:8080"])
def test_a_tunnel_is_refused_with_words(target: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
        caplog.at_level(logging.WARNING),
    ):
        received = exchange(proxy.base_url, f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        report = proxy.report()
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 501 Bodydouble opens no tunnels")
    assert json.loads(body)["error"] == "connectRefused"
    assert target in json.loads(body)["message"]
    assert f"CONNECT {target} is refused" in caplog.text
    assert (endpoint.requests, report.exchanges) == ([], 0)


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket", "h2c, websocket"])
def test_a_websocket_is_refused_with_words(upgrade: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
        caplog.at_level(logging.WARNING),
    ):
        request = f"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: {upgrade}\r\n\r\n"
        received = exchange(proxy.base_url, request.encode())
    assert received.startswith(b"HTTP/1.1 501 Bodydouble carries no WebSockets")
    assert b'"error": "webSocketRefused"' in received
    assert "a WebSocket is refused" in caplog.text
    assert endpoint.requests == []


def test_another_upgrade_is_left_out_and_the_request_forwarded() -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        headers = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA"
        exchange(proxy.base_url, f"GET {PATH} HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n".encode())
        assert proxy.report().entries == ()
    assert b"upgrade" not in endpoint.requests[0].lower()
    assert b"http2-settings" not in endpoint.requests[0].lower()


def test_a_target_that_is_no_url_does_not_end_the_request_in_an_error() -> None:
    with (
        RawEndpoint(lambda _: response(OK)) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url) as proxy,
    ):
        received = exchange(proxy.base_url, b"GET //[bad?x=[ HTTP/1.1\r\nHost: h\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert endpoint.first_lines == [b"GET //[bad?x=[ HTTP/1.1"]
