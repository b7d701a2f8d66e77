"""The orders of a list: each key in both directions, of which one is the reverse of the other."""

from typing import Any

from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.creation_orders import check_creation_order
from bodydouble.contracts.endpoint.laws.list_requests import ListRequests, Part, Values, list_requests
from bodydouble.contracts.endpoint.laws.pages import FEW_RECORDS, MOVING, NO_SUCCESS
from bodydouble.contracts.endpoint.laws.results import not_tested, was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.sorting import Sorting

_MAX_KEYS = 6
# Where nothing shows what is sorted by, so many records cannot all be equal in it.
_ENOUGH_FOR_HIDDEN = 4


def check_orders(context: LawContext, operation: Operation) -> Outcomes:
    """Ask a list for each order that it offers, and compare the two directions.

    Neighbours in the wrong order are seen by the observer of all exchanges; here they are only asked for.
    """
    laws = operation.laws
    asked = None if laws is None else list_requests(context, operation, laws)
    whole = None if asked is None else asked.ask(asked.large)
    if laws is None or laws.sort is None or asked is None or whole is None:
        yield not_tested(operation.id, Law.ORDER, NO_SUCCESS)
        return
    if laws.sort.by_creation:
        yield from check_creation_order(context, operation, laws)
    if len(whole.records) < 2:
        yield not_tested(operation.id, Law.ORDER, FEW_RECORDS)
        return
    for key in _keys(laws.sort, whole):
        yield from _both_ways(operation, asked, laws.sort, key)
    if laws.sort.default is not None:
        yield was_tested(operation.id, Law.ORDER)


def _keys(sort: Sorting, whole: Part) -> list[str | None]:
    """The values to sort by; None for the default."""
    if sort.by is None:
        return [None] if sort.direction is not None else []
    names = [name for name, value in whole.records[0].items() if isinstance(value, int | float | str)]
    return [*(list(sort.fields) or names)[:_MAX_KEYS]]


def _both_ways(operation: Operation, asked: ListRequests, sort: Sorting, key: str | None) -> Outcomes:
    up, down = (asked.ask({**asked.large, **_sorted_by(sort, key, way)}) for way in (sort.ascending, sort.descending))
    if up is None or down is None or sort.direction is None:
        return
    yield was_tested(operation.id, Law.ORDER)
    if not (up.is_rest and down.is_rest):
        return
    message = _objection(asked, sort, key, up, down)
    if message is None:
        return
    again = asked.ask({**asked.large, **_sorted_by(sort, key, sort.ascending)})
    if again is None or again.ids != up.ids:
        yield not_tested(operation.id, Law.ORDER, MOVING)
    else:
        yield LawViolation(Law.ORDER, operation.id, message, (up.exchange, down.exchange))


def _objection(asked: ListRequests, sort: Sorting, key: str | None, up: Part, down: Part) -> str | None:
    if sorted(up.ids) != sorted(down.ids):
        return f"sorted by {key!r}, the two directions show different records"
    order = None if up.exchange.parsed is None else sort.order(up.exchange.parsed)
    if order is None or order.by is None:
        hidden = up.ids == down.ids and len(up.ids) >= _ENOUGH_FOR_HIDDEN
        return "the two directions show the same order" if hidden else None
    # Records of equal keys may stand in any order among themselves.
    if [order.key(record) for record in up.records] != [order.key(record) for record in reversed(down.records)]:
        return f"sorted by {key!r}, one direction is not the reverse of the other"
    return None


def _sorted_by(sort: Sorting, key: str | None, direction: Any) -> Values:
    by = {} if sort.by is None or key is None else {sort.by: key}
    return by if sort.direction is None else {**by, sort.direction: direction}


ORDERS = ActiveLaw(frozenset({Law.ORDER}), check_orders, after_watch=True)
