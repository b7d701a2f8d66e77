"""Creates and changes tasks: plan, quota and outbox in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Lifecycle
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Plan, Tempo
from bodydouble.mock_server.services.early_callbacks import with_early
from bodydouble.mock_server.services.listed_kinds import listed_by_state
from bodydouble.mock_server.services.reserving import move_reservation, reserve
from bodydouble.mock_server.services.task_context import IllegalTransition, TaskContext
from bodydouble.mock_server.store import deliveries, first_tasks, quotas, reservations, scenarios, tasks
from bodydouble.mock_server.store.accounts import Account, next_number
from bodydouble.mock_server.store.deliveries import PENDING, Delivery
from bodydouble.mock_server.store.first_tasks import TaskTemplate
from bodydouble.mock_server.store.scenarios import Call
from bodydouble.mock_server.store.search import SearchText
from bodydouble.mock_server.store.task_runtime import CallbackTarget, Follower, TaskRuntime
from bodydouble.mock_server.store.tasks import NewTask, Task
from bodydouble.mock_server.vendor_api.population import FirstTask
from bodydouble.mock_server.vendor_api.toolbox import Choice

# The choices of a scenario in addition to the outcomes of the lifecycle.
STUCK, SLOW = "stuck", "slow"
SLOWNESS = 10.0
# A time before every delivery.
_BEFORE_ALL = -1
_Replanning = Callable[[TaskContext, Task, Plan], Task]


@dataclass(frozen=True, slots=True)
class NewTaskData:
    """A task to record, apart from its plan.

    Attributes:
        kind: name of its lifecycle.
        key: from the account's next number to the identifier on the wire.
        name: what scenarios match and lists search.
        created_at: epoch milliseconds on the account's clock; may lie in the past.
        category: distinguishes tasks of the kind in lists.
        texts: by which lists search for it.
    """

    kind: str
    key: Callable[[int], str | int]
    name: str
    created_at: int
    runtime: TaskRuntime
    attributes: Mapping[str, Any]
    category: str | None = None
    texts: Sequence[SearchText] = ()


class TaskService:
    """Creates and changes tasks.

    Args:
        contracts: of all vendors, by name.
    """

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts = contracts
        self._listed_by_state = {name: listed_by_state(contract) for name, contract in contracts.items()}

    def lifecycles(self, vendor: str) -> Mapping[str, Lifecycle]:
        """The lifecycles of a vendor's tasks, by kind."""
        return self._contracts[vendor].lifecycles

    def lifecycle(self, vendor: str, kind: str) -> Lifecycle:
        """The lifecycle of a kind of task."""
        return self._contracts[vendor].lifecycles[kind]

    def lifecycle_of(self, task: Task) -> Lifecycle:
        """The lifecycle of a task."""
        return self.lifecycle(task.vendor, task.kind)

    def create(self, context: TaskContext, new: NewTaskData, choice: Choice) -> Task:
        """Create a task, and reserve what its success costs.

        Raises:
            QuotaExceeded: the quota is too small.
        """
        lifecycle = self.lifecycle(context.vendor, new.kind)
        plan = plans.make(lifecycle, context.now, choice.tempo, choice.outcome, choice.reason, stuck=choice.stuck)
        charged_at = plans.succeeds_at(plan, lifecycle) if new.runtime.reserved else None
        if charged_at is None:
            return self.record(context, new, plan)
        require_reserved = reserve(context, new.runtime.reserved)
        task = self.record(context, new, plan, charged_at)
        # Only now: the transaction is undone without a quota, and with one, nothing has waited for it.
        require_reserved()
        return task

    def record(self, context: TaskContext, new: NewTaskData, plan: Plan, charged_at: int | None = None) -> Task:
        """Record a task whose plan is known. What happened before now is history, and nobody is notified of it.

        Args:
            charged_at: when its reservation is charged, if it has one.
        """
        number = next_number(context.connection, context.account.id)
        task = tasks.add(
            context.connection, context.account.id, self._new_task(context.vendor, new, plan, number, charged_at)
        )
        history = sum(1 for step in plan.steps if step.at < context.now)
        self._plan_deliveries(context, task, first_step=history)
        return task

    def template(self, vendor: str, first: FirstTask) -> TaskTemplate:
        """A task of new accounts, as `record_first` takes it."""
        runtime = TaskRuntime("", first.callback, {}, (), first.files, first.files_valid)
        return TaskTemplate(
            vendor,
            first.kind,
            first.key,
            first.name,
            first.category,
            first.created_at,
            first.plan,
            orjson.dumps(runtime.to_json()).decode(),
            orjson.dumps(first.attributes).decode(),
            by_state=first.kind in self._listed_by_state[vendor],
            notifies=first.callback is not None and first.plan.settles_at >= 0,
        )

    def record_first(
        self, connection: Connection, account: Account, templates: Sequence[TaskTemplate], numbers: Iterator[int]
    ) -> None:
        """Record the tasks of a new account. What happened before now is history, and nobody is notified of it.

        Args:
            numbers: that are new in the account.
        """
        first_tasks.add(connection, account.id, templates, numbers, account.created_at)
        for template in templates:
            task = tasks.get(connection, account.id, *template.identity) if template.notifies else None
            if task is not None:
                context = TaskContext(connection, account, template.vendor, "", account.created_at, "")
                history = sum(1 for step in template.plan.steps if step.at < 0)
                self._plan_deliveries(context, task, first_step=history)

    def recorded(self, vendor: str, new: NewTaskData, plan: Plan, number: int) -> NewTask:
        """A task as it is recorded, with what follows from its plan, which may be over."""
        charged_at = plans.succeeds_at(plan, self.lifecycle(vendor, new.kind)) if new.runtime.reserved else None
        return self._new_task(vendor, new, plan, number, charged_at)

    def _new_task(
        self, vendor: str, new: NewTaskData, plan: Plan, number: int, charged_at: int | None = None
    ) -> NewTask:
        return NewTask(
            vendor=vendor,
            kind=new.kind,
            number=number,
            key=str(new.key(number)),
            name=new.name,
            created_at=new.created_at,
            plan=plan,
            runtime=new.runtime,
            attributes=new.attributes,
            category=new.category,
            charged_at=charged_at,
            works_until=self._works_until(new.runtime, vendor, new.kind, plan),
            by_state=new.kind in self._listed_by_state[vendor],
            texts=new.texts,
        )

    def redirect(self, context: TaskContext, kind: str, callback: CallbackTarget | None) -> None:
        """Redirect the callbacks that are still to come of all tasks of a kind.

        For webhooks, whose URL belongs to the account. Callbacks that are already due keep their URL.

        Args:
            callback: None for nowhere.
        """
        for task in tasks.every(context.connection, context.account.id, context.vendor, kind):
            redirected = replace(task, runtime=replace(task.runtime, callback=callback))
            tasks.set_runtime(context.connection, task.id, redirected.runtime)
            if task.plan.settles_at > context.now:
                deliveries.withdraw(context.connection, task.id, context.now)
                past = len(task.plan.steps) - len(task.plan.future(context.now))
                self._plan_deliveries(context, redirected, first_step=past)

    def change(self, context: TaskContext, task: Task, plan: Plan) -> Task:
        """Replace a task's plan, with all that follows from it."""
        unchanged = sum(
            1 for old, new in zip(task.plan.steps, plan.steps, strict=False) if old == new and old.at <= context.now
        )
        return self._replan(context, task, plan, self.change, first_step=unchanged, withdrawn_after=context.now)

    def rewrite(self, context: TaskContext, task: Task, plan: Plan) -> Task:
        """Replace a new task's plan, and its past. What happens by now is history, and nobody is notified of it."""
        history = len(plan.steps) - len(plan.future(context.now))
        return self._replan(context, task, plan, self.rewrite, first_step=history, withdrawn_after=_BEFORE_ALL)

    def _replan(
        self,
        context: TaskContext,
        task: Task,
        plan: Plan,
        follow: _Replanning,
        *,
        first_step: int,
        withdrawn_after: int,
    ) -> Task:
        charged_at = self._settle_reservation(context, task, plan)
        ends = self._works_until(task.runtime, task.vendor, task.kind, plan)
        tasks.set_plan(context.connection, task, plan, charged_at, ends)
        deliveries.withdraw(context.connection, task.id, withdrawn_after)
        changed = replace(task, plan=plan)
        self._plan_deliveries(context, changed, first_step=first_step)
        self._change_followers(context, task, plan, follow)
        return changed

    def follow(self, context: TaskContext, leader: Task, new: NewTaskData, states: Mapping[str, str]) -> Task:
        """Create a task that follows another task until it is changed itself.

        Args:
            states: the new task's state for each of the leader's.
        """
        follower = self.record(context, new, plans.follow(leader.plan, states))
        followers = (*leader.runtime.followers, Follower(follower.id, dict(states)))
        tasks.set_runtime(context.connection, leader.id, replace(leader.runtime, followers=followers))
        return follower

    @staticmethod
    def _change_followers(context: TaskContext, leader: Task, plan: Plan, change: _Replanning) -> None:
        for entry in leader.runtime.followers:
            follower = tasks.by_id(context.connection, entry.task_id)
            # A follower with another plan was changed on its own.
            if follower is not None and follower.plan == plans.follow(leader.plan, entry.states):
                change(context, follower, plans.follow(plan, entry.states))

    def operate(self, context: TaskContext, task: Task, choice: Choice, target: str | None = None) -> Task:
        """Let the operation (cancel, restart, ...) take its edge in a task's lifecycle.

        Args:
            choice: its outcome afterwards.
            target: the state to enter, for an operation with several edges from there.

        Raises:
            IllegalTransition: the task's state has no such edge.
        """
        lifecycle = self.lifecycle_of(task)
        try:
            plan = plans.operate(
                task.plan,
                lifecycle,
                context.now,
                choice.tempo,
                context.operation,
                choice.outcome,
                choice.reason,
                target,
            )
        except plans.PlanError as error:
            raise IllegalTransition(str(error)) from error
        return self.change(context, task, plan)

    def resubmit(
        self,
        context: TaskContext,
        task: Task,
        choice: Choice,
        name: str,
        attributes: Mapping[str, Any],
        callback: CallbackTarget | None,
    ) -> Task:
        """Restart a task by the operation, with other attributes.

        Raises:
            IllegalTransition: the task's state does not allow it.
        """
        runtime = replace(task.runtime, base_url=context.base_url, callback=callback)
        tasks.set_runtime(context.connection, task.id, runtime)
        tasks.set_attributes(context.connection, task.id, attributes, name)
        tasks.set_callback_state(context.connection, 0, task.id)
        anew = replace(task, name=name, runtime=runtime, attributes=attributes, callback_state=0)
        return self.operate(context, anew, choice)

    def delete(self, context: TaskContext, task: Task) -> None:
        """Remove a task from every list, and its planned callbacks from the outbox."""
        tasks.mark_deleted(context.connection, task, context.now)
        deliveries.withdraw(context.connection, task.id, context.now)
        charged_at = plans.succeeds_at(task.plan, self.lifecycle_of(task)) if task.runtime.reserved else None
        if charged_at is not None:
            move_reservation(context, task, charged_at, None)

    @staticmethod
    def choose(context: TaskContext, name: str, outcome: str = DEFAULT_OUTCOME, reason: str | None = None) -> Choice:
        """The outcome of a task that the operation creates or changes; consumes a matching scenario.

        Args:
            name: of the task, or of a part of it that has an outcome of its own.
            outcome: unless a scenario chooses another.
            reason: of a failure.
        """
        account = context.account
        default = Choice(outcome, reason, account.tempo)
        if not account.scenario_count:
            return default
        call = Call(account.id, context.vendor, context.operation, context.now, name)
        scenario = scenarios.consume(context.connection, call)
        if scenario is None or scenario.outcome is None:
            return default
        if scenario.outcome == STUCK:
            return replace(default, stuck=True)
        if scenario.outcome == SLOW:
            return replace(default, tempo=Tempo(account.pace, SLOWNESS))
        return replace(default, outcome=scenario.outcome, reason=scenario.reason)

    def _works_until(self, runtime: TaskRuntime, vendor: str, kind: str, plan: Plan) -> int | None:
        # Only work that costs something is limited, and counted.
        return plans.works_until(plan, self.lifecycle(vendor, kind)) if runtime.reserved else None

    def _settle_reservation(self, context: TaskContext, task: Task, plan: Plan) -> int | None:
        # Returns when the new plan charges its reservation.
        if not task.runtime.reserved:
            return None
        lifecycle = self.lifecycle_of(task)
        was_charged_at = plans.succeeds_at(task.plan, lifecycle)
        charged_at = plans.succeeds_at(plan, lifecycle)
        if task.deleted_at is None:
            move_reservation(context, task, was_charged_at, charged_at)
        was_reserved, is_reserved = was_charged_at is not None, charged_at is not None
        if was_reserved != is_reserved:
            for name, amount in task.runtime.reserved.items():
                change = amount if is_reserved else -amount
                quotas.adjust(context.connection, task.account_id, task.vendor, name, change)
        return charged_at

    def _plan_deliveries(self, context: TaskContext, task: Task, first_step: int) -> None:
        target = task.runtime.callback
        if target is None:
            return
        states = self.lifecycle_of(task).states
        for index, step in enumerate(task.plan.steps):
            callback = states[step.state].callback
            if index >= first_step and callback is not None:
                event_id = context.account.own_identifiers.uuid("delivery", task.number, index, step.at)
                delivery = new_delivery(
                    context, event_id, callback, target, step.at, task_id=task.id, state=step.state, step=index
                )
                deliveries.add(context.connection, with_early(context, delivery, task.name), context.now)


def new_delivery(
    context: TaskContext,
    event_id: str,
    callback: str,
    target: CallbackTarget,
    due_at: int,
    *,
    task_id: int | None = None,
    state: str | None = None,
    step: int = 0,
) -> Delivery:
    """A delivery that is not due yet.

    Args:
        callback: operationId of the callback.
        task_id, state: the task's row, and the state whose entering it notifies of; None without a task.
        step: the number of the step of the task's plan in which it enters the state.
    """
    return Delivery(
        id=event_id,
        account_id=context.account.id,
        vendor=context.vendor,
        callback=callback,
        task_id=task_id,
        task_state=state,
        url=target.url,
        context=target.context,
        body=None,
        state=PENDING,
        created_at=due_at,
        due_at=due_at,
        attempts=0,
        step=step,
    )


def remaining_quotas(context: TaskContext) -> dict[str, tuple[int, int]]:
    """What is left, and the total, of every quota. A reservation is not deducted.

    An operator may lower a total below what has been used: then nothing is left.
    """
    connection, account_id, vendor = context.connection, context.account.id, context.vendor
    amounts = quotas.read(connection, account_id, vendor)
    left = {name: total - used for name, (total, used) in amounts.items()}
    for name, amount in reservations.after(connection, account_id, vendor, context.now).items():
        left[name] += amount
    return {name: (max(0, left[name]), total) for name, (total, _) in amounts.items()}
