"""Which web pages may read responses, and the preflights that browsers send."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer

PAGE, OTHER = "http://localhost:3000", "http://localhost:3001"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-token"}
CREATE = "/openapi/video/v3/simpleCreate"
ALLOW = "access-control-allow-origin"


@pytest.fixture
def open_to_page(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path, cors=(PAGE,))
    yield server
    server.close()


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path)
    yield server
    server.close()


def test_operations_are_closed_to_pages_by_default(closed: InProcessServer) -> None:
    preflight = closed.http.request("OPTIONS", CREATE, headers={"Origin": PAGE, **PREFLIGHT})
    response = closed.http.get("/_mock/health", headers={"Origin": PAGE})
    assert preflight.status == 405
    assert not [name for name in {**preflight.headers, **response.headers} if name.startswith("access-control")]


@pytest.mark.parametrize("path", [CREATE, "/v1/p/digital-assets", "/", "/api/2dvh/v1/task/info", "/_mock/accounts"])
def test_a_preflight_of_an_allowed_origin_is_granted(open_to_page: InProcessServer, path: str) -> None:
    response = open_to_page.http.request("OPTIONS", path, headers={"Origin": PAGE, **PREFLIGHT})
    assert (response.status, response.body) == (204, b"")
    assert response.headers[ALLOW] == PAGE
    assert response.headers["access-control-allow-methods"] == "POST"
    assert response.headers["access-control-allow-headers"] == "content-type,x-token"
    assert response.headers["vary"] == "Origin"


def test_a_preflight_of_another_origin_is_not_granted(open_to_page: InProcessServer) -> None:
    response = open_to_page.http.request("OPTIONS", CREATE, headers={"Origin": OTHER, **PREFLIGHT})
    assert response.status == 405
    assert ALLOW not in response.headers


def test_an_allowed_page_may_read_errors_and_their_headers(open_to_page: InProcessServer) -> None:
    for path in ("/_mock/accounts/nobody", "/_mock/nothing", "/openapi/nothing", CREATE):
        response = open_to_page.http.get(path, headers={"Origin": PAGE})
        assert response.headers[ALLOW] == PAGE
        assert "Content-Type" in response.headers["access-control-expose-headers"].split(", ")
    assert open_to_page.http.get("/_mock/health").headers["vary"] == "Origin"


def test_a_named_page_may_send_credentials(open_to_page: InProcessServer) -> None:
    preflight = open_to_page.http.request("OPTIONS", CREATE, headers={"Origin": PAGE, **PREFLIGHT})
    response = open_to_page.http.get("/_mock/health", headers={"Origin": PAGE})
    for headers in (preflight.headers, response.headers):
        assert (headers[ALLOW], headers["access-control-allow-credentials"]) == (PAGE, "true")


def test_every_page_may_be_allowed(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, cors=("*",))
    assert server.http.request("OPTIONS", CREATE, headers={"Origin": OTHER, **PREFLIGHT}).headers[ALLOW] == "*"
    assert server.http.request("POST", "/_mock/accounts", headers={"Origin": OTHER}).status == 201
    server.close()


def test_a_page_of_the_internet_may_reach_into_a_private_network_if_it_is_allowed(
    open_to_page: InProcessServer,
) -> None:
    asked = {"Origin": PAGE, **PREFLIGHT, "Access-Control-Request-Private-Network": "true"}
    response = open_to_page.http.request("OPTIONS", CREATE, headers=asked)
    assert response.headers["access-control-allow-private-network"] == "true"


def test_every_page_may_read_files_and_send_uploads(closed: InProcessServer) -> None:
    guiji = Guiji(Account(closed))
    video = guiji.synthesise()
    guiji.account.advance(10)
    url = guiji.video(video)["videoUrl"]
    response = closed.http.get(url, headers={"Origin": OTHER, "Range": "bytes=0-3"})
    assert (response.status, response.headers[ALLOW]) == (206, "*")
    assert {"ETag", "Content-Range"} <= set(response.headers["access-control-expose-headers"].split(", "))
    assert closed.http.get(url).headers[ALLOW] == "*", "a stored response may be used for a script later"
    headers = {"Origin": OTHER, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-md5"}
    preflight = closed.http.request("OPTIONS", "/_files/uploads/a/1/code", headers=headers)
    assert (preflight.status, preflight.headers[ALLOW]) == (204, "*")
    assert "PUT" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"] == "content-md5"
