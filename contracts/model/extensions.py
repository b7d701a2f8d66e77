"""The closed vocabulary of specification extensions: an unknown x- key is an error at load, never a silent no-op."""

import functools
import json
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema_rs

from bodydouble.contracts.core.json_pointer import Path, pointer
from bodydouble.contracts.model.documents import Document, SpecificationError, extension_schema

# Below these keys stands data, in which x- names would be the vendor's own.
_DATA_KEYS = frozenset({"example", "examples", "default", "value", "const", "enum"})
_CONTAINERS = (dict, list)


@functools.cache
def _checkers() -> dict[str, jsonschema_rs.Draft202012Validator]:
    schema: dict[str, Any] = json.loads(extension_schema())
    registry = jsonschema_rs.Registry([(schema["$id"], schema)])
    return {
        key: jsonschema_rs.Draft202012Validator({"$ref": f"{schema['$id']}#/properties/{key}"}, registry=registry)
        for key in schema["properties"]
    }


@functools.cache
def conditions() -> frozenset[str]:
    """The general conditions of a request, each of which leads to one error case of every document."""
    schema = json.loads(extension_schema())
    return frozenset(schema["$defs"]["error"]["properties"]["conditions"]["items"]["enum"])


def value_errors(key: str, value: Any) -> list[str]:
    """The errors of a value of an x- key, each with its JSON pointer."""
    return [f"{pointer(error.instance_path)}: {error.message}" for error in _checkers()[key].iter_errors(value)]


def check(document: Document) -> dict[str, str]:
    """Validate every x- key of a document.

    Returns:
        What is sensitive (`x-sensitive`), by the names of fields: to look for it again would double the time.

    Raises:
        SpecificationError: an unknown key, or a value of the wrong shape.
    """
    sensitive: dict[str, str] = {}
    for place, key, node in _extensions(document.content):
        _check_one(document, place, key, node[key])
        if key == "x-sensitive":
            sensitive[str(node.get("name", place[0] if place else ""))] = node[key]
    return sensitive


# Where a node stands: its key, and the place above. Its path is put together only where it is needed, which saves half
# of the walk's time.
_Place = tuple[str | int, Any]


def _path(place: _Place | None) -> Path:
    keys: list[str | int] = []
    while place is not None:
        key, place = place
        keys.append(key)
    return tuple(reversed(keys))


def _extensions(content: Any) -> Iterator[tuple[_Place | None, str, Any]]:
    """Every extension: where the node stands that has it, its key and the node."""
    # What stands inside data is not looked at, nor what stands inside an extension, which its own schema checks. To
    # leave it out of the walk takes a third of the time, at every start.
    stack: list[tuple[_Place | None, Any]] = [(None, content)]
    while stack:
        place, node = stack.pop()
        if isinstance(node, list):
            items: Iterable[tuple[Any, Any]] = enumerate(node)
        else:
            items = node.items()
            if place is None or place[0] != "properties":
                for key in node:
                    if isinstance(key, str) and key.startswith("x-"):
                        yield place, key, node
        inside = [
            ((key, place), item)
            for key, item in items
            if isinstance(item, _CONTAINERS)
            and key not in _DATA_KEYS
            and not (isinstance(key, str) and key.startswith("x-"))
        ]
        stack.extend(reversed(inside))


def _check_one(document: Document, place: _Place | None, key: str, value: Any) -> None:
    checker = _checkers().get(key)
    if checker is not None and checker.is_valid(value):
        return
    where = f"{document.name}: #{pointer((*_path(place), key))}"
    if checker is None:
        raise SpecificationError(f"{where}: unknown extension; known are {', '.join(sorted(_checkers()))}")
    for error in checker.iter_errors(value):
        raise SpecificationError(f"{where}{pointer(error.instance_path)}: {error.message}")
