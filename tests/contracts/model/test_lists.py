"""Pages of a list, the order of its records, and ranges."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from bodydouble.contracts.model.filters import Filter
from bodydouble.contracts.model.paging import Paging, RequestedPage
from bodydouble.contracts.model.sorting import Order

PAGING = Paging("$request.body#/rows", number="$request.body#/no", shown={"pages": "/pages"})


@dataclass(frozen=True)
class Values:
    """A decoded request."""

    body: Any
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)


def _page(number: int) -> RequestedPage:
    return PAGING.requested(Values({"no": number, "rows": 3}))


def test_pages_partition_a_list() -> None:
    rows = list(range(7))
    assert [list(_page(number).of(rows)) for number in (1, 2, 3, 4)] == [[0, 1, 2], [3, 4, 5], [6], []]
    assert [PAGING.expected(_page(1), total)["/pages"] for total in (0, 1, 3, 4)] == [0, 1, 1, 2]
    assert _page(3).offset == 6


def test_numbers_of_pages_are_integers_and_sizes_have_a_default() -> None:
    assert PAGING.requested(Values({"no": 2.0, "rows": 5})) == RequestedPage(5, 5, 2)
    assert PAGING.requested(Values({})) == RequestedPage(0, 10, 1)
    assert Paging("$request.body#/rows", number="$request.body#/no", default_size=20).requested(Values({})).size == 20


@pytest.mark.parametrize("descending", [False, True])
def test_records_are_sorted_as_numbers_or_text_and_those_without_the_field_come_last_or_first(descending: bool) -> None:
    values = ["b", 10, None, 9, "B", 2.5]
    ordered = [2.5, 9, 10, "B", "b", None]
    rows = [{"field": value} for value in values]
    records = Order("/field", descending).sorted(rows)
    assert [record["field"] for record in records] == (ordered[::-1] if descending else ordered)


def test_records_with_the_same_value_keep_their_order_in_both_directions() -> None:
    rows = [{"id": number, "field": 1} for number in range(3)]
    assert Order("/field").sorted(rows) == Order("/field", descending=True).sorted(rows) == rows


@pytest.mark.parametrize(
    ("match", "limit", "passing"),
    [("from", 2, [2, 3, 4]), ("until", 3, [1, 2, 3]), ("from", "b", ["b", "c"]), ("until", "b", ["a", "b"])],
)
def test_a_range_has_its_ends_and_no_record_without_a_value(match: str, limit: Any, passing: list[Any]) -> None:
    values: list[Any] = [1, 2, 3, 4] if isinstance(limit, int) else ["a", "b", "c"]
    entry, request = Filter("$request.body#/limit", "/field", match), Values({"limit": limit})
    assert [value for value in (*values, None) if entry.selects({"field": value}, request)] == passing
    assert entry.selects({"field": None}, Values({}))
