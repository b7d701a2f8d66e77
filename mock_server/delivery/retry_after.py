"""The header `Retry-After` of a receiver's response: seconds, or a date of HTTP."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,12}")


def retry_after_ms(value: str, wall_ms: int) -> int | None:
    """Milliseconds from now on before which a receiver does not want another attempt.

    Args:
        value: of the header.
        wall_ms: epoch milliseconds of the real clock, which dates are compared with.

    Returns:
        0 for a date in the past; None for a value that is neither seconds nor a date.
    """
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return int(text) * 1000
    try:
        date = parsedate_to_datetime(text)
        # A date of the form of asctime() names no zone, and means this one.
        aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
        return max(0, round(aware.timestamp() * 1000) - wall_ms)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
