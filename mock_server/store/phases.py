"""The phases of tasks' plans: what an index of states and times is made of."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import task_phases

# Before, and after, all that a clock can show.
ALWAYS, NEVER = 0, 2**62
_COLUMNS = [column.name for column in task_phases.c]
_INSERT = PreparedStatement(insert(task_phases), _COLUMNS)
_DELETE = PreparedStatement(
    delete(task_phases)
    .where(
        task_phases.c.account_id == bindparam("account"),
        task_phases.c.vendor == bindparam("of_vendor"),
        task_phases.c.kind == bindparam("of_kind"),
        task_phases.c.number == bindparam("of_number"),
    )
    .returning(task_phases.c.category)
)


@dataclass(frozen=True, slots=True)
class TaskPhases:
    """The states of one task's plan.

    Attributes:
        category: as of the task.
        steps: the time and the state of each step, in the order of time.
        since: the earliest time that the account's clock can show: what has ended by then is not recorded.
    """

    account_id: str
    vendor: str
    kind: str
    number: int
    category: str | None
    steps: Sequence[Sequence[Any]]
    since: int = ALWAYS

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each state in which it is for some time."""
        key = {"account_id": self.account_id, "vendor": self.vendor, "kind": self.kind, "number": self.number}
        ends = [*(at for at, _ in self.steps[1:]), NEVER]
        begins, since = ALWAYS, self._since
        for (_, state), until_at in zip(self.steps, ends, strict=True):
            if begins < until_at and until_at > since:
                times = {"from_at": begins, "until_at": until_at}
                yield {**key, **times, "state": state, "category": self.category or ""}
            begins = until_at

    @property
    def _since(self) -> int:
        # The entries of a state are counted, too, those included that a later run has ended.
        is_run_again = len({state for _, state in self.steps}) < len(self.steps)
        return ALWAYS if is_run_again else self.since


def add(connection: Connection, tasks: Iterable[TaskPhases]) -> None:
    """Record the phases of new tasks."""
    rows = [row for task in tasks for row in task.rows()]
    _INSERT.run_many(connection, rows)


def replace(
    connection: Connection, account_id: str, vendor: str, kind: str, number: int, steps: Sequence[Sequence[Any]]
) -> None:
    """Record the phases of a task whose plan was replaced, if its phases are recorded at all."""
    key = {"account": account_id, "of_vendor": vendor, "of_kind": kind, "of_number": number}
    removed = _DELETE.all(connection, key)
    if removed:
        add(connection, [TaskPhases(account_id, vendor, kind, number, removed[0][0], steps)])
