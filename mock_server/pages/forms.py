"""Fields of forms as values for the control plane."""

from datetime import UTC, datetime
from typing import Any

from flask import request

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


class FieldError(Exception):
    """A field of a form cannot be used; says which one and why."""


def text(name: str) -> str | None:
    """A field without the spaces around it; None if it is empty or missing."""
    return request.form.get(name, "").strip() or None


def number(name: str) -> float | int | None:
    """A field as a number; None if it is empty.

    Raises:
        FieldError: it is no number.
    """
    value = text(name)
    if value is None:
        return None
    try:
        return int(value) if value.lstrip("-").isdecimal() else float(value)
    except ValueError as error:
        raise FieldError(f"{name}: {value} is no number") from error


def span(name: str) -> float:
    """A span in seconds from a number and its unit (the field `<name>_unit`).

    Raises:
        FieldError: a field is no number, or no unit.
    """
    value, unit = number(name), request.form.get(f"{name}_unit", "seconds")
    if value is None:
        raise FieldError(f"{name}: a number is needed")
    if unit not in _SECONDS:
        raise FieldError(f"{name}: {unit} is no unit of time")
    return value * _SECONDS[unit]


def time_ms(name: str) -> int | None:
    """A `datetime-local` field, which is read as UTC, as milliseconds since 1970; None if it is empty.

    Raises:
        FieldError: it is no time.
    """
    value = text(name)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError as error:
        raise FieldError(f"{name}: {value} is no date and time") from error
    return round(parsed.timestamp() * 1000)


def without_none(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
