"""The active laws of created things, against a small endpoint with planted faults."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.created import CREATED
from bodydouble.contracts.endpoint.laws.deleted import DELETED, DELETED_EARLY, check_deleted_early
from bodydouble.contracts.endpoint.laws.isolation import ISOLATION, NO_OTHER, with_other_values
from bodydouble.contracts.endpoint.laws.phase import LawPhase
from bodydouble.contracts.endpoint.laws.record_requests import unknown_id
from bodydouble.contracts.endpoint.laws.results import LawResult, LawVerdict
from bodydouble.contracts.endpoint.laws.updated import UPDATED
from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law
from tests.support.shelf import Fault, Shelf, shelf_contract

BOOK = {"name": "Emma", "shelf": "north", "pages": 300}


def context_of(shelf: Shelf, **more: Any) -> LawContext:
    contract = shelf_contract()
    options = EndpointOptions(poll_interval=0.001)
    return LawContext(
        contract,
        contract.operations,
        options,
        shelf.sent,
        more.pop("send", shelf.call),
        lambda name, count: True,
        random.Random(1),
        **more,
    )


def after_laws(shelf: Shelf, **more: Any) -> LawPhase:
    shelf.do("addBook", BOOK)
    phase = LawPhase(context_of(shelf, **more))
    phase.run([CREATED, UPDATED, DELETED])
    return phase


def violated(phase: LawPhase) -> set[tuple[str, str]]:
    return {(violation.operation, violation.law.value) for violation in phase.violations}


def test_a_right_endpoint_violates_nothing_and_all_is_tested() -> None:
    shelf = Shelf()
    phase = after_laws(shelf)
    assert phase.violations == []
    assert phase.unconfirmed == 0
    verdicts = {(result.operation, result.law): result.verdict for result in phase.results()}
    for law in (Law.CREATED_SHOWN, Law.UNIQUE_IDS, Law.VALUES_KEPT):
        assert verdicts["addBook", law] is LawVerdict.TESTED
    assert verdicts["changeBook", Law.VALUES_KEPT] is verdicts["deleteBook", Law.DELETED_GONE] is LawVerdict.TESTED


def test_only_own_records_are_changed_or_deleted() -> None:
    shelf = Shelf()
    shelf.fill(5)
    others = {identifier: dict(book) for identifier, book in shelf.records.items()}
    after_laws(shelf)
    assert {identifier: shelf.records[identifier] for identifier in others} == others


def first_book(data: Any, request: Any) -> Any:
    return {"id": 101}


def without_the_latest(data: Any, request: Any) -> Any:
    records = sorted(data["records"], key=lambda book: int(book["id"]))[:-1]
    return {**data, "records": records, "total": max(0, data["total"] - 1)}


def other_name(data: Any, request: Any) -> Any:
    return {**data, "name": "unnamed"}


def not_there(data: Any, request: Any) -> Any:
    raise KeyError


FAULTS: tuple[tuple[str, Fault, tuple[str, str]], ...] = (
    ("addBook", first_book, ("addBook", "unique-ids")),
    ("listBooks", without_the_latest, ("addBook", "created-shown")),
    ("getBook", other_name, ("addBook", "values-kept")),
    ("getBooks", lambda data, request: [], ("addBook", "created-shown")),
)


@pytest.mark.parametrize(("operation", "fault", "expected"), FAULTS)
def test_a_wrong_response_is_noticed(operation: str, fault: Fault, expected: tuple[str, str]) -> None:
    assert expected in violated(after_laws(Shelf({operation: fault})))


class Wrong(Shelf):
    """A shelf whose changes do something else."""

    change: Callable[[Any], None] | None = None
    delete: Callable[[int], None] | None = None

    def _changeBook(self, request: Any) -> Any:
        if self.change is None:
            return super()._changeBook(request)
        self.change(request)
        return {}

    def _deleteBook(self, request: Any) -> Any:
        if self.delete is None:
            return super()._deleteBook(request)
        self.delete(request.path["id"])
        return {}


def test_an_update_that_is_not_kept_is_noticed() -> None:
    shelf = Wrong()
    shelf.change = lambda request: None
    assert ("changeBook", "values-kept") in violated(after_laws(shelf))


def test_an_update_of_all_records_is_noticed() -> None:
    shelf = Wrong()

    def change_all(request: Any) -> None:
        for book in shelf.records.values():
            book.update(request.body)

    shelf.change = change_all
    phase = after_laws(shelf)
    (violation,) = [entry for entry in phase.violations if entry.operation == "changeBook"]
    assert "another record" in violation.message
    assert [step.operation.id for step in violation.exchanges] == ["changeBook", "getBooks"]


def test_what_is_deleted_and_still_there_is_noticed_by_read_list_and_second_delete() -> None:
    shelf = Wrong()
    shelf.delete = lambda identifier: None
    messages = {entry.message for entry in after_laws(shelf).violations if entry.law is Law.DELETED_GONE}
    assert "getBook still shows what was deleted" in messages
    assert "listBooks still lists what was deleted" in messages
    assert "succeeds again for what was deleted" in messages
    assert "succeeds for an identifier that nothing has" in messages


def test_a_delete_that_takes_everything_is_noticed() -> None:
    shelf = Wrong()
    shelf.delete = lambda identifier: shelf.records.clear()
    messages = [entry.message for entry in after_laws(shelf).violations if entry.law is Law.DELETED_GONE]
    assert any("no longer shows another record" in message for message in messages)


def test_a_violation_that_does_not_show_again_is_none() -> None:
    shelf = Shelf()
    seen: list[int] = []

    def once(data: Any, request: Any) -> Any:
        seen.append(1)
        return {**data, "name": "unnamed"} if len(seen) == 1 else data

    shelf.faults = {"getBook": once}
    phase = after_laws(shelf)
    assert phase.violations == []
    assert phase.unconfirmed == 1


def test_without_a_budget_the_laws_of_a_create_use_what_the_run_has_created() -> None:
    shelf = Shelf()

    def send(operation: Operation, request: WireRequest) -> OperationExchange:
        if operation.id == "addBook":
            raise BudgetSpent(operation.id)
        return shelf.call(operation, request)

    verdicts = {(result.operation, result.law): result for result in after_laws(shelf, send=send).results()}
    assert verdicts["addBook", Law.CREATED_SHOWN].verdict is LawVerdict.TESTED
    assert verdicts["addBook", Law.UNIQUE_IDS].verdict is LawVerdict.UNTESTED


def test_what_the_run_has_changed_since_need_not_be_as_it_was_created() -> None:
    shelf = Shelf()

    def send(operation: Operation, request: WireRequest) -> OperationExchange:
        if operation.id == "addBook":
            raise BudgetSpent(operation.id)
        return shelf.call(operation, request)

    shelf.do("addBook", BOOK)
    book = next(iter(shelf.records))
    assert shelf.do("changeBook", {"name": "Persuasion"}, id=book).succeeded
    phase = LawPhase(context_of(shelf, send=send))
    phase.run([CREATED])
    assert phase.violations == []


def isolation(shelf: Shelf, operation: str, other: Shelf | None) -> list[LawViolation | LawResult]:
    shelf.do("addBook", BOOK)
    context = context_of(shelf, send_as_other=None if other is None else other.call)
    return list(ISOLATION.check(context, shelf_contract().operations[operation]))


@pytest.mark.parametrize("operation", ["getBook", "getBooks", "listBooks"])
def test_another_account_sees_nothing(operation: str) -> None:
    apart = isolation(Shelf(), operation, Shelf())
    assert [entry for entry in apart if isinstance(entry, LawViolation)] == []
    shelf = Shelf()
    # Both accounts see one store.
    shared = isolation(shelf, operation, Shelf(records=shelf.records))
    assert (operation, Law.ISOLATION) in {
        (entry.operation, entry.law) for entry in shared if isinstance(entry, LawViolation)
    }


def test_without_a_second_account_isolation_is_not_tested() -> None:
    (result,) = isolation(Shelf(), "getBook", None)
    assert isinstance(result, LawResult)
    assert (result.verdict, result.reason) == (LawVerdict.UNTESTED, NO_OTHER)


def test_another_account_asks_for_its_own_project() -> None:
    request = WireRequest("GET", "/v1/project-1/assets/7", "app=app%2F1", {}, b'{"app": "app/1"}')
    own: Mapping[str, str] = {"project_id": "project-1", "app_id": "app/1", "mode": "2d"}
    others = {"project_id": "project-2", "app_id": "app/2", "mode": "3d"}
    expected = replace(request, path="/v1/project-2/assets/7", query="app=app%2F2", body=b'{"app": "app/2"}')
    assert with_other_values(request, own, others) == expected


@pytest.mark.parametrize("identifier", ["7", "458925587", "1731571411", "CH_2d_f5df68a1a7256486", "9cda2f65-Z"])
def test_an_unknown_identifier_has_the_same_form(identifier: str) -> None:
    unknown = unknown_id(identifier)
    assert unknown != identifier
    assert unknown.isdecimal() == identifier.isdecimal()
    assert identifier.isdecimal() or len(unknown) == len(identifier)


def test_what_is_deleted_while_work_goes_on_is_gone() -> None:
    def never(data: Any, request: Any) -> Any:
        shelf.records[request.path["id"]] = {**BOOK, "id": request.path["id"], "state": 0}
        return data

    shelf = Shelf()
    shelf.do("addBook", BOOK)
    phase = LawPhase(context_of(shelf))
    phase.run([DELETED_EARLY])
    assert phase.violations == []
    shelf.faults = {"deleteBook": never}
    phase.run([DELETED_EARLY])
    assert ("deleteBook", "deleted-gone") in violated(phase)
    assert [exchange.operation.id for exchange in shelf.sent].count("deleteBook") == 3


def test_nothing_is_deleted_early_where_the_watch_would_have_nothing_left() -> None:
    shelf = Shelf()
    shelf.do("addBook", BOOK)
    contract = shelf_contract()
    operations = {name: replace(entry, cost="metered") for name, entry in contract.operations.items()}
    context = replace(context_of(shelf), operations=operations, affords=lambda name, count: False)
    contract = replace(contract, operations=operations)
    assert list(check_deleted_early(replace(context, contract=contract), operations["deleteBook"])) == []
    assert [exchange.operation.id for exchange in shelf.sent] == ["addBook"]
