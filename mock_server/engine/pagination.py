"""Pages of lists, the order of their rows, and filters by range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

Row = TypeVar("Row")
Value = TypeVar("Value", int, str)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        number: from 1.
        size: rows on a page.
    """

    number: int
    size: int

    @classmethod
    def requested(cls, fields: Mapping[str, Any], number: str, size: str, default_size: int = 10) -> "Page":
        """The page that a request asks for; by default the first one.

        Args:
            fields: of the request's query or body.
            number, size: the names of the fields that say which page, and how many rows it has.
        """
        return cls(int(fields.get(number, 1)), int(fields.get(size, default_size)))

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size

    def of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Its part of a whole list."""
        return rows[self.offset : self.offset + self.size]

    def count(self, total: int) -> int:
        """How many pages a number of rows makes."""
        return -(-total // self.size)


def in_order(rows: Sequence[Mapping[str, Any]], field: str, *, descending: bool = False) -> list[Mapping[str, Any]]:
    """Rows by one of their fields: numbers before texts before anything else; rows without it come last, or first.

    Rows with the same value keep their order.
    """
    return sorted(rows, key=lambda row: _rank(row.get(field)), reverse=descending)


def is_between(value: Value | None, start: Value | None, end: Value | None) -> bool:
    """Whether a value lies within a range, whose ends belong to it; None for an open end.

    No value is within a range, except within one that is open at both ends.
    """
    if start is None and end is None:
        return True
    return value is not None and (start is None or value >= start) and (end is None or value <= end)


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, (int, float)):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return (3, "") if value is None else (2, orjson.dumps(value))
