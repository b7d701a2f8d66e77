"""Values as a person reads them, for all templates."""

import json
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))
_SIZES = ((1 << 20, "MiB"), (1 << 10, "KiB"))
_NONE = "\N{EN DASH}"
# Text of a body that a page shows at once; more of it is one click away.
MAX_SHOWN_TEXT = 20_000


def date_time(milliseconds: int | None) -> str:
    """A time as date and time in UTC; empty for none."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def time_element(milliseconds: int | None) -> Markup:
    """A time as HTML that programs can read, too; a dash for none."""
    if milliseconds is None:
        return Markup(_NONE)
    machine = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    title = machine.replace("+00:00", "Z")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(title, title, date_time(milliseconds))


def duration(milliseconds: float | None) -> str:
    """A span of time in its two largest units: `2 h 5 min`; below a second in milliseconds."""
    if milliseconds is None:
        return _NONE
    if abs(milliseconds) < 1000:
        return f"{milliseconds:.3g} ms"
    rest, parts = abs(milliseconds), []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count:.0f} {unit}")
    return ("-" if milliseconds < 0 else "") + " ".join(parts[:2])


def size(count: int) -> str:
    """A number of bytes."""
    for unit, name in _SIZES:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} B"


def pretty_json(value: Any) -> str:
    """A value as indented JSON; a text that is JSON as what it says, any other text as it is."""
    if isinstance(value, str):
        try:
            return pretty_json(json.loads(value))
        except ValueError:
            return str(value)
    return json.dumps(value, ensure_ascii=False, indent=2)


def shortened(text: str, limit: int = MAX_SHOWN_TEXT) -> str:
    """A text, or its beginning and how much is left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n… {len(text) - limit:,} more characters"


FILTERS = {
    "date_time": date_time,
    "time_element": time_element,
    "duration": duration,
    "size": size,
    "pretty_json": pretty_json,
    "shortened": shortened,
}
