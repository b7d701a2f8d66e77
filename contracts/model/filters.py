"""Filters of a list, as an operation declares them in `x-laws`; the mock server and testers select by them alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import values_at
from bodydouble.contracts.model.request_values import RequestValues, requested


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    Attributes:
        by: runtime expression of the value to filter by.
        field: JSON pointer within a record to what is compared, in which `*` stands for every item of a list; None
            where no response shows it.
        match: `equal`, `contains`, `contains-any-case`, `prefix`, `from` (not less), `until` (not more), `one-of` or
            `all-of`; for a list of values in the record it is enough if one of them matches.
        separator: of the values inside a text, for `one-of` and `all-of`.
        ignored: values that select everything.
        untested: why no response shows it; None where it is tested.
    """

    by: str
    field: str | None = None
    match: str = "equal"
    separator: str | None = None
    ignored: tuple[Any, ...] = ()
    untested: str | None = None

    @classmethod
    def from_specification(cls, content: Mapping[str, Any]) -> "Filter":
        """Build it from an entry of `x-laws.filters`.

        Raises:
            ValueError: it has neither or both of a field and a reason.
        """
        entry = cls(**{**content, "ignored": tuple(content.get("ignored", ()))})
        if (entry.field is None) == (entry.untested is None):
            raise ValueError(f"x-laws.filters: {entry.by}: declare either field or untested")
        return entry

    def value(self, request: RequestValues) -> Any:
        """The value that a request filters by; None if it does not."""
        value = requested(self.by, request)
        return None if any(value == ignored and type(value) is type(ignored) for ignored in self.ignored) else value

    def passes(self, record: Mapping[str, Any], value: Any) -> bool:
        """Whether a record is among what a value selects."""
        if self.field is None:
            return True
        shown = values_at(record, self.field)
        if self.match in ("one-of", "all-of"):
            expected = {text(part) for part in self._parts(value)}
            actual = set(map(text, shown))
            return expected <= actual if self.match == "all-of" else not expected.isdisjoint(actual)
        return any(_TESTS[self.match](entry, value) for entry in shown)

    def _parts(self, value: Any) -> Sequence[Any]:
        if isinstance(value, str):
            return [part for part in value.split(self.separator) if part] if self.separator else [value]
        return value if isinstance(value, list | tuple) else [value]


def selected(filters: Sequence[Filter], request: RequestValues, record: Mapping[str, Any]) -> bool:
    """Whether a record passes every filter that a request has."""
    return all(entry.passes(record, value) for entry in filters if (value := entry.value(request)) is not None)


def text(value: Any) -> str:
    """A value as the text by which numbers, booleans and their written forms are compared."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _comparable(shown: Any, value: Any) -> tuple[Any, Any]:
    try:
        return float(shown), float(value)
    except (TypeError, ValueError):
        return text(shown), text(value)


def _is_from(shown: Any, value: Any) -> bool:
    actual, start = _comparable(shown, value)
    return bool(actual >= start)


def _is_until(shown: Any, value: Any) -> bool:
    actual, end = _comparable(shown, value)
    return bool(actual <= end)


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": lambda shown, value: text(shown) == text(value),
    "contains": lambda shown, value: text(value) in text(shown),
    "contains-any-case": lambda shown, value: text(value).lower() in text(shown).lower(),
    "prefix": lambda shown, value: text(shown).startswith(text(value)),
    "from": _is_from,
    "until": _is_until,
}
