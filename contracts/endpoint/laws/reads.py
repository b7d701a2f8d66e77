"""Reads by identifier: what a list shows can be read, by one identifier and by several, and nothing else is shown."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.list_requests import Part, list_requests
from bodydouble.contracts.endpoint.laws.record_requests import is_valid
from bodydouble.contracts.endpoint.laws.results import not_tested, was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.passive_laws import is_missing_case
from bodydouble.contracts.model.record_ids import shown_ids
from bodydouble.contracts.model.request_changes import asking_for, parsed, with_value
from bodydouble.contracts.model.request_values import requested

_NO_LIST = "no list shows identifiers to ask for"
_NO_SUCCESS = "no request to it has succeeded"


def check_reads(context: LawContext, operation: Operation) -> Outcomes:
    """Ask for two records that a list shows, apart and at once, for an unknown one, and for one twice.

    A record that was not asked for is seen by the observer of all exchanges; here it is only asked for, and what was
    asked for and is not shown is found.
    """
    if operation.laws is None or operation.laws.role != "read":
        # Its responses repeat an identifier, which the observer compares.
        return
    base = next((exchange.request for exchange in context.successes(operation) if _is_base(exchange)), None)
    base = _bare_request(context, operation) if base is None else base
    listed = _listed(context, operation)
    if base is None or listed is None:
        yield not_tested(operation.id, Law.IDENTITY, _NO_SUCCESS if base is None else _NO_LIST)
        return
    for identifiers in _questions(listed.ids):
        yield from _asked(context, operation, base, listed, identifiers)


def _is_base(exchange: OperationExchange) -> bool:
    return exchange.parsed is not None and not exchange.parsed.violations


def _bare_request(context: LawContext, operation: Operation) -> WireRequest | None:
    """A request that needs nothing but the identifier and what is known; None if it needs more."""
    asked = operation.laws.records.asked if operation.laws is not None and operation.laws.records is not None else None
    values = {name: entries[0] for name, entries in context.known.items() if entries}
    needed = {entry.name for entry in operation.parameters if entry.required and entry.location != "header"}
    if asked is None or operation.request_body is not None or needed - values.keys() - {asked.rpartition(".")[2]}:
        return None
    with suppress(LookupError):
        return request_of(operation, values)
    return None


def _listed(context: LawContext, operation: Operation) -> Part | None:
    resource = operation.laws.resource if operation.laws is not None else ""
    for entry, laws in context.of_resource(resource, "list"):
        if entry.id not in context.operations:
            continue
        asked = list_requests(context, entry, laws)
        part = None if asked is None else asked.ask(asked.large)
        if part is not None and part.ids:
            return part
    return None


def _questions(known: Sequence[str]) -> Iterator[tuple[str, ...]]:
    unknown = _unknown(known)
    yield (known[-1],)
    if len(known) > 1:
        yield (known[0],)
        yield known[0], known[-1]
        yield known[1], unknown
    yield known[0], known[0]
    yield (unknown,)


def _asked(
    context: LawContext, operation: Operation, base: WireRequest, listed: Part, identifiers: tuple[str, ...]
) -> Outcomes:
    laws = operation.laws
    records = laws.records if laws is not None else None
    if records is None or records.asked is None:
        return
    request = asking_for(operation, _within_same(operation, base, listed), records.asked, identifiers)
    decoded = parsed(operation, request)
    takes_several = decoded is not None and isinstance(requested(records.asked, decoded), list | tuple)
    if not is_valid(operation, request) or (len(identifiers) > 1 and not takes_several):
        return
    exchange = context.call(operation, request)
    yield was_tested(operation.id, Law.IDENTITY)
    message = _objection(exchange, identifiers, set(listed.ids))
    if message is not None:
        yield LawViolation(Law.IDENTITY, operation.id, message, (listed.exchange, exchange))


def _within_same(operation: Operation, base: WireRequest, listed: Part) -> WireRequest:
    """A request about what the listed records belong to, if that is anything but the sender."""
    of_list, of_read, request = listed.exchange.operation.laws, operation.laws, listed.exchange.parsed
    if of_list is None or of_list.within is None or of_read is None or of_read.within is None or request is None:
        return base
    return with_value(operation, base, of_read.within, requested(of_list.within, request))


def _objection(exchange: OperationExchange, identifiers: tuple[str, ...], listed: set[str]) -> str | None:
    cases = exchange.response_class.cases
    if exchange.response_class.failed:
        missing = bool(cases) and all(map(is_missing_case, cases))
        lost = missing and all(identifier in listed for identifier in identifiers)
        return f"a list shows {identifiers[0]!r}, and a read of it says {cases[0].name}" if lost else None
    shown = shown_ids(exchange)
    for identifier in identifiers:
        if identifier in listed and identifier not in shown:
            return f"a list shows {identifier!r}, and a read that asks for it does not"
        if identifier not in listed and identifier in shown:
            return f"the unknown record {identifier!r} is shown"
    return None


def _unknown(known: Sequence[str]) -> str:
    """An identifier of the same form that no record of the list has."""
    if all(entry.isdecimal() for entry in known):
        return str(max(map(int, known)) + 1_000_003)
    sample = known[0]
    turned = "".join(reversed(sample))
    candidates = (sample[:-1] + end for end in "0123456789abcdef")
    return next((entry for entry in candidates if entry not in known), turned)


READS = ActiveLaw(frozenset({Law.IDENTITY}), check_reads, after_watch=True)
