"""The table of rules: what the engine, the collector, the shrinker and the reports derive from it."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from schemathesis.checks import CHECKS, load_all_checks

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint import exchange_log
from bodydouble.contracts.endpoint.checks import REPLACED_CHECKS
from bodydouble.contracts.endpoint.rules import (
    RULES,
    Rule,
    RuleViolation,
    SpecPlace,
    exchange_violations,
    kind,
    rule_named,
)
from bodydouble.contracts.endpoint.run import EndpointOptions, run
from bodydouble.contracts.endpoint.wire_messages import wire_response
from bodydouble.contracts.model.exchange import OperationExchange
from tests.support import specification
from tests.support.small_server import CREDENTIALS, SmallServer

CONTRACT = specification.contract()


def exchange(request_body: object, response_body: object, status: int = 200) -> OperationExchange:
    headers = {"content-type": "application/json"}
    request = WireRequest("POST", "/things", "", headers, json.dumps(request_body).encode())
    response = WireResponse(status, headers, json.dumps(response_body).encode())
    return OperationExchange(CONTRACT, CONTRACT.operations["createThing"], request, response)


def failure(case: str) -> dict[str, Any]:
    return {"code": CONTRACT.errors[case].code, "message": CONTRACT.errors[case].message}


VALID = {"name": "Ann"}
CREATED = {"code": 0, "data": {"id": 1}}


@pytest.mark.parametrize(
    ("rule", "request_body", "response_body"),
    [
        ("ResponsesConform", VALID, {"code": 0, "data": {"id": "1"}}),
        ("ResponsesConform", VALID, {"code": 54321, "message": "unlisted"}),
        ("NoInternalErrors", VALID, failure("internalError")),
        ("RejectsInvalidRequests", {"name": 5}, CREATED),
        ("AcceptsValidRequests", VALID, failure("invalidParameter")),
    ],
)
def test_a_rule_is_violated_by_one_exchange_and_not_by_a_proper_one(
    rule: str, request_body: object, response_body: object
) -> None:
    evaluate = rule_named(rule).evaluate
    assert evaluate is not None
    assert evaluate(exchange(request_body, response_body)) is not None
    assert evaluate(exchange(VALID, CREATED)) is None
    assert evaluate(exchange({"name": 5}, failure("invalidParameter"))) is None


def test_names_are_unique_and_the_checks_of_the_engine_exist() -> None:
    assert max(Counter(rule.name for rule in RULES).values()) == 1
    load_all_checks()
    engine = set(CHECKS.get_all_names())
    assert set(REPLACED_CHECKS) <= engine
    assert {rule.name for rule in RULES if rule.check is None and not rule.everywhere} <= engine


def test_the_places_of_a_rule_are_tried_from_the_narrowest() -> None:
    operation = CONTRACT.operations["createThing"]
    pointers = {place: list(place.pointers(exchange(VALID, CREATED))) for place in SpecPlace}
    assert pointers == {
        SpecPlace.OPERATION: [operation.pointer],
        SpecPlace.RESPONSE: [f"{operation.pointer}/responses/200", f"{operation.pointer}/responses"],
        SpecPlace.REQUEST: [f"{operation.pointer}/requestBody"],
        SpecPlace.SECURITY: [f"{operation.pointer}/security", "#/security"],
    }


def test_a_check_of_the_engine_that_is_not_listed_is_about_the_operation() -> None:
    assert rule_named("use_after_free") == Rule("use_after_free", SpecPlace.OPERATION)


def test_messages_that_differ_in_values_only_are_of_one_kind() -> None:
    assert kind('/id: type: got 5, expected "text"') == kind('/id: type: got "a, b", expected "other"')
    assert kind("/id: type: got 5, expected a") != kind("/name: type: got 5, expected a")


def test_each_response_is_read_and_evaluated_once_for_all_checks_and_the_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    evaluated: list[OperationExchange] = []

    def reading(response: requests.Response) -> WireResponse:
        read.append(response.status_code)
        return wire_response(response)

    def evaluating(exchange: OperationExchange, *, probe: bool = False) -> Iterator[tuple[Rule, RuleViolation]]:
        evaluated.append(exchange)
        return exchange_violations(exchange, probe=probe)

    monkeypatch.setattr(f"{exchange_log.__name__}.wire_response", reading)
    monkeypatch.setattr(f"{exchange_log.__name__}.exchange_violations", evaluating)
    server = SmallServer(CONTRACT)
    try:
        report = run(CONTRACT, server.base_url, CREDENTIALS, EndpointOptions(seed=3, examples=5, scenarios=3))
    finally:
        server.close()
    assert len(read) == len(evaluated) == report.total > 100
    phases = {phase for result in report.operations.values() for phase in result.requests}
    assert phases == {"examples", "coverage", "fuzzing", "sign-in", "probes", "malformed"}
