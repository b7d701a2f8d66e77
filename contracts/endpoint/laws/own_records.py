"""What the run has created: fresh anew for a law, found in responses along links, and its state as reads show it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.kept_values import new_variant, varied
from bodydouble.contracts.endpoint.laws.record_requests import is_valid, request_about
from bodydouble.contracts.endpoint.state_reader import StateRequest, observe_state, state_requests
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import OperationLaws
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.links import issued_values, request_of
from bodydouble.contracts.model.record_ids import created_id, requested_ids, target_ids
from bodydouble.contracts.model.request_changes import parsed, with_value


@dataclass(frozen=True, slots=True)
class ReadState:
    """A state of a record, as a read has shown it.

    Attributes:
        names: the states that it may be; empty if the lifecycle has none such.
    """

    names: frozenset[str]
    exchange: OperationExchange


def own_records(context: LawContext, resource: str) -> list[OwnRecord]:
    """The records of a resource that the run has created, also together with another record, and not deleted."""
    return [*context.own_records(resource), *_along_links(context, resource), *_acted_on(context, resource)]


def two_records(context: LawContext, resource: str) -> list[OwnRecord]:
    """The records of a resource that are the run's own, with as many new ones as make them two; one may come twice.

    Raises:
        requests.RequestException: there was no response.
    """
    records = own_records(context, resource)
    for creating, laws in context.of_resource(resource, "create"):
        if len(records) < 2 and laws.created is not None:
            records += fresh_or_known(context, creating, 2 - len(records))[0]
    return records


def unique(records: Iterable[OwnRecord]) -> list[OwnRecord]:
    """Records without those that come again."""
    return list({record.id: record for record in records}.values())


def create(context: LawContext, operation: Operation) -> OperationExchange | None:
    """Call a create once more, with other names; None if no valid request to it is known, or it is rejected.

    Raises:
        BudgetSpent: the operation is metered, and the budget is spent.
        requests.RequestException: there was no response.
    """
    template = create_request(context, operation)
    if template is None:
        return None
    exchange = context.call(operation, varied(operation, template, new_variant(context.chance)))
    return None if exchange.rejected or created_id(exchange) is None else exchange


def create_request(context: LawContext, operation: Operation) -> WireRequest | None:
    """A request by which an operation creates: one that has succeeded, or else the specification's example."""
    laws = operation.laws
    if laws is None:
        return None
    if laws.target is not None and laws.again is None:
        # A copy: of what is our own.
        sources = own_records(context, laws.resource)
        return request_about(context, operation, laws.target, sources[-1]) if sources else None
    successes = [entry.request for entry in context.successes(operation)]
    examples = _example_requests(context, operation)
    # What earlier records belonged to may be gone.
    for request in (*successes, *examples) if laws.within is None else (*examples, *successes):
        request = _under_new_id(context, operation, laws, request)
        content = parsed(operation, request)
        is_new = content is not None and (laws.again != laws.target or laws.gives_new_id(content))
        if is_new and is_valid(operation, request):
            return request
    return None


def _under_new_id(context: LawContext, operation: Operation, laws: OperationLaws, request: WireRequest) -> WireRequest:
    """A request whose own identifier of the caller, if it has one, is a new one."""
    content = parsed(operation, request)
    if laws.again is None or laws.again == laws.target or content is None or laws.gives_new_id(content):
        return request
    return with_value(operation, request, laws.again, new_variant(context.chance))


def _example_requests(context: LawContext, operation: Operation) -> Iterator[WireRequest]:
    """Those of links, and the specification's examples with values that exist: the account's, and created ones."""
    known = {name: values[0] for name, values in context.known.items() if values}
    issued = {**known, **_issued_ids(context)}
    yield from context.linked_requests(operation)
    examples = operation.request_body.examples if operation.request_body is not None else (None,)
    for example in examples:
        body = example
        if isinstance(example, dict):
            body = {name: issued.get(name, value) for name, value in example.items()}
        with suppress(LookupError):
            yield request_of(operation, known, body)


def _issued_ids(context: LawContext) -> dict[str, str]:
    """The identifier of the latest record of each create, by the name of the field that has given it."""
    issued: dict[str, str] = {}
    for operation in context.contract.operations.values():
        laws = operation.laws
        if laws is not None and laws.created is not None:
            records = [
                record for record in own_records(context, laws.resource) if record.created.operation is operation
            ]
            issued.update({laws.created.rpartition("/")[2]: record.id for record in records[-1:]})
    return issued


def request_on_own(context: LawContext, operation: Operation) -> WireRequest | None:
    """A request by which an operation acts on the latest own record; None if it acts on none, or there is none."""
    laws = operation.laws
    if laws is None or laws.target is None or laws.target_id is not None:
        return None
    records = own_records(context, laws.resource)
    return request_about(context, operation, laws.target, records[-1]) if records else None


def as_record(exchange: OperationExchange) -> OwnRecord | None:
    """What a create has fresh; None if its response names nothing."""
    laws, identifier = exchange.operation.laws, created_id(exchange)
    return None if laws is None or identifier is None else OwnRecord(laws.resource, identifier, exchange)


def fresh_or_known(context: LawContext, operation: Operation, count: int) -> tuple[list[OwnRecord], bool]:
    """Records that an operation creates now; where the budget does not allow it, the last ones that it has created.

    Returns:
        The records in the order of their creation, and whether all of them are new.
    """
    fresh: list[OwnRecord] = []
    for _ in range(count):
        try:
            exchange = create(context, operation)
        except BudgetSpent:
            break
        record = None if exchange is None else as_record(exchange)
        if record is None:
            break
        fresh.append(record)
    if len(fresh) == count:
        return fresh, True
    laws = operation.laws
    known = context.own_records(laws.resource) if laws is not None else []
    return [record for record in known if record.created.operation is operation][-count:], False


def lifecycle_of(context: LawContext, record: OwnRecord) -> Lifecycle | None:
    """The lifecycle of a record: that of its create, or of the reads of its resource."""
    laws, role = record.created.operation.laws, record.created.operation.role
    if role is not None and laws is not None and laws.resource == record.resource:
        return role.lifecycle
    reads = (operation for operation, _ in context.of_resource(record.resource, "read", "list"))
    return next((read.role.lifecycle for read in reads if read.role is not None), None)


def read_state(context: LawContext, record: OwnRecord) -> ReadState | None:
    """Read the state of a record; None if nothing shows it.

    Raises:
        requests.RequestException: there was no response.
    """
    lifecycle = lifecycle_of(context, record)
    if lifecycle is None:
        return None
    for request in _state_requests(context, record):
        exchange = context.call(request.operation, request.request)
        observed = None if exchange.response_class.failed else observe_state(lifecycle, request, exchange.response)
        if observed is not None:
            return ReadState(observed.names, exchange)
    return None


def _state_requests(context: LawContext, record: OwnRecord) -> Iterator[StateRequest]:
    laws = record.created.operation.laws
    if laws is not None and laws.resource == record.resource:
        yield from state_requests(context.contract, record.created)
        return
    for operation, laws in context.of_resource(record.resource, "read"):
        if operation.role is None or laws.records is None or laws.records.asked is None:
            continue
        request = request_about(context, operation, laws.records.asked, record)
        if request is not None:
            yield StateRequest(operation, request, None, frozenset({record.id}))


def _along_links(context: LawContext, resource: str) -> Iterator[OwnRecord]:
    """What came with another own record: a link leads to its read from the create, or from a read, of that one."""
    if any(laws.created for _, laws in context.of_resource(resource, "create")):
        return
    reads = {operation.id for operation, _ in context.of_resource(resource, "read")}
    seen: set[str] = set()
    for exchange in context.exchanges:
        links = [link for link in exchange.operation.links if link.target in reads]
        if not links or exchange.response_class.failed or not _is_about_own(context, exchange):
            continue
        for identifier in sorted(frozenset().union(*(issued_values(link, exchange) for link in links)) - seen):
            seen.add(identifier)
            if _is_new(context, exchange, identifier):
                yield OwnRecord(resource, identifier, exchange)


def _is_new(context: LawContext, exchange: OperationExchange, identifier: str) -> bool:
    """Whether nothing had the identifier before the create of the record that an exchange is about."""
    if identifier not in context.new_ids:
        laws, requested = exchange.operation.laws, set(requested_ids(exchange))
        own = context.own_records(laws.resource) if laws is not None else []
        created = next((record.created for record in own if record.id in requested), exchange)
        context.new_ids[identifier] = not _was_seen(context, created, identifier.encode())
    return context.new_ids[identifier]


def _was_seen(context: LawContext, created: OperationExchange, identifier: bytes) -> bool:
    for exchange in context.exchanges:
        request = exchange.request
        if identifier in request.body or identifier in f"{request.path}?{request.query}".encode():
            return True
        if exchange is created:
            return False
        if identifier in exchange.response.body:
            return True
    return True


def _acted_on(context: LawContext, resource: str) -> Iterator[OwnRecord]:
    """What no operation creates, such as a device of the console, and the run has acted on before."""
    # Where something can be created, changed or deleted, what is not the run's own stays as it is.
    if any(context.of_resource(resource, "create", "update", "delete")):
        return
    acts = {operation.id for operation, _ in context.of_resource(resource, "act")}
    seen: set[str] = set()
    for exchange in context.exchanges:
        if exchange.operation.id in acts and exchange.succeeded:
            new = [identifier for identifier in target_ids(exchange) if identifier not in seen]
            seen.update(new)
            yield from (OwnRecord(resource, identifier, exchange) for identifier in new)


def _is_about_own(context: LawContext, exchange: OperationExchange) -> bool:
    laws = exchange.operation.laws
    if laws is None or exchange.parsed is None:
        return False
    if laws.role == "create":
        return True
    requested = laws.records.requested_ids(exchange.parsed) if laws.role == "read" and laws.records is not None else ()
    return bool(requested) and context.owns(laws.resource, requested)
