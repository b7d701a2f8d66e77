"""One defect is one finding, in how many requests and by how many reasons it may show."""

import json

import pytest
import requests

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.event_collector import MAX_FINDINGS_OF_A_RULE, EventCollector
from bodydouble.contracts.endpoint.exchange_log import ExchangeLog, Purpose
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets
from bodydouble.contracts.signing.reproduction import Reproduction
from tests.support import specification

CONTRACT = specification.contract()
CREATE = CONTRACT.operations["createThing"]
ACCEPTED = "accepted, although the request violates the contract:\n"


def collector(log: ExchangeLog | None = None) -> EventCollector:
    secrets = KnownSecrets({}, FieldRedactor(CONTRACT.sensitive))
    reproduction = Reproduction(CONTRACT, "http://127.0.0.1:1", {}, secrets)
    return EventCollector(CONTRACT, ["createThing"], reproduction, log or ExchangeLog(CONTRACT))


def exchange(name: str = "Ann") -> OperationExchange:
    request = WireRequest("POST", "/things", "", {"content-type": "application/json"}, json.dumps(name).encode())
    return OperationExchange(CONTRACT, CREATE, request, WireResponse(200, {}, b"{}"))


def collected(*messages: str) -> list[tuple[str, int]]:
    target = collector()
    for message in messages:
        target.add_violation("RejectsInvalidRequests", "fuzzing", message, exchange())
    return [(finding.message, finding.count) for finding in target.findings.values()]


A, B = "/a: type: got 5, expected string", "/b: type: got 5, expected string"


@pytest.mark.parametrize(
    ("messages", "findings"),
    [
        ((A, A.replace("5", "6")), [(A, 2)]),
        ((A, B), [(A, 1), (B, 1)]),
        ((A, f"{A}\n{B}"), [(A, 2)]),
        ((f"{A}\n{B}", A, A), [(A, 3)]),
        ((ACCEPTED + A + "\n" + B, ACCEPTED + B), [(ACCEPTED + B, 2)]),
    ],
)
def test_what_a_known_reason_explains_is_no_finding_of_its_own(
    messages: tuple[str, ...], findings: list[tuple[str, int]]
) -> None:
    assert collected(*messages) == findings


def test_of_many_reasons_only_some_are_shown_and_all_are_counted() -> None:
    letters = [first + second for first in "abcdefgh" for second in "abcdefgh"]
    shown = collected(*(f"/{name}: required, but missing" for name in letters))
    assert len(shown) == MAX_FINDINGS_OF_A_RULE
    assert sum(count for _, count in shown) == len(letters)


def test_the_log_tells_the_phase_of_what_it_evaluates() -> None:
    log = ExchangeLog(CONTRACT)
    target = collector(log)
    prepared = requests.Request("POST", "http://127.0.0.1:1/things", data=b'{"name": "Ann"}').prepare()
    response = requests.Response()
    response.status_code, response._content = 200, b'{"code": 0, "data": {"id": "1", "id": 1}}'
    response.headers["Content-Type"] = "application/json"
    for phase in ("lifecycle", "probes"):
        log.record(Purpose("createThing", phase), prepared, response, 0.0, 1.0)
    ((finding,),) = [tuple(target.findings.values())]
    assert (finding.check, finding.phase, finding.count) == ("ResponsesConform", "lifecycle", 2)
    assert "repeated-key" in finding.message
    assert target.results()["createThing"].requests == {"lifecycle": 1, "probes": 1}
