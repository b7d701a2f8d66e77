"""The declarations of laws: pages, filters, orders, and that each law is declared or has a reason."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from bodydouble.contracts.model.filters import Filter, selected, selects
from bodydouble.contracts.model.laws import Law, OperationLaws, Records
from bodydouble.contracts.model.paging import Paging, RequestedPage
from bodydouble.contracts.model.sorting import Order, Sorting


@dataclass(frozen=True)
class Values:
    """A decoded request."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)
    body: Any = None


NUMBERED = Paging(
    "$request.body#/size",
    number="$request.body#/page",
    shown={"number": "/data/no", "size": "/data/size", "total": "/data/total", "pages": "/data/pages"},
)


def test_a_numbered_page_follows_from_the_request() -> None:
    assert NUMBERED.requested(Values(body={"page": 3, "size": 20})) == RequestedPage(40, 20, 3)
    assert NUMBERED.requested(Values(body={})) == RequestedPage(0, 10, 1)


def test_an_offset_counts_rows_or_pages() -> None:
    query = {"offset": 2, "limit": 5}
    rows = Paging("$request.query.limit", offset="$request.query.offset")
    pages = Paging("$request.query.limit", offset="$request.query.offset", offset_counts="pages")
    assert rows.requested(Values(query=query)).offset == 2
    assert pages.requested(Values(query=query)).offset == 10


def test_a_list_without_a_number_or_offset_shows_one_page() -> None:
    paging = Paging.from_specification({"size": "$request.query.limit"})
    assert paging.requested(Values(query={"limit": 5})) == RequestedPage(0, 5, 1)
    assert not paging.turns


def test_bare_identifiers_are_records() -> None:
    records = Records("/accounts", "/")
    accounts = records.of({"accounts": ["a", "b"]}) or []
    assert [records.id_of(account) for account in accounts] == ["a", "b"]


def test_a_response_repeats_the_page_and_counts_the_rest() -> None:
    page = RequestedPage(40, 20, 3)
    assert NUMBERED.expected(page, 41) == {"/data/no": 3, "/data/size": 20, "/data/total": 41, "/data/pages": 3}
    assert NUMBERED.expected(page) == {"/data/no": 3, "/data/size": 20}


@pytest.mark.parametrize(
    ("match", "shown", "value", "passes"),
    [
        ("equal", 7, "7", True),
        ("equal", True, "true", True),
        ("equal", "a", "A", False),
        ("contains", "Anna", "nn", True),
        ("contains", "Anna", "an", False),
        ("contains-any-case", "Anna", "AN", True),
        ("prefix", "Anna", "An", True),
        ("from", 10, 9, True),
        ("until", "2026-01-02", "2026-01-01", False),
        ("one-of", "b", ["a", "b"], True),
        ("one-of", "b", "a,c", False),
        ("all-of", "b", "a,b", False),
        ("one-contained", "Anna", "x,nn", True),
        ("all-contained", "Anna", "x,nn", False),
        ("lacks", "b", "a", True),
        ("lacks", "b", "b", False),
    ],
)
def test_a_filter_compares_as_it_declares(match: str, shown: Any, value: Any, passes: bool) -> None:
    entry = Filter("$request.query.by", "/field", match, separator=",")
    assert entry.passes({"field": shown}, Values(query={"by": value})) is passes


def asked(**query: Any) -> Values:
    return Values(query=query)


def test_a_filter_of_a_list_wants_one_of_its_values() -> None:
    assert Filter("$request.query.tag", "/tags/*").passes({"tags": ["a", "b"]}, asked(tag="b"))
    assert Filter("$request.query.tag", "/tags/*", "all-of", separator=",").passes({"tags": ["a"]}, asked(tag="a"))
    assert not Filter("$request.query.tag", "/tags/*").passes({}, asked(tag="b"))


def test_what_lacks_a_value_has_the_list_or_could_have_it() -> None:
    entry = Filter("$request.query.device", "/model/devices/*", "lacks")
    assert entry.passes({"model": {"devices": ["a"]}}, asked(device="b"))
    assert entry.passes({"model": {}}, asked(device="b"))
    assert not entry.passes({"model": {"devices": ["a", "b"]}}, asked(device="b"))
    assert not entry.passes({}, asked(device="b"))


@pytest.mark.parametrize(
    ("start", "passes"),
    [
        ("2026-01-10T08:00:00Z", True),
        ("2026-01-10T16:00:00+08:00", True),
        ("2026-01-10T08:00:00", True),
        ("2026-01-10T08:00:00.5Z", False),
        ("2026-01-10T07:00:00-03:00", False),
    ],
)
def test_times_are_compared_whatever_their_zone(start: str, passes: bool) -> None:
    entry = Filter("$request.query.since", "/created", "from", format="date-time")
    assert entry.passes({"created": "2026-01-10T08:00:00Z"}, asked(since=start)) is passes


def test_a_request_can_choose_another_comparison() -> None:
    entry = Filter.from_specification(
        {
            "by": "$request.query.name",
            "field": "/name",
            "variants": [{"when": {"$request.query.fuzzy": "name"}, "match": "contains"}],
        }
    )
    assert not entry.passes({"name": "Anna"}, asked(name="nn"))
    assert entry.passes({"name": "Anna"}, asked(name="nn", fuzzy=["id", "name"]))
    assert entry.passes({"name": "Anna"}, asked(name="nn", fuzzy="name"))


def test_a_filter_compares_several_places_and_other_spellings() -> None:
    entry = Filter("$request.query.kind", "/kind", also=("/tags/*",), values={"PHOTO": "picture"})
    assert entry.passes({"kind": "picture"}, asked(kind="PHOTO"))
    assert entry.passes({"tags": ["picture"]}, asked(kind="PHOTO"))
    assert not entry.passes({"kind": "PHOTO"}, asked(kind="PHOTO"))


def test_a_value_may_stand_for_another_one_of_the_request() -> None:
    entry = Filter("$request.query.source", "/owner", values={"OWN": "$request.query.me"}, ignored=("ALL",))
    assert entry.passes({"owner": "a"}, asked(source="OWN", me="a"))
    assert not entry.passes({"owner": "b"}, asked(source="OWN", me="a"))
    assert entry.passes({"owner": "b"}, asked(source="ALL", me="a"))


def test_what_only_reads_show_is_not_compared_in_lists() -> None:
    entry = Filter("$request.query.mode", "/mode", default="wide", untested="lists do not show it")
    assert entry.passes({}, asked())
    assert not entry.selects({"mode": "tall"}, asked())
    assert entry.selects({"mode": "tall"}, asked(mode="tall"))
    assert selected([entry], asked(), {"mode": "tall"})
    assert not selects([entry], asked(), {"mode": "tall"})


def test_one_of_several_places_is_enough_for_a_filter() -> None:
    entry = Filter.from_specification({"by": "$request.body#/key", "field": "/id", "also": ["/name"]})
    record = {"id": 7, "name": "Anna"}
    passes = [entry.passes(record, Values(body={"key": value})) for value in ("7", "Anna", "anna")]
    assert passes == [True, True, False]


def test_numbers_are_equal_however_they_are_written() -> None:
    assert Filter("$request.body#/type", "/type").passes({"type": 14}, Values(body={"type": 14.0}))
    assert Filter("$request.body#/status", "/status", ignored=(-1,)).value(Values(body={"status": -1.0})) is None


def test_times_may_be_compared_by_their_months_only() -> None:
    entry = Filter("$request.body#/from", "/date", match="from", format="month", partial=True)
    request = Values(body={"from": "2026-03-20 10:00:00"})
    assert [entry.passes({"date": date}, request) for date in ("2026-03-01", "2026-02-28")] == [True, False]


def test_an_ignored_value_selects_everything() -> None:
    entry = Filter("$request.body#/status", "/status", ignored=(-1, ""))
    assert entry.value(Values(body={"status": -1})) is None
    assert entry.value(Values(body={"status": "-1"})) == "-1"


def test_an_order_is_the_requested_or_the_default_order() -> None:
    sorting = Sorting("$request.query.key", "$request.query.dir", fields={"created": "/time"}, default="/id")
    assert sorting.order(Values()) == Order("/id")
    assert sorting.order(Values(query={"key": "created", "dir": "desc"})) == Order("/time", descending=True)
    assert sorting.order(Values(query={"key": "place"})) is None
    assert sorting.order(Values(query={"dir": "desc"})) == Order("/id")


def test_a_name_of_a_field_is_no_pointer() -> None:
    sorting = Sorting("$request.query.key")
    assert sorting.order(Values(query={"key": "a/b"})) == Order("/a~1b")


def test_neighbours_in_the_wrong_order_are_shown() -> None:
    rows: list[dict[str, Any]] = [{"n": 1}, {"n": 1}, {"n": None}, {"n": 3}, {"n": 2}]
    assert Order("/n").offending(rows) == (3, 2)
    assert Order("/n", descending=True).offending(rows) == (1, 3)
    assert Order("/n").offending(Order("/n").sorted(rows)) is None


def test_a_law_of_the_role_is_declared_or_has_a_reason() -> None:
    content: dict[str, Any] = {"role": "read", "resource": "video", "records": {"at": "/data", "id": "/id"}}
    with pytest.raises(ValueError, match="identity is neither declared nor"):
        OperationLaws.from_specification(content, ())
    content["records"]["asked"] = "$request.path.id"
    assert OperationLaws.from_specification(content, ()).declared == {Law.IDENTITY, Law.ISOLATION}
    without_id = {"at": "/data", "asked": "$request.path.id"}
    with pytest.raises(ValueError, match="identity is neither declared nor"):
        OperationLaws.from_specification({**content, "records": without_id}, ())
    laws = OperationLaws.from_specification({**content, "untested": {"isolation": "public"}}, ())
    assert laws.declared == {Law.IDENTITY}
    with pytest.raises(ValueError, match="edges do not concern"):
        OperationLaws.from_specification({**content, "untested": {"edges": "none"}}, ())


CREATE = {
    "resource": "task",
    "role": "create",
    "created": "/data/id",
    "keeps": {"/name": "$request.body#/name"},
    "again": "$request.body#/id",
}


@pytest.mark.parametrize(("body", "new"), [({}, True), ({"id": None}, True), ({"id": ""}, True), ({"id": 0}, False)])
def test_a_create_that_submits_a_record_anew_gives_no_new_identifier(body: dict[str, Any], new: bool) -> None:
    assert OperationLaws.from_specification(CREATE, ()).gives_new_id(Values(body=body)) is new


def test_a_successful_response_may_say_that_nothing_was_done() -> None:
    content = {"resource": "task", "role": "act", "target": "$request.path.id", "rejection": {"/data/done": False}}
    laws = OperationLaws.from_specification(content, ())
    assert [laws.rejects({"data": {"done": done}}) for done in (False, True)] == [True, False]
    assert not OperationLaws.from_specification(CREATE, ()).rejects({"data": {"id": 1}})


def test_states_are_those_of_the_resource() -> None:
    content = {**CREATE, "edges": {"stays": ["running"]}}
    laws = OperationLaws.from_specification(content, ())
    with pytest.raises(ValueError, match="no lifecycle 'task' with the states running"):
        laws.check_states(None)
    OperationLaws.from_specification(CREATE, ()).check_states(None)


def test_the_order_of_creation_that_no_record_shows_has_two_directions() -> None:
    sorting = Sorting(direction="$request.query.order", default_descending=True)
    orders = [sorting.order(Values(query=query)) for query in ({}, {"order": "desc"}, {"order": "asc"})]
    assert orders == [Order(None, descending=True), Order(None, descending=True), Order(None)]
    assert sorting.default_order == orders[0]
    assert Order(None).offending([{"id": 2}, {"id": 1}]) is None
    assert (sorting.by_creation, Sorting(default="/id").by_creation) == (True, False)
    assert Sorting("$request.query.key", creation=True).order(Values()) == Order(None)
    assert Sorting.from_specification({"default_descending": True}).order(Values()) == Order(None, descending=True)


def test_an_act_whose_response_repeats_the_identifier_has_an_identity() -> None:
    records = {"at": "/data", "id": "/id", "asked": "$request.path.id"}
    content = {"resource": "task", "role": "act", "target": "$request.path.id"}
    assert OperationLaws.from_specification(content, ()).declared == {Law.EDGES}
    assert OperationLaws.from_specification({**content, "records": records}, ()).declared == {Law.EDGES, Law.IDENTITY}
