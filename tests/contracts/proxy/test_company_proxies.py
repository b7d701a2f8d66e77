"""The endpoint is reached through the proxy that the environment names, as other programs reach it."""

import json

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.company_proxies import company_proxy, is_excepted
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.mock_server.testing.server import free_port
from tests.support.raw_endpoint import RawEndpoint, exchange, response

OK = json.dumps({"code": "40001", "success": False, "message": "Resource not found", "data": None}).encode()
PATH = "/openapi/user/v2/get?access_token=tttttttt&b=%7e你"
REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: h\r\n\r\n".encode()


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_plain_request_goes_to_the_proxy_with_its_whole_url(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawEndpoint(lambda _: response(OK)) as company:
        monkeypatch.setenv(name, f"http://me:s%40cret@127.0.0.1:{company.port}")
        with Proxy(load_contract("guiji"), "http://vendor.example:81/base") as proxy:
            received = exchange(proxy.base_url, REQUEST)
            assert proxy.report().drift == ()
            assert proxy.through == company.base_url
    assert received.endswith(OK)
    assert company.first_lines == [f"GET http://vendor.example:81/base{PATH} HTTP/1.1".encode()]
    assert b"Proxy-Authorization: Basic bWU6c0BjcmV0".lower() in company.requests[0].lower()


def test_an_encrypted_request_goes_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawEndpoint(lambda _: response(b"", status="407 Proxy Authentication Required")) as company:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{company.port}")
        with Proxy(load_contract("guiji"), "https://vendor.example") as proxy:
            received = exchange(proxy.base_url, REQUEST)
            (entry,) = proxy.report().drift
    assert company.first_lines[0].startswith(b"CONNECT vendor.example:443 HTTP/1.")
    assert received.startswith(b"HTTP/1.1 502 ")
    assert entry.rule == "unreachable"
    assert "407" in entry.sample


@pytest.mark.parametrize("exceptions", ["*", "127.0.0.1", "other.example, 127.0.0.0/8", "127.0.0.1:{port}"])
def test_a_host_that_is_excepted_is_reached_directly(exceptions: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with RawEndpoint(lambda _: response(OK)) as endpoint:
        monkeypatch.setenv("NO_PROXY", exceptions.format(port=endpoint.port))
        with Proxy(load_contract("guiji"), endpoint.base_url) as proxy:
            exchange(proxy.base_url, REQUEST)
            assert proxy.through == ""
    assert endpoint.first_lines == [f"GET {PATH} HTTP/1.1".encode()]


def test_a_proxy_that_is_down_is_a_502(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with Proxy(load_contract("guiji"), "http://vendor.example") as proxy:
        assert exchange(proxy.base_url, REQUEST).startswith(b"HTTP/1.1 502 ")


def test_a_proxy_is_not_its_own_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    for host in ("127.0.0.1", "localhost"):
        monkeypatch.setenv("HTTP_PROXY", f"http://{host}:{port}")
        assert company_proxy("http", "vendor.example", None, f"127.0.0.1:{port}") is None
    assert company_proxy("http", "vendor.example", None, f"127.0.0.1:{port + 1}") is not None


def test_a_proxy_of_another_kind_is_an_error_that_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://me:secret@127.0.0.1:1")
    with pytest.raises(ValueError, match=r"socks5://127\.0\.0\.1:1 is no proxy of http or https"):
        Proxy(load_contract("guiji"), "http://vendor.example")


@pytest.mark.parametrize(
    ("exceptions", "host", "port", "expected"),
    [
        ("", "a.example", 80, False),
        ("*", "a.example", 80, True),
        ("a.example", "A.EXAMPLE", 80, True),
        ("example", "a.example", 80, True),
        (".example", "a.example", 80, True),
        ("*.example", "a.example", 80, True),
        ("ample", "a.example", 80, False),
        ("b.example a.example", "a.example", 80, True),
        ("a.example:8080", "a.example", 80, False),
        ("a.example:80", "a.example", 80, True),
        ("10.0.0.0/8", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "11.1.2.3", 80, False),
        ("10.0.0.0/8", "a.example", 80, False),
        ("::1", "::1", 80, True),
        ("[::1]", "::1", 80, True),
        ("[::1]:80", "::1", 80, True),
        ("[::1]:81", "::1", 80, False),
        ("fd00::/8", "fd12::1", 80, True),
    ],
)
def test_exceptions_are_names_domains_addresses_networks_and_ports(
    exceptions: str, host: str, port: int, expected: bool
) -> None:
    assert is_excepted(exceptions, host, port) is expected
