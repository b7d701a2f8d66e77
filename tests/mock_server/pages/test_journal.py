"""The pages of the journal: lists with filters, one exchange with what it broke and caused, and export."""

import json
import re
from html import unescape

import pytest

from bodydouble.testing import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader

LIST = "/openapi/video/v2/pageList"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def guiji(server: InProcessServer) -> Guiji:
    return Guiji(Account(server, frozen_at=1_700_000_000_000))


@pytest.fixture
def pages(guiji: Guiji) -> str:
    return f"/_mock/dashboard/accounts/{guiji.account.id}/journal"


def rows(text: str) -> int:
    return text.count('data-label="Request"')


def test_the_journal_shows_the_latest_requests_first(reader: PageReader, guiji: Guiji, pages: str) -> None:
    guiji.page(LIST)
    guiji.speak()
    operations = re.findall(r'/journal/\d+">(\w+)<', reader.get(pages).text)
    assert operations[:2] == ["createAudio", "listVideos"]


def test_the_journal_is_filtered(reader: PageReader, guiji: Guiji, pages: str) -> None:
    guiji.page(LIST)
    guiji.send("POST", LIST, {"page": 0, "size": 10})
    guiji.synthesise(videoName="开场")
    assert rows(reader.get(f"{pages}?violations=true").text) == 1
    assert rows(reader.get(f"{pages}?text=开场").text) == 1
    assert rows(reader.get(f"{pages}?operation=listVideos").text) == 2
    assert rows(reader.get(f"{pages}?status=404").text) == 0


def test_a_filter_that_cannot_be_used_is_explained(reader: PageReader, pages: str) -> None:
    page = reader.get(f"{pages}?status=abc").text
    assert 'role="alert"' in page
    assert "status" in page


def test_an_exchange_shows_what_it_broke(reader: PageReader, guiji: Guiji, pages: str) -> None:
    guiji.send("POST", LIST, {"page": 0, "size": 10})
    (entry,) = guiji.account.journal(violations=True)
    page = reader.get(f"{pages}/{entry['id']}").text
    assert "What the request broke" in page
    assert re.search(r'<a href="/_mock/reference/guiji/operations/listVideos/#[^"]*page"><code>', page)
    assert entry["violations"][0]["field"] in unescape(page)
    assert entry["violations"][0]["expected"] in unescape(page)


def test_values_that_broke_the_contract_are_shown_as_json(reader: PageReader, guiji: Guiji, pages: str) -> None:
    guiji.send("POST", LIST, {"page": True, "size": [None, {"a": "<b>"}]})
    (entry,) = guiji.account.journal(violations=True)
    page = reader.get(f"{pages}/{entry['id']}").text
    assert "<bdi>true</bdi>" in page
    assert "<bdi>[null, {&#34;a&#34;: &#34;&lt;b&gt;&#34;}]</bdi>" in page


def test_an_exchange_leads_to_what_it_caused(reader: PageReader, guiji: Guiji, pages: str) -> None:
    video = guiji.synthesise(videoName="film")
    entry = guiji.account.journal(task=guiji.account.task(video)["id"])[0]
    page = reader.get(f"{pages}/{entry['id']}").text
    assert f"/tasks/{entry['task_id']}" in page


def test_secrets_are_not_shown(reader: PageReader, guiji: Guiji, pages: str) -> None:
    guiji.page(LIST)
    entry = guiji.account.journal()[-1]
    # The lines below sign the request anew, with the account's credentials.
    page = reader.get(f"{pages}/{entry['id']}").text.partition('id="line"')[0]
    account = guiji.account.control("GET", "").json
    assert account["vendors"]["guiji"]["credentials"]["secret"] not in page


def test_what_a_client_sends_is_shown_as_text(reader: PageReader, guiji: Guiji, pages: str) -> None:
    guiji.send(
        "POST", LIST, {"page": 1, "size": 10, "name": HOSTILE}, headers={"User-Agent": HOSTILE, "X-Own": HOSTILE}
    )
    entry = guiji.account.journal()[-1]
    for page in (reader.get(pages), reader.get(f"{pages}/{entry['id']}"), reader.get(f"{pages}?text={HOSTILE}")):
        assert "<script>alert" not in page.text


def test_requests_of_nobody_have_a_journal(reader: PageReader, server: InProcessServer, guiji: Guiji) -> None:
    server.http.request("GET", f"/nowhere/{HOSTILE}", headers={"User-Agent": HOSTILE})
    page = reader.get("/_mock/dashboard/accounts/anonymous/journal").text
    assert "<h1>Requests of nobody</h1>" in page
    assert "<script>alert" not in page
    assert "nowhere" in page


def test_the_journal_is_exported_as_an_http_archive(reader: PageReader, guiji: Guiji, pages: str) -> None:
    guiji.synthesise(videoName="film")
    guiji.page(LIST)
    archive = json.loads(reader.get(f"{pages}/export.har?operation=listVideos").text)
    (entry,) = archive["log"]["entries"]
    assert entry["request"]["url"].startswith(f"http://localhost{LIST}?access_token=[redacted]")
    assert json.loads(entry["request"]["postData"]["text"])["page"] == 1
    assert entry["response"]["status"] == 200
    assert json.loads(entry["response"]["content"]["text"])["data"]


def test_an_entry_of_another_account_is_not_shown(reader: PageReader, guiji: Guiji) -> None:
    guiji.page(LIST)
    entry = guiji.account.journal()[-1]
    assert reader.get(f"/_mock/dashboard/accounts/default/journal/{entry['id']}").status == 404


def test_an_open_journal_sees_new_requests(reader: PageReader, guiji: Guiji, pages: str) -> None:
    before = json.loads(reader.get(f"{pages}/live").text.partition("data: ")[2].strip())["entries"]
    guiji.page(LIST)
    after = json.loads(reader.get(f"{pages}/live").text.partition("data: ")[2].strip())["entries"]
    assert rows(after) == rows(before) + 1


def test_a_journal_full_of_large_bodies_has_small_pages(reader: PageReader, guiji: Guiji, pages: str) -> None:
    for _ in range(12):
        guiji.send("POST", LIST, {"page": 1, "size": 10, "name": "x" * 1_500_000})
    entry = guiji.account.journal()[-1]
    assert rows(reader.get(pages).text) == 13
    for url in (pages, f"{pages}/{entry['id']}", f"{pages}/live"):
        assert len(reader.get(url).text) < 100_000
    assert len(reader.get("/_mock/").text) < 100_000
