"""What is opened as a file, without a server: the site with its search, and the report of the endpoint tester."""

import fcntl
import os
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from bodydouble.contracts.endpoint.reports.html import page as report_page
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.reference.search_index import SearchIndex
from bodydouble.contracts.reference.vendor import VendorReference
from bodydouble.mock_server.pages.guide.search_entries import guide_entries
from bodydouble.mock_server.pages.reference.search_words import KIND_LABELS, MAX_SHOWN
from bodydouble.mock_server.pages.static_site import write_site
from tests.support.browser import Visit, Visiting
from tests.support.small_report import REPORT

SEARCH = "/reference/search/index.html"
RESULTS = """
[...document.querySelectorAll("#search-results section")].map((section) => [
  section.querySelector("h2").firstChild.textContent,
  Number(section.querySelector("h2 span").textContent),
  [...section.querySelectorAll("li a")].map((link) => link.textContent),
])
"""


@pytest.fixture(scope="module")
def contracts() -> Mapping[str, Contract]:
    return {name: load_contract(name) for name in ("aliyun-avatar", "guiji")}


@pytest.fixture(scope="module")
def site(contracts: Mapping[str, Contract], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a folder with a site, and a report in it; all processes of the run share it."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "site"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "report.html").exists():
            write_site(contracts, folder)
            (folder / "report.html").write_text(report_page(REPORT), encoding="utf-8")
    return folder.as_uri()


@pytest.fixture
def looking(visiting: Visiting, site: str) -> Visit:
    return visiting(site)


def test_a_site_is_searched_for_a_chinese_word(looking: Visit) -> None:
    page = looking.open("/index.html")
    page.get_by_role("searchbox").first.fill("数字人视频合成")
    page.keyboard.press("Enter")
    expect(page.locator(".results li").first).to_contain_text("数字人视频合成")
    page.locator(".results a").first.click()
    expect(page.locator("main")).to_contain_text("数字人视频合成")


def test_the_search_of_a_site_finds_what_the_servers_search_finds(
    looking: Visit, contracts: Mapping[str, Contract]
) -> None:
    index = SearchIndex(map(VendorReference, contracts.values()), guide_entries())
    for query in ("数字人视频", "video", "create video", "frozen clock", "callbackUrl", "10010018", "<b>x", " a.b(c "):
        page = looking.open(f"{SEARCH}?q={quote(query)}")
        expected = [
            [KIND_LABELS[kind], len(entries), [entry.title for entry in entries[:MAX_SHOWN]]]
            for kind, entries in index.search(query).items()
        ]
        assert page.evaluate(RESULTS) == expected, query


@pytest.mark.parametrize("query", ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>'])
def test_what_is_searched_for_is_shown_as_text(looking: Visit, query: str) -> None:
    page = looking.open(f"{SEARCH}?q={quote(query)}")
    expect(page.locator("#search-status")).to_contain_text(query)
    assert page.locator("main img, main script").count() == 0


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/guide/index.html",
        "/guide/proxy/index.html",
        "/reference/guiji/operations/createVideo/index.html",
        f"{SEARCH}?q=video",
        "/report.html",
    ],
)
def test_a_file_is_accessible_and_fits_its_window(looking: Visit, path: str) -> None:
    # axe tries to read the stylesheets once more, which no script of a file may.
    looking.allow("console: (Access to XMLHttpRequest at 'file:.*css'|Failed to load resource: net::ERR_FAILED)")
    page = looking.open(path)
    for width, scheme in ((1600, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert looking.width_beyond() == 0
        assert looking.accessibility() == []


def test_a_site_without_scripts_says_how_to_find_things(visiting: Visiting, site: str) -> None:
    page = visiting(site, java_script_enabled=False).open(f"{SEARCH}?q=video")
    expect(page.locator("main")).to_contain_text("without scripts, use the lists of the reference")
