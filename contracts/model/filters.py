"""Filters of a list, as an operation declares them in `x-laws`; the mock server and testers select by them alike."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bodydouble.contracts.core.json_pointer import value_at, values_at
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.request_values import RequestValues, requested

DATE_TIME, MONTH = "date-time", "month"
# 2026-11
_MONTH_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Variant:
    """Another comparison, which a request chooses.

    Attributes:
        when: by runtime expression, the value that the request has there, or has in the list there.
    """

    when: Mapping[str, Any]
    match: str

    def is_chosen(self, request: RequestValues) -> bool:
        """Whether a request chooses it."""
        return all(_has(requested(expression, request), value) for expression, value in self.when.items())


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    Attributes:
        by: runtime expression of the value to filter by.
        field: JSON pointer within a record to what is compared, in which `*` stands for every item of a list; None
            where no response shows it.
        match: `equal`, `contains`, `contains-any-case`, `prefix`, `from` (not less), `above` (more), `until` (not
            more), `one-of`, `all-of`, `one-contained` or `all-contained` (of the parts of the value), or `lacks` (the
            object has the list, but not the value in it); for a list of values in the record it is enough if one of
            them matches.
        also: further places within a record, of which one that matches is enough.
        separator: of the values inside a text, for matches of parts.
        format: `date-time` for comparing times of RFC 3339; a time without a zone is in UTC;
            `month` for comparing but the months of times that are written from the year on.
        partial: what passes the comparison may be left out nevertheless.
        values: by value in the request, what records show for it, where the two differ; or the runtime expression of
            what they show.
        variants: other comparisons that a request can choose; the first chosen one applies.
        default: what is selected by without a value in the request.
        ignored: values that select everything.
        untested: why no record of the list shows it; None where it is tested. With a field, reads show it there.
    """

    by: str
    field: str | None = None
    match: str = "equal"
    also: tuple[str, ...] = ()
    separator: str | None = None
    format: str | None = None
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)
    variants: tuple[Variant, ...] = ()
    default: Any = None
    ignored: tuple[Any, ...] = ()
    untested: str | None = None
    partial: bool = False

    @classmethod
    def from_specification(cls, content: Mapping[str, Any]) -> "Filter":
        """Build it from an entry of `x-laws.filters`.

        Raises:
            ValueError: it has neither a field nor a reason.
        """
        lists = {name: tuple(content.get(name, ())) for name in ("also", "ignored")}
        variants = tuple(Variant(**variant) for variant in content.get("variants", ()))
        entry = cls(**{**content, **lists, "variants": variants})
        if entry.field is None and entry.untested is None:
            raise ValueError(f"x-laws.filters: {entry.by}: declare field or untested")
        return entry

    def value(self, request: RequestValues) -> Any:
        """The value that a request filters by; None if it does not."""
        value = requested(self.by, request)
        value = self.default if value is None else value
        return None if any(value == ignored and _kind(value) is _kind(ignored) for ignored in self.ignored) else value

    def passes(self, record: Mapping[str, Any], request: RequestValues) -> bool:
        """Whether a record of the list is among what a request selects; true where the record does not show it."""
        return self.untested is not None or self.selects(record, request)

    def selects(self, record: Mapping[str, Any], request: RequestValues) -> bool:
        """Whether a record that shows all fields, as a read does, is among what a request selects."""
        value = self.value(request)
        if self.field is None or value is None:
            return True
        match = next((variant.match for variant in self.variants if variant.is_chosen(request)), self.match)
        value = self._shown_for(value, request)
        if match == "lacks":
            return _owns(record, self.field) and not self._is_shown("equal", record, value)
        if match not in _OF_PARTS:
            return self._is_shown(match, record, value)
        combine, match_of_part = _OF_PARTS[match]
        return combine(self._is_shown(match_of_part, record, part) for part in self._parts(value))

    def _shown_for(self, value: Any, request: RequestValues) -> Any:
        shown = self.values.get(text(value), value) if self.values else value
        is_expression = shown is not value and isinstance(shown, str) and shown.startswith("$request.")
        return requested(shown, request) if is_expression else shown

    def _is_shown(self, match: str, record: Mapping[str, Any], value: Any) -> bool:
        places = () if self.field is None else (self.field, *self.also)
        shown = (entry for place in places for entry in values_at(record, place))
        return any(_TESTS[match](*_comparable(entry, value, self.format)) for entry in shown)

    def _parts(self, value: Any) -> Sequence[Any]:
        if isinstance(value, str):
            return [part for part in value.split(self.separator) if part] if self.separator else [value]
        return value if isinstance(value, list | tuple) else [value]


def selected(filters: Sequence[Filter], request: RequestValues, record: Mapping[str, Any]) -> bool:
    """Whether a record of a list passes every filter that a request has, as far as the record shows it."""
    return all(entry.passes(record, request) for entry in filters)


def selects(filters: Sequence[Filter], request: RequestValues, record: Mapping[str, Any]) -> bool:
    """Whether a list selects a record, by what a read shows of it."""
    return all(entry.selects(record, request) for entry in filters)


def is_same(shown: Any, value: Any) -> bool:
    """Whether a record shows a value as it was given; numbers, booleans and their texts are the same.

    Of objects, the fields count that both have: nobody has to keep a field that the contract does not know.
    """
    if isinstance(shown, dict) and isinstance(value, dict):
        return all(is_same(shown[name], value[name]) for name in shown.keys() & value.keys())
    if isinstance(shown, dict | list) or isinstance(value, dict | list):
        return bool(shown == value)
    try:
        return float(shown) == float(value)
    except (TypeError, ValueError):
        return text(shown) == text(value)


def text(value: Any) -> str:
    """A value as the text by which numbers, booleans and their written forms are compared."""
    if isinstance(value, float) and value.is_integer():
        # JSON has but one kind of number: 14.0 is an integer, too.
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def _has(value: Any, expected: Any) -> bool:
    return expected in value if isinstance(value, list | tuple) else bool(value == expected)


def _owns(record: Mapping[str, Any], field: str) -> bool:
    owner = field.removesuffix("/*").rpartition("/")[0]
    return value_at(record, owner) is not None


def _comparable(shown: Any, value: Any, kind: str | None) -> tuple[Any, Any]:
    if kind == DATE_TIME:
        try:
            return _time(shown), _time(value)
        except (TypeError, ValueError):
            pass
    if kind == MONTH:
        return text(shown)[:_MONTH_LENGTH], text(value)[:_MONTH_LENGTH]
    return shown, value


def _time(value: Any) -> datetime:
    time = datetime.fromisoformat(value)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _ordered(shown: Any, value: Any) -> tuple[Any, Any]:
    if isinstance(shown, datetime):
        return shown, value
    try:
        return float(shown), float(value)
    except (TypeError, ValueError):
        return text(shown), text(value)


def _is_from(shown: Any, value: Any) -> bool:
    actual, start = _ordered(shown, value)
    return bool(actual >= start)


def _is_above(shown: Any, value: Any) -> bool:
    actual, limit = _ordered(shown, value)
    return bool(actual > limit)


def _is_until(shown: Any, value: Any) -> bool:
    actual, end = _ordered(shown, value)
    return bool(actual <= end)


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": lambda shown, value: text(shown) == text(value),
    "contains": lambda shown, value: text(value) in text(shown),
    "contains-any-case": lambda shown, value: text(value).lower() in text(shown).lower(),
    "prefix": lambda shown, value: text(shown).startswith(text(value)),
    "from": _is_from,
    "above": _is_above,
    "until": _is_until,
}
# Of the parts of a value: whether one or all must match, and how.
_OF_PARTS: Mapping[str, tuple[Callable[[Iterable[bool]], bool], str]] = {
    "one-of": (any, "equal"),
    "all-of": (all, "equal"),
    "one-contained": (any, "contains"),
    "all-contained": (all, "contains"),
}
