"""Web pages of other sites cannot change the state of a server without a token, nor read its credentials."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from bodydouble.mock_server.web.browsers import is_loopback
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer

RESET = "/_mock/accounts/default/reset"
PAGE = "http://localhost:3000"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path, cors=(PAGE,))
    yield server
    server.close()


def assert_refused(response: HttpResponse, word: str) -> None:
    assert (response.status, response.json["error"]) == (403, "foreignOrigin")
    assert word in response.json["message"]


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"Origin": "https://evil.example"}, "Origin"),
        ({"Origin": "null"}, "Origin"),
        ({"Origin": "http://localhost:3001"}, "Origin"),
        ({"Origin": "http://localhost.evil.example"}, "Origin"),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, "Origin"),
        ({"Sec-Fetch-Site": "cross-site"}, "Sec-Fetch-Site"),
        ({"Sec-Fetch-Site": "same-site"}, "Sec-Fetch-Site"),
        ({"Host": "attacker.example"}, "Host"),
        ({"Host": "attacker.example:8080", "Origin": "http://attacker.example:8080"}, "Host"),
        ({"Host": "127.0.0.1.attacker.example"}, "Host"),
        ({"Host": "192.168.1.5:8080"}, "Host"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", RESET),
        ("POST", "/_mock/accounts"),
        ("POST", "/_mock/accounts/default/clock/freeze"),
        ("DELETE", "/_mock/accounts/default/scenarios"),
    ],
)
def test_a_foreign_page_cannot_use_the_control_plane(
    served: InProcessServer, method: str, path: str, headers: dict[str, str], word: str
) -> None:
    assert_refused(served.http.request(method, path, headers=headers), word)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": PAGE, "Sec-Fetch-Site": "same-site"},
        {"Origin": "HTTP://LOCALHOST:3000"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Host": "127.0.0.1:8080"},
        {"Host": "[::1]:8080"},
        {"Host": "app.localhost:1"},
        {"Host": "127.8.9.1"},
        {"Host": "localhost:9000", "Origin": "http://localhost:9000"},
    ],
)
def test_the_servers_own_pages_and_other_clients_are_served(served: InProcessServer, headers: dict[str, str]) -> None:
    assert served.http.request("POST", RESET, headers=headers).status == 200


def test_credentials_are_not_shown_under_a_foreign_host(served: InProcessServer) -> None:
    assert_refused(served.http.get("/_mock/accounts/default", headers={"Host": "attacker.example"}), "Host")
    assert served.http.get("/_mock/health", headers={"Host": "bodydouble:8080"}).status == 200
    # The page gets a response that its browser does not let it read.
    assert served.http.get("/_mock/accounts/default", headers={"Origin": "https://evil.example"}).status == 200


def test_a_foreign_page_cannot_make_a_vendors_task_but_other_clients_may_use_any_host(served: InProcessServer) -> None:
    guiji = Guiji(Account(served))
    path = f"/openapi/speaker/v3/fastTts?access_token={guiji.token}"
    body = {"speakerId": "C_101", "content": "Hello."}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert_refused(served.http.request("POST", path, json_body=body, headers=headers), "header")
    assert served.http.request("POST", path, json_body=body, headers={"Host": "bodydouble:80"}).json["code"] == "0"
    listed = f"/openapi/video/v2/pageList?access_token={guiji.token}"
    asked = served.http.request("POST", listed, json_body={"page": 1, "size": 1}, headers={"Origin": "https://a.b"})
    assert asked.json["code"] == "0", "a list changes nothing, whatever its method"


def test_alibabas_operations_are_refused_if_they_change_something(served: InProcessServer) -> None:
    for action, refused in (("StartInstance", True), ("QueryRunningInstance", False)):
        response = served.http.request("POST", f"/?Action={action}", headers={"Origin": "https://evil.example"})
        assert (response.status == 403 and response.json.get("error") == "foreignOrigin") is refused


def test_a_token_makes_the_rules_for_browsers_unnecessary(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, control_token="secret")
    headers = {"Origin": "https://evil.example", "Host": "mock.example"}
    assert server.http.request("POST", RESET, headers=headers).status == 401
    assert server.http.request("POST", RESET, headers={**headers, "Authorization": "Bearer secret"}).status == 200
    server.close()


def test_the_operators_own_address_is_not_foreign(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, base_url="https://Mock.example/mock")
    for host in ("mock.example", "MOCK.example", "mock.example:443"):
        headers = {"Host": host, "Origin": f"https://{host}"}
        assert server.http.request("POST", RESET, headers=headers).status == 200
    for host in ("mock.example:80", "mock.example:8443", "mock.example.evil.example"):
        assert_refused(server.http.get("/_mock/accounts/default", headers={"Host": host}), "Host")
    server.close()


def test_a_trusted_proxy_with_tls_may_name_any_host_but_a_page_cannot(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, trust_proxy=True)
    path, named = "/_mock/accounts/default", {"X-Forwarded-Host": "mock.example"}
    shown = server.http.get(path, headers={**named, "X-Forwarded-Proto": "https"})
    assert shown.json["vendors"]["guiji"]["base_url"] == "https://mock.example"
    # Without TLS the name may be that of a page which leads to this machine.
    assert_refused(server.http.get(path, headers=named), "Host")
    # Such a page may send what headers it likes, if it reaches the server without the proxy.
    for forged in ({"X-Forwarded-Host": "localhost"}, {"X-Forwarded-Proto": "https"}, {"Forwarded": "host=localhost"}):
        assert_refused(server.http.get(path, headers={"Host": "attacker.example", **forged}), "Host")
    server.close()


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "localhost.", "a.localhost", "127.0.0.1", "[::1]", "[::1]:80"]
)
def test_names_of_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example", "0.0.0.0", "127.1", "2130706433", "notlocalhost", "10.0.0.1"]
)
def test_other_names_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)
