"""Headers that a specification declares for a response are checked by everything that checks responses."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import urllib3

from bodydouble.client import ClientOptions, run
from bodydouble.contracts.client.other_operations import ExampleResponses
from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.proxy.drift_report import DriftLog
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from tests.support import specification

JSON = {"content-type": "application/json"}
CREATED = json.dumps({"code": 0, "data": {"id": 1}}).encode()


def violations(headers: dict[str, str], **declared: Any) -> tuple[Violation, ...]:
    content = specification.content()
    content["paths"]["/things"]["post"]["responses"]["200"]["headers"] = declared
    operation = specification.contract(content).operations["createThing"]
    return operation.response_violations(WireResponse(200, {**JSON, **headers}, CREATED))


def test_a_required_header_that_is_missing_is_a_violation() -> None:
    declared = {"X-Request-Id": {"required": True, "schema": {"type": "string"}}}
    (violation,) = violations({}, **declared)
    assert (violation.part, violation.pointer, violation.missing) == ("header", "/X-Request-Id", True)
    assert str(violation) == "header X-Request-Id: required, but missing"
    assert violations({"x-request-id": "1"}, **declared) == ()


def test_an_optional_header_may_be_missing() -> None:
    assert violations({}, **{"Retry-After": {"schema": {"type": "integer"}}}) == ()


@pytest.mark.parametrize(
    ("schema", "text", "rules"),
    [
        ({"type": "integer", "minimum": 1}, "2", []),
        ({"type": "integer", "minimum": 1}, "0", ["minimum"]),
        ({"type": "integer"}, "soon", ["type"]),
        ({"type": "string", "pattern": "^[0-9a-f]+$"}, "0a", []),
        ({"type": "string", "pattern": "^[0-9a-f]+$"}, "z", ["pattern"]),
        ({"type": "array", "items": {"type": "integer"}}, "1,2", []),
        ({"type": "array", "items": {"type": "integer"}}, "1,b", ["type"]),
        ({"type": "boolean"}, "true", []),
        ({"$ref": "#/components/schemas/Failure"}, "x", ["type"]),
    ],
)
def test_the_text_of_a_header_is_read_as_its_schema_says(schema: Any, text: str, rules: list[str]) -> None:
    assert [violation.rule for violation in violations({"x-a": text}, **{"X-A": {"schema": schema}})] == rules


def test_a_header_may_hold_a_json_document() -> None:
    declared = {"X-A": {"content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}}}
    assert [violation.rule for violation in violations({"x-a": '{"id": 1}'}, **declared)] == []
    assert [violation.rule for violation in violations({"x-a": "{}"}, **declared)] == ["required"]
    assert [violation.rule for violation in violations({"x-a": "{"}, **declared)] == ["json"]


def test_a_declared_content_type_is_ignored_as_openapi_demands() -> None:
    assert violations({}, **{"Content-Type": {"required": True, "schema": {"const": "text/html"}}}) == ()


def test_a_response_without_content_has_its_headers_checked_too() -> None:
    content = specification.content()
    responses = content["paths"]["/things"]["post"]["responses"]
    responses["204"] = {"description": "Done.", "headers": {"X-A": {"required": True, "schema": {"type": "string"}}}}
    operation = specification.contract(content).operations["createThing"]
    assert [violation.pointer for violation in operation.response_violations(WireResponse(204))] == ["/X-A"]
    assert operation.response_violations(WireResponse(204, {"x-a": "1"})) == ()


def test_a_body_where_the_contract_has_none_is_a_violation() -> None:
    content = specification.content()
    responses = content["paths"]["/things"]["post"]["responses"]
    responses["202"] = {"description": "Done."}
    operation = specification.contract(content).operations["createThing"]
    (violation,) = operation.response_violations(WireResponse(202, JSON, b"{}"))
    assert (violation.part, violation.rule, violation.got) == ("body", "undocumented-body", "{}")
    assert operation.response_violations(WireResponse(202, {"content-length": "0"})) == ()


def test_a_key_that_is_repeated_within_a_text_that_holds_json_is_a_violation() -> None:
    operation = load_contract("softsugar").operations["getTasks"]
    (body,) = [response.body for status, response in operation.responses.items() if status == "200"]
    assert body is not None
    assert body.json is not None
    content = copy.deepcopy(body.examples[0])
    paths = [path for inner in body.json.inner for path, _ in inner.strings(content)]
    place = content
    for step in paths[0][:-1]:
        place = place[step]
    place[paths[0][-1]] = '{"unknown": 1, "unknown": 2}'
    violations = operation.response_violations(WireResponse(200, JSON, json.dumps(content).encode()))
    repeated = [violation.pointer for violation in violations if violation.rule == "repeated-key"]
    assert repeated == [pointer((*paths[0], "unknown"))]


def test_an_acknowledgement_has_its_headers_checked_too() -> None:
    content = specification.content()
    responses = content["webhooks"]["notice"]["post"]["responses"]
    responses["200"]["headers"] = {"X-A": {"required": True, "schema": {"type": "string"}}}
    callback = specification.contract(content).callbacks["notice"]
    assert [violation.pointer for violation in callback.acknowledgement_violations(WireResponse(200))] == ["/X-A"]


@pytest.mark.parametrize(("headers", "rule"), [({}, "required"), ({"x-request-id": ""}, "minLength")])
@pytest.mark.parametrize("whole", [True, False])
def test_a_header_that_an_endpoint_leaves_out_is_drift(headers: dict[str, str], rule: str, whole: bool) -> None:
    contract = load_contract("huawei-metastudio")
    # The asset that the example of the specification shows.
    asset = "93769b5a-c8c6-4692-9c95-53933a1f0c93"
    request = WireRequest("GET", f"/v1/p/digital-assets/{asset}", "", {"host": "h", "x-auth-token": "a-token"}, b"")
    good = ExampleResponses(contract)(contract.operations["ShowAsset"], request)
    log = DriftLog(contract, "http://h")
    log.add(RecordedExchange(request, good, datetime(2026, 1, 1, tzinfo=UTC), 0.1, whole))
    assert (log.report().operations, log.report().drift) == ({"ShowAsset": 1}, ())
    others = {name: text for name, text in good.headers.items() if name != "x-request-id"}
    bad = WireResponse(good.status, {**others, **headers}, good.body)
    log.add(RecordedExchange(request, bad, datetime(2026, 1, 1, tzinfo=UTC), 0.1, whole))
    (row,) = log.report().drift
    assert (row.part, row.pointer, row.rule, row.direction) == ("header", "/X-Request-Id", rule, "response")


def test_clients_get_required_headers_always_and_optional_headers_sometimes() -> None:
    contract = load_contract("huawei-metastudio")
    assert all(
        "x-request-id" in ExampleResponses(contract)(operation, WireRequest("GET", "/", "", {}, b"")).headers
        for operation in contract.operations.values()
    )


@pytest.mark.parametrize("vendor", documents.names())
def test_every_declared_header_has_an_example_that_its_schema_allows(vendor: str) -> None:
    for operation in load_contract(vendor).operations.values():
        for response in operation.responses.values():
            for header in response.headers:
                assert header.example is not None, (operation.id, response.status, header.name)
                assert header.violations(header.decode([str(header.example)])) == (), (operation.id, header.name)


def test_every_response_of_huawei_declares_the_id_of_its_request() -> None:
    for operation in load_contract("huawei-metastudio").operations.values():
        for response in operation.responses.values():
            required = {header.name for header in response.headers if header.required}
            assert "X-Request-Id" in required, (operation.id, response.status)


def test_every_response_405_to_a_wrong_method_names_the_methods() -> None:
    for vendor in documents.names():
        for operation in load_contract(vendor).operations.values():
            if "405" in operation.responses:
                names = {header.name for header in operation.responses["405"].headers if header.required}
                assert "Allow" in names, (vendor, operation.id)


def test_a_client_that_fails_on_a_header_is_reported_with_the_smallest_response() -> None:
    def call(base_url: str) -> None:
        reply = urllib3.request("GET", f"{base_url}/v1/p/digital-assets/a", retries=False)
        assert len(reply.headers["X-Request-Id"]) <= 64, "an id of more than 64 characters"

    contract = load_contract("huawei-metastudio")
    report = run(contract, "ShowAsset", call, ClientOptions(examples=20, changes=10, faults=False))
    (failure,) = report.failures
    assert failure.error.startswith("AssertionError: an id of more than 64 characters")
    assert failure.response.headers["X-Request-Id"] == "x" * 128
    body = contract.operations["ShowAsset"].responses["200"].body
    assert body is not None
    assert body.json is not None
    assert json.loads(failure.response.body).keys() == set(contract.document.resolve(body.json.schema)["required"])


def test_a_client_gets_optional_headers_sometimes_and_only_the_wait_of_the_example() -> None:
    seen: set[str | None] = set()

    def call(base_url: str) -> None:
        url = f"{base_url}/api/2dvh/v1/task/del?taskId=1"
        reply = urllib3.request("DELETE", url, headers={"Authorization": "Bearer t"}, retries=False)
        seen.add(reply.headers.get("Retry-After") if reply.status == 429 else "other")

    # Three responses of each error case are few; which they are depends on the seed, and on what else is imported.
    for seed in range(50):
        run(load_contract("softsugar"), "deleteTask", call, ClientOptions(examples=1, changes=0, seed=seed))
        if len(seen) == 3:
            break
    assert seen == {"other", None, "1"}
