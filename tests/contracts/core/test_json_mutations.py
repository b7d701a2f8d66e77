"""Nodes of JSON documents: listed, replaced, and made hostile."""

from bodydouble.contracts.core.json_mutations import (
    ABSENT,
    existing_dates,
    leaves,
    nodes,
    objects,
    replaced,
    single_changes,
    whole_numbers,
    with_values,
)

DOCUMENT = {"a": [1, {"b": "x"}], "c": None}


def test_nodes_come_after_the_nodes_that_hold_them_in_the_documents_order() -> None:
    assert [path for path, _ in nodes(DOCUMENT)] == [(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b"), ("c",)]
    assert dict(leaves(DOCUMENT)) == {("a", 0): 1, ("a", 1, "b"): "x", ("c",): None}


def test_objects_come_in_the_order_of_nodes_with_the_key_of_each() -> None:
    document = {"a": [{"b": {}}, 1, [{"c": {"d": 2}}]], "e": "text", "f": {}}
    expected = [(path[-1] if path else "", node) for path, node in nodes(document) if isinstance(node, dict)]
    assert list(objects(document)) == expected
    assert [key for key, _ in objects(document)] == ["", 0, "b", 0, "c", "f"]
    assert list(objects("text")) == []


def test_a_document_of_any_depth_has_its_nodes_listed() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert sum(1 for _ in nodes(deep)) == 5001


def test_a_node_is_replaced_or_left_out_in_a_copy() -> None:
    assert replaced(DOCUMENT, ("a", 1, "b"), "y") == {"a": [1, {"b": "y"}], "c": None}
    assert replaced(DOCUMENT, ("a", 0), ABSENT) == {"a": [{"b": "x"}], "c": None}
    assert with_values(DOCUMENT, {"/a/0": 2, "/c": 3}) == {"a": [2, {"b": "x"}], "c": 3}
    assert DOCUMENT == {"a": [1, {"b": "x"}], "c": None}


def test_numbers_without_a_fraction_become_integers_and_dates_exist() -> None:
    assert str(whole_numbers({"a": [7.0, 7.5, "7.0", True]})) == "{'a': [7, 7.5, '7.0', True]}"
    assert existing_dates(["2025-02-30", "2025-02-30T10:00:00Z", "2025-02-300"]) == [
        "2025-02-28",
        "2025-02-28T10:00:00Z",
        "2025-02-300",
    ]


def test_values_seen_in_other_objects_are_tried_in_the_same_field() -> None:
    changes = list(single_changes({"a": 1}, {("b",): ["seen"], ("x", "y"): ["not here"]}))
    assert (("b",), "seen") in changes
    assert all(path in ((), ("a",), ("b",)) for path, _ in changes)
