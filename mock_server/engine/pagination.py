"""Pages of lists, and the order of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        number: from 1.
        size: rows on a page.
    """

    number: int
    size: int

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


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, (int, float)):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return (3, "") if value is None else (2, orjson.dumps(value))
