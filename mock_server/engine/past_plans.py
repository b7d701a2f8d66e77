"""Plans of tasks that were created in the past, and are in a named state now."""

from collections import deque
from collections.abc import Iterator

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Edge, Lifecycle
from bodydouble.mock_server.engine.plans import MILLISECONDS, Plan, PlanError, Step, Tempo, timed_steps

# How long a task is in a state that an operation ends.
_UNTIL_OPERATION = 1 * MILLISECONDS


def in_state(
    lifecycle: Lifecycle,
    state: str,
    created_at: int,
    now: int,
    tempo: Tempo,
    outcome: str | None = None,
    reason: str | None = None,
) -> Plan:
    """The plan of a task that is in a state now, and goes on from there.

    The steps before it take their usual time, or a fitting part of it if the task is younger than that. A state whose
    usual time is over begins anew with now.

    Args:
        created_at, now: epoch milliseconds on the account's clock; the creation is not after now.
        outcome: what the task comes to; if None, success if that leads to the state, or else what does.
        reason: of a failure.

    Raises:
        PlanError: the lifecycle has no such state or outcome, or nothing leads to the state.
    """
    if state not in lifecycle.states:
        raise PlanError(f"{lifecycle.name} has no state {state!r}; it has {', '.join(lifecycle.states)}")
    chosen, way = _way(lifecycle, state, _outcomes(lifecycle, outcome))
    steps = (Step(created_at, lifecycle.initial), *_entered(way, created_at, now, tempo))
    edge = lifecycle.timed_edge(state, chosen)
    is_over = edge is not None and steps[-1].at + tempo.milliseconds(edge) <= now
    ahead = timed_steps(lifecycle, state, now if is_over else steps[-1].at, tempo, chosen)
    return Plan(chosen, (*steps, *ahead), reason)


def _outcomes(lifecycle: Lifecycle, outcome: str | None) -> tuple[str, ...]:
    if outcome is None:
        return (DEFAULT_OUTCOME, *sorted(lifecycle.outcomes - {DEFAULT_OUTCOME}))
    if outcome not in lifecycle.outcomes:
        raise PlanError(f"{lifecycle.name} has no outcome {outcome!r}; it has {', '.join(sorted(lifecycle.outcomes))}")
    return (outcome,)


def _way(lifecycle: Lifecycle, state: str, outcomes: tuple[str, ...]) -> tuple[str, tuple[Edge, ...]]:
    # By time alone, if that is possible; else operations may have taken part.
    for with_operations in (False, True):
        for outcome in outcomes:
            way = _shortest_way(lifecycle, state, outcome, with_operations=with_operations)
            if way is not None:
                return outcome, way
    raise PlanError(f"nothing leads to the state {state!r} of {lifecycle.name} with {' or '.join(outcomes)}")


def _shortest_way(lifecycle: Lifecycle, state: str, outcome: str, *, with_operations: bool) -> tuple[Edge, ...] | None:
    ways: deque[tuple[str, tuple[Edge, ...]]] = deque([(lifecycle.initial, ())])
    seen = {lifecycle.initial}
    while ways:
        reached, way = ways.popleft()
        if reached == state:
            return way
        for edge in _edges_from(lifecycle, reached, outcome, with_operations=with_operations):
            if edge.target not in seen:
                seen.add(edge.target)
                ways.append((edge.target, (*way, edge)))
    return None


def _edges_from(lifecycle: Lifecycle, state: str, outcome: str, *, with_operations: bool) -> Iterator[Edge]:
    timed = lifecycle.timed_edge(state, outcome)
    if timed is not None:
        yield timed
    if with_operations:
        yield from (edge for edge in lifecycle.edges if edge.source == state and edge.by is not None)


def _entered(way: tuple[Edge, ...], created_at: int, now: int, tempo: Tempo) -> Iterator[Step]:
    durations = [_UNTIL_OPERATION if edge.after is None else tempo.milliseconds(edge) for edge in way]
    whole, passed = sum(durations), 0
    for edge, duration in zip(way, durations, strict=True):
        passed += duration
        fitting = passed if whole <= now - created_at else passed * (now - created_at) // whole
        yield Step(created_at + fitting, edge.target)
