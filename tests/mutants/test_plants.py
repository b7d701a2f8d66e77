"""The helpers of the mutants change what they say, and nothing else."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.contracts.core.wire import JSON, WireRequest
from bodydouble.contracts.model.loader import load_contract
from tests.mutants import listings, plants, relations
from tests.mutants.exchange import ABSENT, Endpoint, Exchange, RawResponse
from tests.mutants.model import Kind, Plant, mutant

CONTRACT = load_contract("guiji")
CREDENTIALS = {"app_id": "me", "secret": "key"}
PAGE = listings.Listing(
    "/data/records", "/data/totalRecord", "body:/page", "body:/size", "/data/pageNo", "/data/pageSize"
)
NAMES = list("abcdefg")
Respond = Callable[[WireRequest], RawResponse]


def envelope(data: Any, code: str = "0") -> RawResponse:
    content = {"code": code, "message": "text", "success": code == "0", "data": data}
    return RawResponse(200, (("content-type", JSON),), json.dumps(content).encode())


def server(request: WireRequest) -> RawResponse:
    """Seven voices, page by page; a token for everyone; a video by any id of one digit."""
    if request.path.endswith("/oauth/token"):
        return envelope({"access_token": "t", "expires_in": 7200})
    if "/video/v2/get/" in request.path:
        number = request.path.rpartition("/")[2]
        return envelope({"id": int(number)}) if len(number) == 1 else envelope(None, "40001")
    query = json.loads(request.body)
    names = [name for name in NAMES if query.get("name") in (None, name)]
    start = (query["page"] - 1) * query["size"]
    rows = [{"speakerId": name, "kind": name < "d"} for name in names[start : start + query["size"]]]
    return envelope({"pageNo": query["page"], "pageSize": query["size"], "totalRecord": len(names), "records": rows})


class Traffic:
    """Exchanges with the server through one planting."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.endpoint = Endpoint(CONTRACT, server, CREDENTIALS)

    def send(self, request: WireRequest) -> Exchange:
        match = self.endpoint.match(request)
        exchange = Exchange(self.endpoint, match.operation, match.request, request, match.path_values)
        self.plant(exchange)
        return exchange

    def list(self, page: int = 1, size: int = 3, **more: Any) -> Exchange:
        body = json.dumps({"page": page, "size": size, **more}).encode()
        return self.send(WireRequest("POST", "/openapi/speaker/v2/fastPublicPageList", "access_token=t", {}, body))

    def names(self, page: int = 1, size: int = 3, **more: Any) -> str:
        return "".join(row["speakerId"] for row in self.list(page, size, **more).json["data"]["records"])

    def video(self, number: int) -> Any:
        request = WireRequest("GET", f"/openapi/video/v2/get/{number}", "access_token=t", {}, b"")
        return self.send(request).json["data"]


def test_without_a_change_the_response_is_the_server_s() -> None:
    exchange = Traffic(lambda exchange: None).list()
    assert not exchange.changed
    assert exchange.response == server(exchange.original)
    assert not exchange.changed


def test_values_are_changed_at_their_pointers() -> None:
    exchange = Traffic(plants.edit("/data/records/*/speakerId", str.upper)).list()
    assert [row["speakerId"] for row in exchange.json["data"]["records"]] == ["A", "B", "C"]
    assert exchange.changed
    assert Traffic(plants.edit("/data/records/*/speakerId", str.upper, first=True)).names() == "Abc"
    assert "message" not in Traffic(plants.dropped("/message")).list().json
    assert Traffic(plants.replaced("/data/pageNo", None)).list().json["data"]["pageNo"] is None
    assert Traffic(plants.replaced("", 7)).list().json == 7


def test_a_pointer_that_leads_nowhere_changes_nothing() -> None:
    for place in ("/nothing", "/data/records/9/speakerId", "/data/records/name", "/data/pageNo/x"):
        assert not Traffic(plants.replaced(place, 1)).list().changed, place


def test_a_document_in_a_string_is_changed_within_it() -> None:
    assert json.loads(plants.inner("/a/b", 2)('{"a": {"b": 1}, "c": 3}')) == {"a": {"b": 2}, "c": 3}
    assert plants.inner("/a", 2)(None) is None


def test_status_headers_and_connection_are_changed() -> None:
    exchange = Traffic(
        plants.sequence(plants.status(201), plants.header("Content-Type", None), plants.cut(None))
    ).list()
    assert (exchange.status, exchange.response.headers) == (201, ())
    assert exchange.cut == len(exchange.body) // 2


def test_plantings_for_some_exchanges_spare_the_others() -> None:
    every = Traffic(plants.every(3, plants.status(500)))
    assert [every.list().status for _ in range(6)] == [500, 200, 200, 500, 200, 200]
    few = Traffic(plants.when(plants.asks("body:/page", lambda page: page > 1), plants.status(500)))
    assert [few.list(page).status for page in (1, 2)] == [200, 500]


def test_a_mutant_sees_its_own_operations_and_successes_only() -> None:
    planted = mutant("m", Kind.STATUS, "getVideo", "", plants.status(500), on="failure")
    traffic = Traffic(planted)
    assert traffic.list().status == 200
    request = WireRequest("GET", "/openapi/video/v2/get/", "", {}, b"")
    for number, status in (("5", 200), ("55", 500)):
        assert traffic.send(WireRequest("GET", request.path + number, "", {}, b"")).status == status


def test_pages_are_broken_in_one_way_each() -> None:
    assert Traffic(listings.one_more(PAGE)).names(1) == "abcd"
    assert Traffic(listings.one_more(PAGE)).names(3) == "g"
    assert Traffic(listings.page_ignored(PAGE)).names(2) == "abc"
    assert Traffic(listings.page_ignored(PAGE)).list(2).json["data"]["pageNo"] == 2
    assert Traffic(listings.size_ignored(PAGE)).names(1, 3) == "abcdefg"
    assert Traffic(listings.last_lost(PAGE)).names(2) == "de"
    assert Traffic(listings.overlapping(PAGE)).names(2) == "cde"
    assert Traffic(listings.last_repeated(PAGE)).names(9) == "abc"
    assert Traffic(listings.last_repeated(PAGE)).names(3) == "g"
    assert Traffic(listings.doubled(PAGE)).names(1) == "aac"
    assert Traffic(listings.total_is_page(PAGE)).list(3).json["data"]["totalRecord"] == 1
    assert Traffic(listings.total_off(PAGE, 2)).list().json["data"]["totalRecord"] == 9


def test_filters_are_ignored_or_replaced() -> None:
    assert Traffic(listings.ignored("body:/name")).names(name="b") == "abc"
    assert not Traffic(listings.ignored("body:/name")).list().changed
    assert Traffic(listings.instead("body:/name", lambda name: "d" if name == "b" else name)).names(name="b") == "d"
    assert Traffic(listings.turned("/data/records")).names() == "cba"


def test_lists_are_reordered_as_a_whole() -> None:
    assert Traffic(listings.turned_whole(PAGE)).names(1) == "gfe"
    assert Traffic(listings.turned_whole(PAGE)).names(3) == "a"
    assert Traffic(listings.turned_whole(PAGE, "body:/name")).names(name="b") == "b"
    assert Traffic(listings.ties_turned(PAGE, "kind")).names(2) == "gfe"
    assert Traffic(listings.loses_match(PAGE, "body:/name")).names(name="b") == ""
    assert Traffic(listings.loses_match(PAGE, "body:/name")).list(name="b").json["data"]["totalRecord"] == 0
    assert Traffic(listings.loses_match(PAGE, "body:/name")).names() == "abc"


def test_a_repeated_request_has_the_other_values_only() -> None:
    exchange = Traffic(lambda exchange: None).list(name="b")
    assert json.loads(exchange.again(**{"body:/name": ABSENT, "body:/size": 2}).body)["data"]["pageSize"] == 2
    assert exchange.asked("body:/name") == "b"
    assert json.loads(exchange.again(**{"body:": {"page": 2, "size": 1}}).body)["data"]["pageNo"] == 2


def test_a_read_is_of_another_thing() -> None:
    traffic = Traffic(relations.another("path:id"))
    assert [traffic.video(number)["id"] for number in (1, 2, 1)] == [1, 1, 2]


def test_what_was_created_is_not_read() -> None:
    traffic = Traffic(relations.forgets("listPublicVoices", "/data/pageNo", "path:id", 999))
    traffic.list(page=4)
    assert (traffic.video(4), traffic.video(5)) == (None, {"id": 5})


def test_lists_leave_out_what_was_created_and_keep_what_was_deleted() -> None:
    unlisted = Traffic(relations.unlisted("getVideo", "/data/id", PAGE, "speakerId"))
    unlisted.endpoint.memory["created"] = {"b", "e"}
    assert [unlisted.names(page) for page in (1, 2)] == ["acd", "fg"]
    assert unlisted.list().json["data"]["totalRecord"] == 5
    still = Traffic(
        relations.still_listed("getVideo", "path:id", PAGE, "speakerId", lambda exchange: exchange.response)
    )
    still.endpoint.memory["deleted"] = {"x": {"speakerId": "x"}}
    assert [still.names(page) for page in (1, 3)] == ["abc", "gx"]
    assert still.list().json["data"]["totalRecord"] == 8


def test_what_was_deleted_is_read() -> None:
    known = {"deleted": {"55": envelope({"id": 55})}}
    traffic = Traffic(relations.undead("listVideos", "path:id", "getVideo"))
    assert traffic.video(55) is None
    traffic.endpoint.memory.update(known)
    assert traffic.video(55) == {"id": 55}


def states(plant: Plant, *states: Mapping[str, Any]) -> list[Any]:
    """What a planting makes of the states of one record."""
    traffic, shown = Traffic(plant), []
    for state in states:
        request = WireRequest("GET", "/openapi/video/v2/get/1", "", {}, b"")
        exchange = Exchange(traffic.endpoint, None, request, request)
        exchange.response = envelope({"id": 1, **state})
        plant(exchange)
        shown.append(exchange.get("/data/s"))
    return shown


def test_states_go_back_flip_or_stay() -> None:
    course = [{"s": state} for state in (1, 2, 3, 3, 3)]
    assert states(relations.backwards("/data", "id", "s", (3,)), *course) == [1, 2, 3, 2, 3]
    assert states(relations.flips("/data", "id", "s", 3, 4), *course) == [1, 2, 3, 4, 4]
    assert states(relations.stuck("/data", "id", "s", (1, 2)), *course) == [1, 2, 2, 2, 2]
    assert states(relations.shown_as("/data", "s", 2, 9), *course) == [1, 9, 3, 3, 3]
