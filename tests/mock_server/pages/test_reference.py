"""The contract reference: everything of every specification has its place, and no link leads nowhere."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote, urljoin

import pytest
import yaml

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.reference.places import Place
from bodydouble.contracts.reference.search_index import SearchIndex
from bodydouble.contracts.reference.vendor import VendorReference
from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader

ROOT = "/_mock/reference/"
MAX_PAGE_SIZE = 300_000
_NAMED = {"operation": "operations/", "callback": "callbacks/", "lifecycle": "lifecycles/", "schema": "schemas/"}
_ONCE = {"overview": "", "errors": "errors/", "contradictions": "contradictions/", "laws": "laws/"}


@dataclass(frozen=True)
class ReadPage:
    """A page of the crawl.

    Attributes:
        ids: of its elements, in their order.
        links: from it, with fragments.
    """

    status: int
    size: int
    ids: tuple[str, ...]
    links: tuple[str, ...]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, ReadPage]:
    """All pages that links of the reference lead to."""
    server = InProcessServer(tmp_path_factory.mktemp("reference"))
    reader = PageReader(server.http)
    pages: dict[str, ReadPage] = {}
    waiting = [ROOT]
    while waiting:
        url = waiting.pop()
        if url not in pages:
            pages[url] = read(reader, url)
            targets = {link.partition("#")[0] for link in pages[url].links}
            waiting += [target for target in targets if target.startswith(ROOT)]
    server.close()
    return pages


def read(reader: PageReader, url: str) -> ReadPage:
    page = reader.get(url)
    if "html" not in page.headers["content-type"]:
        return ReadPage(page.status, 0, (), ())
    ids = tuple(map(unescape, re.findall(r'\sid="([^"]*)"', page.text)))
    links = tuple(urljoin(url, unescape(link)) for link in re.findall(r'\shref="([^"]*)"', page.text))
    return ReadPage(page.status, len(page.text.encode()), ids, links)


def url_of(vendor: str, place: Place) -> str:
    if place.kind in _NAMED:
        return f"{ROOT}{vendor}/{_NAMED[place.kind]}{place.name}/"
    return f"{ROOT}{vendor}/{_ONCE[place.kind]}"


def places_of(vendor: VendorReference) -> Iterator[Place]:
    """The place of everything in a specification."""
    contract = vendor.contract
    for kind, names in (
        ("operation", contract.operations),
        ("callback", contract.callbacks),
        ("lifecycle", contract.lifecycles),
        ("schema", vendor.schemas),
    ):
        yield from (Place(kind, name) for name in names)
    yield from (Place("errors", anchor=f"error.{name}") for name in contract.errors)
    yield from laws_of(vendor)
    for lifecycle in contract.lifecycles.values():
        yield from (Place("lifecycle", lifecycle.name, f"state.{name}") for name in lifecycle.states)
    for decision in vendor.all_decisions():
        yield Place("contradictions", anchor=f"contradiction.{decision.id}")
        yield from decision.places
    yield from (entry.place for entry in SearchIndex([vendor]).entries)


def laws_of(vendor: VendorReference) -> Iterator[Place]:
    for operation in vendor.contract.operations.values():
        for law in () if operation.laws is None else operation.laws.required:
            anchor = f"law.{law.value}"
            yield from (Place("operation", operation.id, anchor), Place("laws", anchor=anchor))


@pytest.mark.parametrize("name", documents.names())
def test_everything_of_a_specification_has_its_place(site: Mapping[str, ReadPage], name: str) -> None:
    vendor = VendorReference(load_contract(name))
    assert len(vendor.all_decisions()) == len(vendor.contract.discrepancies)
    places = set(places_of(vendor))
    assert len(places) > 100
    lost = [place for place in places if url_of(name, place) not in site]
    assert lost == []
    unmarked = [place for place in places if place.anchor and place.anchor not in site[url_of(name, place)].ids]
    assert unmarked == []


def test_no_link_leads_nowhere(site: Mapping[str, ReadPage]) -> None:
    assert {url: page.status for url, page in site.items() if page.status != 200} == {}
    links = {(url, link) for url, page in site.items() for link in page.links if link.startswith(ROOT)}
    targets = [(url, *link.partition("#")[::2]) for url, link in links]
    lost = [
        (url, target, anchor) for url, target, anchor in targets if anchor and unquote(anchor) not in site[target].ids
    ]
    assert lost == []


def test_pages_can_be_files(site: Mapping[str, ReadPage]) -> None:
    assert [url for url in site if "?" in url or not (url.endswith("/") or "." in url.rpartition("/")[2])] == []
    links = {link for page in site.values() for link in page.links}
    assert [link for link in links if "://" in link] == []


def test_ids_are_unique_on_each_page(site: Mapping[str, ReadPage]) -> None:
    assert [url for url, page in site.items() if len(set(page.ids)) < len(page.ids)] == []


def test_no_page_is_large(site: Mapping[str, ReadPage]) -> None:
    assert {url: page.size for url, page in site.items() if page.size > MAX_PAGE_SIZE} == {}


def test_an_operation_shows_what_a_client_needs(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}guiji/operations/createVideo/").text
    for text in (
        "<code>createVideo</code>",
        "spends money or quota",
        'id="body.callbackUrl"',
        "videoResult",
        "required",
    ):
        assert text in page


def test_an_operation_shows_its_laws_with_links_to_their_fields(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}guiji/operations/listPublicAvatars/").text
    assert '<tr id="law.filter">' in page
    assert f'<a href="{ROOT}guiji/operations/listPublicAvatars/#body.name"><code>name</code></a> in the body' in page
    assert "The vendor states no order." in page
    listed = reader.get(f"{ROOT}guiji/laws/").text
    assert f'<a href="{ROOT}guiji/operations/listPublicAvatars/#law.filter">' in listed


def test_members_of_an_enumeration_have_their_meaning(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}guiji/schemas/AudioStatus/").text
    assert "<li><code>2</code> success</li>" in page


def test_a_table_in_a_description_is_a_table(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}softsugar/schemas/ProductParam/").text
    assert '<th scope="col">algoType</th>' in page
    assert f'<td><a href="{ROOT}softsugar/schemas/VideoProduct/"><code>VideoProduct</code></a></td>' in page
    assert "|---" not in page


def test_a_contradiction_stands_beside_its_field_and_leads_to_the_list(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}softsugar/schemas/Success/").text
    assert "Contradiction 1: type of code" in page
    assert f'href="{ROOT}softsugar/contradictions/#contradiction.1"' in page


def test_a_mark_says_its_source(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}softsugar/callbacks/taskCompleted/").text
    assert '<summary class="mark">invented</summary>' in page
    assert f'href="{ROOT}sources/#invented"' in page


def test_a_lifecycle_is_drawn_and_said(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}softsugar/lifecycles/task/").text
    assert page.count("<svg") == 1
    assert 'role="img"' in page
    assert page.count("<polygon") >= 5
    assert ">cancelTask</text>" in page


def test_the_schedule_of_a_callback_is_drawn(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}huawei-metastudio/callbacks/videoResult/").text
    assert "Attempts: at once, 10 s after the first one, 40 s after the first one" in page


def test_specifications_can_be_downloaded(reader: PageReader) -> None:
    content = load_contract("guiji").document.content
    assert yaml.safe_load(reader.get(f"{ROOT}guiji/openapi.yaml").text) == content
    assert json.loads(reader.get(f"{ROOT}guiji/openapi.json").text) == content
    plain = reader.get(f"{ROOT}guiji/openapi-plain.json")
    assert plain.headers["content-type"].startswith("application/json")
    assert "x-errors" not in json.loads(plain.text)


@pytest.mark.parametrize(
    "path",
    ["nobody/", "guiji/operations/nothing/", "guiji/schemas/nothing/", "nobody/openapi.yaml", "guiji/lifecycles/x/"],
)
def test_what_is_not_there_is_not_found(reader: PageReader, path: str) -> None:
    page = reader.get(f"{ROOT}{path}")
    assert (page.status, "<h1>Not Found</h1>" in page.text) == (404, True)


def test_a_search_leads_to_the_place(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}search/?q=%E6%95%B0%E5%AD%97%E4%BA%BA").text
    assert "<mark>数字人</mark>" in page
    assert f'href="{ROOT}aliyun-avatar/#chapter.Avatar_instances"' in page


def test_a_search_leads_into_the_guides(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}search/?q=faults of responses").text
    assert '<a href="/_mock/guide/faults/#faults-of-responses">Faults of responses</a>' in page
    assert '<a href="/_mock/guide/glossary/">Glossary</a>' in reader.get(f"{ROOT}search/?q=glossary").text


def test_a_search_for_nothing_says_what_to_do(reader: PageReader) -> None:
    assert "Write what you look for" in reader.get(f"{ROOT}search/").text
    assert "Nothing fits" in reader.get(f"{ROOT}search/?q=nothingHasThisName").text


def test_a_search_shows_its_words_as_text(reader: PageReader) -> None:
    page = reader.get(f"{ROOT}search/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page
    assert 'value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page


def test_the_words_of_a_search_are_marked_only_as_text(reader: PageReader) -> None:
    # A term that is part of an escape, and one that is markup of an excerpt.
    for query in ("amp", "mark", "%26"):
        page = reader.get(f"{ROOT}search/?q={query}").text
        assert "&<mark>" not in page
        assert "<<mark>" not in page


def test_no_page_of_the_reference_is_made_at_the_start(
    server: InProcessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("made before it was asked for")

    monkeypatch.setattr(SearchIndex, "__init__", refuse)
    monkeypatch.setattr(VendorReference, "operation", refuse)
    monkeypatch.setattr(VendorReference, "schema", refuse)
    assert PageReader(server.http).get("/_mock/").status == 200
    assert PageReader(server.http).get(ROOT).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "huawei-metastudio/operations/ListAssets/",
        "softsugar/operations/listTasksWithQueue/",
        "softsugar/contradictions/",
        "search/?q=e",
    ],
)
def test_the_largest_pages_are_made_within_a_tenth_of_a_second(reader: PageReader, path: str) -> None:
    # Time of the processor, in the best of several runs: other tests run at the same time.
    assert min(processor_time(reader, f"{ROOT}{path}") for _ in range(4)) < 0.1


def processor_time(reader: PageReader, url: str) -> float:
    begin = time.thread_time()
    assert reader.get(url).status == 200
    return time.thread_time() - begin
