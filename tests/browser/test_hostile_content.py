"""What clients write is text on every page: no script runs, and no layout breaks."""

import pytest
from playwright.sync_api import Page, ViewportSize

from bodydouble.testing import Account
from tests.support.browser import Visit, Visiting
from tests.support.furnished import furnish
from tests.support.guiji import Guiji
from tests.support.softsugar import SoftSugar

SCRIPT = "\"'></title></textarea></script><svg/onload=alert(1)><script>alert(2)</script>{{7*7}}"
NARROW, WIDE = ViewportSize(width=360, height=900), ViewportSize(width=1600, height=900)
LONG = "a" * 1000
RIGHT_TO_LEFT = "\u202e\u0645\u0631\u062d\u0628\u0627 " * 20
COMBINING = "Z" + "\u0351\u036b\u0343\u036a\u0302" * 60
# Words in a field of 1.4 MB; tasks; characters of a page.
LARGE, TASKS, MAX_PAGE_SIZE = 700_000, 10_000, 300_000
# The pages that show what a client wrote.
SHOWN_ON = ("tasks", "task", "deliveries", "delivery", "journal", "journal entry", "request of nobody", "scenarios")


def settle(page: Page) -> None:
    """Wait until a live page has also got its content from the stream of events."""
    if page.locator("[data-live]").count():
        page.wait_for_timeout(250)


def test_what_clients_write_is_never_run(visitor: Visit, account: Account) -> None:
    visitor.allow("status of 404")
    shown = set()
    for name, path in furnish(account, SCRIPT).items():
        page = visitor.open(path)
        settle(page)
        assert page.locator("svg[onload]").count() == 0, name
        assert page.locator("main script").count() == 0, name
        if "svg/onload" in page.content():
            shown.add(name)
    assert shown >= {*SHOWN_ON, "account"} - {"journal"}


def test_large_content_is_shown_in_part(visitor: Visit, account: Account) -> None:
    large = LARGE * "a "
    client = SoftSugar(account)
    for _ in range(TASKS // 5000):
        client.add_task(14, count=5000)
    task = client.add_task(14, name=LONG)
    Guiji(account).send("POST", "/openapi/video/v3/simpleCreate", {"text": large, "videoName": [LONG]})
    (entry,) = account.journal(violations=True)
    here = f"/_mock/dashboard/accounts/{account.id}"
    for path, words in (
        ("/tasks", "Older"),
        (f"/tasks/{account.task(task)['id']}", LONG),
        ("/journal", "createVideo"),
        (f"/journal/{entry['id']}", "The journal has the first 20,000 characters"),
    ):
        page = visitor.open(here + path)
        settle(page)
        assert words in page.locator("main").inner_text(), path
        assert len(page.content()) < MAX_PAGE_SIZE, path
        assert page.locator("tbody tr").count() <= 50, path
        page.set_viewport_size(NARROW)
        assert visitor.width_beyond() == 0, path


def test_a_hostile_search_is_text(visitor: Visit) -> None:
    page = visitor.open("/_mock/reference/")
    page.get_by_role("searchbox").first.fill(SCRIPT)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    assert page.locator("main svg[onload]").count() == 0


@pytest.mark.parametrize("text", [LONG, RIGHT_TO_LEFT, COMBINING], ids=["long", "right to left", "combining"])
def test_no_name_breaks_the_layout(visiting: Visiting, account: Account, text: str) -> None:
    looking = visiting(viewport=NARROW)
    pages = furnish(account, text)
    for name in SHOWN_ON:
        page = looking.open(pages[name])
        settle(page)
        assert looking.width_beyond() == 0, name
        page.set_viewport_size(WIDE)
        assert looking.width_beyond() == 0, name
        page.set_viewport_size(NARROW)
