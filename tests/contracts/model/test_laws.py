"""The declarations of laws: pages, filters, orders, and that each law is declared or has a reason."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from bodydouble.contracts.model.filters import Filter
from bodydouble.contracts.model.laws import Law, OperationLaws
from bodydouble.contracts.model.paging import Paging, RequestedPage
from bodydouble.contracts.model.sorting import Order, Sorting


@dataclass(frozen=True)
class Values:
    """A decoded request."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)
    body: Any = None


NUMBERED = Paging(
    "$request.body#/size",
    number="$request.body#/page",
    shown={"number": "/data/no", "size": "/data/size", "total": "/data/total", "pages": "/data/pages"},
)


def test_a_numbered_page_follows_from_the_request() -> None:
    assert NUMBERED.requested(Values(body={"page": 3, "size": 20})) == RequestedPage(40, 20, 3)
    assert NUMBERED.requested(Values(body={})) == RequestedPage(0, 10, 1)


def test_an_offset_counts_rows_or_pages() -> None:
    query = {"offset": 2, "limit": 5}
    rows = Paging("$request.query.limit", offset="$request.query.offset")
    pages = Paging("$request.query.limit", offset="$request.query.offset", offset_counts="pages")
    assert rows.requested(Values(query=query)).offset == 2
    assert pages.requested(Values(query=query)).offset == 10


def test_a_response_repeats_the_page_and_counts_the_rest() -> None:
    page = RequestedPage(40, 20, 3)
    assert NUMBERED.expected(page, 41) == {"/data/no": 3, "/data/size": 20, "/data/total": 41, "/data/pages": 3}
    assert NUMBERED.expected(page) == {"/data/no": 3, "/data/size": 20}


@pytest.mark.parametrize(
    ("match", "shown", "value", "passes"),
    [
        ("equal", 7, "7", True),
        ("equal", True, "true", True),
        ("equal", "a", "A", False),
        ("contains", "Anna", "nn", True),
        ("contains", "Anna", "an", False),
        ("contains-any-case", "Anna", "AN", True),
        ("prefix", "Anna", "An", True),
        ("from", 10, 9, True),
        ("until", "2026-01-02", "2026-01-01", False),
        ("one-of", "b", ["a", "b"], True),
        ("one-of", "b", "a,c", False),
        ("all-of", "b", "a,b", False),
    ],
)
def test_a_filter_compares_as_it_declares(match: str, shown: Any, value: Any, passes: bool) -> None:
    entry = Filter("$request.query.by", "/field", match, separator=",")
    assert entry.passes({"field": shown}, value) is passes


def test_a_filter_of_a_list_wants_one_of_its_values() -> None:
    assert Filter("$request.query.tag", "/tags/*").passes({"tags": ["a", "b"]}, "b")
    assert Filter("$request.query.tag", "/tags/*", "all-of", ",").passes({"tags": ["a", "b"]}, "a,b")
    assert not Filter("$request.query.tag", "/tags/*").passes({}, "b")


def test_an_ignored_value_selects_everything() -> None:
    entry = Filter("$request.body#/status", "/status", ignored=(-1, ""))
    assert entry.value(Values(body={"status": -1})) is None
    assert entry.value(Values(body={"status": "-1"})) == "-1"


def test_an_order_is_the_requested_or_the_default_order() -> None:
    sorting = Sorting("$request.query.key", "$request.query.dir", fields={"created": "/time"}, default="/id")
    assert sorting.order(Values()) == Order("/id")
    assert sorting.order(Values(query={"key": "created", "dir": "desc"})) == Order("/time", descending=True)


def test_neighbours_in_the_wrong_order_are_shown() -> None:
    rows: list[dict[str, Any]] = [{"n": 1}, {"n": 1}, {"n": None}, {"n": 3}, {"n": 2}]
    assert Order("/n").offending(rows) == (3, 2)
    assert Order("/n", descending=True).offending(rows) == (1, 3)
    assert Order("/n").offending(Order("/n").sorted(rows)) is None


def test_a_law_of_the_role_is_declared_or_has_a_reason() -> None:
    content: dict[str, Any] = {"role": "read", "resource": "video", "records": {"at": "/data", "id": "/id"}}
    with pytest.raises(ValueError, match="identity is neither declared nor"):
        OperationLaws.from_specification(content, ())
    content["records"]["asked"] = "$request.path.id"
    assert OperationLaws.from_specification(content, ()).declared == {Law.IDENTITY, Law.ISOLATION}
    laws = OperationLaws.from_specification({**content, "untested": {"isolation": "public"}}, ())
    assert laws.declared == {Law.IDENTITY}
    with pytest.raises(ValueError, match="edges do not concern"):
        OperationLaws.from_specification({**content, "untested": {"edges": "none"}}, ())
