"""The proxy forwards everything unchanged, and copes with everything that endpoints do."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import urllib3

import bodydouble.contracts.proxy.server
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.testing.server import Server, free_port

OK = {"code": "0", "success": True, "message": "Request successful", "data": None}


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    running = Receiver(respond(200, OK))
    yield running
    running.close()


def base_url(endpoint: Receiver) -> str:
    return endpoint.url.removesuffix("/callback")


def proxied(endpoint: Receiver, **options: Any) -> Proxy:
    return Proxy(load_contract("guiji"), base_url(endpoint), **options)


def send_raw(proxy: Proxy, data: bytes) -> bytes:
    """Send bytes as they are, and read until the end of the connection."""
    host, _, port = proxy.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_target_host_headers_and_body_reach_the_endpoint_unchanged(endpoint: Receiver) -> None:
    target = "/openapi//x%2fy/%7Ea?b=%2F&b=%2f&a=x+y&empty&e=&=&z='*()"
    body = b'{"a": 1,\r\n "a":\xff\x00 2}'
    seen: list[list[tuple[str, str]]] = []

    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.items())
        respond(200, OK)(handler)

    endpoint.behaviour = behaviour
    with proxied(endpoint) as proxy:
        send_raw(
            proxy,
            f"POST {target} HTTP/1.1\r\nHost: vendor.example\r\nX-Twice: one\r\nx-twice: two\r\nX_Under: kept\r\n"
            f"Content-Length: {len(body)}\r\nContent-Type: text/Odd; x=Y\r\n\r\n".encode()
            + body,
        )
    received = endpoint.received[0]
    assert (received.method, received.path, received.body) == ("POST", target, body)
    assert [(name.lower(), value) for name, value in seen[0]] == [
        ("content-length", str(len(body))),
        ("host", "vendor.example"),
        ("x-twice", "one"),
        ("x-twice", "two"),
        ("x_under", "kept"),
        ("content-type", "text/Odd; x=Y"),
    ]


def test_the_endpoint_can_get_its_own_host_instead(endpoint: Receiver) -> None:
    with proxied(endpoint, keep_host=False) as proxy:
        HttpClient(proxy.base_url).get("/openapi/user/v2/get")
    assert endpoint.received[0].headers["host"] == base_url(endpoint).removeprefix("http://")


def test_the_path_of_the_upstream_is_prepended_to_every_path(endpoint: Receiver) -> None:
    with Proxy(load_contract("guiji"), base_url(endpoint) + "/gateway/") as proxy:
        HttpClient(proxy.base_url).get("/openapi/user/v2/get?a=1")
    assert endpoint.received[0].path == "/gateway/openapi/user/v2/get?a=1"


def test_the_password_of_an_upstream_is_not_shown(endpoint: Receiver) -> None:
    upstream = endpoint.url.removesuffix("/callback").replace("//", "//me:open-sesame@")
    with Proxy(load_contract("guiji"), upstream + "/base/") as proxy:
        assert proxy.report().upstream == endpoint.url.removesuffix("/callback") + "/base"


def test_hop_by_hop_headers_are_not_forwarded(endpoint: Receiver) -> None:
    headers = {"Connection": "close, X-Private", "X-Private": "1", "Keep-Alive": "5", "X-Public": "1"}
    endpoint.behaviour = respond(200, OK, headers)
    with proxied(endpoint) as proxy:
        response = send_raw(
            proxy,
            b"GET /openapi/user/v2/get HTTP/1.1\r\nHost: h\r\nConnection: X-Mine, close\r\nX-Mine: 1\r\n"
            b"TE: trailers\r\nProxy-Authorization: Basic x\r\nX-Kept: 1\r\n\r\n",
        )
    assert set(endpoint.received[0].headers) == {"host", "x-kept"}
    head = response.partition(b"\r\n\r\n")[0].lower()
    assert b"x-public: 1" in head
    assert b"x-private" not in head
    assert b"keep-alive" not in head


def test_a_chunked_request_arrives_complete(endpoint: Receiver) -> None:
    with proxied(endpoint) as proxy:
        send_raw(
            proxy,
            b"POST /openapi/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        )
    assert endpoint.received[0].body == b"hello world"


def test_a_compressed_response_is_validated_and_forwarded_compressed(endpoint: Receiver) -> None:
    compressed = gzip.compress(json.dumps({"code": 5}).encode(), mtime=0)

    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200, "Fine")
        for name, value in (("Content-Type", "application/json"), ("Content-Encoding", "gzip")):
            handler.send_header(name, value)
        handler.send_header("Set-Cookie", "a=1")
        handler.send_header("Set-Cookie", "b=2")
        handler.send_header("Content-Length", str(len(compressed)))
        handler.end_headers()
        handler.wfile.write(compressed)

    endpoint.behaviour = behaviour
    with proxied(endpoint) as proxy:
        head, _, body = send_raw(proxy, b"GET /openapi/user/v2/get HTTP/1.1\r\nHost: h\r\n\r\n").partition(b"\r\n\r\n")
        drift = proxy.report().drift
    assert body == compressed
    assert head.startswith(b"HTTP/1.1 200 Fine\r\n")
    assert head.count(b"Set-Cookie: ") == 2
    assert head.lower().count(b"\r\ndate:") == 1
    assert ("type", "/code") in {(entry.rule, entry.pointer) for entry in drift}


def test_a_response_is_forwarded_while_it_arrives(endpoint: Receiver) -> None:
    go_on = threading.Event()

    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(b"data: 1\n\n")
        handler.wfile.flush()
        assert go_on.wait(20)
        handler.wfile.write(b"data: 2\n\n")

    endpoint.behaviour = behaviour
    with proxied(endpoint) as proxy, urllib3.PoolManager() as pool:
        response = pool.request("GET", proxy.base_url + "/openapi/user/v2/get", preload_content=False)
        assert response.read1() == b"data: 1\n\n"
        go_on.set()
        assert response.read() == b"data: 2\n\n"


def test_an_endpoint_that_is_down_is_a_502_with_a_message_and_an_entry() -> None:
    upstream = f"http://127.0.0.1:{free_port()}"
    with Proxy(load_contract("guiji"), upstream) as proxy:
        response = HttpClient(proxy.base_url).get("/openapi/user/v2/get")
        (entry,) = proxy.report().drift
    assert response.status == 502
    assert response.json["error"] == "upstreamUnreachable"
    assert upstream in response.json["message"]
    assert (entry.operation, entry.part, entry.rule, entry.status) == (
        "getAccountBenefits",
        "connection",
        "unreachable",
        None,
    )


def test_an_endpoint_that_does_not_respond_in_time_is_a_504(endpoint: Receiver) -> None:
    done = threading.Event()

    def behaviour(_: BaseHTTPRequestHandler) -> None:
        done.wait(20)

    endpoint.behaviour = behaviour
    with proxied(endpoint, timeout=0.1) as proxy:
        assert HttpClient(proxy.base_url).get("/openapi/user/v2/get").status == 504
        done.set()


def test_an_interrupted_response_is_interrupted_for_the_client_too(endpoint: Receiver) -> None:
    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"code":')

    endpoint.behaviour = behaviour
    with proxied(endpoint) as proxy:
        with pytest.raises(urllib3.exceptions.ProtocolError):
            HttpClient(proxy.base_url).get("/openapi/user/v2/get")
        assert [entry.rule for entry in proxy.report().drift] == ["interrupted"]


def test_a_request_that_is_too_long_is_rejected(endpoint: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodydouble.contracts.proxy.server, "MAX_REQUEST", 10)
    with proxied(endpoint) as proxy:
        http = HttpClient(proxy.base_url)
        assert http.post("/openapi/x", {"a": "longer than ten bytes"}).status == 413
        assert http.post("/openapi/x", {}).status == 200
    assert len(endpoint.received) == 1


@pytest.mark.parametrize("media", ["video/mp4", "application/json"])
def test_binary_and_very_long_responses_are_forwarded_without_validation(
    endpoint: Receiver, monkeypatch: pytest.MonkeyPatch, media: str
) -> None:
    monkeypatch.setattr(bodydouble.contracts.proxy.server, "MAX_RESPONSE", 1000)
    body = b'{"code": 1}' + b" " * 200_000
    endpoint.behaviour = sending(body, media)
    with proxied(endpoint) as proxy:
        assert HttpClient(proxy.base_url).get("/openapi/user/v2/get").body == body
        report = proxy.report()
    assert (report.exchanges, report.validated, report.drift) == (1, 0, ())


def sending(body: bytes, media: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", media)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behaviour


@pytest.mark.process
def test_many_clients_are_served_at_the_same_time(server: Server) -> None:
    with Proxy(load_contract("control"), server.base_url) as proxy:
        http = HttpClient(proxy.base_url)
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(http.get("/_mock/health").status)) for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 20
        assert proxy.report().exchanges == 20
        assert proxy.report().entries == ()


def test_an_address_in_use_and_an_invalid_url_are_errors() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Proxy(load_contract("guiji"), "http://127.0.0.1:1", port=taken.getsockname()[1])
    with pytest.raises(ValueError, match="expected http"):
        Proxy(load_contract("guiji"), "vendor.example")
