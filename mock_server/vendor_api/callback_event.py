"""A callback that is about to be built or signed."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.contract import Callback
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.task_view import TaskView


@dataclass(frozen=True, slots=True)
class CallbackEvent:
    """What a callback tells its receiver.

    Attributes:
        subject: the task whose transition caused it, as it was then; None for an event without one.
        state: the state whose entering it notifies of; None for an event without a task.
        at: when the task entered it, epoch milliseconds on the account's clock.
        event_id: the same in all attempts.
        context: what was put into the delivery in addition to the task.
    """

    callback: Callback
    account: Account
    subject: TaskView | None
    state: str | None
    at: int
    event_id: str
    context: Mapping[str, Any]

    @property
    def task(self) -> TaskView:
        """The task, for a callback that always has one.

        Raises:
            ValueError: it has none.
        """
        if self.subject is None:
            raise ValueError(f"{self.callback.id} is about a task")
        return self.subject
