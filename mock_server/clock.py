"""The only reader of the server's real clock, and the clock of an account as a value.

All times are integers: epoch milliseconds. An account's clock either runs with real time, at some distance from it, or
is frozen. Tasks, tokens, validities, retries and every time shown in a response follow the account's clock. Only
signatures follow real time: the client that signs a request and the receiver that checks a callback have real clocks.
"""

import time
from datetime import UTC, datetime

from bodydouble.contracts.core.late_dataclass import dataclass


def wall_ms() -> int:
    """Epoch milliseconds of the real clock."""
    return time.time_ns() // 1_000_000


def wall() -> float:
    """Epoch seconds of the real clock, as exactly as it goes."""
    return time.time()


def monotonic() -> float:
    """Seconds on a clock that only measures durations."""
    return time.perf_counter()


@dataclass(frozen=True, slots=True)
class Clock:
    """One account's clock.

    Attributes:
        offset: milliseconds ahead of real time, while it runs.
        frozen_at: the time at which it stands; None while it runs.
    """

    offset: int = 0
    frozen_at: int | None = None

    def now(self, wall_ms: int) -> int:
        """The account's time when the real clock shows `wall_ms`."""
        return wall_ms + self.offset if self.frozen_at is None else self.frozen_at

    def freeze(self, wall_ms: int) -> "Clock":
        """Stop at the present time."""
        return Clock(self.offset, self.now(wall_ms))

    def run(self, wall_ms: int) -> "Clock":
        """Continue from the present time."""
        return Clock(self.now(wall_ms) - wall_ms, None)

    def at(self, timestamp_ms: int, wall_ms: int) -> "Clock":
        """Show another time, running or frozen as before."""
        return Clock(self.offset, timestamp_ms) if self.frozen_at is not None else Clock(timestamp_ms - wall_ms, None)


def from_utc_text(text: str) -> int:
    """The time that a `yyyy-MM-ddTHH:mm:ssZ` means.

    Raises:
        ValueError: the text has another form, or no such time exists.
    """
    return round(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp() * 1000)


def from_basic_text(text: str) -> int:
    """The time that a `yyyyMMddTHHmmssZ` means.

    Raises:
        ValueError: the text has another form, or no such time exists.
    """
    return round(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() * 1000)


def from_rfc3339(text: str) -> int:
    """The time that an RFC 3339 text means; a text without a zone means UTC.

    Raises:
        ValueError: the text has another form, or no such time exists.
    """
    parsed = datetime.fromisoformat(text)
    return round((parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).timestamp() * 1000)


def utc_text(timestamp_ms: int) -> str:
    """A time as `yyyy-MM-ddTHH:mm:ssZ`."""
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
