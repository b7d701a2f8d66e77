"""Schemas for random bodies that are small below their first level.

A schema that is silent about other properties, or about the length of a list, allows any number, and a generator makes
them at every level: most of the time goes into large bodies that show no more than small ones do. So random bodies have
no further properties and short lists below their first level. The systematic phase tries every limit as the
specification states it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bodydouble.contracts.endpoint.schemathesis_adapter import AnyCase, violated_body_keywords

MAX_ITEMS = 2
_SCHEMAS = "#/components/schemas/"
_SUFFIX = ".small"
# Keywords that may constrain the same value, too.
_CONDITIONS = ("allOf", "anyOf", "oneOf", "if", "then", "else", "not")
_KEYWORDS = frozenset({"additionalProperties", "maxItems"})


class SmallBodies:
    """Makes copies for small bodies of the schemas of one document.

    Args:
        resolve: follows the references of the document that holds the schemas.

    Attributes:
        copies: what has to be added to the document's component schemas.
    """

    def __init__(self, resolve: Callable[[Any], Any]) -> None:
        self._resolve = resolve
        self.copies: dict[str, Any] = {}

    def body(self, schema: Any) -> Any:
        """The schema of small bodies; their first level stays as it is."""
        return self._below(self._resolve(schema))

    def _small(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        reference = schema.get("$ref", "")
        if reference.startswith(_SCHEMAS):
            schema = {**schema, "$ref": _SCHEMAS + self._copy(reference.removeprefix(_SCHEMAS))}
        small = self._below(schema)
        if "properties" in small and "additionalProperties" not in small and self._names_all(small):
            small["additionalProperties"] = False
        if small.get("type") == "array":
            small["maxItems"] = min(small.get("maxItems", MAX_ITEMS), max(MAX_ITEMS, small.get("minItems", 0)))
        return small

    def _copy(self, name: str) -> str:
        copy = name + _SUFFIX
        if copy not in self.copies:
            # Registered before it is built: a schema may contain itself.
            self.copies[copy] = {}
            self.copies[copy] = self._small(self._resolve({"$ref": _SCHEMAS + name}))
        return copy

    def _below(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        small = dict(schema)
        if "properties" in schema:
            small["properties"] = {name: self._small(entry) for name, entry in schema["properties"].items()}
        if "items" in schema:
            small["items"] = self._small(schema["items"])
        return small

    def _names_all(self, schema: Mapping[str, Any]) -> bool:
        # Otherwise a property that only a condition names would be impossible.
        return set(schema["properties"]).issuperset(self._named_in_conditions(schema))

    def _named_in_conditions(self, schema: Mapping[str, Any]) -> Iterator[str]:
        yield from schema.get("required", ())
        for keyword in _CONDITIONS:
            entry = schema.get(keyword, ())
            for part in entry if isinstance(entry, list) else [entry] if entry else []:
                condition = self._resolve(part)
                if isinstance(condition, dict):
                    yield from condition.get("properties", ())
                    yield from self._named_in_conditions(condition)


def violates_contract(case: AnyCase) -> bool:
    """Whether an invalid random case violates the contract, and not only the limits that were added here."""
    return all(_KEYWORDS.isdisjoint(keywords) for keywords in violated_body_keywords(case))
