"""The pages of accounts do what the control plane does, and show why it refuses."""

from html import unescape

from bodydouble.testing import Account
from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader

ACCOUNTS = "/_mock/dashboard/accounts"
ACCOUNT = f"{ACCOUNTS}/default"


def test_an_account_shows_what_a_client_needs(reader: PageReader) -> None:
    page = reader.get(ACCOUNT).text
    for text in ("http://localhost", "guiji-secret-default", "softsugar-app-key-default", "fastTrainingAmount"):
        assert text in page


def test_an_account_is_made_by_form(server: InProcessServer, reader: PageReader) -> None:
    page = reader.send(reader.get(ACCOUNTS), ACCOUNTS, id="mine", pace="10", frozen_at="2026-01-02T03:04:05")
    assert "<h1>Account mine</h1>" in page.text
    account = server.http.request("GET", "/_mock/accounts/mine").json
    assert (account["pace"], account["clock"]["now_text"]) == (10, "2026-01-02T03:04:05Z")


def test_a_refused_form_shows_its_page_and_the_reason(reader: PageReader) -> None:
    page = reader.send(reader.get(ACCOUNTS), ACCOUNTS, id="default")
    assert page.status == 409
    assert "<h1>Accounts</h1>" in page.text
    assert 'role="alert"' in page.text
    page = reader.send(reader.get(ACCOUNTS), ACCOUNTS, id="mine", pace="fast")
    assert (page.status, "pace: fast is no number" in page.text) == (422, True)


def test_the_clock_is_frozen_and_advanced_by_forms(server: InProcessServer, reader: PageReader) -> None:
    reader.send(reader.get(ACCOUNT), f"{ACCOUNT}/clock/freeze")
    before = server.http.request("GET", "/_mock/accounts/default/clock").json["now"]
    page = reader.get(ACCOUNT)
    form = f"{ACCOUNT}/clock/advance"
    page = reader.send(page, form, by="90", by_unit="minutes")
    assert "0 transitions" in page.text
    assert server.http.request("GET", "/_mock/accounts/default/clock").json["now"] == before + 90 * 60_000
    page = reader.send(page, f"{ACCOUNT}/clock/advance_to", to="2031-05-06T07:08:09")
    assert server.http.request("GET", "/_mock/accounts/default/clock").json["now_text"] == "2031-05-06T07:08:09Z"
    page = reader.send(page, f"{ACCOUNT}/clock/advance_to", to="2020-01-01T00:00")
    assert 'role="alert"' in page.text


def test_an_advance_says_what_happened(server: InProcessServer, reader: PageReader) -> None:
    account = Account(server, frozen_at=1_700_000_000_000)
    account.settings("softsugar", callback_url="http://127.0.0.1:9/x")
    task = account.add_tasks("softsugar", "task", {"algoType": 14, "videoDuration": 8000}, name="film")[0]
    page = f"{ACCOUNTS}/{account.id}"
    text = reader.send(reader.get(page), f"{page}/clock/advance", by="3600").text
    assert f"task <code>{task['key']}</code> is <b>completed</b>" in text
    assert "callback <code>taskCompleted</code>, attempt 1: " in text


def test_settings_keep_their_kinds(server: InProcessServer, reader: PageReader) -> None:
    fields = {"setting.callback_url": "http://127.0.0.1:9/x", "setting.concurrency": "7", "vendor": "aliyun-avatar"}
    reader.send(reader.get(ACCOUNT), f"{ACCOUNT}/settings", **fields, **{"setting.training_confirmation": "true"})
    settings = server.http.request("GET", "/_mock/accounts/default").json["settings"]["aliyun-avatar"]
    assert settings["callback_url"] == "http://127.0.0.1:9/x"
    assert (settings["concurrency"], settings["training_confirmation"]) == (7, True)
    assert settings["auth_key"] == "BodydoubleAuthKy"


def test_a_quota_is_set_by_form(server: InProcessServer, reader: PageReader) -> None:
    page = reader.send(reader.get(ACCOUNT), f"{ACCOUNT}/quotas/guiji/fastTrainingAmount", total="7")
    assert "7 of 7 left" in page.text
    quotas = server.http.request("GET", "/_mock/accounts/default").json["vendors"]["guiji"]["quotas"]
    assert quotas["fastTrainingAmount"] == {"remaining": 7, "total": 7}


def test_an_account_is_deleted_only_by_its_id(server: InProcessServer, reader: PageReader) -> None:
    server.http.request("POST", "/_mock/accounts", json_body={"id": "mine"})
    form = f"{ACCOUNTS}/mine/delete"
    assert reader.send(reader.get(form), form, id="other").status == 422
    assert server.http.request("GET", "/_mock/accounts/mine").status == 200
    assert "The account mine is deleted." in reader.send(reader.get(form), form, id="mine").text
    assert server.http.request("GET", "/_mock/accounts/mine").status == 404


def test_an_account_that_is_gone_has_a_page_that_says_so(reader: PageReader) -> None:
    page = reader.get(f"{ACCOUNTS}/nobody")
    assert (page.status, "There is no such account: nobody" in unescape(page.text)) == (404, True)


def test_an_open_page_of_a_deleted_account_stops_asking(reader: PageReader) -> None:
    stream = reader.get(f"{ACCOUNTS}/nobody/live")
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.text.startswith("event: ended\n")


def test_an_open_page_gets_only_what_has_changed(reader: PageReader) -> None:
    reader.send(reader.get(ACCOUNT), f"{ACCOUNT}/clock/freeze")
    first = reader.get(f"{ACCOUNT}/live").text
    identity = next(line for line in first.splitlines() if line.startswith("id: ")).removeprefix("id: ")
    again = reader.request("GET", f"{ACCOUNT}/live", headers={"Last-Event-ID": identity}).text
    assert "event: fragments" in first
    assert again == "retry: 2000\n\n"


def test_a_value_is_shown_as_text(server: InProcessServer, reader: PageReader) -> None:
    settings = {"guiji": {}, "softsugar": {"auth_key": "<script>alert(1)</script>"}}
    server.http.request(
        "PATCH", "/_mock/accounts/default", json_body={"settings": {"softsugar": settings["softsugar"]}}
    )
    page = reader.get(ACCOUNT).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
