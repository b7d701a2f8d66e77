"""The checks find what they are for: a server that violates its contract in one way is reported for just that."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from schemathesis.checks import CHECKS

from bodydouble.contracts.core.json_mutations import whole_numbers
from bodydouble.contracts.endpoint.case_generation import derived_document
from bodydouble.contracts.endpoint.run import CannotRun, EndpointOptions, EndpointReport, run
from bodydouble.contracts.model.inner_documents import encode_request
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.own_values import own_values
from tests.support import specification
from tests.support.small_server import CREDENTIALS, SmallServer

OPTIONS = EndpointOptions(seed=3, examples=20, scenarios=5, known={"id": [1, 2]})
CONTRACT = specification.contract()


@contextmanager
def serving(fault: str = "") -> Iterator[SmallServer]:
    server = SmallServer(CONTRACT, fault)
    try:
        yield server
    finally:
        server.close()


def report_of(fault: str = "", options: EndpointOptions = OPTIONS) -> EndpointReport:
    with serving(fault) as server:
        return run(CONTRACT, server.base_url, CREDENTIALS, options)


def test_a_server_that_conforms_to_its_contract_passes_with_every_operation_tested() -> None:
    report = report_of()
    assert report.findings == (), str(report)
    assert report.errors == ()
    assert report.untested == ()
    assert set(report.operations) == set(CONTRACT.operations)
    for name, operation in report.operations.items():
        assert operation.requests["fuzzing"] >= OPTIONS.examples, name
        assert operation.total == sum(operation.responses.values())


@pytest.mark.parametrize(
    ("fault", "check", "operation", "words"),
    [
        ("bodies unchecked", "RejectsInvalidRequests", "createThing", "/name"),
        ("inner documents unchecked", "RejectsInvalidRequests", "createThing", "/script"),
        ("rejects what is allowed", "AcceptsValidRequests", "createThing", "rejected as invalidParameter"),
        ("breaks down", "NoInternalErrors", "createThing", "the response is internalError"),
        ("other methods succeed", "RejectsOtherMethods", "createThing", "gets HTTP status 200, not 405"),
        ("no Allow", "RejectsOtherMethods", "getToken", "without the header Allow"),
        ("no credentials needed", "RequiresCredentials", "createThing", "succeeds without credentials"),
        ("any token", "RequiresCredentials", "createThing", "succeeds with wrong credentials"),
        ("breaks down without a token", "RequiresCredentials", "createThing", "gets internalError"),
        ("unlisted code", "ResponsesConform", "getThing", "no error case has HTTP status 200 and code 54321"),
        ("wrong type", "ResponsesConform", "createThing", "/data/id: type"),
        ("header of a wrong type", "ResponsesConform", "createThing", "header X-Remaining: type"),
    ],
)
def test_a_violation_is_found(fault: str, check: str, operation: str, words: str) -> None:
    report = report_of(fault, replace(OPTIONS, operations=frozenset({operation})))
    messages = [
        finding.message for finding in report.findings if (finding.check, finding.operation) == (check, operation)
    ]
    assert any(words in message for message in messages), str(report)
    others = {finding.check for finding in report.findings} - {check}
    # Responses of a wrong type violate what schemathesis itself checks, too.
    agreeing = {"wrong type": "response_schema_conformance", "header of a wrong type": "response_headers_conformance"}
    assert others <= {agreeing.get(fault)}, str(report)


def report_of_changed(content: dict[str, Any], fault: str = "", options: EndpointOptions = OPTIONS) -> EndpointReport:
    contract = specification.contract(content)
    server = SmallServer(contract, fault)
    try:
        return run(contract, server.base_url, CREDENTIALS, options)
    finally:
        server.close()


def listing(*parameters: dict[str, Any]) -> dict[str, Any]:
    """The small specification, whose token is issued only with further parameters in the query."""
    content = specification.content()
    content["paths"]["/token"]["get"]["parameters"] += [{"in": "query", **parameter} for parameter in parameters]
    return content


PAGE: dict[str, Any] = {
    "name": "page",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": 9},
    "example": 1,
}
FILTER: dict[str, Any] = {"name": "filter", "schema": {"type": "string"}, "example": "all"}


def test_unspecified_parameters_are_no_violation_in_an_operation_with_an_integer_parameter() -> None:
    content = specification.content()
    listed = {**content["paths"]["/things/{id}"]["get"], "operationId": "listThings"}
    listed["parameters"] = [{"in": "query", **parameter} for parameter in (PAGE, FILTER)]
    content["paths"]["/list#page=1"] = {"get": listed}
    report = report_of_changed(content, options=replace(OPTIONS, operations=frozenset({"listThings"})))
    assert report.findings == (), str(report)
    assert report.operations["listThings"].successes


def test_boundary_tests_do_not_multiply_with_optional_parameters() -> None:
    def sent(optional: int) -> int:
        flags = [{"name": f"flag{number}", "schema": {"type": "string"}} for number in range(optional)]
        chosen = EndpointOptions(seed=3, examples=1, operations=frozenset({"getToken"}))
        return report_of_changed(listing(PAGE, *flags), options=chosen).operations["getToken"].requests["coverage"]

    few, more, most = sent(2), sent(4), sent(6)
    # Each further one brings the requests that are about itself, and no others.
    assert 0 < most - more == more - few <= 2 * 5


def bodies_sent(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The JSON objects that a run sends to an operation whose body has a schema."""
    content = specification.content()
    content["paths"]["/things"]["post"]["requestBody"]["content"]["application/json"] = {"schema": schema}
    contract = specification.contract(content)
    server = SmallServer(contract)
    try:
        run(
            contract,
            server.base_url,
            CREDENTIALS,
            EndpointOptions(seed=3, examples=1, operations=frozenset({"createThing"})),
        )
    finally:
        server.close()
    return [json.loads(text) for text in server.received if text.startswith(b"{")]


def test_a_field_of_a_body_is_sent_with_two_wrong_types_that_differ_from_field_to_field() -> None:
    fields = [f"field{number}" for number in range(6)]
    schema = {"type": "object", "properties": {name: {"type": "integer"} for name in fields}}
    values = bodies_sent(schema)
    sent = [
        {json.dumps(value[name]) for value in values if name in value and type(value[name]) is not int}
        for name in fields
    ]
    assert [len(wrong) for wrong in sent] == [2] * len(fields), sent
    assert len({frozenset(wrong) for wrong in sent}) > 1, sent


def test_a_value_of_a_body_is_tried_once_and_not_in_every_branch_around_it() -> None:
    width = {"type": "integer", "minimum": 1, "maximum": 9}
    branches = [
        {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}, "width": width}}
        for kind in "abcd"
    ]
    schema = {"type": "object", "properties": {"settings": {"anyOf": branches}}}
    values = [body.get("settings") for body in bodies_sent(schema)]
    widths = Counter(value["width"] for value in values if isinstance(value, dict) and type(value.get("width")) is int)
    assert {value: widths[value] for value in (2, 8, 9)} == {2: 1, 8: 1, 9: 1}
    kinds = [value["kind"] for value in values if isinstance(value, dict) and "kind" in value]
    assert all(kind in kinds for kind in "abcd")


def test_every_way_to_violate_the_schema_of_a_parameter_is_tried_nevertheless() -> None:
    content = specification.content()
    content["paths"]["/things/{id}"]["get"]["parameters"] += [
        {"in": "query", **parameter} for parameter in (PAGE, FILTER)
    ]
    contract = specification.contract(content)
    server = SmallServer(contract, "pages unchecked")
    server.things.add(1)
    try:
        report = run(contract, server.base_url, CREDENTIALS, replace(OPTIONS, operations=frozenset({"getThing"})))
    finally:
        server.close()
    messages = [finding.message for finding in report.findings if finding.check == "RejectsInvalidRequests"]
    for rule in ("minimum", "maximum", "type", "required"):
        assert any(f"page: {rule}" in message for message in messages), (rule, str(report))


def alternating() -> dict[str, Any]:
    content = specification.content()
    content["paths"]["/token"]["get"]["x-alternative-methods"] = ["post"]
    return content


def test_an_alternative_method_that_the_endpoint_accepts_is_no_finding() -> None:
    report = report_of_changed(alternating(), options=replace(OPTIONS, operations=frozenset({"getToken"})))
    assert report.findings == (), str(report)


def test_an_alternative_method_that_the_endpoint_rejects_is_a_finding() -> None:
    chosen = replace(OPTIONS, operations=frozenset({"getToken"}))
    report = report_of_changed(alternating(), "one method only", chosen)
    messages = {finding.message for finding in report.findings if finding.check == "RejectsOtherMethods"}
    assert any(message.startswith("POST is rejected") for message in messages), str(report)


def test_the_values_of_a_link_are_not_validated_against_the_schema_for_generated_values() -> None:
    content = specification.content()
    content["paths"]["/things"]["post"]["responses"]["200"]["links"] = {
        "odd": {"operationId": "getThing", "parameters": {"id": "$response.body#/message"}}
    }
    report = report_of_changed(content, options=EndpointOptions(seed=3, examples=5, scenarios=20))
    assert report.operations["getThing"].requests["stateful"]
    assert report.findings == (), str(report)


def test_a_deleted_thing_that_can_still_be_read_is_a_finding() -> None:
    content = specification.content()
    create = content["paths"]["/things"]["post"]["responses"]["200"]
    create["links"] = {
        name: {"operationId": name, "parameters": {"id": "$response.body#/data/id"}}
        for name in ("getThing", "deleteThing")
    }
    report = report_of_changed(content, "deleted things stay", EndpointOptions(seed=3, examples=5, scenarios=20))
    findings = [finding for finding in report.findings if finding.check == "use_after_free"]
    messages = {finding.message for finding in findings}
    assert messages, str(report)
    # The whole sequence is shown: what created it and what deleted it come before the read.
    assert all({"createThing", "deleteThing"} <= {step.operation for step in finding.steps} for finding in findings)
    # Which status the contract has for it is the contract's to say.
    assert all(message.startswith("succeeds, although DELETE ") for message in messages)


def test_a_finding_shows_request_and_response_without_secrets() -> None:
    (finding, *_) = report_of("wrong type", EndpointOptions(operations=frozenset({"createThing"}))).findings
    assert finding.request.startswith("POST http://127.0.0.1:")
    assert "access_token=[redacted]" in finding.request
    assert '"id": "' in finding.response
    assert str(finding).startswith("createThing (")


def test_the_same_seed_makes_the_same_requests() -> None:
    chosen = EndpointOptions(seed=5, examples=20, operations=frozenset({"createThing", "getThing"}), known={"id": [1]})
    first, second = report_of(options=chosen), report_of(options=chosen)
    assert first.operations == second.operations
    assert set(first.operations) == chosen.operations


def test_known_values_are_in_the_paths_of_every_phase_but_for_the_parameter_that_is_tried() -> None:
    chosen = EndpointOptions(seed=5, examples=1, operations=frozenset({"createThing", "getThing"}), known={"id": [1]})
    tested = report_of(options=chosen).operations["getThing"]
    # With one fuzzed request, these are from the examples and the coverage.
    assert tested.responses["success"] > 1
    assert tested.responses["thingNotFound"] > 1
    assert tested.responses["invalidParameter"] > 1


def test_an_operation_that_never_succeeds_counts_as_untested() -> None:
    report = report_of(options=EndpointOptions(seed=3, examples=10, operations=frozenset({"getThing"})))
    assert report.untested == ("getThing",)


def test_rejected_credentials_end_the_run_with_the_reason() -> None:
    wrong = {**CREDENTIALS, "secret": "wrong"}
    with serving() as server, pytest.raises(CannotRun, match="signatureInvalid"):
        run(CONTRACT, server.base_url, wrong, EndpointOptions(operations=frozenset({"createThing"})))


def test_the_checks_are_known_to_schemathesis_only_while_a_run_lasts() -> None:
    report_of(options=EndpointOptions(examples=1, operations=frozenset({"getToken"})))
    assert "RejectsInvalidRequests" not in CHECKS.get_all_names()


def test_inner_documents_are_opened_for_generation_and_closed_for_sending() -> None:
    schema = derived_document(CONTRACT)["paths"]["/things"]["post"]["requestBody"]["content"]["application/json"]
    assert schema["schema"]["properties"]["script"]["type"] == "object"
    assert schema["example"]["script"] == {"lines": [{"text": "Hello."}]}
    assert CONTRACT.document.content["components"]["schemas"]["NewThing"]["properties"]["script"]["type"] == "string"
    encoded = encode_request(CONTRACT.operations["createThing"], schema["example"])
    assert json.loads(encoded["script"]) == schema["example"]["script"]
    assert encode_request(CONTRACT.operations["createThing"], encoded) == encoded
    assert encode_request(CONTRACT.operations["createThing"], [1]) == [1]


def test_times_of_signatures_are_left_to_the_signer() -> None:
    contract = load_contract("huawei-metastudio")
    operation = contract.operations["ListAssets"]
    declared = {parameter.name for parameter in operation.parameters}
    derived = derived_document(contract)["paths"][operation.path]
    nodes = [*derived.get("parameters", ()), *derived["get"].get("parameters", ())]
    left = {contract.document.resolve(node)["name"] for node in nodes}
    assert declared - left == {"X-Sdk-Date"}


def test_numbers_without_a_fraction_are_written_as_integers_in_parameters() -> None:
    assert [str(whole_numbers(value)) for value in (2.0, 2.5, 7, "2.0", None)] == ["2", "2.5", "7", "2.0", "None"]


def test_an_accounts_own_numbers_come_from_its_credentials() -> None:
    credentials = {"tenant_id": "9185", "access_key_id": "key", "app_id_2d": "app"}
    assert own_values(load_contract("aliyun-avatar"), credentials) == {"TenantId": [9185]}
    values = own_values(load_contract("huawei-metastudio"), {"project_id": "p-1"})
    assert values == {"project_id": ["p-1"], "X-Project-Id": ["p-1"]}
    # A value that authenticates the caller must not be filled in.
    assert own_values(load_contract("guiji"), {"app_id": "id", "secret": "key"}) == {}


@pytest.mark.parametrize(("fault", "operations"), [("", set()), ("any token", {"createThing", "getThing"})])
def test_credentials_are_probed_where_only_the_lifecycle_succeeds(fault: str, operations: set[str]) -> None:
    chosen = frozenset({"createThing", "getThing"})
    options = EndpointOptions(
        seed=3, examples=5, scenarios=0, operations=chosen, metered=30, poll=0.3, poll_interval=0.01
    )
    report = report_of(fault, options)
    findings = [finding for finding in report.findings if finding.check == "RequiresCredentials"]
    assert {finding.operation for finding in findings} == operations, str(report)
    assert report.operations["getThing"].requests["lifecycle"]


def test_credentials_that_are_not_checked_show_where_a_request_uses_up_what_it_names() -> None:
    options = EndpointOptions(seed=3, examples=10, scenarios=30)
    messages = [
        finding.message
        for finding in report_of("any token", options).findings
        if finding.operation == "deleteThing" and finding.check == "RequiresCredentials"
    ]
    assert [message.partition(" (")[0] for message in messages] == ["with wrong credentials, gets thingNotFound"]
    assert report_of("", options).findings == ()
