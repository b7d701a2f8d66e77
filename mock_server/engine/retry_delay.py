"""When a failed delivery is retried: a pure function of schedule, attempt, failure and seed."""

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.delivery import Delays, Delivery
from bodydouble.mock_server.engine.identifiers import number

# In how many steps the jitter is chosen, to either side.
_STEPS = 1_000_000
TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE = 429, 503


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed.

    Attributes:
        timed_out: no whole response came in time.
        status: HTTP status of the response; None without a response.
        retry_after: milliseconds, from the attempt on, before which the receiver does not want another one; None if it
            has not said so.
    """

    timed_out: bool = False
    status: int | None = None
    retry_after: int | None = None


def next_delay(schedule: Delivery, attempts_made: int, failure: Failure, seed: str) -> int | None:
    """Milliseconds to wait before the next attempt.

    Args:
        schedule: the vendor's waiting times and rules; data of its specification.
        attempts_made: how many attempts have been made.
        failure: of the latest of them.
        seed: of the jitter: the same seed gives the same delay.

    Returns:
        None when no attempt is left.
    """
    delays = _delays(schedule, failure)
    if attempts_made > len(delays):
        return None
    delay = delays[attempts_made - 1] * 1000
    delay += delay * _share(schedule.retry_rules.jitter, attempts_made, seed)
    return max(round(delay), _put_off(schedule, failure))


def _delays(schedule: Delivery, failure: Failure) -> Delays:
    rules, delays = schedule.retry_rules, None
    if failure.timed_out:
        delays = rules.after_timeout
    elif failure.status == TOO_MANY_REQUESTS:
        delays = rules.after_429
    return schedule.retries if delays is None else delays


def _share(jitter: float, attempts_made: int, seed: str) -> float:
    if not jitter:
        return 0.0
    return jitter * (number(2 * _STEPS + 1, "jitter", seed, attempts_made) - _STEPS) / _STEPS


def _put_off(schedule: Delivery, failure: Failure) -> int:
    longest = schedule.retry_rules.max_retry_after
    if longest is None or failure.retry_after is None or failure.timed_out:
        return 0
    if failure.status not in (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE):
        return 0
    return min(failure.retry_after, round(longest * 1000))
