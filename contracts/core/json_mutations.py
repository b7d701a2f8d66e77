"""What makes a valid answer unpleasant: absent and unknown fields, nulls, lengths, scripts, extremes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

UNKNOWN_FIELD = "fieldOfALaterVersion"
# Right to left, beyond the basic plane, joined, a null, a byte order mark, a line separator, quoting.
ODD_TEXT = "\u202e\u0639\u0643\u0633\u202c \u6570\u5b57 \U0001f469\u200d\U0001f467 \u0000\ufeff\u2028 \"\\'%s{}<b>"
GONE = object()
_DATE = re.compile(r"^(\d{4}-\d{2}-)(?:29|30|31)(?!\d)")
Path = tuple[str | int, ...]
MOST_NODES = 25

# What stands in the place of a value. The schema decides whether it may.
CHANGES: dict[str, Callable[[Any], Any]] = {
    "absent": lambda value: GONE,
    "null": lambda value: None,
    "empty": lambda value: type(value)() if isinstance(value, str | list | dict) else value,
    "unknown field": lambda value: {**value, UNKNOWN_FIELD: [{"new": None}]} if isinstance(value, dict) else value,
    "unknown member": lambda value: "MEMBER_OF_A_LATER_VERSION" if isinstance(value, str) else value,
    "long text": lambda value: "long " * 2000 if isinstance(value, str) else value,
    "odd text": lambda value: ODD_TEXT if isinstance(value, str) else value,
    "no number": lambda value: "NaN" if isinstance(value, str) else value,
    "zero": lambda value: 0 if isinstance(value, int | float) else value,
    "negative": lambda value: -1 if isinstance(value, int | float) else value,
    "beyond 32 bits": lambda value: 2**31 if isinstance(value, int | float) else value,
    "beyond a double's exactness": lambda value: 2**53 + 1 if isinstance(value, int | float) else value,
    "largest of 64 bits": lambda value: 2**63 - 1 if isinstance(value, int | float) else value,
    "many": lambda value: value * 50 if isinstance(value, list) else value,
}


def changed(value: Any, start: int, change: Callable[[Any], Any], allowed: Callable[[Any], bool]) -> Any:
    """A document with one of its nodes changed: the first, from a start on and round, where the result is allowed.

    Args:
        start: index of the node to begin with.
        allowed: judges the whole document.

    Returns:
        The document itself, if the change is allowed at none of the next MOST_NODES nodes.
    """
    found = list(nodes(value))
    first = start % len(found)
    for path, node in (found[first:] + found[:first])[:MOST_NODES]:
        put = change(node)
        if put is node or (put is GONE and not path):
            continue
        result = replaced(value, path, put)
        if result != value and allowed(result):
            return result
    return value


def single_changes(document: Any, seen: Mapping[Path, Iterable[Any]]) -> Iterator[tuple[Path, Any]]:
    """What may be put where in a document: something unpleasant, or what was seen there elsewhere.

    Args:
        seen: values by their paths in other documents.
    """
    places = dict(nodes(document))
    for path, node in places.items():
        for change in CHANGES.values():
            put = change(node)
            if put is not node and (path or put is not GONE):
                yield path, put
    for path, values in seen.items():
        if path and isinstance(places.get(path[:-1]), dict):
            yield from ((path, value) for value in values)


def nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every node of a document, with its path; those that hold others come before them."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from nodes(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from nodes(item, (*path, index))


def replaced(value: Any, path: Path, put: Any) -> Any:
    """A document with another value at a path; with GONE, without what stands there."""
    if not path:
        return put
    key = path[0]
    if isinstance(value, list):
        put_in = [replaced(item, path[1:], put) if index == key else item for index, item in enumerate(value)]
        return [item for item in put_in if item is not GONE]
    items = {**value, key: replaced(value.get(key), path[1:], put)}
    return {name: item for name, item in items.items() if item is not GONE}


def plain(value: Any) -> Any:
    """A generated document without two freedoms that a schema leaves by mistake, and that no vendor takes.

    JSON Schema takes 7.0 for an integer, and the pattern of a date knows nothing of the lengths of months.
    """
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _DATE.sub(r"\g<1>28", value) if isinstance(value, str) else value
