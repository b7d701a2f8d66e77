"""When a failed delivery is retried: a pure function of schedule and attempt."""

from collections.abc import Sequence


def next_delay(schedule: Sequence[float], attempts_made: int) -> int | None:
    """Milliseconds to wait before the next attempt.

    Args:
        schedule: the vendor's waiting times in seconds; data of its specification.
        attempts_made: how many attempts have been made.

    Returns:
        None when no attempt is left.
    """
    if attempts_made > len(schedule):
        return None
    return round(schedule[attempts_made - 1] * 1000)
