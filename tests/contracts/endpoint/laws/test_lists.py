"""The active laws of lists, against a small endpoint with planted faults."""

from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.filters import FILTERS
from bodydouble.contracts.endpoint.laws.orders import ORDERS
from bodydouble.contracts.endpoint.laws.pages import PAGES
from bodydouble.contracts.endpoint.laws.phase import LawPhase
from bodydouble.contracts.endpoint.laws.read_filters import READ_FILTERS
from bodydouble.contracts.endpoint.laws.reads import READS
from bodydouble.contracts.endpoint.laws.results import LawVerdict
from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.passive_laws import PassiveLaws
from tests.support.shelf import Shelf, shelf_contract


def after_laws(shelf: Shelf, books: int = 7) -> LawPhase:
    """The active and the passive laws of lists, after one success of each operation."""
    shelf.fill(books)
    shelf.do("listBooks", {"page": 1, "size": 10, "name": "Book"})
    if books:
        shelf.do("getBook", id=101)
        shelf.do("getBooks", {"ids": [101]})
    phase = LawPhase(context(shelf))
    phase.run([PAGES, ORDERS, FILTERS, READS])
    laws = PassiveLaws(shelf_contract())
    phase.add(violation for exchange in shelf.sent for violation in laws.observe(exchange))
    return phase


def context(shelf: Shelf) -> LawContext:
    contract = shelf_contract()
    return LawContext(
        contract, contract.operations, EndpointOptions(), shelf.sent, shelf.call, lambda name, count: True
    )


def broken_laws(phase: LawPhase) -> set[tuple[str, str]]:
    return {(violation.operation, violation.law.value) for violation in phase.violations}


def test_a_right_endpoint_violates_nothing_and_all_laws_of_lists_are_tested() -> None:
    phase = after_laws(Shelf())
    assert phase.violations == []
    assert phase.unconfirmed == 0
    verdicts = {(result.operation, result.law): result.verdict for result in phase.results()}
    for law in (Law.PAGES, Law.ORDER, Law.FILTER):
        assert verdicts["listBooks", law] is LawVerdict.TESTED
    assert verdicts["getBook", Law.IDENTITY] is verdicts["getBooks", Law.IDENTITY] is LawVerdict.TESTED


def by_name(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["name"]))


@pytest.mark.parametrize(
    ("ignored", "law"),
    [
        ("page", "pages"),
        ("size", "page-size"),
        ("name", "filter"),
        ("shelf", "filter"),
        ("direction", "order"),
        ("sortBy", "order"),
    ],
)
def test_a_list_that_ignores_a_part_of_its_requests_is_noticed(ignored: str, law: str) -> None:
    def echoed(data: Any, request: Any) -> Any:
        # The echo is right, so that only the records tell.
        page = request.body.get("page", 1) if ignored == "page" else data["pageNo"]
        return {**data, "pageNo": page}

    phase = after_laws(Shelf({"listBooks": echoed}, ignores=frozenset({ignored})))
    assert ("listBooks", law) in broken_laws(phase)


def without_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[1:]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            lambda data, request: {**data, "total": data["total"] + (request.body.get("size") == 2)},
            "there are 7 records in all on one page, and 8 on another",
        ),
        (
            lambda data, request: {**data, "records": data["records"][::-1]} if request.body.get("size") == 3 else data,
            "the pages show ['105', '106', '107'] from 0 on, and one large page shows ['107', '106', '105']",
        ),
        (
            lambda data, request: (
                {**data, "records": [{**data["records"][0], "id": 107}]} if request.body.get("page") == 2 else data
            ),
            "'107' is shown on two pages of one list",
        ),
    ],
)
def test_pages_that_contradict_each_other_are_noticed(fault: Any, message: str) -> None:
    phase = after_laws(Shelf({"listBooks": fault}))
    assert message in [violation.message for violation in phase.violations]


def test_a_page_behind_the_last_one_that_shows_records_is_noticed() -> None:
    def last_again(data: Any, request: Any) -> Any:
        return data if data["records"] else {**data, "records": [{**BOOK, "id": 101}]}

    phase = after_laws(Shelf({"listBooks": last_again}))
    assert "a page behind the last one of 7 records shows 1" in [entry.message for entry in phase.violations]


BOOK = {"id": 101, "name": "Book 0", "shelf": "north", "pages": 100, "state": 0}


def test_what_a_filter_leaves_out_although_it_passes_is_noticed() -> None:
    def shorter(data: Any, request: Any) -> Any:
        if "shelf" not in request.body or not data["records"]:
            return data
        total = data["total"] - 1
        return {**data, "records": data["records"][1:], "total": total, "pages": min(1, total)}

    phase = after_laws(Shelf({"listBooks": shorter}))
    assert broken_laws(phase) == {("listBooks", "filter")}
    first = phase.violations[0]
    assert first.message == "'106' passes $request.body#/shelf \"south\", and is left out"
    assert len(first.exchanges) == 2


def test_a_filter_that_takes_the_first_of_several_values_is_noticed() -> None:
    def first_only(body: dict[str, Any]) -> dict[str, Any]:
        return {name: value.split(",")[0] if name == "shelves" else value for name, value in body.items()}

    phase = after_laws(Shelf(misread=first_only))
    assert broken_laws(phase) == {("listBooks", "filter")}
    assert 'passes $request.body#/shelves "north,south"' in phase.violations[0].message.replace(
        "south,north", "north,south"
    )


def with_authors(ignored: str = "", fault: Any = None) -> LawPhase:
    """The filters of a list of own books, two of Ann and one of Ben."""
    shelf = Shelf({"listBooks": fault} if fault else {}, ignores=frozenset({ignored}))
    shelf.do("listBooks", {"page": 1, "size": 10})
    for author in ("Ann", "Ben", "Ann"):
        shelf.do("addBook", {"name": "Book", "author": author})
    phase = LawPhase(context(shelf))
    phase.run([READ_FILTERS])
    return phase


def test_a_filter_by_what_only_reads_show_is_compared_with_reads() -> None:
    assert with_authors().violations == []
    messages = {violation.message for violation in with_authors("author").violations}
    assert "'102' does not pass $request.body#/author \"Ann\", and is shown" in messages


def test_what_passes_a_filter_that_only_reads_show_and_is_left_out_is_noticed() -> None:
    def empty(data: Any, request: Any) -> Any:
        return {**data, "records": [], "total": 0, "pages": 0} if "author" in request.body else data

    messages = {violation.message for violation in with_authors(fault=empty).violations}
    assert "'103' passes $request.body#/author \"Ann\", and is left out" in messages


def test_a_comparison_that_a_request_chooses_is_tested() -> None:
    phase = after_laws(Shelf(ignores=frozenset({"exact"})))
    assert broken_laws(phase) == {("listBooks", "filter")}


def hides(data: Any, request: Any) -> Any:
    return [row for row in data if row["id"] != 107]


def invents(data: Any, request: Any) -> Any:
    return data + [{**BOOK, "id": entry} for entry in request.body["ids"] if entry > 1000]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (hides, "a list shows '107', and a read that asks for it does not"),
        (invents, "the unknown record '1000110' is shown"),
        (lambda data, request: data + data[:1], "the record '101' is shown 2 times"),
        (lambda data, request: [{**BOOK, "id": 103}], "asked for '101', and shown '103'"),
    ],
)
def test_a_read_of_several_that_shows_others_is_noticed(fault: Callable[[Any, Any], Any], message: str) -> None:
    phase = after_laws(Shelf({"getBooks": fault}))
    assert message in [violation.message for violation in phase.violations]


def test_a_read_that_nothing_has_called_is_asked_for_what_a_list_shows() -> None:
    shelf = Shelf()
    read: list[dict[str, Any]] = []

    def first_again(data: Any, request: Any) -> Any:
        read.append(data)
        return read[0]

    shelf.faults = {"getBook": first_again}
    shelf.fill(7)
    shelf.do("listBooks", {"page": 1, "size": 10})
    phase = LawPhase(context(shelf))
    phase.run([READS])
    assert "a list shows '107', and a read that asks for it does not" in [entry.message for entry in phase.violations]


def test_where_a_list_is_too_short_records_are_created() -> None:
    shelf = Shelf()
    shelf.do("addBook", {"name": "Ann", "pages": 3})
    phase = after_laws(shelf, books=0)
    assert phase.violations == []
    assert len(shelf.records) == 4
    assert len({record["name"] for record in shelf.records.values()}) == 4


def test_a_list_that_moves_is_no_finding() -> None:
    shelf = Shelf()

    def moving(data: Any, request: Any) -> Any:
        shelf.fill(1)
        return data

    shelf.faults = {"listBooks": moving}
    phase = LawPhase(context(shelf))
    shelf.fill(7)
    shelf.do("listBooks", {"page": 1, "size": 10})
    phase.run([PAGES, ORDERS, FILTERS])
    assert phase.violations == []


def test_two_filters_are_also_tried_with_values_that_no_record_has_both_of() -> None:
    shelf = Shelf()
    after_laws(shelf)
    both = [exchange.parsed.body for exchange in shelf.sent if exchange.parsed and exchange.parsed.body]
    pairs = [body for body in both if "name" in body and "shelf" in body]
    assert len({(body["name"], body["shelf"]) for body in pairs}) >= 2
