"""The address in every URL of a response: the reader's, the operator's, or what a trusted proxy says."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.web.reader_address import BASE_URL, ReaderAddress
from tests.support.guiji import Guiji
from tests.support.huawei_metastudio import MetaStudio
from tests.support.in_process import InProcessServer

OWN = frozenset({"openapi", "_mock", "_files"})
FROM_TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mock.example"}


def environment(headers: Mapping[str, str], path: str = "/openapi/x") -> dict[str, Any]:
    variables = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    server = {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8080", "wsgi.url_scheme": "http"}
    return {**server, "PATH_INFO": path, "HTTP_HOST": "localhost:8080", **variables}


def address(headers: Mapping[str, str], **settings: Any) -> str:
    environ = environment(headers)
    ReaderAddress(Settings("", **settings), OWN).apply(environ)
    return str(environ[BASE_URL])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "http://localhost:8080"),
        ({"X-Forwarded-Proto": "https"}, "https://localhost:8080"),
        (FROM_TLS, "https://mock.example"),
        ({**FROM_TLS, "X-Forwarded-Port": "8443"}, "https://mock.example:8443"),
        ({**FROM_TLS, "X-Forwarded-Port": "443"}, "https://mock.example"),
        ({**FROM_TLS, "X-Forwarded-Host": "mock.example:9", "X-Forwarded-Port": "8443"}, "https://mock.example:9"),
        ({**FROM_TLS, "X-Forwarded-Prefix": "/mock"}, "https://mock.example/mock"),
        ({**FROM_TLS, "X-Forwarded-Prefix": "/mock/"}, "https://mock.example/mock"),
        ({**FROM_TLS, "X-Forwarded-Prefix": "/"}, "https://mock.example"),
        ({**FROM_TLS, "X-Forwarded-Prefix": "/outer, /inner"}, "https://mock.example/outer/inner"),
        ({"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "a.example, b"}, "https://a.example"),
        ({"X-Forwarded-Proto": "HTTPS"}, "https://localhost:8080"),
        ({"Forwarded": "for=1.2.3.4;proto=https;host=mock.example"}, "https://mock.example"),
        ({"Forwarded": 'For="[::1]:5"; Proto=https ; Host="[2001:db8::1]:8443"'}, "https://[2001:db8::1]:8443"),
        ({"Forwarded": "proto=https;host=a.example, proto=http;host=b.example"}, "https://a.example"),
        ({"Forwarded": 'host="a\\.example"'}, "http://a.example"),
        ({**FROM_TLS, "Forwarded": "host=first.example;proto=http"}, "http://first.example"),
        ({**FROM_TLS, "Forwarded": "for=1.2.3.4"}, "https://mock.example"),
        ({"Forwarded": ";for=1.2.3.4;; proto=https"}, "https://localhost:8080"),
        ({"X-Forwarded-Ssl": "on"}, "https://localhost:8080"),
        ({"Front-End-Https": "On"}, "https://localhost:8080"),
        ({"X-Forwarded-Scheme": "https"}, "https://localhost:8080"),
        ({"X-Forwarded-Protocol": "https"}, "https://localhost:8080"),
        ({"X-Forwarded-Ssl": "on", "X-Forwarded-Proto": "http"}, "http://localhost:8080"),
    ],
)
def test_a_trusted_proxy_says_how_the_client_reached_it(headers: dict[str, str], expected: str) -> None:
    assert address(headers, trust_proxy=True) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "ftp"},
        {"X-Forwarded-Host": "two words"},
        {"X-Forwarded-Host": "a.example/path"},
        {"X-Forwarded-Ssl": "off"},
        {"X-Forwarded-Host": "localhost:8080", "X-Forwarded-Port": "70000"},
        {"X-Forwarded-Prefix": "//other.example"},
        {"X-Forwarded-Prefix": "/a/.."},
        {"X-Forwarded-Prefix": "/%2E%2e"},
        {"X-Forwarded-Prefix": "mock"},
        {"X-Forwarded-Prefix": '/a"b'},
        {"X-Forwarded-Prefix": "/a?b"},
        {"X-Forwarded-Port": "a"},
        {"Forwarded": ";;="},
        {"Forwarded": 'host="'},
    ],
)
def test_what_is_no_address_is_ignored_in_a_proxys_headers(headers: dict[str, str]) -> None:
    assert address(headers, trust_proxy=True) == "http://localhost:8080"


def test_a_proxys_headers_are_ignored_unless_the_operator_trusts_it() -> None:
    headers = {**FROM_TLS, "X-Forwarded-Prefix": "/mock", "Forwarded": "host=a.example;proto=https"}
    assert address(headers) == "http://localhost:8080"


def test_the_operators_address_comes_before_what_a_request_or_a_proxy_says() -> None:
    assert address({"Host": "other"}, base_url="https://mock.example/m") == "https://mock.example/m"
    assert address(FROM_TLS, base_url="https://m.example", trust_proxy=True) == "https://m.example"


@pytest.mark.parametrize(
    ("base_url", "path", "expected"),
    [
        ("https://mock.example/mock", "/mock/openapi/x", "/openapi/x"),
        ("https://mock.example/mock", "/openapi/x", "/openapi/x"),
        ("https://mock.example/mock", "/mockery/x", "/mockery/x"),
        ("https://mock.example/a/b", "/a/b/openapi/x", "/openapi/x"),
        ("https://mock.example/openapi", "/openapi/x", "/openapi/x"),
        ("https://mock.example", "/openapi/x", "/openapi/x"),
        ("https://mock.example/mock", "/mock", "/"),
        ("https://mock.example/mock", "/mock/", "/"),
        ("https://mock.example/a%20b", "/a b/openapi/x", "/openapi/x"),
    ],
)
def test_a_prefix_that_the_proxy_leaves_in_the_path_is_removed(base_url: str, path: str, expected: str) -> None:
    environ = environment({}, path)
    ReaderAddress(Settings("", base_url=base_url), OWN).apply(environ)
    assert environ["PATH_INFO"] == expected


@pytest.mark.parametrize(
    ("prefix", "path", "expected"),
    [
        ("/mock", "/mock/openapi/x", "/openapi/x"),
        ("/mock", "/openapi/x", "/openapi/x"),
        ("/_mock", "/_mock/a", "/_mock/a"),
    ],
)
def test_a_prefix_that_a_trusted_proxy_says_and_leaves_is_removed(prefix: str, path: str, expected: str) -> None:
    environ = environment({"X-Forwarded-Prefix": prefix}, path)
    ReaderAddress(Settings("", trust_proxy=True), OWN).apply(environ)
    assert (environ["PATH_INFO"], environ[BASE_URL]) == (expected, f"http://localhost:8080{prefix}")


def test_an_address_of_ipv6_replaces_an_unusable_host() -> None:
    environ = {**environment({"Host": "two words"}), "SERVER_NAME": "::1"}
    ReaderAddress(Settings(""), OWN).apply(environ)
    assert environ[BASE_URL] == "http://[::1]:8080"


@pytest.fixture
def behind_proxy(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path, trust_proxy=True)
    yield server
    server.close()


def test_every_url_of_an_account_has_the_prefix_of_the_proxy(behind_proxy: InProcessServer) -> None:
    guiji = Guiji(Account(behind_proxy))
    video = guiji.synthesise()
    guiji.account.advance(10)
    headers = {**FROM_TLS, "X-Forwarded-Prefix": "/mock"}
    path = f"/openapi/video/v2/get/{video}?access_token={guiji.token}"
    shown = behind_proxy.http.get(path, headers=headers).json["data"]
    assert shown["videoUrl"].startswith("https://mock.example/mock/_files/")
    account = behind_proxy.http.get(f"/_mock/accounts/{guiji.account.id}", headers={**headers, "Host": "localhost"})
    assert account.json["vendors"]["guiji"]["base_url"] == "https://mock.example/mock"
    direct = behind_proxy.http.get(path).json["data"]["videoUrl"]
    assert direct == shown["videoUrl"].replace("https://mock.example/mock", "http://localhost")
    assert behind_proxy.http.get(direct).status == 200


def test_a_state_that_is_served_elsewhere_shows_usable_urls(tmp_path: Path) -> None:
    first = InProcessServer(tmp_path)
    guiji = Guiji(Account(first))
    video = guiji.synthesise()
    guiji.account.advance(10)
    first.close()
    second = InProcessServer(tmp_path)
    shown = second.http.get(
        f"/openapi/video/v2/get/{video}?access_token={guiji.token}", headers={"Host": "bodydouble:9000"}
    ).json["data"]["videoUrl"]
    assert shown.startswith("http://bodydouble:9000/_files/")
    second.close()


@pytest.mark.parametrize(
    ("settings", "arriving"),
    [
        ({"trust_proxy": True}, {**FROM_TLS, "X-Forwarded-Prefix": "/mock"}),
        ({"base_url": "https://mock.example/mock"}, {}),
    ],
)
@pytest.mark.parametrize("signed_path", ["/mock", ""])
def test_a_signature_of_the_clients_own_address_is_accepted(
    tmp_path: Path, settings: dict[str, Any], arriving: dict[str, str], signed_path: str
) -> None:
    server = InProcessServer(tmp_path, **settings)
    studio = MetaStudio(Account(server))
    path = studio.path("/digital-assets")
    signed = studio.signed("GET", signed_path + path, headers={"Host": "mock.example"})
    # The proxy removes the prefix, and writes its own name for the server.
    headers = {**signed, "Host": "localhost", **arriving}
    expected = 200 if signed_path or "trust_proxy" in settings else 401
    assert server.http.get(path, headers=headers).status == expected
    forged = {**headers, "Authorization": headers["Authorization"][:-4] + "0000"}
    assert server.http.get(path, headers=forged).status == 401
    server.close()


def test_callbacks_name_the_operators_address_also_for_earlier_tasks(tmp_path: Path) -> None:
    first = InProcessServer(tmp_path)
    guiji = Guiji(Account(first))
    guiji.synthesise(callbackUrl="http://127.0.0.1:1/callback")
    first.close()
    server = InProcessServer(tmp_path, base_url="https://mock.example/mock")
    server.http.request("POST", f"/_mock/accounts/{guiji.account.id}/clock/advance", json_body={"seconds": 60})
    (delivery, *_) = server.http.get(f"/_mock/accounts/{guiji.account.id}/deliveries").json["deliveries"]
    assert "https://mock.example/mock/_files/" in json.dumps(delivery)
    server.close()
