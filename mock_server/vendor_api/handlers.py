"""Handlers: what the operations of a vendor do."""

from collections.abc import Callable
from typing import Generic, TypeVar

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import Json

Tools = TypeVar("Tools")
Act = Callable[[OperationRequest, Tools], Json]


@dataclass(frozen=True, slots=True)
class Handler(Generic[Tools]):
    """What an operation does.

    Attributes:
        act: from the request and the toolbox to the data of a success; raises ApiError.
        transaction: whether the server opens a transaction around it. Without one, its toolbox reads only; services
            that change something open transactions of their own.
        monitoring: whether a monitor asks it again and again: it works without the database, and is not recorded in the
            journal, where it would take the place of other requests. Its toolbox has no connection.
        large: whether its bodies may be as large as a snapshot; of those, the journal has the sizes only.
    """

    act: Act[Tools]
    transaction: bool
    monitoring: bool = False
    large: bool = False


class Handlers(dict[str, Handler[Tools]]):
    """The handlers of a module, by operationId."""

    def operation(
        self, operation: str, *, transaction: bool = False, monitoring: bool = False, large: bool = False
    ) -> Callable[[Act[Tools]], Act[Tools]]:
        """Register a function for an operation.

        Args:
            operation: its operationId.
            transaction: whether it changes something through its toolbox.
            monitoring: whether a monitor asks it again and again.
            large: whether its bodies may be as large as a snapshot.
        """

        def register(act: Act[Tools]) -> Act[Tools]:
            if operation in self:
                raise ValueError(f"operation {operation!r} has two handlers")
            self[operation] = Handler(act, transaction, monitoring, large)
            return act

        return register
