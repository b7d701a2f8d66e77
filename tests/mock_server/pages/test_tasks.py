"""The pages of tasks: lists with filters, and one task with what may be done to it."""

import re
from html import unescape
from typing import Any

import pytest

from bodydouble.mock_server.pages.dashboard.tones import status_tone
from bodydouble.testing import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader

FIELDS = {"algoType": 14, "videoDuration": 8000}
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


@pytest.fixture
def account(server: InProcessServer) -> Account:
    return Account(server, frozen_at=1_700_000_000_000)


@pytest.fixture
def pages(account: Account) -> str:
    return f"/_mock/dashboard/accounts/{account.id}/tasks"


def add(account: Account, name: str, **options: Any) -> Any:
    return account.add_tasks("softsugar", "task", FIELDS, name=name, **options)[0]


def names(text: str) -> list[str]:
    return [unescape(name) for name in re.findall(r"<bdi>(.*?)</bdi></a>", text)]


def test_the_list_shows_the_newest_tasks_first(reader: PageReader, account: Account, pages: str) -> None:
    add(account, "first one")
    add(account, "second one")
    assert names(reader.get(pages).text)[:2] == ["second one", "first one"]


def test_the_list_is_filtered_as_the_form_says(reader: PageReader, account: Account, pages: str) -> None:
    add(account, "good scene")
    add(account, "bad scene", outcome="failed")
    assert names(reader.get(f"{pages}?name=SCENE&outcome=failed").text) == ["bad scene"]
    page = reader.get(f"{pages}?vendor=guiji&name=scene").text
    assert "No task fits" in page
    assert "<option selected>guiji</option>" in page
    assert "preheatedFile" not in page


def test_a_long_list_goes_on_at_older_tasks(reader: PageReader, account: Account, pages: str) -> None:
    add(account, "many", count=60)
    page = reader.get(f"{pages}?name=many").text
    assert len(names(page)) == 50
    link = re.search(r'rel="next" href="([^"]*)"', page)
    assert link is not None
    older = reader.get(unescape(link[1])).text
    assert len(names(older)) == 10
    assert "data-live" not in older


def test_a_task_shows_its_plan_and_its_results(reader: PageReader, account: Account, pages: str) -> None:
    task = add(account, "film")
    url = f"{pages}/{task['id']}"
    assert "video.mp4" not in reader.get(url).text
    account.advance(3600)
    page = reader.get(url).text
    assert '<svg class="drawing timeline"' in page
    assert re.search(r"<video [^>]*src=\"/_files/[^\"]*/video.mp4\"", page)
    source = re.search(r'src="(/_files/[^"]*/thumb.png)"', page)
    assert source is not None
    picture = account.http.get(source[1])
    assert picture.headers["content-type"] == "image/png"


def test_subtitles_and_what_an_archive_holds_stand_on_the_page(
    reader: PageReader, account: Account, pages: str
) -> None:
    guiji = Guiji(account)
    video = account.task(guiji.synthesise(text="<i>Hello</i> there."))
    model = account.add_tasks("softsugar", "task", {"algoType": 12}, name="model")[0]
    account.advance(36_000)
    page = reader.get(f"{pages}/{video['id']}").text
    assert re.search(r"<pre [^>]*aria-label=\"subtitles.srt\"[^>]*>1\n00:00:00,000 --&gt; ", page)
    assert "&lt;i&gt;Hello&lt;/i&gt; there." in page
    page = reader.get(f"{pages}/{model['id']}").text
    assert re.search(r"<li><code>model.json</code> 2 ", page)


@pytest.mark.parametrize(
    ("action", "state"), [("hold", "notStarted"), ("step", "waiting"), ("finish", "completed"), ("fail", "error")]
)
def test_a_task_is_changed_by_a_form(reader: PageReader, account: Account, pages: str, action: str, state: str) -> None:
    task = add(account, "film")
    url = f"{pages}/{task['id']}"
    assert 'class="notice good"' in reader.send(reader.get(url), f"{url}/{action}").text
    changed = account.task(task["key"])
    assert (changed["state"], changed["held"]) == (state, action == "hold")


def test_a_task_fails_with_the_outcome_and_the_reason_of_the_form(
    reader: PageReader, account: Account, pages: str
) -> None:
    task = add(account, "film")
    url = f"{pages}/{task['id']}"
    page = reader.send(reader.get(url), f"{url}/fail", outcome="failed", reason="no light")
    assert "<bdi>no light</bdi>" in page.text


def test_what_cannot_be_done_is_explained_on_the_page(reader: PageReader, account: Account, pages: str) -> None:
    task = add(account, "film")
    url = f"{pages}/{task['id']}"
    page = reader.send(reader.get(url), f"{url}/release")
    assert page.status == 409
    assert 'role="alert"' in page.text


def test_a_name_is_shown_as_text(reader: PageReader, account: Account, pages: str) -> None:
    task = add(account, HOSTILE)
    for page in (reader.get(pages), reader.get(f"{pages}/{task['id']}"), reader.get(f"{pages}?name={HOSTILE}")):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text


def test_a_name_of_a_thousand_characters_is_cut_in_lists(reader: PageReader, account: Account, pages: str) -> None:
    add(account, "x" * 1000)
    assert max(map(len, names(reader.get(pages).text))) <= 120


def test_another_accounts_task_is_not_shown(reader: PageReader, account: Account, server: InProcessServer) -> None:
    task = add(account, "film")
    assert reader.get(f"/_mock/dashboard/accounts/default/tasks/{task['id']}").status == 404


@pytest.mark.parametrize(
    ("status", "error", "tone"),
    [(0, None, "bad"), (200, None, "good"), (200, "notFound", "warn"), (404, "notFound", "warn"), (503, None, "bad")],
)
def test_a_status_has_one_colour_on_all_pages(status: int, error: str | None, tone: str) -> None:
    assert status_tone(status, error) == tone


def test_an_open_page_sees_the_task_move(reader: PageReader, account: Account, pages: str) -> None:
    task = add(account, "film")
    live = f"{pages}/{task['id']}/live"
    assert "completed</span>" not in reader.get(live).text
    account.advance(3600)
    assert "completed</span>" in reader.get(live).text
