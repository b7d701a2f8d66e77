"""The order of a list, as an operation declares it in `x-laws`."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Any, TypeVar

from bodydouble.contracts.core.json_pointer import pointer, value_at
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.request_values import RequestValues, requested

Row = TypeVar("Row", bound=Mapping[str, Any])


@dataclass(frozen=True, slots=True)
class Order:
    """An order of records.

    Attributes:
        by: JSON pointer within a record; None for the order in which the records were created, where no record shows
            that: it is known of records that the reader has created itself, and one direction is the other reversed.
    """

    by: str | None
    descending: bool = False

    def key(self, record: Mapping[str, Any]) -> tuple[int, Any]:
        """What is compared: numbers come before texts, and those before nothing."""
        value = None if self.by is None else value_at(record, self.by)
        if isinstance(value, int | float):
            return 0, value
        return (1, value) if isinstance(value, str) else (2, "")

    def sorted(self, records: Sequence[Row]) -> list[Row]:
        """Records in this order; equal ones stay as they are."""
        return sorted(records, key=self.key, reverse=self.descending)

    def offending(self, records: Sequence[Mapping[str, Any]]) -> tuple[Any, Any] | None:
        """The values of the first two neighbours that are the wrong way round; None if the order is right.

        Records without a comparable value have no place of their own, and are passed over.
        """
        keys = [key for key in map(self.key, records) if key[0] <= 1]
        for (kind, value), (next_kind, next_value) in pairwise(keys):
            if kind == next_kind and (value < next_value if self.descending else value > next_value):
                return value, next_value
        return None


@dataclass(frozen=True, slots=True)
class Sorting:
    """Which orders a request can ask for.

    Attributes:
        by: runtime expression of what to sort by; None for a list that is always sorted by the same.
        direction: runtime expression of the direction, whose values are `ascending` and `descending`.
        fields: the JSON pointer within a record of each value of `by`; empty where the value is the field's own name.
            The order of a value without a pointer is not stated.
        default: what is sorted by without a value, as a pointer within a record; None where that is not stated. With
            neither `by` nor a default, the order is that of creation, which no record shows.
        default_descending: the direction of the default order.
        creation: the default order is that of creation, although a request can choose another.
        unless_asked: the direction of a chosen field without a direction in the request: `ascending`, `descending`.
    """

    by: str | None = None
    direction: str | None = None
    ascending: str = "asc"
    descending: str = "desc"
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)
    default: str | None = None
    default_descending: bool = False
    creation: bool = False
    unless_asked: str = "ascending"

    @classmethod
    def from_specification(cls, content: Mapping[str, Any]) -> "Sorting":
        """Build it from `x-laws.sort`."""
        return cls(**content)

    @property
    def default_order(self) -> Order | None:
        """The order of a list that nobody sorts; None where none is stated."""
        if self.default is None and not self.by_creation:
            return None
        return Order(self.default, self.default_descending)

    @property
    def by_creation(self) -> bool:
        """Whether the default order is that of creation, which no record shows."""
        return self.creation or (self.by is None and self.default is None)

    def order(self, request: RequestValues) -> Order | None:
        """The order that a request asks for; None where none is stated."""
        value = requested(self.by, request) if self.by is not None else None
        chosen = self._pointer(value) if value else None
        if value and chosen is None:
            return None
        direction = requested(self.direction, request) if self.direction is not None else None
        if chosen is None:
            # Where a key can be chosen, the direction is that of the key.
            if self.default_order is None or self.by is not None:
                return self.default_order
            asked = direction if direction in (self.ascending, self.descending) else None
            return Order(self.default, self.default_descending if asked is None else asked == self.descending)
        if direction in (self.ascending, self.descending):
            return Order(chosen, direction == self.descending)
        return Order(chosen, self.unless_asked == "descending")

    def _pointer(self, value: Any) -> str | None:
        return self.fields.get(str(value)) if self.fields else pointer((str(value),))
