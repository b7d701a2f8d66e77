"""Making and changing tasks: plan, quota and outbox in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Lifecycle
from bodydouble.mock_server.engine import identifiers, plans
from bodydouble.mock_server.engine.plans import Plan, Tempo
from bodydouble.mock_server.store import deliveries, quotas, scenarios, tasks
from bodydouble.mock_server.store.accounts import Account, next_number
from bodydouble.mock_server.store.deliveries import PENDING, Delivery
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest

# What a scenario may choose besides the outcomes of the lifecycle.
STUCK, SLOW = "stuck", "slow"
SLOWNESS = 10.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to become of a task that is about to be planned.

    Attributes:
        outcome: one of its lifecycle's outcomes.
        reason: of a failure.
        stuck: whether it never leaves its last working state.
    """

    outcome: str
    reason: str | None
    tempo: Tempo
    stuck: bool = False


class TaskService:
    """Makes and changes tasks.

    Args:
        contracts: of all vendors, by name.
    """

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts = contracts

    def lifecycle(self, vendor: str, kind: str) -> Lifecycle:
        """The lifecycle of a kind of task."""
        return self._contracts[vendor].lifecycles[kind]

    def lifecycle_of(self, task: Task) -> Lifecycle:
        """The lifecycle of a task."""
        return self.lifecycle(task.vendor, task.kind)

    def create(
        self,
        request: OperationRequest,
        kind: str,
        *,
        key: Callable[[int], str | int],
        name: str = "",
        attributes: Mapping[str, Any],
        callback_url: str | None = None,
        callback_context: Mapping[str, Any] | None = None,
        reserved: Mapping[str, int] | None = None,
        quota_case: str = "",
        outcome: str = DEFAULT_OUTCOME,
        reason: str | None = None,
        choice: Choice | None = None,
        category: str | None = None,
    ) -> Task:
        """Make a task for a request, within the request's transaction.

        Args:
            kind: name of its lifecycle.
            key: from the account's next number to the identifier on the wire.
            name: what scenarios match and lists search.
            callback_url: where its callbacks go; None for nowhere.
            callback_context: what building and signing them needs besides the task.
            reserved: quota that its success costs; it is set aside now and shows as used from then on.
            quota_case: the error case to refuse with when so much is not left.
            outcome: unless a scenario chooses another.
            reason: of a failure.
            choice: what `choose` gave for this task, if that was asked before.
            category: what lists tell tasks of the kind apart by.
        """
        account, vendor = request.account, request.vendor
        chosen = choice or self.choose(request, name, outcome, reason)
        lifecycle = self.lifecycle(vendor, kind)
        plan = plans.make(lifecycle, request.now, chosen.tempo, chosen.outcome, chosen.reason, stuck=chosen.stuck)
        stored = {**attributes, "base_url": request.base_url}
        charged_at = None
        if reserved:
            stored["reserved"] = dict(reserved)
            charged_at = plans.succeeds_at(plan, lifecycle)
            if charged_at is not None:
                self._reserve(request.connection, account.id, vendor, reserved, quota_case)
        task = self.add(
            request.connection,
            account,
            vendor,
            kind,
            key=key,
            name=name,
            created_at=request.now,
            now=request.now,
            plan=plan,
            attributes=stored,
            callback_url=callback_url,
            callback_context=callback_context,
            category=category,
            charged_at=charged_at,
        )
        request.cause = task.id
        return task

    def add(
        self,
        connection: Connection,
        account: Account,
        vendor: str,
        kind: str,
        *,
        key: Callable[[int], str | int],
        name: str,
        created_at: int,
        now: int,
        plan: Plan,
        attributes: Mapping[str, Any],
        callback_url: str | None = None,
        callback_context: Mapping[str, Any] | None = None,
        category: str | None = None,
        charged_at: int | None = None,
    ) -> Task:
        """Record a task whose plan is known, within a transaction; for tasks that no request of the vendor's asks for.

        Args:
            created_at: may lie in the past, like any part of the plan.
            now: what happened before it is history and announced to nobody.
            plan: what has happened and will happen to it.
            charged_at: when its success costs what was set aside for it, if anything was.

        The others are those of `create`.
        """
        number = next_number(connection, account.id)
        stored = dict(attributes)
        if callback_url is not None:
            stored["callback"] = {"url": callback_url, "context": callback_context or {}}
        task = tasks.add(
            connection,
            account.id,
            vendor,
            kind,
            number=number,
            key=str(key(number)),
            name=name,
            created_at=created_at,
            plan=plan,
            attributes=stored,
            category=category,
            charged_at=charged_at,
        )
        if callback_url is not None:
            history = sum(1 for step in plan.steps if step.at < now)
            self._plan_deliveries(connection, account, task, plan, first_step=history)
        return task

    def redirect(
        self, connection: Connection, account: Account, now: int, vendor: str, kind: str, callback_url: str | None
    ) -> None:
        """Send the callbacks that are still to come of all tasks of a kind to another URL, within a transaction.

        For webhooks, whose URL belongs to the account. What is due already goes where it was to go.

        Args:
            callback_url: None for nowhere.
        """
        for task in tasks.every(connection, account.id, vendor, kind):
            stored = {name: value for name, value in task.attributes.items() if name != "callback"}
            if callback_url is not None:
                stored["callback"] = {"url": callback_url, "context": {}}
            tasks.set_attributes(connection, task.id, stored)
            if task.plan.settles_at <= now:
                continue
            deliveries.withdraw(connection, task.id, now)
            if callback_url is not None:
                happened = len(task.plan.steps) - len(task.plan.future(now))
                self._plan_deliveries(
                    connection, account, replace(task, attributes=stored), task.plan, first_step=happened
                )

    def change(self, connection: Connection, account: Account, now: int, task: Task, plan: Plan) -> Task:
        """Replace a task's plan, with all that follows from it, within a transaction."""
        lifecycle = self.lifecycle_of(task)
        charged_at = self._settle_reservation(connection, task, lifecycle, plan)
        tasks.set_plan(connection, task.id, plan, charged_at)
        deliveries.withdraw(connection, task.id, now)
        kept = sum(1 for old, new in zip(task.plan.steps, plan.steps, strict=False) if old == new and old.at <= now)
        changed = replace(task, plan=plan)
        if "callback" in task.attributes:
            self._plan_deliveries(connection, account, changed, plan, first_step=kept)
        self._take_along(connection, account, now, task, plan)
        return changed

    def follow(
        self,
        request: OperationRequest,
        leader: Task,
        kind: str,
        *,
        states: Mapping[str, str],
        key: Callable[[int], str | int],
        name: str,
        attributes: Mapping[str, Any],
    ) -> Task:
        """Make a task that goes along with another one, whatever becomes of that, until it is changed itself.

        Args:
            states: the new task's state for each of the leader's. The other arguments: as of `create`.
        """
        follower = self.add(
            request.connection,
            request.account,
            request.vendor,
            kind,
            key=key,
            name=name,
            created_at=request.now,
            now=request.now,
            plan=plans.follow(leader.plan, states),
            attributes={**attributes, "base_url": request.base_url},
        )
        entry = {"task": follower.id, "states": dict(states)}
        followers = [*leader.attributes.get("followers", ()), entry]
        tasks.set_attributes(request.connection, leader.id, {**leader.attributes, "followers": followers})
        return follower

    def _take_along(self, connection: Connection, account: Account, now: int, leader: Task, plan: Plan) -> None:
        for entry in leader.attributes.get("followers", ()):
            follower = tasks.by_id(connection, entry["task"])
            # One with another plan has gone its own way.
            if follower is not None and follower.plan == plans.follow(leader.plan, entry["states"]):
                self.change(connection, account, now, follower, plans.follow(plan, entry["states"]))

    def operate(
        self,
        request: OperationRequest,
        task: Task,
        *,
        refusal: str,
        tempo: Tempo | None = None,
        outcome: str = DEFAULT_OUTCOME,
        target: str | None = None,
    ) -> Task:
        """Let the request's operation (cancel, restart, ...) take its edge in a task's lifecycle.

        Args:
            refusal: the error case to refuse with when the task's state has no such edge.
            outcome: of what follows, unless a scenario chooses another.
            target: the state to enter, for an operation with several edges from there.
        """
        lifecycle = self.lifecycle_of(task)
        chosen = self.choose(request, task.name, outcome)
        try:
            plan = plans.operate(
                task.plan,
                lifecycle,
                request.now,
                tempo or chosen.tempo,
                request.operation.id,
                chosen.outcome,
                chosen.reason,
                target,
            )
        except plans.PlanError as error:
            raise ApiError(refusal, str(error)) from error
        request.cause = task.id
        return self.change(request.connection, request.account, request.now, task, plan)

    def resubmit(
        self,
        request: OperationRequest,
        task: Task,
        *,
        refusal: str,
        name: str,
        attributes: Mapping[str, Any],
        callback_url: str | None = None,
        outcome: str = DEFAULT_OUTCOME,
    ) -> Task:
        """Let the request's operation start a task anew, with other attributes.

        Args:
            refusal: the error case to refuse with when the task's state does not allow it.
            outcome: unless a scenario chooses another.
        """
        stored = {**attributes, "base_url": request.base_url}
        if callback_url is not None:
            stored["callback"] = {"url": callback_url, "context": {}}
        tasks.set_attributes(request.connection, task.id, stored, name)
        tasks.set_callback_state(request.connection, task.id, 0)
        anew = replace(task, name=name, attributes=stored, callback_state=0)
        return self.operate(request, anew, refusal=refusal, outcome=outcome)

    def delete(self, request: OperationRequest, task: Task) -> None:
        """Take a task out of every list, and its planned callbacks out of the outbox."""
        tasks.mark_deleted(request.connection, task.id, request.now)
        deliveries.withdraw(request.connection, task.id, request.now)
        request.cause = task.id

    def remaining(self, connection: Connection, account: Account, vendor: str, now: int) -> dict[str, tuple[int, int]]:
        """The rest (with what is only reserved; never below 0) and the total of every quota."""
        amounts = quotas.read(connection, account.id, vendor)
        left = {name: total - taken for name, (total, taken) in amounts.items()}
        for reserved in tasks.reservations(connection, account.id, vendor, now):
            for name, amount in reserved.items():
                left[name] += amount
        return {name: (max(0, left[name]), total) for name, (total, _) in amounts.items()}

    def choose(
        self, request: OperationRequest, name: str, outcome: str = DEFAULT_OUTCOME, reason: str | None = None
    ) -> Choice:
        """What is to become of a task that a request makes or changes; uses up a scenario that fits.

        Args:
            name: of the task, or of a part of it that has an outcome of its own.
            outcome: unless a scenario chooses another.
            reason: of a failure.
        """
        account = request.account
        planned = Choice(outcome, reason, account.tempo)
        if not account.scenario_count:
            return planned
        scenario = scenarios.consume(
            request.connection,
            account.id,
            request.vendor,
            request.operation.id,
            error=False,
            task_name=name,
        )
        if scenario is None or scenario.outcome is None:
            return planned
        if scenario.outcome == STUCK:
            return replace(planned, stuck=True)
        if scenario.outcome == SLOW:
            return replace(planned, tempo=Tempo(account.pace, SLOWNESS))
        return replace(planned, outcome=scenario.outcome, reason=scenario.reason)

    def _reserve(
        self, connection: Connection, account_id: str, vendor: str, reserved: Mapping[str, int], case: str
    ) -> None:
        for name, amount in reserved.items():
            if not quotas.reserve(connection, account_id, vendor, name, amount):
                raise ApiError(case, f"{name}: {amount} needed, less than that left")

    def _settle_reservation(self, connection: Connection, task: Task, lifecycle: Lifecycle, plan: Plan) -> int | None:
        # Returns when the new plan costs what is set aside.
        reserved = task.attributes.get("reserved")
        if not reserved:
            return None
        held = plans.succeeds_at(task.plan, lifecycle) is not None
        charged_at = plans.succeeds_at(plan, lifecycle)
        needed = charged_at is not None
        if held != needed:
            for name, amount in reserved.items():
                quotas.adjust(connection, task.account_id, task.vendor, name, amount if needed else -amount)
        return charged_at

    def _plan_deliveries(
        self, connection: Connection, account: Account, task: Task, plan: Plan, first_step: int
    ) -> None:
        lifecycle = self.lifecycle_of(task)
        for index, step in enumerate(plan.steps):
            callback = lifecycle.states[step.state].callback
            if index < first_step or callback is None:
                continue
            deliveries.add(
                connection,
                Delivery(
                    id=identifiers.seeded_uuid(account.seed, account.id, "delivery", task.number, index, step.at),
                    account_id=account.id,
                    vendor=task.vendor,
                    callback=callback,
                    task_id=task.id,
                    task_state=step.state,
                    url=task.attributes["callback"]["url"],
                    context=task.attributes["callback"]["context"],
                    body=None,
                    state=PENDING,
                    created_at=step.at,
                    due_at=step.at,
                    attempts=0,
                ),
            )
