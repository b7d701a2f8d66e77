"""Plans: what will happen to one task, fixed when it is created, and the operations that replace the rest of one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Edge, Lifecycle

MILLISECONDS = 1000
# A lifecycle's timed edges may form a cycle only through an operation; the bound is a guard against a bad document.
MAX_STEPS = 64
# Later than any clock can show, and within a database's numbers.
NEVER = 2**62


class PlanError(ValueError):
    """The plan cannot be changed that way; the message says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """Entering a state.

    Attributes:
        at: epoch milliseconds on the account's clock.
        state: name of the state entered.
    """

    at: int
    state: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All states that a task has entered and will enter.

    Attributes:
        outcome: one of the lifecycle's outcomes.
        steps: in the order of time; the first is the creation.
        reason: why it fails, shown where the vendor shows a reason.
        held: whether time has been stopped for this task.
    """

    outcome: str
    steps: tuple[Step, ...]
    reason: str | None = None
    held: bool = False

    def current(self, now: int) -> Step:
        """The latest step that has happened; the first one before its time."""
        latest = self.steps[0]
        for step in self.steps[1:]:
            if step.at > now:
                break
            latest = step
        return latest

    def state(self, now: int) -> str:
        """The name of the state that the task is in."""
        return self.current(now).state

    def future(self, now: int) -> tuple[Step, ...]:
        """The steps that have not happened yet."""
        return tuple(step for step in self.steps if step.at > now)

    def entered(self, state: str) -> int | None:
        """When the task (last) enters a state, or None if it never does."""
        return next((step.at for step in reversed(self.steps) if step.state == state), None)

    @property
    def settles_at(self) -> int:
        """When the last step happens."""
        return self.steps[-1].at

    @property
    def final(self) -> str:
        """The name of the last state."""
        return self.steps[-1].state

    def to_json(self, later: int = 0) -> dict[str, Any]:
        """The stored form.

        Args:
            later: by how many milliseconds every step is later.
        """
        steps = [[step.at + later, step.state] for step in self.steps]
        content: dict[str, Any] = {"outcome": self.outcome, "steps": steps}
        if self.reason is not None:
            content["reason"] = self.reason
        if self.held:
            content["held"] = True
        return content

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Plan":
        """The plan of a stored form."""
        steps = tuple(Step(at, state) for at, state in content["steps"])
        return cls(content["outcome"], steps, content.get("reason"), content.get("held", False))


@dataclass(frozen=True, slots=True)
class Tempo:
    """The speed of an account's tasks.

    Attributes:
        pace: how many times faster than the vendor.
        slowness: a further factor, for tasks that a scenario makes slow.
    """

    pace: float = 1.0
    slowness: float = 1.0

    def milliseconds(self, edge: Edge) -> int:
        """How long a task stays in the source of a timed edge."""
        seconds = edge.after or 0.0
        return round(seconds * MILLISECONDS * (self.slowness / self.pace if edge.paced else 1.0))


def make(
    lifecycle: Lifecycle,
    now: int,
    tempo: Tempo,
    outcome: str = DEFAULT_OUTCOME,
    reason: str | None = None,
    *,
    stuck: bool = False,
) -> Plan:
    """Plan a task that is created now.

    Args:
        outcome: one of the lifecycle's outcomes.
        reason: why it fails, if it does.
        stuck: stop before the last work ends: the task never leaves its last working state.

    Raises:
        PlanError: the lifecycle has no such outcome.
    """
    if outcome not in lifecycle.outcomes:
        raise PlanError(f"{lifecycle.name} has no outcome {outcome!r}; it has {', '.join(sorted(lifecycle.outcomes))}")
    steps = (Step(now, lifecycle.initial), *timed_steps(lifecycle, lifecycle.initial, now, tempo, outcome))
    if stuck:
        ends = (index for index, step in enumerate(steps) if index and lifecycle.ends_work(step.state, outcome))
        steps = steps[: next(ends, len(steps))]
    return Plan(outcome, steps, reason)


def timed_steps(lifecycle: Lifecycle, state: str, at: int, tempo: Tempo, outcome: str) -> Iterator[Step]:
    """The steps that time takes after a state has been entered."""
    for _ in range(MAX_STEPS):
        edge = lifecycle.timed_edge(state, outcome)
        if edge is None:
            return
        at, state = at + tempo.milliseconds(edge), edge.target
        yield Step(at, state)


def _past(plan: Plan, now: int) -> tuple[Step, ...]:
    return plan.steps[:1] + tuple(step for step in plan.steps[1:] if step.at <= now)


def hold(plan: Plan, now: int) -> Plan:
    """Stop time for a task: it stays in its state until it is stepped, released, finished or failed."""
    return replace(plan, steps=_past(plan, now), held=True)


def release(plan: Plan, lifecycle: Lifecycle, now: int, tempo: Tempo) -> Plan:
    """Let time run again for a held task, from its present state, at the present pace.

    Raises:
        PlanError: the task is not held.
    """
    if not plan.held:
        raise PlanError("the task is not held")
    past = _past(plan, now)
    return replace(plan, steps=(*past, *timed_steps(lifecycle, past[-1].state, now, tempo, plan.outcome)), held=False)


def step(plan: Plan, lifecycle: Lifecycle, now: int, tempo: Tempo) -> Plan:
    """Take the next edge of the plan now. A held task stays held; any other continues from there.

    Raises:
        PlanError: the state has no further edge.
    """
    past = _past(plan, now)
    edge = lifecycle.timed_edge(past[-1].state, plan.outcome)
    if edge is None:
        raise PlanError(f"nothing follows {past[-1].state!r}")
    steps = (*past, Step(now, edge.target))
    if not plan.held:
        steps = (*steps, *timed_steps(lifecycle, edge.target, now, tempo, plan.outcome))
    return replace(plan, steps=steps)


def finish(
    plan: Plan,
    lifecycle: Lifecycle,
    now: int,
    tempo: Tempo,
    outcome: str | None = None,
    reason: str | None = None,
) -> Plan:
    """Take all work edges that are left now, so that the task ends; validities still run after that.

    Args:
        outcome: end with this outcome instead of the planned one.
        reason: why it fails, if it does.

    Raises:
        PlanError: the task has ended, or the outcome cannot be reached from its state.
    """
    past = _past(plan, now)
    requested = outcome or plan.outcome
    if requested not in lifecycle.outcomes:
        raise PlanError(
            f"{lifecycle.name} has no outcome {requested!r}; it has {', '.join(sorted(lifecycle.outcomes))}"
        )
    state, steps = past[-1].state, list(past)
    edge = lifecycle.timed_edge(state, requested)
    while edge is not None and edge.paced and len(steps) < MAX_STEPS:
        steps.append(Step(now, edge.target))
        state = edge.target
        edge = lifecycle.timed_edge(state, requested)
    if state == past[-1].state:
        raise PlanError(f"the task has ended: it is {state!r}")
    if not (lifecycle.states[state].terminal or edge is not None):
        raise PlanError(f"the outcome {requested!r} cannot be reached from {past[-1].state!r}")
    steps.extend(timed_steps(lifecycle, state, now, tempo, requested))
    return Plan(requested, tuple(steps), reason)


def operate(
    plan: Plan,
    lifecycle: Lifecycle,
    now: int,
    tempo: Tempo,
    operation: str,
    outcome: str = DEFAULT_OUTCOME,
    reason: str | None = None,
    target: str | None = None,
) -> Plan:
    """Take the edge that an operation (cancel, restart, ...) has in the task's present state.

    Args:
        operation: its operationId.
        outcome: for what follows by itself, if anything does.
        target: the state that the request asks for, where the operation has several edges.

    Raises:
        PlanError: the operation has no edge there.
    """
    past = _past(plan, now)
    edge = lifecycle.edge_by(past[-1].state, operation, target)
    if edge is None:
        raise PlanError(f"{operation} is not possible while the task is {past[-1].state!r}")
    follow = timed_steps(lifecycle, edge.target, now, tempo, outcome)
    return Plan(outcome, (*past, Step(now, edge.target), *follow), reason)


def follow(plan: Plan, states: Mapping[str, str]) -> Plan:
    """The plan of a task that follows another task: the same times, its own states.

    Args:
        plan: of the task that it follows.
        states: the follower's state for each state of that plan.
    """
    steps: list[Step] = []
    for step in plan.steps:
        state = states[step.state]
        if not steps or steps[-1].state != state:
            steps.append(Step(step.at, state))
    return replace(plan, steps=tuple(steps))


def succeeds_at(plan: Plan, lifecycle: Lifecycle) -> int | None:
    """When the work of a plan ends in success, or None if it never does.

    Of a task that was restarted, only the last run counts; an end by an operation, such as a cancellation, is not a
    success.
    """
    if plan.outcome != DEFAULT_OUTCOME:
        return None
    first = max(1, _last_run(plan, lifecycle))
    return next((step.at for step in plan.steps[first:] if step.state in lifecycle.successes), None)


def works_until(plan: Plan, lifecycle: Lifecycle) -> int:
    """When the work of a plan ends, whatever its outcome; `NEVER` if it does not."""
    states = plan.steps[_last_run(plan, lifecycle) :]
    return next((step.at for step in states if lifecycle.ends_work(step.state, plan.outcome)), NEVER)


def _last_run(plan: Plan, lifecycle: Lifecycle) -> int:
    # Index of the last step that an operation, not time, has caused.
    for index in range(len(plan.steps) - 1, 0, -1):
        edge = lifecycle.timed_edge(plan.steps[index - 1].state, plan.outcome)
        if edge is None or edge.target != plan.steps[index].state:
            return index
    return 0
