"""A violation of a contract as a value: where, which rule, what came, what was expected."""

import json
from collections.abc import Callable
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.printable import printable

# Enough to recognise a value in a message without repeating a whole body.
MAX_SHOWN_LENGTH = 120
_WRITER = json.JSONEncoder(ensure_ascii=False, default=repr)


def short_json(value: Any) -> str:
    """Write a value for a person, as JSON has it, shortened."""
    # No more of it than can be shown: the rest may be megabytes.
    text = _beginning(value) if not isinstance(value, str) else f'"{printable(value[:MAX_SHOWN_LENGTH])}"'
    return text if len(text) <= MAX_SHOWN_LENGTH else text[: MAX_SHOWN_LENGTH - 3] + "..."


def _beginning(value: Any) -> str:
    pieces: list[str] = []
    length = 0
    for piece in _WRITER.iterencode(value):
        pieces.append(piece[: MAX_SHOWN_LENGTH + 1])
        length += len(piece)
        if length > MAX_SHOWN_LENGTH:
            break
    return printable("".join(pieces))


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a message breaks its contract.

    Attributes:
        part: which part of the message: `body`, `query`, `path`, `header` or `status`.
        pointer: JSON pointer into that part; leads on into a JSON document that is held in a string.
        rule: the JSON Schema keyword, or one of `json`, `media-type`, `encoding`, `depth`, `required`, `repeated-key`,
            `undocumented-body`.
        got: the offending value.
        expected: what the rule requires.
    """

    part: str
    pointer: str
    rule: str
    got: Any
    expected: Any

    @property
    def field(self) -> str:
        """The name that a person would use for the place: `/data/id`, `query parameter page` or `header Allow`."""
        if self.part == "body":
            return self.pointer or "body"
        if self.part == "header" and self.pointer:
            return f"header {self.pointer.lstrip('/')}"
        return f"{self.part} parameter {self.pointer.lstrip('/')}" if self.pointer else self.part

    @property
    def missing(self) -> bool:
        """Whether something that is required is absent."""
        return self.rule == "required"

    @property
    def expectation(self) -> str:
        """What the rule requires, written for a person, shortened."""
        # Of values, the text "0" differs from the number; the other rules expect what has a name: a type, a pattern.
        written: Callable[[Any], str] = short_json if self.rule in ("const", "enum") else str
        several = isinstance(self.expected, list | tuple)
        text = " or ".join(map(written, self.expected)) if several else written(self.expected)
        return text if len(text) <= MAX_SHOWN_LENGTH else text[: MAX_SHOWN_LENGTH - 3] + "..."

    def __str__(self) -> str:
        if self.missing:
            return f"{self.field}: required, but missing"
        place = self.field if self.field == self.rule else f"{self.field}: {self.rule}"
        return f"{place}: got {short_json(self.got)}, expected {self.expectation}"
