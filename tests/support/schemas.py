"""The schemas of the specifications."""

from collections.abc import Iterator
from typing import Any

from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.model import documents

# Keys under which a schema has further schemas, by name or in a list.
NAMED, LISTED, SINGLE = ("properties",), ("allOf", "anyOf", "oneOf"), ("items", "not", "if", "then", "else")


def content(name: str) -> dict[str, Any]:
    return documents.load(name).content


def schemas(name: str) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every schema object of a document, each with its path."""
    for path, node in nodes(content(name)):
        if not isinstance(node, dict) or {"example", "examples", "default", "enum", "const"} & set(map(str, path)):
            continue
        in_components = len(path) == 3 and path[:2] == ("components", "schemas")
        if in_components or (path and path[-1] in ("schema", "contentSchema")):
            yield from subschemas(path, node)


def subschemas(path: tuple[str | int, ...], node: Any) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    if not isinstance(node, dict):
        return
    yield path, node
    for key in NAMED:
        for name, schema in node.get(key, {}).items():
            yield from subschemas((*path, key, name), schema)
    for key in LISTED:
        for index, schema in enumerate(node.get(key, ())):
            yield from subschemas((*path, key, index), schema)
    for key in SINGLE:
        if key in node:
            yield from subschemas((*path, key), node[key])
