"""Local times as the vendors write them: `yyyy-MM-dd HH:mm:ss` in UTC+8.

Guiji's and SoftSugar's documents write times so, and do not state the zone. It follows from examples that show one time
in both forms: see **Times** in `specs/guiji/openapi.yaml` and `LocalDateTime` in `specs/softsugar/openapi.yaml`.
"""

import functools
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "UTC+8")
_LENGTH = len("yyyy-MM-dd HH:mm:ss")


# Clients that poll ask for the same few times again and again.
@functools.lru_cache(maxsize=4096)
def local_text(timestamp_ms: int) -> str:
    """A time as `yyyy-MM-dd HH:mm:ss` in China's zone."""
    return datetime.fromtimestamp(timestamp_ms / 1000, CHINA).isoformat(" ", "seconds")[:_LENGTH]
