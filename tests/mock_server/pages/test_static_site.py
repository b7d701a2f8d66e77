"""The site of files: whole, without dead links, without a server, and without another host."""

import json
import posixpath
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.reference.search_index import SearchIndex
from bodydouble.contracts.reference.vendor import VendorReference
from bodydouble.mock_server.pages.guide.library import guides
from bodydouble.mock_server.pages.guide.search_entries import guide_entries
from bodydouble.mock_server.pages.static_site import FolderError, write_site
from bodydouble.mock_server.pages.static_site.folder import MARKER, SiteFolder
from bodydouble.mock_server.pages.static_site.relative_links import relative_link

_LINK = re.compile(r'<(?P<element>\w+)[^>]*? (?:href|src|action)="(?P<target>[^"]*)"')
_ID = re.compile(r' id="([^"]*)"')


@pytest.fixture(scope="module")
def contracts() -> Mapping[str, Contract]:
    return {name: load_contract(name) for name in documents.names()}


@pytest.fixture(scope="module")
def site(contracts: Mapping[str, Contract], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with everything, written once."""
    folder = tmp_path_factory.mktemp("site")
    write_site(contracts, folder)
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> Mapping[str, str]:
    """The text of each page by its path."""
    return {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


@pytest.fixture(scope="module")
def links(pages: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every link, with the page that has it."""
    return [(name, unescape(link["target"])) for name, text in pages.items() for link in _LINK.finditer(text)]


@pytest.fixture(scope="module")
def index(site: Path) -> Any:
    script = (site / "search-index.js").read_text(encoding="utf-8")
    return json.loads(script.removeprefix("window.searchIndex=").removesuffix(";\n"))


def test_everything_of_every_contract_has_its_page(pages: Mapping[str, str], contracts: Mapping[str, Contract]) -> None:
    expected = {f"guide/{name}" for name in guides()} | {"guide", "reference", "reference/search", "reference/sources"}
    for vendor, contract in contracts.items():
        top = f"reference/{vendor}"
        expected |= {top, f"{top}/errors", f"{top}/schemas", f"{top}/contradictions", f"{top}/laws"}
        expected |= {f"{top}/operations/{name}" for name in contract.operations}
        expected |= {f"{top}/callbacks/{name}" for name in contract.callbacks}
        expected |= {f"{top}/lifecycles/{name}" for name in contract.lifecycles}
        expected |= {f"{top}/schemas/{name}" for name in VendorReference(contract).schemas}
    assert set(pages) == {"index.html", *(f"{path}/index.html" for path in expected)}


def test_paths_differ_also_where_the_case_of_letters_does_not_count(site: Path) -> None:
    names = [path.relative_to(site).as_posix().casefold() for path in site.rglob("*")]
    assert len(names) == len(set(names))


def test_every_link_leads_to_a_file_and_to_an_anchor_of_it(
    site: Path, pages: Mapping[str, str], links: list[tuple[str, str]]
) -> None:
    anchors = {name: set(map(unescape, _ID.findall(text))) for name, text in pages.items()}
    dead = set()
    for page, target in links:
        path, _, anchor = target.partition("#")
        file = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(path))) if path else page
        if not (site / file).is_file() or (anchor and unquote(anchor) not in anchors[file]):
            dead.add((page, target))
    assert len(links) > 10_000
    assert dead == set()


def test_links_are_relative_and_lead_to_no_other_host(links: list[tuple[str, str]]) -> None:
    assert [link for link in links if re.match(r"/|[a-z][a-z0-9+.-]*:", link[1])] == []


def test_a_page_has_nothing_that_needs_a_server(pages: Mapping[str, str]) -> None:
    for name, text in pages.items():
        assert not re.search(r'/_mock/(dashboard|assets|login)|csrf_token"|hx-post|data-live|method="post"', text), name
        assert "htmx.min.js" not in text
        assert ">Overview</a></li>\n<li><a href=" not in text.partition("</header>")[0], name


def test_the_contracts_can_be_downloaded(site: Path, contracts: Mapping[str, Contract]) -> None:
    for vendor, contract in contracts.items():
        folder = site / "reference" / vendor
        assert json.loads((folder / "openapi.json").read_text(encoding="utf-8")) == contract.document.content
        assert "x-errors" not in json.loads((folder / "openapi-plain.json").read_text(encoding="utf-8"))
        assert (folder / "openapi.yaml").read_bytes() == documents.raw(vendor)


def test_only_the_page_of_the_search_loads_its_index(pages: Mapping[str, str]) -> None:
    assert [name for name, text in pages.items() if "search-index.js" in text] == ["reference/search/index.html"]


def test_the_index_has_every_entry_of_the_servers_index(index: Any, contracts: Mapping[str, Contract]) -> None:
    entries = SearchIndex(map(VendorReference, contracts.values()), guide_entries()).entries
    assert [(row[4], row[5], row[6]) for row in index["entries"]] == [
        (entry.title, entry.within, entry.text) for entry in entries
    ]


@pytest.mark.parametrize(
    ("kind", "title", "place"),
    [
        ("Operations", "createVideo", "reference/guiji/operations/createVideo/index.html#"),
        ("Guides", "Faults of responses", "guide/faults/index.html#faults-of-responses"),
        ("Fields", "callbackUrl", "reference/guiji/schemas/VoiceCloneRequest/index.html#field.callbackUrl"),
    ],
)
def test_the_index_leads_to_operations_fields_and_guides(index: Any, kind: str, title: str, place: str) -> None:
    places = {
        f"{index['pages'][page]}#{anchor}"
        for number, _, page, anchor, name, _, _ in index["entries"]
        if (index["kinds"][number], name) == (kind, title)
    }
    assert place in places


def test_the_index_has_chinese_words(index: Any) -> None:
    assert any("数字人" in row[4] + row[6] for row in index["entries"])


def test_every_entry_of_the_index_leads_to_a_page_and_its_anchor(index: Any, pages: Mapping[str, str]) -> None:
    anchors = {name: {"", *map(unescape, _ID.findall(text))} for name, text in pages.items()}
    dead = [row[2:5] for row in index["entries"] if unquote(row[3]) not in anchors[unquote(index["pages"][row[2]])]]
    assert dead == []


@pytest.mark.parametrize(
    ("path", "page", "link"),
    [
        ("/", "/", "index.html"),
        ("/", "/guide/check/", "../../index.html"),
        ("/reference/a/", "/reference/", "a/index.html"),
        ("/reference/a/", "/reference/a/", "index.html"),
        ("/assets/x.css", "/reference/a/", "../../assets/x.css"),
    ],
)
def test_a_link_is_relative_to_its_page(path: str, page: str, link: str) -> None:
    assert relative_link(path, page) == link


@pytest.fixture
def small() -> Mapping[str, Contract]:
    return {"guiji": load_contract("guiji")}


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(small: Mapping[str, Contract], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FolderError, match="has files that are not of a site"):
        write_site(small, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(FolderError, match="is no folder"):
        SiteFolder(file).begin()


def test_a_site_is_written_anew_without_what_it_has_no_more_and_beside_files_of_others(
    small: Mapping[str, Contract], tmp_path: Path
) -> None:
    count = write_site({**small, "softsugar": load_contract("softsugar")}, tmp_path)
    (tmp_path / "CNAME").write_text("docs.example")
    (tmp_path / "reference" / "softsugar" / "mine.txt").write_text("mine")
    assert write_site(small, tmp_path) < count
    assert [path.name for path in (tmp_path / "reference" / "softsugar").rglob("*")] == ["mine.txt"]
    assert (tmp_path / "CNAME").is_file()
    assert (tmp_path / "reference" / "guiji" / "index.html").is_file()


def test_a_marker_that_names_files_elsewhere_removes_none(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    folder = SiteFolder(tmp_path / "site")
    folder.begin()
    (folder.path / MARKER).write_text(f"head\n../outside.txt\n{outside}\nold.html\n\n")
    (folder.path / "old.html").write_text("old")
    folder.end(())
    assert outside.is_file()
    assert not (folder.path / "old.html").exists()
