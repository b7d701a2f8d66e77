"""The request of a finding is shrunk by sending smaller ones, within the budget."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.report import Finding
from bodydouble.contracts.endpoint.request_shrinker import shrink_request
from bodydouble.contracts.endpoint.rules import rule_named
from bodydouble.contracts.endpoint.run import EndpointOptions, EndpointReport, run
from bodydouble.contracts.model.exchange import OperationExchange
from tests.support import specification
from tests.support.small_server import CREDENTIALS, SmallServer

CONTRACT = specification.contract()
CREATE = CONTRACT.operations["createThing"]


@contextmanager
def serving(fault: str) -> Iterator[SmallServer]:
    server = SmallServer(CONTRACT, fault)
    try:
        yield server
    finally:
        server.close()


def report_of(server: SmallServer, **chosen: Any) -> EndpointReport:
    options = {"seed": 3, "examples": 30, "operations": frozenset({"createThing"}), **chosen}
    return run(CONTRACT, server.base_url, CREDENTIALS, EndpointOptions(**options))


def body_of(finding: Finding) -> Any:
    return json.loads(finding.request.partition(" {")[2].join(["{", ""]))


@pytest.mark.parametrize(
    ("fault", "check", "smallest"),
    [
        ("breaks down", "NoInternalErrors", {"callbackUrl": "http://0", "name": "0"}),
        ("rejects what is allowed", "AcceptsValidRequests", {"callbackUrl": "http://0", "name": "0"}),
        ("wrong type", "ResponsesConform", {"name": "0"}),
    ],
)
def test_a_failing_request_is_shrunk_to_what_the_failure_needs(
    fault: str, check: str, smallest: dict[str, str]
) -> None:
    with serving(fault) as server:
        report = report_of(server, shrink=200)
    (finding,) = [finding for finding in report.findings if finding.check == check]
    assert finding.shrunk
    assert body_of(finding) == smallest
    assert json.dumps(smallest["name"]) in finding.curl
    assert "access_token=" in finding.curl, "it is signed as the first one was"
    assert report.operations["createThing"].requests["shrinking"] <= 200


def test_each_finding_is_about_one_reason_and_no_request_is_lost_from_the_count() -> None:
    with serving("bodies unchecked") as server:
        long, short = report_of(server, shrink=0, examples=100), report_of(server, shrink=100, examples=100)
    assert len(short.findings) <= len(long.findings)
    assert {len(finding.request.partition(" {")[2]) < 40 for finding in short.findings} == {True}
    assert sum(finding.count for finding in short.findings) == sum(finding.count for finding in long.findings)
    assert all(len(finding.message.splitlines()) <= 2 for finding in short.findings), str(short)


def test_shrinking_stops_at_its_cap_and_at_the_budget() -> None:
    with serving("breaks down") as server:
        capped = report_of(server, shrink=7)
        assert capped.operations["createThing"].requests["shrinking"] == 7
    with serving("wrong type") as server:
        needed = report_of(server, shrink=0).metered
        metered = report_of(server, metered=needed + 5, poll=0, shrink=200)
    assert metered.metered == needed + 5
    assert metered.operations["createThing"].requests["shrinking"] == 5
    assert {finding.check for finding in metered.findings} == {"ResponsesConform"}


def failing_exchange(body: dict[str, Any]) -> OperationExchange:
    case = CONTRACT.errors["internalError"]
    response = WireResponse(
        200, {"content-type": "application/json"}, json.dumps({"code": case.code, "message": "x"}).encode()
    )
    request = WireRequest("POST", "/things", "", {"content-type": "application/json"}, json.dumps(body).encode())
    return OperationExchange(CONTRACT, CREATE, request, response)


def test_json_inside_strings_is_taken_apart_too() -> None:
    body = {"name": "Ann", "script": json.dumps({"lines": [{"text": "Hello, world"}, {"text": "boom"}]})}
    first = failing_exchange(body)

    def call(operation: Any, request: WireRequest) -> OperationExchange:
        if b"boom" in request.body:
            return OperationExchange(CONTRACT, operation, request, first.response)
        return OperationExchange(CONTRACT, operation, request, WireResponse(200, {}, b'{"code": 0, "data": {"id": 1}}'))

    smallest = shrink_request(rule_named("NoInternalErrors"), first, call, 300)
    assert smallest is not None
    sent = json.loads(smallest[0].request.body)
    assert sent == {"script": '{"lines": [{"text": "boom"}]}'}


def test_an_endpoint_that_has_gone_ends_the_shrinking() -> None:
    sent = []

    def call(operation: Any, request: WireRequest) -> OperationExchange:
        sent.append(request)
        raise requests.ConnectionError

    assert shrink_request(rule_named("NoInternalErrors"), failing_exchange({"name": "Ann"}), call, 300) is None
    assert len(sent) == 3
