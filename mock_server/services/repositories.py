"""The repositories of a toolbox for tasks and quotas: those of one account at one vendor, within one transaction."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Lifecycle
from bodydouble.contracts.model.paging import RequestedPage
from bodydouble.mock_server.engine.plans import Plan
from bodydouble.mock_server.services.effects import Effects
from bodydouble.mock_server.services.task_context import IllegalTransition, QuotaExceeded, TaskContext
from bodydouble.mock_server.services.tasks import NewTaskData, TaskService, remaining_quotas
from bodydouble.mock_server.store import (
    entry_order,
    quotas,
    search,
    task_entries,
    task_lists,
    task_search,
    tasks,
)
from bodydouble.mock_server.store.search import Scope, SearchText
from bodydouble.mock_server.store.task_entries import Entries
from bodydouble.mock_server.store.task_lists import Entry, Selection
from bodydouble.mock_server.store.task_runtime import CallbackTarget, Files, TaskRuntime
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Choice, Cost, Key


class Tasks:
    """The account's tasks; what each method does is said in vendor_api.toolbox.TaskRepository."""

    __slots__ = ("_context", "_effects", "_service")

    def __init__(self, context: TaskContext, service: TaskService, effects: Effects) -> None:
        self._context, self._service, self._effects = context, service, effects

    def _scope(self, kind: str) -> tuple[Any, str, str, str]:
        context = self._context
        return context.connection, context.account.id, context.vendor, kind

    def lifecycle(self, kind: str) -> Lifecycle:
        """The lifecycle of a kind of task."""
        return self._service.lifecycle(self._context.vendor, kind)

    def view(self, task: Task) -> TaskView:
        """A task as the sender of the request sees it now."""
        context = self._context
        lifecycles = self._service.lifecycles(context.vendor)
        return TaskView(context.account, task, lifecycles, context.now, context.base_url)

    def get(self, kind: str, key: str | int) -> Task | None:
        """The task of an identifier on the wire."""
        return tasks.get(*self._scope(kind), str(key))

    def find(self, kind: str, key: str | int, error: Enum, field: str) -> TaskView:
        """The task of an identifier on the wire, or an error."""
        task = self.get(kind, key)
        if task is None:
            raise ApiError(error, f"{field}: this account has no {kind} {key}")
        return self.view(task)

    def by_row(self, task_id: int) -> Task | None:
        """The account's task of a row."""
        task = tasks.by_id(self._context.connection, task_id)
        return task if task is not None and task.account_id == self._context.account.id else None

    def page(
        self,
        kind: str,
        page: RequestedPage,
        category: str | None = None,
        *,
        states: Collection[str] | None = None,
        created_from: int | None = None,
        created_until: int | None = None,
        without: Collection[int] = (),
        newest_first: bool = True,
        entry: Entry | None = None,
        by_entry: bool = False,
    ) -> tuple[int, list[Task]]:
        """How many tasks there are, and those of a page."""
        if by_entry and states is None:
            states = tuple(self.lifecycle(kind).states)
        selection = replace(
            self._selection(kind, category, states),
            created_from=created_from,
            created_until=created_until,
            without=frozenset(without),
            entry=entry,
        )
        connection, offset, limit = self._context.connection, page.offset, page.size
        read = entry_order.page if by_entry else task_lists.page
        return read(connection, selection, offset=offset, limit=limit, newest_first=newest_first)

    def count(self, kind: str, category: str | None = None, *, states: Collection[str] | None = None) -> int:
        """How many tasks there are."""
        return task_lists.count(self._context.connection, self._selection(kind, category, states))

    def place(self, view: TaskView) -> int:
        """How many tasks of the kind entered the state of a task before it, and still are in it."""
        selection = self._selection(view.task.kind, None, (view.state,))
        return task_lists.entered_before(self._context.connection, selection, view.entered_at, view.task.number)

    def _selection(self, kind: str, category: str | None, states: Collection[str] | None) -> Selection:
        _, account_id, vendor, _ = self._scope(kind)
        categories = None if category is None else (category,)
        in_states = None if states is None else tuple(sorted(states))
        return Selection(account_id, vendor, kind, self._context.now, categories, in_states)

    def all(
        self, kind: str, category: str | None = None, *, with_deleted: bool = False, newest_first: bool = True
    ) -> Iterator[Task]:
        """All tasks of a kind."""
        return tasks.every(*self._scope(kind), category, with_deleted=with_deleted, newest_first=newest_first)

    def entries(
        self, kind: str, category: str, states: Collection[str], *, since: int, until: int, at_most: int
    ) -> tuple[int, Iterator[Task]]:
        """Tasks that have entered states in a time."""
        scope, initial, end = self._search_scope(kind), self.lifecycle(kind).initial, min(until, self._context.now)
        entries = Entries(scope, category, tuple(states), initial, since, end)
        return task_entries.read(self._context.connection, entries, at_most)

    def search(
        self, kind: str, field: str, text: str, *, by_part: bool = False, with_deleted: bool = False, having: str = ""
    ) -> Iterator[Task]:
        """The tasks of a kind that may have a text."""
        searched = SearchText(field, text, by_part)
        connection, scope = self._context.connection, self._search_scope(kind)
        return task_search.by_text(connection, scope, searched, with_deleted=with_deleted, having=having)

    def search_keys(self, kind: str, part: str) -> list[Task]:
        """The tasks of a kind whose identifiers may have a part."""
        return task_search.by_part_of_key(self._context.connection, self._search_scope(kind), part)

    def _search_scope(self, kind: str) -> Scope:
        return Scope(self._context.account.id, self._context.vendor, kind)

    def count_at_work(self, kind: str) -> int:
        """How many tasks of a kind have not ended their work."""
        return tasks.count_at_work(*self._scope(kind), self._context.now)

    def choose(self, name: str, outcome: str = DEFAULT_OUTCOME, reason: str | None = None) -> Choice:
        """The chosen outcome of a task with a name."""
        return self._service.choose(self._context, name, outcome, reason)

    def create(
        self,
        kind: str,
        *,
        key: Key,
        name: str = "",
        attributes: Mapping[str, Any],
        files: Files | None = None,
        files_valid: int | None = None,
        callback: CallbackTarget | None = None,
        cost: Cost | None = None,
        outcome: str = DEFAULT_OUTCOME,
        choice: Choice | None = None,
        category: str | None = None,
        texts: Sequence[SearchText] = (),
    ) -> Task:
        """Make a task."""
        context = self._context
        reserved = cost.amounts if cost is not None else {}
        runtime = TaskRuntime(context.base_url, callback, reserved, (), files or {}, files_valid)
        new = NewTaskData(kind, key, name, context.now, runtime, attributes, category, texts)
        choice = choice or self.choose(name, outcome)
        if cost is None:
            return self._touched(self._service.create(context, new, choice))
        try:
            return self._touched(self._service.create(context, new, choice))
        except QuotaExceeded as error:
            raise ApiError(cost.error, str(error)) from error

    def record(
        self,
        kind: str,
        *,
        key: Key,
        name: str,
        created_at: int,
        plan: Plan,
        attributes: Mapping[str, Any],
        files: Files | None = None,
        files_valid: int | None = None,
        callback: CallbackTarget | None = None,
        category: str | None = None,
        texts: Sequence[SearchText] = (),
    ) -> Task:
        """Record a task whose plan is known."""
        runtime = TaskRuntime("", callback, {}, (), files or {}, files_valid)
        new = NewTaskData(kind, key, name, created_at, runtime, attributes, category, texts)
        return self._service.record(self._context, new, plan)

    def follow(
        self,
        leader: Task,
        kind: str,
        *,
        states: Mapping[str, str],
        key: Key,
        name: str,
        attributes: Mapping[str, Any],
        texts: Sequence[SearchText] = (),
    ) -> Task:
        """Create a task that follows another task."""
        context = self._context
        new = NewTaskData(kind, key, name, context.now, TaskRuntime(context.base_url), attributes, texts=texts)
        return self._service.follow(context, leader, new, states)

    def operate(self, task: Task, *, error: Enum, outcome: str = DEFAULT_OUTCOME, target: str | None = None) -> Task:
        """Apply the edge of the request's operation."""
        try:
            changed = self._service.operate(self._context, task, self.choose(task.name, outcome), target)
        except IllegalTransition as reason:
            raise ApiError(error, str(reason)) from reason
        return self._touched(changed)

    def resubmit(
        self,
        task: Task,
        *,
        error: Enum,
        name: str,
        attributes: Mapping[str, Any],
        callback: CallbackTarget | None = None,
        outcome: str = DEFAULT_OUTCOME,
    ) -> Task:
        """Restart a task by the request's operation."""
        choice = self.choose(name, outcome)
        try:
            return self._touched(self._service.resubmit(self._context, task, choice, name, attributes, callback))
        except IllegalTransition as reason:
            raise ApiError(error, str(reason)) from reason

    def change(self, task: Task, plan: Plan) -> Task:
        """Replace a task's plan."""
        return self._touched(self._service.change(self._context, task, plan))

    def update(
        self, task: Task, attributes: Mapping[str, Any], name: str | None = None, texts: Sequence[SearchText] = ()
    ) -> Task:
        """Replace a task's attributes."""
        tasks.set_attributes(self._context.connection, task.id, attributes, name)
        search.add(self._context.connection, [(self._search_scope(task.kind), task.number, texts)])
        return self._touched(replace(task, attributes=attributes, name=task.name if name is None else name))

    def remove_files(self, task: Task) -> Task:
        """Remove a task's files."""
        runtime = replace(task.runtime, files={})
        tasks.set_runtime(self._context.connection, task.id, runtime)
        return replace(task, runtime=runtime)

    def delete(self, task: Task) -> None:
        """Remove a task from every list."""
        self._service.delete(self._context, self._touched(task))

    def redirect(self, kind: str, callback: CallbackTarget | None) -> None:
        """Redirect the callbacks that are still to come."""
        self._service.redirect(self._context, kind, callback)

    def _touched(self, task: Task) -> Task:
        self._effects.task_id = task.id
        return task


class Quotas:
    """The account's quotas; see vendor_api.toolbox.QuotaRepository."""

    __slots__ = ("_context",)

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def consume(self, quota: str, amount: int, error: Enum) -> None:
        """Use some of a quota, or raise an error."""
        context = self._context
        if not quotas.consume(context.connection, context.account.id, context.vendor, quota, amount):
            raise ApiError(error, f"{quota}: {amount} needed, less than that left")

    def remaining(self) -> Mapping[str, tuple[int, int]]:
        """What is left, and the total, of every quota."""
        return remaining_quotas(self._context)
