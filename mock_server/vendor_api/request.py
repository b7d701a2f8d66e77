"""A request at its stages: each type holds what is known by then, and nothing that is not."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.mock_server.store.accounts import Account


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request whose operation is known, but not yet its sender.

    Attributes:
        base_url: scheme, host and port under which the client reached this server.
        wall_ms: when it was received, epoch milliseconds of the real clock.
    """

    contract: Contract
    operation: Operation
    wire: WireRequest
    base_url: str
    wall_ms: int


@dataclass(frozen=True, slots=True)
class AuthenticatedRequest(ReceivedRequest):
    """A request whose sender is known.

    Attributes:
        sender: the account; None on public operations and on those of the control plane.
        now: epoch milliseconds on the account's clock; on the real one without an account.
    """

    sender: Account | None
    now: int


@dataclass(frozen=True, slots=True)
class OperationRequest(AuthenticatedRequest):
    """A request that keeps its contract: what a handler reads.

    Attributes:
        path, query, headers: the decoded values by parameter name.
        body: the parsed JSON body, or None.
    """

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any

    @property
    def account(self) -> Account:
        """The account that sent the request.

        Raises:
            RuntimeError: the operation is public.
        """
        if self.sender is None:
            raise RuntimeError(f"{self.operation.id} is public: no account is known")
        return self.sender
