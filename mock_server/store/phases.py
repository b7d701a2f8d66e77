"""The phases of tasks' plans: what an index of states and times is made of."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import DELETED, task_phases

# What the states of phases begin with whose task was deleted: no list shows them, and the entries are still counted.
_OF_DELETED = f"{DELETED}/"
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
    .returning(task_phases.c.category, task_phases.c.state)
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


def of_deleted(state: str) -> str:
    """The state of the phases of deleted tasks in a state."""
    return _OF_DELETED + state


class Forgotten(NamedTuple):
    """What was recorded of a task whose phases are forgotten.

    Attributes:
        is_deleted: whether they were those of a deleted task.
    """

    category: str
    is_deleted: bool


def forget(connection: Connection, account_id: str, vendor: str, kind: str, number: int) -> Forgotten | None:
    """Forget the phases of a task; None if there are none."""
    key = {"account": account_id, "of_vendor": vendor, "of_kind": kind, "of_number": number}
    for category, state in _DELETE.all(connection, key):
        return Forgotten(category, state.startswith(_OF_DELETED))
    return None


def add_of_deleted(connection: Connection, task: TaskPhases) -> None:
    """Record the phases of a task that was deleted, so that its entries into states are counted.

    Of a plan that passes through a state in no time, none are recorded: some would be missing.
    """
    first, *others = rows = list(task.rows())
    if len(rows) == len(task.steps):
        # The first state only once: as many of its phases as deleted tasks say that none is missing.
        chosen = [first, *(row for row in others if row["state"] != first["state"])]
        _INSERT.run_many(connection, [{**row, "state": of_deleted(row["state"])} for row in chosen])


def replace(
    connection: Connection, account_id: str, vendor: str, kind: str, number: int, steps: Sequence[Sequence[Any]]
) -> None:
    """Record the phases of a task whose plan was replaced, if its phases are recorded at all."""
    forgotten = forget(connection, account_id, vendor, kind, number)
    if forgotten is None:
        return
    task = TaskPhases(account_id, vendor, kind, number, forgotten.category, steps)
    if forgotten.is_deleted:
        add_of_deleted(connection, task)
    else:
        add(connection, [task])
