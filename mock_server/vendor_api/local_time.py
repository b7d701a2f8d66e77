"""Local times as the vendors write them: `yyyy-MM-dd HH:mm:ss` in UTC+8.

Guiji's and SoftSugar's documents write times so, and do not state the zone. It follows from examples that show one time
in both forms: see **Times** in `specs/guiji/openapi.yaml` and `LocalDateTime` in `specs/softsugar/openapi.yaml`.
"""

import functools
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "UTC+8")
_LENGTH = len("yyyy-MM-dd HH:mm:ss")
# Seconds of the years that the pattern of these times allows, to the end of 2999.
_SECONDS = range(32_503_651_200)


# Clients that poll ask for the same few times again and again.
@functools.lru_cache(maxsize=4096)
def local_text(timestamp_ms: int) -> str:
    """A time as `yyyy-MM-dd HH:mm:ss` in China's zone."""
    return _text_of(timestamp_ms / 1000)


def _text_of(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, CHINA).isoformat(" ", "seconds")[:_LENGTH]


def first_from(text: str) -> int:
    """The first epoch millisecond whose text is not before a text, which need not be in the calendar."""
    return bisect_left(_SECONDS, text, key=_text_of) * 1000


def last_until(text: str) -> int:
    """The last epoch millisecond whose text is not after a text, which need not be in the calendar."""
    return bisect_right(_SECONDS, text, key=_text_of) * 1000 - 1
