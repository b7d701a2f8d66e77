"""The pages of a list: they are disjoint, together they are the whole list in its order, and they agree on its size."""

from collections.abc import Iterator

from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.list_requests import ListRequests, Part, list_requests
from bodydouble.contracts.endpoint.laws.more_records import ENOUGH, create_more
from bodydouble.contracts.endpoint.laws.results import LawResult, not_tested, was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws

PAGE_LAWS = frozenset({Law.PAGES, Law.PAGE_SIZE, Law.PAGE_ECHO, Law.TOTAL})
NO_SUCCESS = "no request to it has succeeded"
FEW_RECORDS = "the list has fewer than two records"
MOVING = "the list changes between two requests"
# Sizes of pages that are walked, and how many pages of each at most.
_WALKS = ((1, 3), (2, 4), (3, 2), (None, 2))
# A page that no walk asks for: number and size must be repeated for it, too.
_UNCOMMON = (2, 7)


def check_pages(context: LawContext, operation: Operation) -> Outcomes:
    """Walk a list in pages of several sizes, and compare them with one large page.

    What a single page shows wrongly is seen by the observer of all exchanges; here it is only asked for.
    """
    laws = operation.laws
    asked = None if laws is None else list_requests(context, operation, laws)
    whole = None if asked is None else asked.ask(asked.large)
    if laws is None or asked is None or whole is None:
        yield from _untested(operation, NO_SUCCESS)
        return
    whole = _with_enough(context, laws, asked, whole)
    if len(whole.records) < 2:
        yield from _untested(operation, FEW_RECORDS)
        return
    if laws.page is None or not laws.page.turns:
        return
    violations = list(_walks(operation, asked, whole))
    if violations and _has_moved(asked, whole):
        yield from _untested(operation, MOVING)
        return
    yield from violations
    yield was_tested(operation.id, Law.PAGES)
    asked.send(asked.page(*_UNCOMMON))


def _with_enough(context: LawContext, laws: OperationLaws, asked: ListRequests, whole: Part) -> Part:
    if len(whole.records) >= 2 or not create_more(context, laws.resource, ENOUGH - len(whole.records)):
        return whole
    return asked.ask(asked.large) or whole


def _walks(operation: Operation, asked: ListRequests, whole: Part) -> Outcomes:
    for size, pages in _WALKS:
        yield from _walk(operation, asked, whole, size, pages)
    yield from _beyond(operation, asked, whole)


def _walk(operation: Operation, asked: ListRequests, whole: Part, size: int | None, pages: int) -> Outcomes:
    seen: list[Part] = []
    for index in range(pages):
        shown = sum(len(part.ids) for part in seen)
        if seen and shown >= len(whole.ids):
            break
        part = asked.ask(asked.page(index, size))
        if part is None:
            return
        violation = _contradiction(operation, whole, seen, part)
        if violation is not None:
            yield violation
            return
        seen.append(part)


def _contradiction(operation: Operation, whole: Part, seen: list[Part], part: Part) -> LawViolation | None:
    for earlier in seen:
        common = [identifier for identifier in part.ids if identifier in earlier.ids]
        if common:
            message = f"{common[0]!r} is shown on two pages of one list"
            return LawViolation(Law.PAGES, operation.id, message, (earlier.exchange, part.exchange))
    if part.total is not None and whole.total is not None and part.total != whole.total:
        message = f"there are {whole.total} records in all on one page, and {part.total} on another"
        law = Law.TOTAL if operation.laws is not None and Law.TOTAL in operation.laws.declared else Law.PAGES
        return LawViolation(law, operation.id, message, (whole.exchange, part.exchange))
    start = sum(len(earlier.ids) for earlier in seen)
    expected = whole.ids[start : start + len(part.ids)]
    # The large page may end before this one does.
    if part.ids[: len(expected)] == expected and (part.ids or start >= len(whole.ids)):
        return None
    message = f"the pages show {part.ids[:3]} from {start} on, and one large page shows {whole.ids[start : start + 3]}"
    return LawViolation(Law.PAGES, operation.id, message, (whole.exchange, part.exchange))


def _beyond(operation: Operation, asked: ListRequests, whole: Part) -> Outcomes:
    """The last page, and the one behind it."""
    total, paging = whole.total, asked.laws.page
    if total is None or paging is None or not whole.is_rest:
        return
    size = min(3, max(2, total - 1))
    asked.send(asked.page(max(0, -(-total // size) - 1), size))
    exchange = asked.send(asked.page(-(-total // size) + 1, size))
    if exchange is None or exchange.response_class.failed:
        if exchange is not None and paging.beyond == "empty":
            message = f"a page behind the last one of {total} records is rejected: {exchange.response_class.name}"
            yield LawViolation(Law.PAGES, operation.id, message, (whole.exchange, exchange))
        return
    shown = asked.laws.records.of(exchange.content) if asked.laws.records is not None else None
    if paging.beyond == "empty" and shown:
        message = f"a page behind the last one of {total} records shows {len(shown)}"
        yield LawViolation(Law.PAGES, operation.id, message, (whole.exchange, exchange))


def _has_moved(asked: ListRequests, whole: Part) -> bool:
    """Whether somebody else has changed the list in the meantime."""
    again = asked.ask(asked.large)
    return again is None or (again.ids, again.total) != (whole.ids, whole.total)


def _untested(operation: Operation, reason: str) -> Iterator[LawResult]:
    declared = operation.laws.declared if operation.laws is not None else frozenset()
    for law in sorted(PAGE_LAWS & declared, key=lambda entry: entry.value):
        yield not_tested(operation.id, law, reason)


PAGES = ActiveLaw(PAGE_LAWS, check_pages, after_watch=True)
