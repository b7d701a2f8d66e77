"""The only place that reads the real clock, and the accounts' clocks that are made from it.

All times are integers: epoch milliseconds. An account's clock either runs with real time, at some distance from it, or
is frozen. Tasks, tokens, validities, retries and every time shown in an answer follow the account's clock. Only the
freshness of request signatures is judged on real time, because the client that signed has a real clock.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

# Every one of these vendors writes local times of China.
CHINA = timezone(timedelta(hours=8), "UTC+8")


def wall_ms() -> int:
    """Epoch milliseconds of the real clock."""
    return time.time_ns() // 1_000_000


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

    def now(self, real: int) -> int:
        """The account's time at a real time."""
        return real + self.offset if self.frozen_at is None else self.frozen_at

    def freeze(self, real: int) -> "Clock":
        """Stop at the present time."""
        return Clock(self.offset, self.now(real))

    def run(self, real: int) -> "Clock":
        """Go on from the present time."""
        return Clock(self.now(real) - real, None)

    def at(self, moment: int, real: int) -> "Clock":
        """Show another time, running or frozen as before."""
        return Clock(self.offset, moment) if self.frozen_at is not None else Clock(moment - real, None)


def local_text(moment: int) -> str:
    """A time as `yyyy-MM-dd HH:mm:ss` in China's zone."""
    return datetime.fromtimestamp(moment / 1000, CHINA).isoformat(" ", "seconds")[: len("yyyy-MM-dd HH:mm:ss")]


def from_local_text(text: str) -> int:
    """The time that a `yyyy-MM-dd HH:mm:ss` in China's zone means.

    Raises:
        ValueError: it is not of that form, or no such time exists.
    """
    return round(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).timestamp() * 1000)


def from_utc_text(text: str) -> int:
    """The time that a `yyyy-MM-ddTHH:mm:ssZ` means.

    Raises:
        ValueError: it is not of that form, or no such time exists.
    """
    return round(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp() * 1000)


def from_basic_text(text: str) -> int:
    """The time that a `yyyyMMddTHHmmssZ` means.

    Raises:
        ValueError: it is not of that form, or no such time exists.
    """
    return round(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() * 1000)


def from_rfc3339(text: str) -> int:
    """The time that an RFC 3339 text means; without a zone it is taken for UTC.

    Raises:
        ValueError: it is not of that form, or no such time exists.
    """
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def utc_text(moment: int) -> str:
    """A time as `yyyy-MM-ddTHH:mm:ssZ`."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
