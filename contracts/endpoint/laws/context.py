"""What an active law may use: it calls operations within the budget, and sees what the run has done before."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.options import EndpointOptions, KnownValues
from bodydouble.contracts.model import record_ids as ids
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import OperationLaws
from bodydouble.contracts.model.links import follow
from bodydouble.contracts.model.request_values import requested

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


@dataclass(slots=True)
class CreatedRecords:
    """The records of a resource that a run has created and not deleted; looks at each exchange once.

    Attributes:
        seen: how many exchanges it has looked at.
    """

    resource: str
    seen: int = 0
    _by_id: dict[str, OwnRecord] = field(default_factory=dict)

    def after(self, exchanges: Sequence[OperationExchange]) -> Mapping[str, OwnRecord]:
        """The records after all exchanges of the run, which only grow, by identifier, in order of their creation."""
        first, self.seen = self.seen, len(exchanges)
        for exchange in exchanges[first : self.seen]:
            if exchange.operation.laws is not None and exchange.succeeded:
                self._add(exchange, exchange.operation.laws)
        return self._by_id

    def _add(self, exchange: OperationExchange, laws: OperationLaws) -> None:
        if laws.resource != self.resource:
            _drop(self._by_id, _removed_owners(exchange, laws))
        elif laws.created is not None and (identifier := ids.created_id(exchange)) is not None:
            self._by_id.setdefault(identifier, OwnRecord(self.resource, identifier, exchange))
        elif laws.role == "delete":
            for identifier in ids.target_ids(exchange):
                self._by_id.pop(identifier, None)
            _drop(self._by_id, _cleared_owners(exchange, laws))


@dataclass(frozen=True)
class LawContext:
    """What an active law may use.

    Attributes:
        operations: by operationId, those that are to be tested.
        exchanges: all that the run has sent so far, in order; grows.
        send: signs, counts and sends a request; raises BudgetSpent, or an error of the network.
        send_as_other: sends with the credentials of a second account; None if there is none.
        known: values that exist at the endpoint.
        times: of the exchanges, in their order: when each was sent and when it had its response, in seconds of the
            monotonic clock; grows.
        new_ids: of identifiers that came with own records, whether they came into being with them; grows.
        created: of resources, what the run has created; grows.
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
    times: list[tuple[float, float]] = field(default_factory=list)
    new_ids: dict[str, bool] = field(default_factory=dict)
    created: dict[str, CreatedRecords] = field(default_factory=dict)

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

    def of_resource(self, resource: str, *roles: str) -> Iterator[tuple[Operation, OperationLaws]]:
        """All operations of the contract with one of some roles for a resource."""
        for operation in self.contract.operations.values():
            laws = operation.laws
            if laws is not None and laws.resource == resource and laws.role in roles:
                yield operation, laws

    def successes(self, operation: Operation) -> list[OperationExchange]:
        """The valid requests to an operation that have succeeded so far, in order."""
        return [exchange for exchange in self.exchanges if exchange.operation is operation and exchange.succeeded]

    def linked_requests(self, operation: Operation) -> Iterator[WireRequest]:
        """The requests to an operation that the contract's links make of the last success of other operations."""
        for source in self.contract.operations.values():
            for link in source.links:
                if link.target == operation.id and (successes := self.successes(source)):
                    request = follow(self.contract, link, successes[-1])
                    if request is not None:
                        yield request

    def own_records(self, resource: str) -> list[OwnRecord]:
        """The records of a resource that this run has created and not deleted, in the order of their creation."""
        return list(self._created(resource).values())

    def owns(self, resource: str, identifiers: Iterable[str]) -> bool:
        """Whether this run has created all records with some identifiers, and not deleted them."""
        return self._created(resource).keys() >= set(identifiers)

    def _created(self, resource: str) -> Mapping[str, OwnRecord]:
        return self.created.setdefault(resource, CreatedRecords(resource)).after(self.exchanges)


def _drop(records: dict[str, OwnRecord], owners: frozenset[str]) -> None:
    if owners:
        for identifier in [record.id for record in records.values() if _owner(record.created) in owners]:
            del records[identifier]


def _owner(exchange: OperationExchange) -> str | None:
    """What the records of a request belong to; None if it is the sender alone."""
    laws, parsed = exchange.operation.laws, exchange.parsed
    owner = None if laws is None or laws.within is None or parsed is None else requested(laws.within, parsed)
    return None if owner is None else str(owner)


def _removed_owners(exchange: OperationExchange, laws: OperationLaws) -> frozenset[str]:
    """The records that may have been removed with what belongs to them."""
    if laws.role not in ("delete", "act") or laws.within is not None:
        return frozenset()
    return frozenset(ids.target_ids(exchange))


def _cleared_owners(exchange: OperationExchange, laws: OperationLaws) -> frozenset[str]:
    """Whose records a delete has removed that names none."""
    owner = _owner(exchange) if laws.target is None else None
    return frozenset() if owner is None else frozenset({owner})
