"""Plans: after any operations, the states of a task follow the edges of its lifecycle, in the order of time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Plan, PlanError, Step, Tempo

LIFECYCLES = load_contract("guiji").lifecycles
TRAINING, VOICE, VIDEO, AUDIO = (LIFECYCLES[name] for name in ("avatarTraining", "voiceClone", "video", "audio"))
REAL_TIME = Tempo(1.0)
YEAR = 365 * 24 * 3600 * 1000

lifecycles = st.sampled_from(list(LIFECYCLES.values()))
times = st.integers(0, 10**13)
tempos = st.builds(Tempo, st.floats(0.001, 1_000_000), st.sampled_from([1.0, 10.0]))


def states(plan: Plan, *times: int) -> list[str]:
    return [plan.state(time) for time in times]


def test_a_task_takes_the_times_of_its_lifecycle() -> None:
    plan = plans.make(VIDEO, 1000, REAL_TIME)
    assert plan.steps == (Step(1000, "queued"), Step(61_000, "processing"), Step(301_000, "success"))
    assert states(plan, 1000, 60_999, 61_000, 300_999, 301_000, 10**15) == [
        *("queued", "queued", "processing", "processing", "success", "success"),
    ]


@given(lifecycle=lifecycles, now=times, by=times, tempo=tempos)
def test_a_later_plan_is_the_plan_that_is_made_later(lifecycle: Lifecycle, now: int, by: int, tempo: Tempo) -> None:
    assert plans.make(lifecycle, now, tempo).to_json(later=by) == plans.make(lifecycle, now + by, tempo).to_json()


def test_before_its_creation_a_task_is_in_its_first_state() -> None:
    assert plans.make(VIDEO, 1000, REAL_TIME).state(0) == "queued"


@pytest.mark.parametrize(("tempo", "end"), [(Tempo(60.0), 5000), (Tempo(0.5), 600_000), (Tempo(60.0, 10.0), 50_000)])
def test_a_higher_pace_shortens_work_and_a_slow_scenario_lengthens_it(tempo: Tempo, end: int) -> None:
    assert plans.make(VIDEO, 0, tempo).settles_at == end


def test_the_pace_does_not_shorten_a_validity() -> None:
    plan = plans.make(VOICE, 0, Tempo(60.0, 10.0))
    assert plan.entered("success") == 40_000
    assert plan.entered("expired") == 40_000 + YEAR


@pytest.mark.parametrize("outcome", ["failed", "taskFailed"])
def test_an_outcome_decides_where_the_work_ends(outcome: str) -> None:
    plan = plans.make(VIDEO, 0, REAL_TIME, outcome, "because")
    assert (plan.final, plan.outcome, plan.reason) == (outcome, outcome, "because")
    assert plans.succeeds_at(plan, VIDEO) is None


def test_an_unknown_outcome_is_an_error_that_names_the_known_outcomes() -> None:
    with pytest.raises(PlanError, match="video has no outcome 'rejected'; it has failed, success, taskFailed"):
        plans.make(VIDEO, 0, REAL_TIME, "rejected")


@pytest.mark.parametrize(
    ("lifecycle", "last"), [(TRAINING, "training"), (VOICE, "training"), (VIDEO, "processing"), (AUDIO, "processing")]
)
def test_a_stuck_task_stays_in_its_last_working_state(lifecycle: Lifecycle, last: str) -> None:
    plan = plans.make(lifecycle, 0, REAL_TIME, stuck=True)
    assert plan.final == last
    assert plans.succeeds_at(plan, lifecycle) is None


def test_a_held_task_stays_where_it_is_until_it_is_released() -> None:
    plan = plans.hold(plans.make(VIDEO, 0, REAL_TIME), 60_000)
    assert plan.held
    assert states(plan, 60_000, 10**15) == ["processing", "processing"]
    released = plans.release(plan, VIDEO, 1_000_000, REAL_TIME)
    assert not released.held
    assert released.steps == (*plan.steps, Step(1_240_000, "success"))


def test_a_task_that_is_not_held_cannot_be_released() -> None:
    with pytest.raises(PlanError, match="not held"):
        plans.release(plans.make(VIDEO, 0, REAL_TIME), VIDEO, 0, REAL_TIME)


def test_a_released_task_keeps_its_outcome_and_reason() -> None:
    plan = plans.hold(plans.make(VIDEO, 0, REAL_TIME, "failed", "because"), 0)
    released = plans.release(plan, VIDEO, 0, REAL_TIME)
    assert (released.final, released.reason) == ("failed", "because")


def test_a_step_takes_the_next_edge_now_and_time_goes_on_from_there() -> None:
    plan = plans.step(plans.make(VIDEO, 0, REAL_TIME), VIDEO, 7, REAL_TIME)
    assert plan.steps == (Step(0, "queued"), Step(7, "processing"), Step(240_007, "success"))


def test_a_held_task_can_be_stepped_to_its_end_and_stays_held() -> None:
    plan = plans.hold(plans.make(VIDEO, 0, REAL_TIME), 0)
    for time, state in ((5, "processing"), (9, "success")):
        plan = plans.step(plan, VIDEO, time, REAL_TIME)
        assert (plan.final, plan.held) == (state, True)
    with pytest.raises(PlanError, match="nothing follows 'success'"):
        plans.step(plan, VIDEO, 10, REAL_TIME)


def test_a_finished_task_has_ended_now_and_its_validity_runs_from_now() -> None:
    plan = plans.finish(plans.make(VOICE, 0, REAL_TIME), VOICE, 5, REAL_TIME)
    assert plan.steps == (
        *(Step(0, "pending"), Step(5, "training"), Step(5, "success")),
        Step(5 + YEAR, "expired"),
    )
    with pytest.raises(PlanError, match="has ended: it is 'success'"):
        plans.finish(plan, VOICE, 6, REAL_TIME)


@pytest.mark.parametrize("stuck", [False, True])
def test_a_task_can_be_finished_with_another_outcome(stuck: bool) -> None:
    plan = plans.finish(plans.make(VIDEO, 0, REAL_TIME, stuck=stuck), VIDEO, 70_000, REAL_TIME, "taskFailed", "told to")
    assert (plan.state(70_000), plan.outcome, plan.reason) == ("taskFailed", "taskFailed", "told to")
    with pytest.raises(PlanError, match="has no outcome 'gone'"):
        plans.finish(plans.make(VIDEO, 0, REAL_TIME), VIDEO, 0, REAL_TIME, "gone")


def test_an_operation_takes_its_edge_and_a_new_run_follows() -> None:
    first = plans.make(TRAINING, 0, REAL_TIME, "failed", "blurred")
    again = plans.operate(first, TRAINING, 400_000, REAL_TIME, "createAvatarTraining")
    assert states(again, 359_999, 360_000, 400_000, 460_000, 760_000) == [
        *("training", "failed", "pending", "training", "success"),
    ]
    assert (again.outcome, again.reason) == ("success", None)


def test_an_operation_without_an_edge_is_an_error() -> None:
    with pytest.raises(PlanError, match="createAvatarTraining is not possible while the task is 'training'"):
        plans.operate(plans.make(TRAINING, 0, REAL_TIME), TRAINING, 100_000, REAL_TIME, "createAvatarTraining")


@pytest.mark.parametrize("first", ["success", "failed", "rejected"])
def test_the_success_of_restarted_work_is_that_of_the_latest_run(first: str) -> None:
    earlier = plans.make(TRAINING, 0, REAL_TIME, first)
    again = plans.operate(earlier, TRAINING, 400_000, REAL_TIME, "createAvatarTraining")
    assert plans.succeeds_at(again, TRAINING) == 760_000
    failing = plans.operate(earlier, TRAINING, 400_000, REAL_TIME, "createAvatarTraining", "failed")
    assert plans.succeeds_at(failing, TRAINING) is None


def test_the_success_of_a_voice_is_not_its_expiry() -> None:
    assert plans.succeeds_at(plans.make(VOICE, 0, REAL_TIME), VOICE) == 240_000


@given(lifecycles, times, tempos, st.data())
def test_a_plan_is_the_same_after_it_was_stored(
    lifecycle: Lifecycle, now: int, tempo: Tempo, data: st.DataObject
) -> None:
    outcome = data.draw(st.sampled_from(sorted(lifecycle.outcomes)))
    reason = data.draw(st.none() | st.text())
    plan = plans.make(lifecycle, now, tempo, outcome, reason, stuck=data.draw(st.booleans()))
    for stored in (plan, plans.hold(plan, data.draw(times))):
        assert Plan.from_json(stored.to_json()) == stored


@given(lifecycles, times, tempos, st.data(), st.lists(times, max_size=20))
def test_a_state_never_goes_back_and_depends_on_nothing_but_the_time(
    lifecycle: Lifecycle, now: int, tempo: Tempo, data: st.DataObject, instants: list[int]
) -> None:
    plan = plans.make(lifecycle, now, tempo, data.draw(st.sampled_from(sorted(lifecycle.outcomes))))
    in_order = [plan.state(time) for time in sorted(instants)]
    order = [step.state for step in plan.steps]
    indexes = [order.index(state) for state in in_order]
    assert indexes == sorted(indexes)
    assert {time: plan.state(time) for time in instants} == dict(zip(sorted(instants), in_order, strict=True))


@dataclass
class PlannedTask:
    """A task with its plan, and the states that have been seen."""

    lifecycle: Lifecycle
    plan: Plan
    seen: dict[int, str] = field(default_factory=dict)


class PlanMachine(RuleBasedStateMachine):
    """Any operations at any times: states that were seen never change, and every change of state is an edge."""

    tasks: Bundle[PlannedTask] = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000
        self.created: list[PlannedTask] = []

    @rule(target=tasks, lifecycle=lifecycles, tempo=tempos, stuck=st.booleans(), data=st.data())
    def make(self, lifecycle: Lifecycle, tempo: Tempo, stuck: bool, data: st.DataObject) -> PlannedTask:
        outcome = data.draw(st.sampled_from(sorted(lifecycle.outcomes)))
        task = PlannedTask(lifecycle, plans.make(lifecycle, self.now, tempo, outcome, stuck=stuck))
        self.created.append(task)
        return task

    @rule(seconds=st.sampled_from([0, 0.001, 1, 60, 300, 3600, 400 * 24 * 3600]))
    def wait(self, seconds: float) -> None:
        self.now += round(seconds * 1000)

    def _change(self, task: PlannedTask, change: Callable[[], Plan]) -> None:
        before = task.plan
        try:
            task.plan = change()
        except PlanError:
            assert task.plan is before
            return
        past = [step for step in before.steps if step.at <= self.now]
        assert list(task.plan.steps[: len(past)]) == past, "past steps never change"

    @rule(task=tasks)
    def hold(self, task: PlannedTask) -> None:
        self._change(task, lambda: plans.hold(task.plan, self.now))
        assert task.plan.future(self.now) == ()

    @rule(task=tasks, tempo=tempos)
    def release(self, task: PlannedTask, tempo: Tempo) -> None:
        self._change(task, lambda: plans.release(task.plan, task.lifecycle, self.now, tempo))

    @rule(task=tasks, tempo=tempos)
    def step(self, task: PlannedTask, tempo: Tempo) -> None:
        self._change(task, lambda: plans.step(task.plan, task.lifecycle, self.now, tempo))

    @rule(task=tasks, tempo=tempos, data=st.data())
    def finish(self, task: PlannedTask, tempo: Tempo, data: st.DataObject) -> None:
        outcome = data.draw(st.none() | st.sampled_from(sorted(task.lifecycle.outcomes)))
        self._change(task, lambda: plans.finish(task.plan, task.lifecycle, self.now, tempo, outcome))

    @rule(task=tasks, tempo=tempos, data=st.data())
    def operate(self, task: PlannedTask, tempo: Tempo, data: st.DataObject) -> None:
        operations = sorted({edge.by for edge in task.lifecycle.edges if edge.by}) or ["cancelNothing"]
        operation = data.draw(st.sampled_from(operations))
        outcome = data.draw(st.sampled_from(sorted(task.lifecycle.outcomes)))
        self._change(task, lambda: plans.operate(task.plan, task.lifecycle, self.now, tempo, operation, outcome))

    @precondition(lambda self: self.created)
    @invariant()
    def steps_are_in_order_and_along_edges(self) -> None:
        for task in self.created:
            assert [step.at for step in task.plan.steps] == sorted(step.at for step in task.plan.steps)
            edges = {(edge.source, edge.target) for edge in task.lifecycle.edges}
            assert {(a.state, b.state) for a, b in pairwise(task.plan.steps)} <= edges
            assert task.plan.steps[0].state == task.lifecycle.initial

    @precondition(lambda self: self.created)
    @invariant()
    def success_is_a_state_that_ends_work(self) -> None:
        for task in self.created:
            success = plans.succeeds_at(task.plan, task.lifecycle)
            if success is not None:
                state = task.lifecycle.states[task.plan.state(success)]
                assert state.terminal or state.callback is not None
                assert task.plan.outcome == "success"

    @precondition(lambda self: self.created)
    @invariant()
    def observed_states_never_change(self) -> None:
        for task in self.created:
            task.seen[self.now] = task.plan.state(self.now)
            assert {time: task.plan.state(time) for time in task.seen} == task.seen


TestAnySequenceOfOperations: Any = PlanMachine.TestCase
TestAnySequenceOfOperations.settings = settings(max_examples=40, stateful_step_count=25)
