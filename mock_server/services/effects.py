"""What a request has done, for the journal."""

from dataclasses import field

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.faults import StruckFault
from bodydouble.mock_server.store.accounts import Account


@dataclass(slots=True)
class Effects:
    """What a handler has done, for the journal.

    Attributes:
        account: whose request it was; a public operation may find that out.
        task_id: row of the task that the request made or changed.
        faults: those that strike the request.
    """

    account: Account | None = None
    task_id: int | None = None
    faults: list[StruckFault] = field(default_factory=list)
