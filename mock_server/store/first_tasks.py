"""The tasks of new accounts: templates, of which all is encoded that is the same for every account."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, insert

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.plans import Plan
from bodydouble.mock_server.store import phases, task_ids
from bodydouble.mock_server.store.phases import TaskPhases
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import tasks

_INSERT = PreparedStatement(
    insert(tasks), [column.name for column in tasks.c if column.name not in ("id", "deleted_at")]
)


@dataclass(frozen=True, slots=True)
class TaskTemplate:
    """A task of every new account.

    Attributes:
        plan: as if the account's clock began at 0.
        runtime, attributes: in their stored form.
        by_state: whether its kind is listed by state.
        notifies: whether callbacks of it may be still to come.
    """

    vendor: str
    kind: str
    key: str
    name: str
    category: str | None
    created_at: int
    plan: Plan
    runtime: str
    attributes: str
    by_state: bool
    notifies: bool

    @property
    def identity(self) -> tuple[str, str, str]:
        """Vendor, kind and key: what finds the task of an account."""
        return self.vendor, self.kind, self.key

    def row(self, account_id: str, number: int, since: int) -> dict[str, Any]:
        """The values of the row of an account's task.

        Args:
            since: when the account's clock begins, epoch milliseconds on it.
        """
        return {
            "account_id": account_id,
            "vendor": self.vendor,
            "kind": self.kind,
            "category": self.category,
            "number": number,
            "key": self.key,
            "name": self.name,
            "created_at": self.created_at + since,
            "settles_at": self.plan.settles_at + since,
            "charged_at": None,
            "works_until": None,
            "callback_state": 0,
            "plan": orjson.dumps(self.plan.to_json(later=since)).decode(),
            "runtime": self.runtime,
            "attributes": self.attributes,
        }

    def phases(self, account_id: str, number: int, since: int) -> TaskPhases:
        """The phases of an account's task that its clock can show."""
        steps = [(step.at + since, step.state) for step in self.plan.steps]
        return TaskPhases(account_id, self.vendor, self.kind, number, self.category, steps, since)


def add(
    connection: Connection, account_id: str, templates: Sequence[TaskTemplate], numbers: Iterator[int], since: int
) -> None:
    """Record the tasks of a new account, in few statements.

    Args:
        numbers: of the tasks.
        since: when the account's clock begins, epoch milliseconds on it.
    """
    numbered = list(zip(numbers, templates, strict=False))
    task_ids.let_database_choose(connection)
    _INSERT.run_many(connection, [template.row(account_id, number, since) for number, template in numbered])
    phases.add(
        connection, (template.phases(account_id, number, since) for number, template in numbered if template.by_state)
    )
