"""Pages of a list, as an operation declares them in `x-laws`."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, TypeVar

from bodydouble.contracts.core.json_pointer import value_at
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.request_values import RequestValues, requested

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RequestedPage:
    """The part of a list that a request asks for.

    Attributes:
        offset: how many rows come before it.
        size: how many rows it has at most; None for all.
        number: as counted by the operation.
    """

    offset: int
    size: int | None
    number: int

    def of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Its part of a whole list."""
        return rows[self.offset :] if self.size is None else rows[self.offset : self.offset + self.size]


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is divided into pages.

    Attributes:
        size: runtime expression of the number of rows on a page.
        number: runtime expression of the page's number; None where an offset says which page.
        offset: runtime expression of the number of rows before the page, or of the page's index counted in pages. With
            neither, a request sees no more than one page.
        first: the number of the first page.
        default_size: without a size in the request; None for all rows.
        offset_counts: `rows` or `pages`.
        beyond: what a page behind the last shows: `empty`, `last` (the last page again) or `failure`.
        shown: JSON pointers into the response, by what stands there: `number`, `size`, `total` (rows in all),
            `pages` (in all), `offset`.
    """

    size: str
    number: str | None = None
    offset: str | None = None
    first: int = 1
    default_size: int | None = 10
    offset_counts: str = "rows"
    beyond: str = "empty"
    shown: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def from_specification(cls, content: Mapping[str, Any]) -> "Paging":
        """Build it from `x-laws.page`.

        Raises:
            ValueError: both number and offset are declared.
        """
        paging = cls(**content)
        if paging.number is not None and paging.offset is not None:
            raise ValueError("x-laws.page: declare either number or offset")
        return paging

    @property
    def turns(self) -> bool:
        """Whether a request can ask for another page than the first."""
        return self.number is not None or self.offset is not None

    @property
    def echoes(self) -> bool:
        """Whether responses repeat which page was asked for."""
        return not self.shown.keys().isdisjoint(("number", "size", "offset"))

    @property
    def shows_total(self) -> bool:
        """Whether responses say how many rows, or pages, there are."""
        return not self.shown.keys().isdisjoint(("total", "pages"))

    def shown_total(self, body: Any) -> int | None:
        """How many rows a response says that there are; None if it does not."""
        value = value_at(body, self.shown["total"]) if "total" in self.shown else None
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def requested(self, request: RequestValues) -> RequestedPage:
        """The page that a request asks for; the first one by default."""
        size_value = requested(self.size, request)
        size = self.default_size if size_value is None else int(size_value)
        if self.number is not None:
            number = _integer(requested(self.number, request), self.first)
            return RequestedPage((number - self.first) * (size or 0), size, number)
        start = 0 if self.offset is None else _integer(requested(self.offset, request), 0)
        offset = start * (size or 0) if self.offset_counts == "pages" else start
        return RequestedPage(offset, size, self.first + (offset // size if size else 0))

    def expected(self, page: RequestedPage, total: int | None = None) -> dict[str, int]:
        """What responses show of a page, by JSON pointer.

        Args:
            total: rows in all; None for leaving out what depends on it.
        """
        values: dict[str, int | None] = {
            "number": page.number,
            "size": page.size,
            "offset": page.offset,
            "total": total,
            "pages": None if total is None or not page.size else -(-total // page.size),
        }
        return {place: value for name, place in self.shown.items() if (value := values[name]) is not None}


def _integer(value: Any, default: int) -> int:
    return default if value is None else int(value)
