"""The order of creation, which no record shows: the run knows when it has created its own records."""

from itertools import combinations

from bodydouble.contracts.endpoint.laws.active_law import Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.own_records import create
from bodydouble.contracts.endpoint.laws.record_requests import list_request, read_record
from bodydouble.contracts.endpoint.laws.results import was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws
from bodydouble.contracts.model.record_ids import shown_ids, target_ids

# Seconds between two creations whose order is certain: times of creation may be whole seconds.
MIN_GAP = 1.1


def check_creation_order(context: LawContext, operation: Operation, laws: OperationLaws) -> Outcomes:
    """Compare the order in which a list shows own records with that in which the run has created them.

    Raises:
        BudgetSpent: the list is metered, and the budget is spent.
        requests.RequestException: there was no response.
    """
    for creating, _ in context.of_resource(laws.resource, "create"):
        pair = _distant(context, creating)
        page = None if pair is None else _page(context, operation, laws, pair[1])
        if page is None or pair is None or not _is_in_default_order(laws, page):
            continue
        ids = shown_ids(page)
        if pair[0].id in ids and pair[1].id in ids:
            yield was_tested(operation.id, Law.ORDER)
            yield from _compared(context, operation, laws, page)
            return


def _compared(context: LawContext, operation: Operation, laws: OperationLaws, page: OperationExchange) -> Outcomes:
    places = {identifier: index for index, identifier in enumerate(shown_ids(page))}
    descending = laws.sort is not None and laws.sort.default_descending
    records = [record for record in _untouched(context, laws.resource) if record.id in places]
    for earlier, later in combinations(records, 2):
        is_right = (places[earlier.id] > places[later.id]) == descending
        if not is_right and _gap(context, earlier, later) >= MIN_GAP:
            stated = "newest" if descending else "oldest"
            message = f"the {stated} comes first, and {later.id!r} was created after {earlier.id!r}"
            yield LawViolation(Law.ORDER, operation.id, message, (earlier.created, later.created, page))
            return


def _distant(context: LawContext, creating: Operation) -> tuple[OwnRecord, OwnRecord] | None:
    """Two records of a create between whose creations enough time has passed; the second one may be new."""
    laws = creating.laws
    if laws is None:
        return None
    records = _of(context, creating, laws)
    if records and _gap(context, records[0], records[-1]) < MIN_GAP and context.affords(creating.id, 1):
        create(context, creating)
        records = _of(context, creating, laws)
    if not records or _gap(context, records[0], records[-1]) < MIN_GAP:
        return None
    return records[0], records[-1]


def _of(context: LawContext, creating: Operation, laws: OperationLaws) -> list[OwnRecord]:
    return [record for record in _untouched(context, laws.resource) if record.created.operation is creating]


def _untouched(context: LawContext, resource: str) -> list[OwnRecord]:
    """Own records that nothing was done to: what is started again may count as new."""
    acts = [
        entry for entry in context.exchanges if entry.operation.laws is not None and not entry.response_class.failed
    ]
    touched = {
        identifier
        for entry in acts
        if entry.operation.laws is not None and entry.operation.laws.resource == resource
        for identifier in (target_ids(entry) if entry.operation.laws.role in ("act", "update", "create") else ())
    }
    return [record for record in context.own_records(resource) if record.id not in touched]


def _gap(context: LawContext, earlier: OwnRecord, later: OwnRecord) -> float:
    """Seconds between the response to one create and the request of another; 0 where they are not known."""
    times = {id(exchange): time for exchange, time in zip(context.exchanges, context.times, strict=False)}
    first, second = times.get(id(earlier.created)), times.get(id(later.created))
    return 0.0 if first is None or second is None else second[0] - first[1]


def _page(
    context: LawContext, operation: Operation, laws: OperationLaws, record: OwnRecord
) -> OperationExchange | None:
    """The first and largest page of a list that selects a record."""
    shown = read_record(context, record)
    request = list_request(context, operation, laws, record, None if shown is None else shown[0])
    return None if request is None else context.call(operation, request)


def _is_in_default_order(laws: OperationLaws, page: OperationExchange) -> bool:
    if laws.sort is None or page.parsed is None or page.response_class.failed:
        return False
    return laws.sort.order(page.parsed) == laws.sort.default_order
