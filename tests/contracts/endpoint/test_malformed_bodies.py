"""Bodies of another content type, and texts that hold no JSON, are refused; where they are not, that is found."""

import json
from collections.abc import Callable

import pytest

from bodydouble.contracts.core.wire import FORM, JSON, WireRequest, WireResponse
from bodydouble.contracts.endpoint.exchange_log import LoggedExchange
from bodydouble.contracts.endpoint.malformed_bodies import ContentTypes, accepted_broken_texts
from bodydouble.contracts.endpoint.run import EndpointOptions, EndpointReport, run
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.loader import load_contract
from tests.support import specification
from tests.support.small_server import CREDENTIALS, SmallServer

CONTRACT = specification.contract()
CREATE = CONTRACT.operations["createThing"]
SUCCESS = {"code": 0, "data": {"id": 1}}


def report_of(fault: str) -> EndpointReport:
    server = SmallServer(CONTRACT, fault)
    try:
        options = EndpointOptions(seed=3, examples=2, scenarios=0, operations=frozenset({"createThing"}))
        return run(CONTRACT, server.base_url, CREDENTIALS, options)
    finally:
        server.close()


def test_a_content_type_that_the_contract_excludes_is_found_where_it_is_accepted() -> None:
    findings = [finding for finding in report_of("any content type").findings if "media-type" in finding.message]
    assert [(finding.check, finding.operation) for finding in findings] == [("RejectsInvalidRequests", "createThing")]
    assert 'got "text/plain", expected application/json' in findings[0].message


def test_a_text_that_holds_no_json_is_sent_and_found_where_it_is_accepted() -> None:
    assert report_of("").operations["createThing"].requests["malformed"] == 1
    phases = {finding.phase for finding in report_of("inner documents unchecked").findings if "/script" in str(finding)}
    assert phases


def exchange(headers: dict[str, str], body: object, content: object) -> LoggedExchange:
    request = WireRequest("POST", "/things", "", headers, json.dumps(body).encode())
    response = WireResponse(200, {"content-type": "application/json"}, json.dumps(content).encode())
    return LoggedExchange(1, "coverage", OperationExchange(CONTRACT, CREATE, request, response), 0.0, 0.0)


def test_an_operation_that_refuses_no_body_for_its_form_may_accept_any_type() -> None:
    types = ContentTypes()
    types.observe(exchange({"content-type": "text/plain"}, {"name": "Ann"}, SUCCESS))
    assert list(types.violations()) == []
    rejection = CONTRACT.conditions["invalid-parameter"]
    error = {"code": rejection.code, "message": rejection.message}
    types.observe(exchange({"content-type": "application/json"}, {"name": 5}, error))
    ((entry, violation),) = types.violations()
    assert entry.exchange.request.headers["content-type"] == "text/plain"
    assert violation.reasons == ('body: media-type: got "text/plain", expected application/json',)


def accepting(sent: list[WireRequest], content: object) -> Callable[[Operation, WireRequest], OperationExchange]:
    def call(operation: Operation, request: WireRequest) -> OperationExchange:
        sent.append(request)
        response = WireResponse(200, {"content-type": "application/json"}, json.dumps(content).encode())
        return OperationExchange(CONTRACT, operation, request, response)

    return call


@pytest.mark.parametrize(
    "body", [None, {"name": "Bob"}, {"name": "Bob", "script": '{"lines": []}'}], ids=["example", "without", "with"]
)
def test_the_text_is_broken_in_what_has_succeeded_or_else_in_the_example(body: object) -> None:
    sent: list[WireRequest] = []
    succeeded = body and WireRequest("POST", "/things", "a=1", {}, json.dumps(body).encode())
    request = succeeded if isinstance(succeeded, WireRequest) else None
    (accepted,) = accepted_broken_texts(CREATE, request, accepting(sent, SUCCESS), lambda operation, count: True)
    assert json.loads(sent[0].body)["script"] == "{"
    assert json.loads(sent[0].body)["name"] == ("Bob" if body else "Ann")
    assert any("/script: json" in reason for reason in accepted[1].reasons)


def test_nothing_is_sent_beyond_the_budget_or_to_operations_without_such_texts() -> None:
    sent: list[WireRequest] = []
    call = accepting(sent, SUCCESS)
    assert list(accepted_broken_texts(CREATE, None, call, lambda operation, count: False)) == []
    other = CONTRACT.operations["getThing"]
    assert list(accepted_broken_texts(other, None, call, lambda operation, count: True)) == []
    assert sent == []


@pytest.mark.parametrize("vendor", ["softsugar", "aliyun-avatar"])
def test_every_operation_with_such_texts_in_its_body_gets_a_broken_one(vendor: str) -> None:
    for operation in load_contract(vendor).operations.values():
        body = operation.request_body
        if body is None or body.json is None or not body.json.inner:
            continue
        sent: list[WireRequest] = []
        list(accepted_broken_texts(operation, None, accepting(sent, {"code": 1}), lambda operation, count: True))
        assert len(sent) >= 1, operation.id


def test_an_operation_that_takes_a_form_gets_a_broken_one_and_a_body_of_another_type() -> None:
    contract = load_contract("aliyun-avatar")
    operation = contract.operations["LicenseAuth"]
    sent: list[WireRequest] = []
    succeeded = WireRequest("POST", "/", "Action=LicenseAuth&TenantId=1&License=a", {}, b"")

    def call(operation: Operation, request: WireRequest) -> OperationExchange:
        sent.append(request)
        body = json.dumps({"RequestId": "a", "Code": "0", "Message": "", "Success": True}).encode()
        return OperationExchange(contract, operation, request, WireResponse(200, {}, body))

    accepted = list(accepted_broken_texts(operation, succeeded, call, lambda operation, count: True))
    assert [request.headers["content-type"] for request in sent] == [FORM, JSON]
    # That it accepts another content type is evaluated at the end, see `ContentTypes`.
    assert [violation.reasons[0].partition(":")[2].split(":")[0].strip() for _, violation in accepted] == ["form"]


def test_what_acts_on_an_own_record_gets_a_body_of_another_type_and_one_that_is_no_json() -> None:
    contract = load_contract("huawei-metastudio")
    operation = contract.operations["UpdateVideoScript"]
    path = f"/v1/{'a' * 32}/digital-human-video-scripts/{'b' * 32}"
    own = WireRequest("PUT", path, "", {}, b'{"script_name": "New"}')
    sent: list[WireRequest] = []

    def call(operation: Operation, request: WireRequest) -> OperationExchange:
        sent.append(request)
        response = WireResponse(200, {"content-type": JSON}, json.dumps({"script_id": "b" * 32}).encode())
        return OperationExchange(contract, operation, request, response)

    ((accepted, violation),) = accepted_broken_texts(operation, None, call, lambda operation, count: True, own)
    assert [(request.headers["content-type"], request.body) for request in sent] == [
        ("text/plain", own.body),
        (JSON, b"{"),
    ]
    assert accepted.request is sent[1]
    assert violation.reasons
