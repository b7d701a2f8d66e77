"""The passive laws: each wrong response is told from the right one, and clients at work at once accuse nobody."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.filters import Filter, is_same
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, Records
from bodydouble.contracts.model.passive_laws import PassiveLaws
from tests.support.shelf import Fault, Shelf, shelf_contract


def observed(shelf: Shelf) -> list[LawViolation]:
    laws = PassiveLaws(shelf_contract())
    return [violation for exchange in shelf.sent for violation in laws.observe(exchange)]


def messages(shelf: Shelf) -> list[tuple[str, str]]:
    return [(violation.law.value, violation.message) for violation in observed(shelf)]


def changed(exchange: OperationExchange, **data: Any) -> OperationExchange:
    content = {**exchange.content, "data": {**exchange.content["data"], **data}}
    return OperationExchange(
        exchange.contract,
        exchange.operation,
        exchange.request,
        replace(exchange.response, body=json.dumps(content).encode()),
    )


def not_there(exchange: OperationExchange) -> OperationExchange:
    body = b'{"code": 2003, "message": "No such thing"}'
    return replace(exchange, response=WireResponse(200, exchange.response.headers, body))


def with_laws(exchange: OperationExchange, **changes: Any) -> OperationExchange:
    """The same, of an operation that declares other laws."""
    laws = exchange.operation.laws
    assert laws is not None
    return replace(exchange, operation=replace(exchange.operation, laws=replace(laws, **changes)))


def use_everything(shelf: Shelf) -> None:
    shelf.fill(7)
    first, second = (shelf.do("addBook", {"name": name}).content["data"]["id"] for name in ("Ann", "Ann"))
    for body in ({}, {"page": 3, "size": 3}, {"page": 9, "size": 3}, {"name": "BOOK"}, {"shelf": "south", "size": 50}):
        shelf.do("listBooks", body)
    for by, direction in (("name", "asc"), ("name", "desc"), ("pages", "desc")):
        shelf.do("listBooks", {"sortBy": by, "direction": direction})
    shelf.do("getBook", id=first)
    shelf.do("getBooks", {"ids": [first, second, first, 999]})
    shelf.do("changeBook", {"name": "Bea", "pages": 7}, id=first)
    shelf.do("getBook", id=first)
    shelf.do("deleteBook", id=first)
    shelf.do("getBook", id=first)
    shelf.do("listBooks", {})
    shelf.do("getBook", id=second)


def test_a_right_endpoint_violates_nothing_and_everything_is_tested() -> None:
    shelf = Shelf()
    use_everything(shelf)
    laws = PassiveLaws(shelf_contract())
    assert [violation for exchange in shelf.sent for violation in laws.observe(exchange)] == []
    assert {law for _, law in laws.tested} == {
        Law.IDENTITY, Law.PAGE_SIZE, Law.PAGE_ECHO, Law.TOTAL, Law.PAGES, Law.FILTER, Law.ORDER,
        Law.CREATED_SHOWN, Law.VALUES_KEPT, Law.UNIQUE_IDS, Law.DELETED_GONE,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "fault", "law", "message"),
    [
        ("getBook", lambda data, request: {**data, "id": 5}, "identity", "asked for '101', and shown '5'"),
        (
            "getBooks",
            lambda data, request: data + data[:1],
            "identity",
            "the record '101' is shown 2 times",
        ),
        (
            "listBooks",
            lambda data, request: {**data, "records": [*data["records"], {**data["records"][0], "id": 1}], "total": 4},
            "page-size",
            "4 records on a page of 3",
        ),
        (
            "listBooks",
            lambda data, request: {**data, "pageSize": 10},
            "page-echo",
            "/data/pageSize is 10, and the request has 3",
        ),
        (
            "listBooks",
            lambda data, request: {**data, "pageNo": 2},
            "page-echo",
            "/data/pageNo is 2, and the request has 1",
        ),
        (
            "listBooks",
            lambda data, request: {**data, "total": 2, "pages": 1},
            "total",
            "/data/total is 2, and there are 3 records up to the end of this page",
        ),
        (
            "listBooks",
            lambda data, request: {**data, "records": data["records"][:2]},
            "total",
            "/data/total is 5, and the page of 3 from 0 on has 2 records",
        ),
        (
            "listBooks",
            lambda data, request: {**data, "pages": 3},
            "total",
            "/data/pages is 3, with 5 records and pages of 3",
        ),
        (
            "listBooks",
            lambda data, request: {**data, "records": [data["records"][0]] * 3},
            "pages",
            "the record '105' is shown 3 times",
        ),
        (
            "listBooks",
            lambda data, request: {**data, "records": data["records"][::-1]},
            "order",
            "sorted by /id, descending: 103 comes before 104",
        ),
    ],
)
def test_a_response_that_contradicts_its_request_is_a_violation(
    operation: str, fault: Fault, law: str, message: str
) -> None:
    shelf = Shelf({operation: fault})
    shelf.fill(5)
    shelf.do("getBook", id=101)
    shelf.do("getBooks", {"ids": [101]})
    shelf.do("listBooks", {"page": 1, "size": 3})
    assert messages(shelf) == [(law, message)]


def test_a_record_that_a_filter_leaves_out_is_a_violation() -> None:
    shelf = Shelf(ignores=frozenset({"shelf"}))
    shelf.fill(2)
    shelf.do("listBooks", {"shelf": "south"})
    assert messages(shelf) == [("filter", '$request.body#/shelf is "south" (equal), and a record has "north"')]


def test_what_was_created_and_is_not_found_is_a_violation_with_both_requests() -> None:
    shelf = Shelf()
    created = shelf.do("addBook", {"name": "Ann"})
    shelf.records.clear()
    read = shelf.do("getBook", id=101)
    shelf.do("getBooks", {"ids": [101]})
    first, second = observed(shelf)
    assert first.message == "addBook has created '101', and getBook does not show it"
    assert first.exchanges == (created, read)
    assert second.message == "addBook has created '101', and getBooks does not show it"


def test_a_record_without_an_identifier_is_the_one_that_was_asked_for() -> None:
    shelf = Shelf()
    shelf.do("addBook", {"name": "Ann"})
    without_id = Records("/data", None, "$request.path.id")
    read = with_laws(shelf.do("getBook", id=101), records=without_id)
    laws = PassiveLaws(shelf_contract())
    assert [violation for exchange in (shelf.sent[0], read) for violation in laws.observe(exchange)] == []
    assert laws.tested["addBook", Law.CREATED_SHOWN] == laws.tested["addBook", Law.VALUES_KEPT] == 1
    (violation,) = laws.observe(with_laws(changed(read, name="Bea"), records=without_id))
    assert violation.law is Law.VALUES_KEPT
    (violation,) = laws.observe(not_there(read))
    assert violation.law is Law.CREATED_SHOWN


def test_what_a_list_selects_by_and_does_not_show_is_known_from_the_create() -> None:
    shelf = Shelf()
    created = with_laws(
        shelf.do("addBook", {"name": "Ann", "shelf": "south"}), keeps={"/shelf": "$request.body#/shelf"}
    )
    filters = (Filter("$request.body#/shelf", "/shelf", untested="only reads show the shelf"),)
    right, other = (with_laws(shelf.do("listBooks", {"shelf": name}), filters=filters) for name in ("south", "north"))
    laws = PassiveLaws(shelf_contract())
    assert [violation for exchange in (created, right, other) for violation in laws.observe(exchange)] == []
    assert laws.tested["listBooks", Law.FILTER] == 1
    wrong = replace(other, response=right.response)
    (violation,) = laws.observe(wrong)
    assert violation.message == '$request.body#/shelf is "north", and \'101\' has "south" as its /shelf'
    assert violation.exchanges == (created, wrong)


def test_the_response_to_an_update_shows_what_the_request_has_set() -> None:
    shelf = Shelf()
    shelf.fill(1)
    update = shelf.do("changeBook", {"name": "Bea", "pages": 7}, id=101)
    place = Records("/data", "/id", "$request.path.id")
    right, wrong = (with_laws(changed(update, id=101, name=name), records=place) for name in ("Bea", "Ann"))
    laws = PassiveLaws(shelf_contract())
    assert laws.observe(right) == []
    (violation,) = laws.observe(wrong)
    assert (violation.law, violation.pointer) == (Law.VALUES_KEPT, "/name")


def test_what_was_deleted_and_is_still_shown_is_a_violation() -> None:
    shelf = Shelf()
    shelf.fill(1)
    read, listed = shelf.do("getBook", id=101), shelf.do("listBooks", {})
    shelf.do("deleteBook", id=101)
    shelf.sent += [read, listed]
    assert messages(shelf) == [
        ("deleted-gone", "deleteBook has deleted '101', and getBook still shows it"),
        ("deleted-gone", "deleteBook has deleted '101', and listBooks still shows it"),
    ]


@pytest.mark.parametrize("writer", ["addBook", "changeBook"])
def test_a_value_that_is_not_kept_is_a_violation(writer: str) -> None:
    shelf = Shelf()
    shelf.do("addBook", {"name": "Ann", "pages": 7})
    if writer == "changeBook":
        shelf.do("changeBook", {"name": "Bea", "pages": 8}, id=101)
    shelf.records[101]["pages"] = 9
    shelf.do("getBook", id=101)
    given = "8" if writer == "changeBook" else "7"
    assert messages(shelf) == [("values-kept", f"{writer} gave '101' the /pages {given}; it is shown as 9")]


def test_what_a_delete_leaves_of_the_values_is_open() -> None:
    shelf = Shelf()
    shelf.do("addBook", {"name": "Ann"})
    shelf.do("deleteBook", id=101)
    shelf.records[101] = {"id": 101, "name": "deleted", "shelf": "north", "pages": 1, "state": 0}
    shelf.do("getBook", id=101)
    assert [violation.law for violation in observed(shelf)] == [Law.DELETED_GONE]


def test_an_identifier_that_exists_is_a_violation() -> None:
    shelf = Shelf({"addBook": lambda data, request: {"id": 101}})
    for name in ("Ann", "Bea"):
        shelf.do("addBook", {"name": name})
    assert messages(shelf) == [("unique-ids", "addBook gives the identifier '101', which exists already")]


def test_an_identifier_that_a_list_has_shown_is_a_violation() -> None:
    shelf = Shelf({"addBook": lambda data, request: {"id": 101}})
    shelf.fill(1)
    listed = shelf.do("listBooks", {})
    created = shelf.do("addBook", {"name": "Ann"})
    (violation,) = observed(shelf)
    assert violation.exchanges == (listed, created)


def test_a_state_that_no_edge_leads_to_is_a_violation() -> None:
    shelf = Shelf()
    shelf.fill(1)
    for state in (0, 2, 2, 1):
        shelf.records[101]["state"] = state
        shelf.do("getBook", id=101)
    assert messages(shelf) == [("edges", "'101' went from success to working, which no edges of thing lead to")]


def test_two_accounts_do_not_know_each_other() -> None:
    shelf = Shelf()
    created = shelf.do("addBook", {"name": "Ann"})
    shelf.records.clear()
    read = shelf.do("getBook", id=101)
    laws = PassiveLaws(shelf_contract())
    assert laws.observe(created, "one") == laws.observe(read, "other") == []


# Requests that are on their way at the same time


def under_way(shelf: Shelf, order: Callable[[PassiveLaws, dict[str, OperationExchange]], list[LawViolation]]) -> Any:
    sent = {}
    sent["created"] = shelf.do("addBook", {"name": "Ann"})
    sent["read"] = shelf.do("getBook", id=101)
    sent["changed"] = shelf.do("changeBook", {"name": "Bea"}, id=101)
    sent["deleted"] = shelf.do("deleteBook", id=101)
    sent["missing"] = shelf.do("getBook", id=101)
    return order(PassiveLaws(shelf_contract()), sent)


def test_a_read_that_began_before_the_create_had_ended_may_not_find_it() -> None:
    def order(laws: PassiveLaws, sent: dict[str, OperationExchange]) -> list[LawViolation]:
        start = laws.begin(sent["missing"].operation, sent["missing"].parsed)
        return [*laws.observe(sent["created"]), *laws.observe(sent["missing"], start=start)]

    assert under_way(Shelf(), order) == []


def test_a_read_beside_a_delete_may_find_the_record_or_not() -> None:
    def order(laws: PassiveLaws, sent: dict[str, OperationExchange]) -> list[LawViolation]:
        violations = laws.observe(sent["created"])
        deletion = laws.begin(sent["deleted"].operation, sent["deleted"].parsed)
        violations += laws.observe(sent["missing"])
        late = laws.begin(sent["read"].operation, sent["read"].parsed)
        violations += laws.observe(sent["deleted"], start=deletion)
        return violations + laws.observe(sent["read"], start=late)

    assert under_way(Shelf(), order) == []


def test_a_read_beside_an_update_may_show_either_value() -> None:
    def order(laws: PassiveLaws, sent: dict[str, OperationExchange]) -> list[LawViolation]:
        violations = laws.observe(sent["created"])
        update = laws.begin(sent["changed"].operation, sent["changed"].parsed)
        late = laws.begin(sent["read"].operation, sent["read"].parsed)
        violations += laws.observe(sent["read"])
        violations += laws.observe(sent["changed"], start=update)
        return violations + laws.observe(sent["read"], start=late)

    assert under_way(Shelf(), order) == []


def test_after_a_delete_without_a_response_the_record_may_be_gone() -> None:
    def order(laws: PassiveLaws, sent: dict[str, OperationExchange]) -> list[LawViolation]:
        violations = laws.observe(sent["created"])
        laws.abandon(laws.begin(sent["deleted"].operation, sent["deleted"].parsed))
        return violations + laws.observe(sent["missing"])

    assert under_way(Shelf(), order) == []


def test_which_of_two_updates_at_once_was_the_last_is_unknown() -> None:
    shelf = Shelf()
    created = shelf.do("addBook", {"name": "Ann"})
    updates = [shelf.do("changeBook", {"name": name}, id=101) for name in ("Bea", "Cleo")]
    shelf.records[101]["name"] = "Bea"
    read = shelf.do("getBook", id=101)
    laws = PassiveLaws(shelf_contract())
    laws.observe(created)
    starts = [laws.begin(update.operation, update.parsed) for update in updates]
    for update, start in zip(updates, starts, strict=True):
        laws.observe(update, start=start)
    assert laws.observe(read) == []


def test_the_memory_is_bounded() -> None:
    shelf = Shelf()
    laws = PassiveLaws(shelf_contract(), max_records=2)
    for name in ("Ann", "Bea", "Cleo"):
        laws.observe(shelf.do("addBook", {"name": name}))
    shelf.records.clear()
    assert laws.observe(shelf.do("getBook", id=101)) == []
    assert len(laws.observe(shelf.do("getBook", id=103))) == 1


def test_a_create_that_is_repeated_under_a_number_of_the_callers_changes_nothing() -> None:
    shelf = Shelf()
    first = shelf.do("addBook", {"name": "Ann"})
    second = changed(shelf.do("addBook", {"name": "Bea"}), id=first.content["data"]["id"])
    read = shelf.do("getBook", id=first.content["data"]["id"])
    laws = PassiveLaws(shelf_contract())
    repeated = [
        with_laws(exchange, again="$request.body#/name", target="$request.path.id") for exchange in (first, second)
    ]
    assert [violation for exchange in (*repeated, read) for violation in laws.observe(exchange)] == []


@pytest.mark.parametrize(
    ("shown", "same"), [({"id": "7"}, True), ({"id": 7, "name": "Ann"}, True), ({"id": 8}, False), ({"more": 1}, True)]
)
def test_an_object_is_compared_by_the_fields_that_both_have(shown: dict[str, Any], same: bool) -> None:
    assert is_same(shown, {"id": 7, "unknown": []}) is same
