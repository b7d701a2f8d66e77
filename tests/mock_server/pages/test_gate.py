"""Who sees the pages, which forms are processed, and what a page may load."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader

TOKEN = "the control token"
ACCOUNT = "/_mock/dashboard/accounts/default"
FREEZE = f"{ACCOUNT}/clock/freeze"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path, control_token=TOKEN)
    yield server
    server.close()


@pytest.mark.parametrize("path", ["/", "/_mock", "/_mock/"])
def test_a_browser_that_opens_the_address_gets_the_dashboard(reader: PageReader, path: str) -> None:
    page = reader.get(path)
    assert (page.status, reader.url) == (200, "/_mock/")
    assert "<h1>Overview</h1>" in page.text


@pytest.mark.parametrize(
    ("path", "accept"), [("/", "*/*"), ("/", "application/json"), ("/?Action=ListVideos", "text/html")]
)
def test_everything_else_at_the_root_stays_the_vendors(server: InProcessServer, path: str, accept: str) -> None:
    response = server.http.request("GET", path, headers={"Accept": accept})
    assert response.status >= 400
    assert {"RequestId", "Code"} <= response.json.keys()


def test_the_control_plane_keeps_its_paths(server: InProcessServer) -> None:
    for path in ("/_mock", "/_mock/"):
        assert server.http.request("GET", path).json["error"] == "unknownPath"
    response = server.http.request("GET", "/_mock/accounts", headers={"Accept": "text/html"})
    assert response.json == {"accounts": ["default"]}


def test_a_page_loads_nothing_from_elsewhere_and_stands_in_no_frame(reader: PageReader) -> None:
    page = reader.get("/_mock/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "://" not in page.text.replace("http://localhost", "")
    assert page.headers["x-content-type-options"] == "nosniff"


def test_the_session_is_kept_from_scripts_and_from_other_sites(server: InProcessServer) -> None:
    page = server.http.request("GET", "/_mock/", headers={"Accept": "text/html"})
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/_mock" in cookie


def test_a_form_of_the_page_is_processed(reader: PageReader) -> None:
    page = reader.send(reader.get(ACCOUNT), FREEZE)
    assert page.status == 200
    assert "The clock stands." in page.text
    assert "The clock stands." not in reader.get(ACCOUNT).text


@pytest.mark.parametrize("token", ["", "csrf_token=", "csrf_token=0123456789abcdef0123456789abcdef"])
def test_a_form_without_the_sessions_token_is_refused(server: InProcessServer, reader: PageReader, token: str) -> None:
    reader.get(ACCOUNT)
    assert reader.request("POST", FREEZE, token.encode(), FORM).status == 409
    assert server.http.request("GET", "/_mock/accounts/default/clock").json["mode"] == "running"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "attacker.example"},
    ],
)
def test_a_form_of_another_site_is_refused(reader: PageReader, headers: dict[str, str]) -> None:
    reader.get(ACCOUNT)
    response = reader.request("POST", FREEZE, b"", {**FORM, **headers})
    assert response.status == 403
    assert next(iter(headers)) in response.text


def test_another_name_for_this_machine_shows_no_page(reader: PageReader) -> None:
    assert reader.request("GET", ACCOUNT, headers={"Host": "attacker.example"}).status == 403


def test_a_server_with_a_token_shows_nothing_before_a_sign_in(guarded: InProcessServer) -> None:
    reader = PageReader(guarded.http)
    page = reader.get(ACCOUNT)
    assert reader.url.startswith("/_mock/login?next=")
    assert "guiji-secret" not in page.text
    assert reader.request("POST", FREEZE, b"", FORM).status == 401


def test_signing_in_leads_to_the_page_that_was_asked_for(guarded: InProcessServer) -> None:
    reader = PageReader(guarded.http)
    reader.get(ACCOUNT)
    body = b"token=the+control+token&next=" + ACCOUNT.encode()
    assert reader.request("POST", "/_mock/login", body, FORM).headers["location"] == ACCOUNT
    page = reader.get(ACCOUNT)
    assert "<h1>Account default</h1>" in page.text
    assert "The clock stands." in reader.send(page, FREEZE).text


def test_signing_out_ends_the_session(guarded: InProcessServer) -> None:
    reader = PageReader(guarded.http)
    reader.request("POST", "/_mock/login", b"token=the+control+token", FORM)
    reader.send(reader.get(ACCOUNT), "/_mock/logout")
    reader.get(ACCOUNT)
    assert reader.url.startswith("/_mock/login")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/_mock\\..\\"])
def test_a_sign_in_leads_to_no_other_site(guarded: InProcessServer, target: str) -> None:
    body = f"token=the+control+token&next={target}".encode()
    response = PageReader(guarded.http).request("POST", "/_mock/login", body, FORM)
    assert response.headers["location"] == "/_mock/"


def test_a_wrong_token_does_not_sign_in(guarded: InProcessServer) -> None:
    reader = PageReader(guarded.http)
    response = reader.request("POST", "/_mock/login", b"token=wrong", FORM)
    assert response.status == 401
    assert "set-cookie" not in response.headers


def test_a_forged_session_is_none(guarded: InProcessServer) -> None:
    reader = PageReader(guarded.http)
    reader.request("POST", "/_mock/login", b"token=the+control+token", FORM)
    name, cookie = next(iter(reader.cookies.items()))
    # Of the last character, two bits mean nothing.
    reader.cookies[name] = cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1]
    reader.get(ACCOUNT)
    assert reader.url.startswith("/_mock/login")


def test_reading_pages_leaves_no_entries_in_the_journal(server: InProcessServer, reader: PageReader) -> None:
    reader.send(reader.get(ACCOUNT), FREEZE)
    entries = server.http.request("GET", "/_mock/accounts/anonymous/journal").json["entries"]
    operations = [entry["operation"] for entry in entries]
    assert "freezeClock" in operations
    assert "getAccount" not in operations


def test_a_body_that_is_too_large_is_refused(server: InProcessServer) -> None:
    response = server.http.request("POST", FREEZE, body=b"x" * (3 << 20), headers=FORM)
    assert response.status == 413


def test_links_begin_with_the_prefix_of_a_proxy(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, base_url="http://localhost/mocks")
    reader = PageReader(server.http)
    page = reader.request("GET", "/mocks/_mock/")
    assert 'href="/mocks/_mock/"' in page.text
    assert "Path=/mocks/_mock" in page.headers["set-cookie"]
    server.close()
