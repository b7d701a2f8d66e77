"""A task as one reader sees it at one time: the source of every vendor's records."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.lazy_property import lazy_property
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api import file_urls


@dataclass(frozen=True)
class TaskView:
    """A task, who reads it, and when.

    Attributes:
        lifecycles: all of the vendor, by kind of task.
        now: epoch milliseconds on the account's clock.
        base_url: how the reader reaches this server; as the task's creator did where there is no reader.
    """

    account: Account
    task: Task
    lifecycles: Mapping[str, Lifecycle]
    now: int
    base_url: str

    @property
    def lifecycle(self) -> Lifecycle:
        """The task's lifecycle."""
        return self.lifecycles[self.task.kind]

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The vendor's own data of the task."""
        return self.task.attributes

    @lazy_property
    def state(self) -> str:
        """The name of the state that it is in."""
        return self.task.plan.state(self.now)

    @property
    def code(self) -> int | str:
        """The code of its state on the wire."""
        return self.lifecycle.states[self.state].code

    @property
    def is_terminal(self) -> bool:
        """Whether its state is one that only an operation leaves."""
        return self.lifecycle.states[self.state].terminal

    @property
    def entered_at(self) -> int:
        """When it entered its state, epoch milliseconds."""
        return self.task.plan.current(self.now).at

    @lazy_property
    def succeeds_at(self) -> int | None:
        """When it succeeds, epoch milliseconds; None if it never does."""
        return plans.succeeds_at(self.task.plan, self.lifecycle)

    @property
    def has_succeeded(self) -> bool:
        """Whether its work has ended well."""
        success = self.succeeds_at
        return success is not None and success <= self.now

    @property
    def failure_reason(self) -> str:
        """Why it fails, if it does."""
        return self.task.plan.reason or f"{self.task.plan.outcome} (set by Bodydouble)"

    @lazy_property
    def has_files(self) -> bool:
        """Whether its files can be downloaded."""
        success, valid = self.succeeds_at, self.task.runtime.files_valid
        return success is not None and success <= self.now and (valid is None or self.now < success + valid)

    def has_file(self, name: str) -> bool:
        """Whether one of its files can be downloaded."""
        return self.has_files or bool(self.task.runtime.files[name].get(file_urls.AT_ONCE))

    def file_url(self, name: str) -> str:
        """The URL of one of its files, which lives as long as the files do."""
        return file_urls.task_file_url(self.account, self.task, name, self.base_url)

    def expiring_file_url(self, name: str, expires_at: int) -> str:
        """The URL of one of its files, good until a time in epoch milliseconds."""
        return file_urls.expiring_file_url(self.account, self.task, name, self.base_url, expires_at)

    def of(self, task: Task) -> "TaskView":
        """Another task, as the same reader sees it at the same time."""
        return replace(self, task=task)
