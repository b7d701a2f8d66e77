"""What an active law may use: it calls operations within the budget, and sees what the run has done before."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.options import EndpointOptions, KnownValues
from bodydouble.contracts.model import record_ids as ids
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import Law, OperationLaws

# Signs and sends a request; the exchange holds it as it was sent.
Call = Callable[[Operation, WireRequest], OperationExchange]


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A record that this run has created.

    Attributes:
        created: the create, with its response.
    """

    resource: str
    id: str
    created: OperationExchange


@dataclass(frozen=True)
class LawContext:
    """What an active law may use.

    Attributes:
        operations: by operationId, those that are to be tested.
        exchanges: all that the run has sent so far, in order; grows.
        send: signs, counts and sends a request; raises BudgetSpent, or an error of the network.
        send_as_other: sends with the credentials of a second account; None if there is none.
        known: values that exist at the endpoint.
        affords: whether the budget allows so many further requests to an operation (its id).
    """

    contract: Contract
    operations: Mapping[str, Operation]
    options: EndpointOptions
    exchanges: list[OperationExchange]
    send: Call
    affords: Callable[[str, int], bool]
    chance: random.Random = field(default_factory=random.Random)
    send_as_other: Call | None = None
    known: KnownValues = field(default_factory=dict)

    def call(self, operation: Operation, request: WireRequest) -> OperationExchange:
        """Send a request to an operation, signed anew.

        Raises:
            BudgetSpent: the operation is metered, and the budget is spent.
            requests.RequestException: there was no response.
        """
        return self.send(operation, request)

    def as_other_account(self) -> "LawContext | None":
        """The same for a second account; None if there is none."""
        return None if self.send_as_other is None else replace(self, send=self.send_as_other, send_as_other=None)

    def declaring(self, law: Law) -> Iterator[tuple[Operation, OperationLaws]]:
        """The operations to be tested that declare a law."""
        for operation in self.operations.values():
            if operation.laws is not None and law in operation.laws.declared:
                yield operation, operation.laws

    def of_resource(self, resource: str, *roles: str) -> Iterator[tuple[Operation, OperationLaws]]:
        """All operations of the contract with one of some roles for a resource."""
        for operation in self.contract.operations.values():
            laws = operation.laws
            if laws is not None and laws.resource == resource and laws.role in roles:
                yield operation, laws

    def successes(self, operation: Operation) -> list[OperationExchange]:
        """The valid requests to an operation that have succeeded so far, in order."""
        return [exchange for exchange in self.exchanges if exchange.operation is operation and exchange.succeeded]

    def own_records(self, resource: str) -> list[OwnRecord]:
        """The records of a resource that this run has created and not deleted, in the order of their creation."""
        records: dict[str, OwnRecord] = {}
        for exchange in self.exchanges:
            laws = exchange.operation.laws
            if laws is None or laws.resource != resource or not exchange.succeeded:
                continue
            if laws.created is not None and (identifier := ids.created_id(exchange)) is not None:
                records.setdefault(identifier, OwnRecord(resource, identifier, exchange))
            elif laws.role == "delete":
                for identifier in ids.target_ids(exchange):
                    records.pop(identifier, None)
        return list(records.values())
