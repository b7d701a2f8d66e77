"""Pages of lists, and the order of their rows."""

from bodydouble.mock_server.engine.pagination import Page, in_order


def test_pages_partition_a_list() -> None:
    rows = list(range(7))
    assert [list(Page(number, 3).of(rows)) for number in (1, 2, 3, 4)] == [[0, 1, 2], [3, 4, 5], [6], []]
    assert [Page(1, 3).count(total) for total in (0, 1, 3, 4)] == [0, 1, 1, 2]
    assert Page(3, 3).offset == 6


def test_rows_are_compared_as_numbers_or_texts_and_those_without_the_field_come_last() -> None:
    values = ["b", 10, None, 9, {"a": 1}, "B", 2.5]
    rows = [{"field": value} for value in values]
    ordered = [2.5, 9, 10, "B", "b", {"a": 1}, None]
    assert [row["field"] for row in in_order(rows, "field")] == ordered
    assert [row["field"] for row in in_order(rows, "field", descending=True)] == ordered[::-1]


def test_rows_with_the_same_value_keep_their_order_in_both_directions() -> None:
    rows = [{"id": number, "field": 1} for number in range(3)]
    assert in_order(rows, "field") == in_order(rows, "field", descending=True) == rows
