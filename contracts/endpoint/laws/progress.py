"""Work goes on: it leaves each state within the time that the lifecycle states, at the pace of the endpoint."""

from collections.abc import Iterable
from dataclasses import dataclass

from bodydouble.contracts.endpoint.laws.results import LawResult, not_tested, was_tested
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.lifecycle import Lifecycle

# However fast the endpoint is: so long, in seconds, and so often must a state be seen before it counts as stuck.
MIN_SECONDS = 2.0
MIN_READS = 5
# So many tasks must have moved before their speed says anything about another one.
MIN_OBSERVED = 3


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a created task has been seen in one state without a break.

    Attributes:
        states: the names of the states that it may be in.
        seconds: between the first read and the last one that showed them.
        reads: how many showed them.
    """

    created: OperationExchange
    lifecycle: Lifecycle
    states: frozenset[str]
    seconds: float
    reads: int
    last: OperationExchange


def limit(lifecycle: Lifecycle, states: Iterable[str], pace: float) -> float | None:
    """After how many real seconds a task that is still in one of some states is stuck; None if it may stay there."""
    limits = [lifecycle.states[state].at_most for state in states]
    stated = [seconds for seconds in limits if seconds is not None]
    return max(MIN_SECONDS, max(stated) / pace) if stated and len(stated) == len(limits) else None


def stuck(stay: Stay, pace: float) -> LawViolation | None:
    """The violation of a task that works for too long; None if it does not."""
    allowed = limit(stay.lifecycle, stay.states, pace)
    if allowed is None or stay.seconds < allowed or stay.reads < MIN_READS:
        return None
    names = " or ".join(f'"{name}"' for name in sorted(stay.states))
    message = (
        f"is still {names} after {stay.seconds:.1f} s and {stay.reads} reads; at the pace {pace:g}, "
        f"it should have gone on after {allowed:.1f} s"
    )
    return LawViolation(Law.PROGRESS, stay.created.operation.id, message, (stay.created, stay.last))


def observed_pace(lifecycle: Lifecycle, states: frozenset[str], seconds: float) -> float | None:
    """How fast a task has been at least, that is in one of some states so many seconds after its creation.

    None if no work had to be done to come there.
    """
    times = [time for state in states if (time := _work_before(lifecycle, state)) is not None]
    return min(times) / seconds if times and seconds > 0 and min(times) > 0 else None


def _work_before(lifecycle: Lifecycle, state: str) -> float | None:
    """The least time from the first state to a state, at the vendor's speed; None if time alone does not lead there."""
    best = {lifecycle.initial: 0.0}
    for _ in lifecycle.states:
        for edge in lifecycle.edges:
            if edge.after is not None and edge.paced and edge.source in best:
                best[edge.target] = min(best.get(edge.target, float("inf")), best[edge.source] + edge.after)
    return best.get(state)


def measured_pace(observed: Iterable[float]) -> float | None:
    """The pace of an endpoint by the slowest of several tasks; None if too few have moved."""
    paces = sorted(observed)
    return paces[0] if len(paces) >= MIN_OBSERVED else None


def outcome(operation: str, stay: Stay | None, note: str, pace: float | None) -> LawResult:
    """What became of the law of a create whose task is not stuck.

    Args:
        stay: in the last state; None if no state was seen.
        note: why it was not watched, or the empty string.
    """
    if stay is None:
        return not_tested(operation, Law.PROGRESS, note or "its state was never seen")
    allowed = limit(stay.lifecycle, stay.states, pace or 1.0)
    if allowed is None:
        return was_tested(operation, Law.PROGRESS)
    so_far = f"still in progress after {stay.seconds:.1f} s"
    if pace is None:
        return not_tested(operation, Law.PROGRESS, f"{so_far}, and the pace is unknown (--pace)")
    return not_tested(operation, Law.PROGRESS, f"{so_far}, and stuck only after {allowed:.1f} s (--poll)")
