"""Bodies of requests as random generation makes them: small below their first level.

A schema that is silent about other properties, or about the length of a list, allows any, and whoever makes values from
it makes them at every level: most of the time goes into large bodies that say no more than small ones do. So random
bodies have no further properties and short lists below their first level, where the systematic phase, which tries every
limit as the specification states it, has been before.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bodydouble.contracts.endpoint.schemathesis_adapter import AnyCase, violated_body_keywords

MOST_ITEMS = 2
_SCHEMAS = "#/components/schemas/"
_SUFFIX = ".narrow"
# What else may say something about the same value.
_BESIDES = ("allOf", "anyOf", "oneOf", "if", "then", "else", "not")
_KEYWORDS = frozenset({"additionalProperties", "maxItems"})


class Narrowing:
    """Makes narrow copies of the schemas of one document.

    Args:
        resolve: follows the references of the document that holds the schemas.

    Attributes:
        copies: what has to be added to the document's component schemas.
    """

    def __init__(self, resolve: Callable[[Any], Any]) -> None:
        self._resolve = resolve
        self.copies: dict[str, Any] = {}

    def body(self, schema: Any) -> Any:
        """A body's schema; its first level stays as wide as it is."""
        return self._below(self._resolve(schema))

    def _narrow(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        reference = schema.get("$ref", "")
        if reference.startswith(_SCHEMAS):
            schema = {**schema, "$ref": _SCHEMAS + self._copy(reference.removeprefix(_SCHEMAS))}
        narrow = self._below(schema)
        if "properties" in narrow and "additionalProperties" not in narrow and self._names_all(narrow):
            narrow["additionalProperties"] = False
        if narrow.get("type") == "array":
            narrow["maxItems"] = min(narrow.get("maxItems", MOST_ITEMS), max(MOST_ITEMS, narrow.get("minItems", 0)))
        return narrow

    def _copy(self, name: str) -> str:
        copy = name + _SUFFIX
        if copy not in self.copies:
            # There before it is made: a schema may hold itself.
            self.copies[copy] = {}
            self.copies[copy] = self._narrow(self._resolve({"$ref": _SCHEMAS + name}))
        return copy

    def _below(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        narrow = dict(schema)
        if "properties" in schema:
            narrow["properties"] = {name: self._narrow(entry) for name, entry in schema["properties"].items()}
        if "items" in schema:
            narrow["items"] = self._narrow(schema["items"])
        return narrow

    def _names_all(self, schema: Mapping[str, Any]) -> bool:
        # A property that only a condition names could not be there at all.
        return set(schema["properties"]).issuperset(self._named_besides(schema))

    def _named_besides(self, schema: Mapping[str, Any]) -> Iterator[str]:
        yield from schema.get("required", ())
        for keyword in _BESIDES:
            entry = schema.get(keyword, ())
            for part in entry if isinstance(entry, list) else [entry] if entry else []:
                condition = self._resolve(part)
                if isinstance(condition, dict):
                    yield from condition.get("properties", ())
                    yield from self._named_besides(condition)


def breaks_the_contract(case: AnyCase) -> bool:
    """Whether what a random case breaks on purpose is the contract's, not what was narrowed here."""
    return all(_KEYWORDS.isdisjoint(keywords) for keywords in violated_body_keywords(case))
