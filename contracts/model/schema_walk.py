"""Walking an instance along its schema: which schemas describe each value, and which values no schema describes."""

from collections.abc import Iterator
from typing import Any

from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.model.validators import Validator, ValidatorFactory


@dataclass(frozen=True, slots=True)
class AnnotatedValue:
    """One value of an instance.

    Attributes:
        path: of the value; leads on into a JSON document that is held in a string.
        schemas: validators of the schemas that describe it.
        documented: false for a field that no schema describes, of an object whose other fields are described.
    """

    path: Path
    value: Any
    schemas: tuple[Validator, ...]
    documented: bool = True


class SchemaWalker:
    """Walks instances along the schemas of one contract.

    Args:
        schemas: the contract's own.
    """

    def __init__(self, schemas: ValidatorFactory) -> None:
        self._schemas = schemas

    def walk(self, validator: Validator, instance: Any) -> Iterator[AnnotatedValue]:
        """Every value of an instance that a schema describes, and every undocumented field, outer ones first.

        Of `anyOf` and `oneOf`, the branches that the instance satisfies count; if it satisfies none, all of them do.

        Args:
            validator: of the schema, which must be of this document.
        """
        yield from self._walk((self._schemas.path_of(validator),), instance, ())

    def _walk(self, schemas: tuple[Path, ...], value: Any, at: Path) -> Iterator[AnnotatedValue]:
        applicable = [entry for schema in schemas for entry in self._applicable(schema, value)]
        yield AnnotatedValue(at, value, tuple(self._schemas.at(schema) for schema in schemas))
        if isinstance(value, dict):
            yield from self._walk_object(applicable, value, at)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                items = tuple(path for node, real in applicable for path in _item(node, real, index))
                if items:
                    yield from self._walk(items, item, (*at, index))
        elif isinstance(value, str):
            inner = tuple((*real, "contentSchema") for node, real in applicable if "contentSchema" in node)
            if inner and value:
                try:
                    content = parse(value)
                except JsonTextError:
                    return
                yield from self._walk(inner, content, at)

    def _walk_object(
        self, applicable: list[tuple[dict[str, Any], Path]], value: dict[str, Any], at: Path
    ) -> Iterator[AnnotatedValue]:
        free = not any("properties" in node or "additionalProperties" in node for node, _ in applicable)
        for key, item in value.items():
            schemas = tuple(path for node, real in applicable for path in _property(node, real, key))
            if schemas:
                yield from self._walk(schemas, item, (*at, key))
            else:
                yield AnnotatedValue((*at, key), item, (), documented=free)

    def _applicable(self, schema: Path, value: Any) -> Iterator[tuple[dict[str, Any], Path]]:
        node, real = self._schemas.node(schema)
        if not isinstance(node, dict):
            return
        yield node, real
        for index in range(len(node.get("allOf", ()))):
            yield from self._applicable((*real, "allOf", index), value)
        for combination in ("anyOf", "oneOf"):
            branches: list[Path] = [(*real, combination, index) for index in range(len(node.get(combination, ())))]
            satisfied = [branch for branch in branches if self._schemas.at(branch).is_valid(value)]
            for branch in satisfied or branches:
                yield from self._applicable(branch, value)
        if "if" in node:
            chosen = "then" if self._schemas.at((*real, "if")).is_valid(value) else "else"
            if chosen in node:
                yield from self._applicable((*real, chosen), value)


def _property(node: dict[str, Any], real: Path, key: str) -> Iterator[Path]:
    if key in node.get("properties", {}):
        yield (*real, "properties", key)
    elif node.get("additionalProperties"):
        yield (*real, "additionalProperties")


def _item(node: dict[str, Any], real: Path, index: int) -> Iterator[Path]:
    if index < len(node.get("prefixItems", ())):
        yield (*real, "prefixItems", index)
    elif isinstance(node.get("items"), dict):
        yield (*real, "items")
