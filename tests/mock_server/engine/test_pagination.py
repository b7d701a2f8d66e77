"""Pages of lists, the order of their rows, and filters by range."""

from bodydouble.mock_server.engine.pagination import Page, in_order, is_between


def test_pages_partition_a_list() -> None:
    rows = list(range(7))
    assert [list(Page(number, 3).of(rows)) for number in (1, 2, 3, 4)] == [[0, 1, 2], [3, 4, 5], [6], []]
    assert [Page(1, 3).count(total) for total in (0, 1, 3, 4)] == [0, 1, 1, 2]
    assert Page(3, 3).offset == 6


def test_rows_are_sorted_as_numbers_or_text_and_those_without_the_field_come_last() -> None:
    values = ["b", 10, None, 9, {"a": 1}, "B", 2.5]
    rows = [{"field": value} for value in values]
    ordered = [2.5, 9, 10, "B", "b", {"a": 1}, None]
    assert [row["field"] for row in in_order(rows, "field")] == ordered
    assert [row["field"] for row in in_order(rows, "field", descending=True)] == ordered[::-1]


def test_rows_with_the_same_value_keep_their_order_in_both_directions() -> None:
    rows = [{"id": number, "field": 1} for number in range(3)]
    assert in_order(rows, "field") == in_order(rows, "field", descending=True) == rows


def test_a_request_asks_for_a_page_by_the_vendors_own_names() -> None:
    assert Page.requested({"no": 2.0, "rows": 5}, "no", "rows") == Page(2, 5)
    assert Page.requested({}, "no", "rows") == Page(1, 10)
    assert Page.requested({}, "no", "rows", default_size=20) == Page(1, 20)


def test_a_range_is_inclusive_and_may_be_open_at_either_end() -> None:
    assert [is_between(value, 2, 4) for value in (1, 2, 3, 4, 5)] == [False, True, True, True, False]
    assert [is_between(value, 2, None) for value in (1, 2)] == [False, True]
    assert [is_between(value, None, "b") for value in ("a", "c")] == [True, False]


def test_none_is_only_within_a_range_that_is_open_at_both_ends() -> None:
    assert is_between(None, None, None)
    assert not is_between(None, 1, None)
    assert not is_between(None, None, 1)
