"""JSON values near a schema: some satisfy it, some violate it, many are at its limits."""

from collections.abc import Iterator
from random import Random
from typing import Any

from bodydouble.contracts.model.documents import Document

_TEXTS = (
    *(
        "",
        " ",
        "a",
        "x" * 70,
        "x" * 5000,
        "\n",
        "a\n",
        "5\n",
        "\x00",
        "\x1c",
        "\u2028",
        "\ufeff",
        "世界",
        "é",
        "\U0001f600",
    ),
    *("0", "-1", "5", "00", "1.5", "1e3", "٣", "true", "null", "{}", "[]", "{", "C_101", "1080x1920", "#FFFFFF"),
    *("https://media.example.com/a.mp4", "http://127.0.0.1:9/a b", "https://é.example", "ftp://a", "http://a\n"),
    *("2025-03-10 10:16:24", "2025-03-10T10:16:24Z", "2025-13-40 99:99:99", "0" * 32),
)
_NUMBERS = (0, 1, -1, 0.0, -0.0, 1.0, 0.5, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 1e308, 1e-9)
_OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [None], {"a": 1}, [[]], [1, True], [1, 1.0])
# The maximum depth of a generated value.
DEEPEST = 8


class Instances:
    """Generates values for the schemas of one document.

    Args:
        document: where references lead.
        random: the same state generates the same values.
    """

    def __init__(self, document: Document, random: Random) -> None:
        self._document = document
        self._random = random

    def of(self, schema: Any, count: int) -> Iterator[Any]:
        """Some values for a schema; every third has no deliberate mistakes."""
        for index in range(count):
            mistakes = (0.0, 0.08, 0.3)[index % 3]
            yield self._value(schema, mistakes, 0)

    def _value(self, schema: Any, mistakes: float, depth: int) -> Any:
        schema = self._document.resolve(schema)
        if not isinstance(schema, dict) or depth > DEEPEST or self._random.random() < mistakes:
            return self._anything()
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        for combination in ("oneOf", "anyOf"):
            if schema.get(combination):
                rest = {key: value for key, value in schema.items() if key != combination}
                own = self._value(rest, mistakes, depth + 1) if "properties" in rest or "allOf" in rest else None
                return self._joined(own, self._value(self._random.choice(schema[combination]), mistakes, depth + 1))
        if "allOf" in schema:
            rest = {key: value for key, value in schema.items() if key != "allOf"}
            value = self._value(rest, mistakes, depth + 1) if "properties" in rest else None
            for part in schema["allOf"]:
                value = self._joined(value, self._value(part, mistakes, depth + 1))
            return value
        return self._typed(schema, mistakes, depth)

    @staticmethod
    def _joined(first: Any, second: Any) -> Any:
        if isinstance(first, dict) and isinstance(second, dict):
            return {**first, **second}
        return first if second is None else second

    def _typed(self, schema: dict[str, Any], mistakes: float, depth: int) -> Any:
        if "example" in schema and self._random.random() < 0.6:
            return schema["example"]
        declared = schema.get("type", "object" if "properties" in schema or "required" in schema else "string")
        kind = self._random.choice(declared) if isinstance(declared, list) else declared
        if kind == "object":
            return self._object(schema, mistakes, depth)
        if kind == "array":
            most = min(schema.get("maxItems", 3), 3)
            size = self._random.randint(min(schema.get("minItems", 0), 3), max(most, min(schema.get("minItems", 0), 3)))
            return [self._value(schema.get("items", {}), mistakes, depth + 1) for _ in range(size)]
        if kind in ("integer", "number"):
            return self._number(schema)
        if kind == "boolean":
            return self._random.random() < 0.5
        return None if kind == "null" else self._random.choice(_TEXTS)

    def _object(self, schema: dict[str, Any], mistakes: float, depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        instance = {
            name: self._value(part, mistakes, depth + 1)
            for name, part in schema.get("properties", {}).items()
            if name in required or self._random.random() < 0.5
        }
        instance.update({name: self._anything() for name in required - instance.keys()})
        if self._random.random() < mistakes and instance:
            del instance[self._random.choice(sorted(instance))]
        if self._random.random() < 0.2:
            instance["unknown"] = self._anything()
        return instance

    def _number(self, schema: dict[str, Any]) -> Any:
        limits = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        bounds = [schema[limit] for limit in limits if limit in schema]
        near = [bound + step for bound in bounds for step in (-1, 0, 1)]
        return self._random.choice([*near, *near, *_NUMBERS])

    def _anything(self) -> Any:
        return self._random.choice(self._random.choice((_TEXTS, _NUMBERS, _OTHERS)))
