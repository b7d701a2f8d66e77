"""Changing JSON documents, and the values that break careless readers of them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from bodydouble.contracts.core.json_pointer import Path, lookup, parts, pointer

ABSENT = object()
MAX_NODES = 25
_CONTAINERS = (dict, list)
UNKNOWN_FIELD = "fieldOfALaterVersion"
UNKNOWN_MEMBER = "MEMBER_OF_A_LATER_VERSION"
UNKNOWN_VALUES: tuple[Any, ...] = ("later version", None, 0, [], {"nested": [{"deep": True}]})
LONG_TEXT = "long " * 2000
# Right to left, combining, beyond the basic plane and joined; a null, a byte order mark, separators, quoting.
UNICODE_EDGE_CASES = (
    "\u202e\u0639\u0643\u0633\u202c \u6570\u5b57 e\u0301 \U0001f642\U0001f469\u200d\U0001f467"
    " \u0000\ufeff\u2028\u200b \"\\'%s{}<b>"
)
INJECTIONS = "'; DROP TABLE tasks; -- \" \\ <script>${7*7}</script> %00 ../../etc/passwd"
# The edges of 32 bits, of a double's exactness and of 64 bits.
EDGE_NUMBERS = {"beyond 32 bits": 2**31, "beyond a double's exactness": 2**53 + 1, "largest of 64 bits": 2**63 - 1}
HOSTILE_VALUES: tuple[Any, ...] = (
    *("", LONG_TEXT, UNICODE_EDGE_CASES, INJECTIONS, "null", None, 0, -1),
    *EDGE_NUMBERS.values(),
)
# What a header can hold.
HOSTILE_HEADERS = ("0", "-1", "NaN", "x", "'\"\\<b>%s", "x" * 128, "x" * 2000)
_DATE = re.compile(r"^(\d{4}-\d{2}-)(?:29|30|31)(?!\d)")


def _instead_of_text(text: str) -> Callable[[Any], Any]:
    return lambda value: text if isinstance(value, str) else value


def _instead_of_number(number: int) -> Callable[[Any], Any]:
    return lambda value: number if isinstance(value, int | float) else value


# What stands in the place of a value. The schema decides whether it may.
CHANGES: dict[str, Callable[[Any], Any]] = {
    "absent": lambda value: ABSENT,
    "null": lambda value: None,
    "empty": lambda value: type(value)() if isinstance(value, str | list | dict) else value,
    "unknown field": lambda value: {**value, UNKNOWN_FIELD: [{"new": None}]} if isinstance(value, dict) else value,
    "unknown member": _instead_of_text(UNKNOWN_MEMBER),
    "long text": _instead_of_text(LONG_TEXT),
    "odd text": _instead_of_text(UNICODE_EDGE_CASES),
    "no number": _instead_of_text("NaN"),
    "zero": _instead_of_number(0),
    "negative": _instead_of_number(-1),
    **{name: _instead_of_number(number) for name, number in EDGE_NUMBERS.items()},
    "many": lambda value: value * 50 if isinstance(value, list) else value,
}


def changed(value: Any, start: int, change: Callable[[Any], Any], allowed: Callable[[Any], bool]) -> Any:
    """A document with one of its nodes changed: the first, from a start on and round, where the result is allowed.

    Args:
        start: index of the node to begin with.
        allowed: whether the whole document may be so.

    Returns:
        The document itself, if the change is allowed at none of the next MAX_NODES nodes.
    """
    places = list(nodes(value))
    first = start % len(places)
    for path, node in (places[first:] + places[:first])[:MAX_NODES]:
        put = change(node)
        if put is node or (put is ABSENT and not path):
            continue
        result = replaced(value, path, put)
        if result != value and allowed(result):
            return result
    return value


def single_changes(document: Any, seen: Mapping[Path, Iterable[Any]]) -> Iterator[tuple[Path, Any]]:
    """What may be put where in a document: a hostile value, or a value that was seen there elsewhere.

    Args:
        seen: values by their paths in other documents.
    """
    places = dict(nodes(document))
    for path, node in places.items():
        for change in CHANGES.values():
            put = change(node)
            if put is not node and (path or put is not ABSENT):
                yield path, put
    for path, values in seen.items():
        if path and isinstance(places.get(path[:-1]), dict):
            yield from ((path, value) for value in values)


def nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every node of a document, with its path; those that hold others come before them."""
    # With a stack of its own: recursive generators hand every node through all levels above it.
    stack = [(path, value)]
    while stack:
        path, node = stack.pop()
        yield path, node
        if isinstance(node, dict):
            stack.extend([((*path, key), item) for key, item in reversed(node.items())])
        elif isinstance(node, list):
            stack.extend([((*path, index), node[index]) for index in range(len(node) - 1, -1, -1)])


def objects(value: Any) -> Iterator[tuple[str | int, dict[str, Any]]]:
    """Every object of a document, in the order of `nodes`, with the key or index under which it stands; "" at the top.

    Without paths, and without what can hold no object, it takes a third of the time of `nodes`.
    """
    stack: list[tuple[str | int, Any]] = [("", value)]
    while stack:
        key, node = stack.pop()
        if isinstance(node, dict):
            yield key, node
            stack.extend([(name, item) for name, item in reversed(node.items()) if isinstance(item, _CONTAINERS)])
        elif isinstance(node, list):
            stack.extend([(index, item) for index, item in enumerate(node) if isinstance(item, _CONTAINERS)][::-1])


def leaves(value: Any) -> Iterator[tuple[Path, Any]]:
    """The strings, numbers, booleans and nulls of a document, each with its path."""
    return ((path, node) for path, node in nodes(value) if not isinstance(node, dict | list))


def replaced(value: Any, path: Path, put: Any) -> Any:
    """A document with another value at a path; with ABSENT, without what stands there."""
    if not path:
        return put
    key = path[0]
    if isinstance(value, list):
        put_in = [replaced(item, path[1:], put) if index == key else item for index, item in enumerate(value)]
        return [item for item in put_in if item is not ABSENT]
    items = {**value, key: replaced(value.get(key), path[1:], put)}
    return {name: item for name, item in items.items() if item is not ABSENT}


def with_values(document: Any, values: Mapping[str, Any]) -> Any:
    """A document with other values at some JSON pointers; the objects that hold the places must be there."""
    changed = deepcopy(document)
    for place, value in values.items():
        *above, last = parts(place)
        holder = lookup(changed, pointer(above))
        holder[int(last) if isinstance(holder, list) else last] = value
    return changed


def whole_numbers(value: Any) -> Any:
    """A document with its numbers without a fraction as integers.

    JSON Schema takes 7.0 for an integer, and generators write it; no vendor does.
    """
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def existing_dates(value: Any) -> Any:
    """A document whose dates exist: the pattern of a date knows nothing of the lengths of months."""
    if isinstance(value, dict):
        return {key: existing_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [existing_dates(item) for item in value]
    return _DATE.sub(r"\g<1>28", value) if isinstance(value, str) else value
