"""Every kind of page: accessible in both schemes, as wide as its window, and readable without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from bodydouble.testing import Account, Server
from tests.support.browser import Visit, Visiting, visit
from tests.support.furnished import REFERENCE_PAGES, furnish

DASHBOARD_PAGES = (
    *("overview", "accounts", "account", "deletion", "tasks", "no tasks", "task", "deliveries", "delivery"),
    *("journal", "journal entry", "journal of nobody", "request of nobody", "scenarios", "missing"),
)
PAGES = (*DASHBOARD_PAGES, *REFERENCE_PAGES)
NARROW, WIDE = 360, 1600


@pytest.fixture(scope="module")
def pages(server: Server) -> Iterator[dict[str, str]]:
    account = Account(server, frozen_at=1_772_445_600_000)
    yield {**furnish(account), **REFERENCE_PAGES}
    account.delete()


@pytest.fixture(scope="module")
def visit_of_all(browser: Browser, server: Server) -> Iterator[Visit]:
    with visit(browser, server.base_url) as visitor:
        # The browser itself says of the page that is meant to be missing that it is.
        visitor.allow("console: Failed to load resource: the server responded with a status of 404")
        yield visitor


@pytest.fixture
def looking(visit_of_all: Visit) -> Iterator[Visit]:
    """One visit to all pages: a profile for each takes as long as some of them."""
    visit_of_all.page.emulate_media(color_scheme="light")
    resize(visit_of_all.page, WIDE)
    yield visit_of_all
    assert visit_of_all.take_problems() == []


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits_its_window(looking: Visit, pages: dict[str, str], name: str) -> None:
    page = looking.open(pages[name])
    assert page.locator("h1").count() == 1
    assert looking.width_beyond() == 0
    assert looking.accessibility() == []
    page.emulate_media(color_scheme="dark")
    resize(page, NARROW)
    assert looking.width_beyond() == 0
    assert looking.accessibility() == []


def test_pages_are_readable_without_scripts(visiting: Visiting, pages: dict[str, str]) -> None:
    looking = visiting(java_script_enabled=False)
    looking.allow("status of 404")
    for name in PAGES:
        page = looking.open(pages[name])
        assert len(page.locator("main").inner_text()) > 40, name
        assert page.locator(".copy:visible").count() == 0, name


def test_forms_work_without_scripts(visiting: Visiting, account: Account) -> None:
    looking = visiting(java_script_enabled=False)
    page = looking.open(f"/_mock/dashboard/accounts/{account.id}")
    before = account.now()
    page.get_by_label("Advance by", exact=True).fill("2")
    page.get_by_label("Unit").select_option("hours")
    page.get_by_role("button", name="Advance", exact=True).click()
    assert account.now() - before == 7_200_000
    page.get_by_role("link", name="Scenarios and faults").click()
    page.get_by_label("Vendor", exact=True).select_option("guiji")
    page.get_by_role("button", name="Show its form").click()
    page.get_by_label("What happens", exact=True).select_option("fault/late")
    page.get_by_role("button", name="Show its form").click()
    page.get_by_label("seconds").first.fill("0.5")
    page.get_by_role("button", name="Plant it").click()
    assert "The scenario is planted." in page.locator("main").inner_text()
    assert [scenario["fault"]["kind"] for scenario in account.scenarios()] == ["late"]
