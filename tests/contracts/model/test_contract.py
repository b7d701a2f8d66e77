"""Operations parse requests and validate responses."""

import json

import pytest

from bodydouble.contracts.core.path_template import match_path
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import ParsedRequest
from tests.support import specification

CONTRACT = specification.contract()
JSON = {"content-type": "application/json; charset=utf-8"}


def create(body: bytes, headers: dict[str, str] = JSON) -> ParsedRequest:
    return CONTRACT.operations["createThing"].parse(WireRequest("POST", "/things", "", headers, body), {})


@pytest.mark.parametrize(
    ("body", "headers", "condition", "field"),
    [
        (b"", JSON, "malformed-body", "body"),
        (b"{", JSON, "malformed-body", "body"),
        (b'"\xff"', JSON, "malformed-body", "body"),
        (b"{}", {"content-type": "text/plain"}, "unsupported-media-type", "body"),
        (b"{}", JSON, "missing-parameter", "/name"),
        (b"[]", JSON, "invalid-parameter", "body"),
        (b"null", JSON, "invalid-parameter", "body"),
        (b'{"name": 5}', JSON, "invalid-parameter", "/name"),
        (b'{"name": "a", "script": "{}"}', JSON, "missing-parameter", "/script/lines"),
        (b'{"name": "a", "script": "{"}', JSON, "invalid-parameter", "/script"),
    ],
)
def test_an_invalid_body_has_one_of_the_general_conditions(
    body: bytes, headers: dict[str, str], condition: str, field: str
) -> None:
    parsed = create(body, headers)
    assert parsed.condition == condition
    assert parsed.violations[0].field == field


@pytest.mark.parametrize("headers", [JSON, {}, {"content-type": "APPLICATION/JSON"}])
def test_a_valid_body_is_parsed_with_and_without_its_type(headers: dict[str, str]) -> None:
    parsed = create(b'{"name": "Ann", "unknown": 1}', headers)
    assert (parsed.condition, parsed.violations) == (None, ())
    assert parsed.body == {"name": "Ann", "unknown": 1}


def test_all_violations_are_collected_and_the_first_one_decides() -> None:
    parsed = CONTRACT.operations["getToken"].parse(WireRequest("GET", "/token", "appId=a", {}, b""), {})
    assert parsed.condition == "missing-parameter"
    assert [violation.field for violation in parsed.violations] == [
        "query parameter timestamp",
        "query parameter sign",
        "query parameter grant",
    ]


@pytest.mark.parametrize(("text", "condition"), [("5", None), ("x", "invalid-parameter"), ("0", "invalid-parameter")])
def test_path_parameters_are_decoded_and_checked(text: str, condition: str | None) -> None:
    parsed = CONTRACT.operations["getThing"].parse(WireRequest("GET", f"/things/{text}", "", {}, b""), {"id": text})
    assert parsed.condition == condition


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/things/5", {"id": "5"}),
        ("/things/a%2Fb%20%E4%B8%96", {"id": "a/b 世"}),
        ("/things/%FF", {"id": "\udcff"}),
        ("/things/", None),
        ("/things/5/6", None),
        ("/other/5", None),
    ],
)
def test_a_path_is_matched_with_its_template(path: str, values: dict[str, str] | None) -> None:
    assert match_path("/things/{id}", path) == values


def test_a_template_is_not_a_regular_expression() -> None:
    assert match_path("/a.b/{x}:run", "/a.b/1:run") == {"x": "1"}
    assert match_path("/a.b/{x}:run", "/aXb/1:run") is None


def response_of(status: int, content: object, media_type: str = "application/json") -> WireResponse:
    return WireResponse(status, {"content-type": media_type}, json.dumps(content).encode())


@pytest.mark.parametrize(
    ("response", "rules"),
    [
        (response_of(200, {"code": 0, "data": {"id": 1}}), []),
        (response_of(200, {"code": 5, "message": "No."}), []),
        (response_of(200, {"code": 0, "data": {"id": "1"}}), ["type"]),
        (response_of(200, {"code": 0, "data": {"id": 1}}, "text/html"), ["media-type"]),
        (WireResponse(200, JSON, b"{"), ["json"]),
        (WireResponse(200, {}, b'{"code": 0, "data": {"id": 1}}'), ["media-type"]),
        (WireResponse(200, JSON, b'{"code": 0, "data": {"id": NaN}}'), ["json"]),
        (WireResponse(200, JSON, b'{"code": 0, "data": {"id": 1}, "a": "\xff"}'), ["encoding"]),
        (WireResponse(200, JSON, b'{"code": 5, "code": 0, "data": {"id": 1}}'), ["repeated-key"]),
        (WireResponse(200, JSON, b'{"code": 0, "data": {"id": "1", "id": "2"}}'), ["type", "repeated-key"]),
        (response_of(500, {"code": 1, "message": "No."}), ["status"]),
    ],
)
def test_a_response_is_checked_for_status_media_type_and_schema(response: WireResponse, rules: list[str]) -> None:
    assert [violation.rule for violation in CONTRACT.operations["createThing"].response_violations(response)] == rules


def test_an_acknowledgement_of_a_whole_class_of_statuses() -> None:
    callback = CONTRACT.callbacks["thingEnded"]
    assert callback.acknowledgement_violations(WireResponse(204)) == ()
    (violation,) = callback.acknowledgement_violations(WireResponse(404))
    assert (violation.rule, violation.got, violation.expected) == ("status", 404, "2XX")


def test_some_operations_carry_documents_inside_strings() -> None:
    assert [operation.id for operation in CONTRACT.operations.values() if operation.has_inner_documents] == [
        "createThing"
    ]
