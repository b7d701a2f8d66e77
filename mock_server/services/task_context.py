"""The context of a change: vendor, operation, time, transaction."""

from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.accounts import Account


@dataclass(frozen=True, slots=True)
class TaskContext:
    """The context that every change of a task needs.

    Attributes:
        connection: the transaction.
        vendor: name of the vendor whose tasks they are.
        operation: operationId that scenarios and lifecycles know; empty where no operation is behind the change.
        now: epoch milliseconds on the account's clock.
        base_url: under which the request reached the server; empty without a request.
    """

    connection: Connection
    account: Account
    vendor: str
    operation: str
    now: int
    base_url: str


class QuotaExceeded(Exception):
    """A quota is too small for the request; the message names the quota and the amount."""


class IllegalTransition(Exception):
    """A task's state has no edge for the operation; the message says so."""
