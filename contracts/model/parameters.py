"""Parameters of operations and headers of responses: from text on the wire to typed values, and their checks."""

import re
from typing import Any

from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.model.validators import Validator
from bodydouble.contracts.model.violation import Violation

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, or one header of a response.

    Attributes:
        location: `path`, `query` or `header`.
        name: as declared; header names are compared in lower case.
        holds_json: the text is a JSON document (`content: application/json`).
        exploded: an array comes as repeated parameters rather than as comma-separated text.
        types: the JSON types that the schema allows; empty when it does not say.
        item_types: the same of an array's items.
        sensitive: `secret`, `personal` or None.
        example: a value out of the specification; None if it has none.
    """

    location: str
    name: str
    required: bool
    description: str
    holds_json: bool
    exploded: bool
    types: frozenset[str]
    item_types: frozenset[str]
    sensitive: str | None
    validator: Validator
    example: Any = None

    @property
    def constant(self) -> Any:
        """The only value that the schema allows; None if it allows others."""
        return self._keyword("const")

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values that an enumeration of the schema lists; empty if it has none."""
        return tuple(self._keyword("enum") or ())

    @property
    def usual_value(self) -> Any:
        """A value out of the specification: its example, its constant or its default; None if it has none."""
        own = (self.example, self.constant, self._keyword("default"))
        return next((value for value in own if value is not None), None)

    def _keyword(self, name: str) -> Any:
        return self.validator.schema.get(name) if isinstance(self.validator.schema, dict) else None

    def decode(self, texts: list[str]) -> Any:
        """Turn the texts of one parameter into the value that its schema describes.

        A text that cannot be of the schema's type stays a string, so that the schema rejects it.

        Raises:
            JsonTextError: the parameter holds JSON, and the text is not JSON.
        """
        if self.holds_json:
            return parse(texts[-1])
        if "array" in self.types:
            return [decode_scalar(item, self.item_types) for item in self._items(texts)]
        return decode_scalar(texts[-1], self.types)

    def _items(self, texts: list[str]) -> list[str]:
        if self.exploded and len(texts) > 1:
            return texts
        # Joined by commas, and perhaps repeated as well: no item is lost.
        return [item for text in texts for item in text.split(",")]

    def violations(self, value: Any) -> tuple[Violation, ...]:
        """All ways in which a decoded value breaks the parameter's schema."""
        if self.validator.is_valid(value):
            return ()
        return self.validator.violations(value, self.location, (self.name,))

    def missing(self) -> Violation:
        """The violation of its absence."""
        return Violation(self.location, pointer((self.name,)), "required", None, "a value")

    def undecodable(self, text: str, error: JsonTextError) -> Violation:
        """The violation of a text that is not JSON."""
        return Violation(self.location, pointer((self.name,)) + error.pointer, error.rule, text, error.expected)


def decode_scalar(text: str, types: frozenset[str]) -> Any:
    """Read a text as a value of some JSON types; strings win when the schema allows them."""
    if not types or "string" in types:
        return text
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        return float(text)
    if "boolean" in types and text in _BOOLEANS:
        return _BOOLEANS[text]
    return text
