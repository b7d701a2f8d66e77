"""The second opinion on real traffic of this session, with and without a planted violation."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.mock_server.testing.account import Account
from tests.crosscheck.second_opinion import evaluate
from tests.support.recordings import read_lines
from tests.support.vendor_support import sample_traffic, vendors

# An exchange is recorded after its response has been sent: seconds to wait for it.
WAIT = 10


def recorded(recording: Path, mark: str) -> list[RecordedExchange]:
    """The exchanges of the session with this credential: at least one."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        exchanges = [exchange for exchange in read_lines(recording) if _has(exchange, mark)]
        if exchanges:
            return exchanges
        time.sleep(0.01)
    raise AssertionError("nothing was recorded")


def _has(exchange: RecordedExchange, mark: str) -> bool:
    return any(mark in text for text in (exchange.request.path, exchange.request.query, *_headers(exchange)))


def _headers(exchange: RecordedExchange) -> list[str]:
    return list(exchange.request.headers.values())


def without_first_field(exchange: RecordedExchange) -> RecordedExchange:
    assert exchange.response is not None
    content = json.loads(exchange.response.body)
    del content[next(iter(content))]
    return replace(exchange, response=replace(exchange.response, body=json.dumps(content).encode()))


def without_headers(exchange: RecordedExchange) -> RecordedExchange:
    assert exchange.response is not None
    headers = {name: text for name, text in exchange.response.headers.items() if name == "content-type"}
    return replace(exchange, response=replace(exchange.response, headers=headers))


@pytest.mark.parametrize("vendor", vendors())
def test_real_traffic_is_validated_and_a_planted_violation_is_found(
    account: Account, recording: Path, vendor: str
) -> None:
    exchanges = recorded(recording, sample_traffic(vendor, account))
    evaluation = evaluate(exchanges)
    assert evaluation.disagreements == ()
    assert evaluation.responses[vendor] == evaluation.requests[vendor] == len(exchanges) >= 1
    for number, exchange in enumerate(exchanges):
        planted = [*exchanges[:number], without_first_field(exchange), *exchanges[number + 1 :]]
        assert [disagreement.vendor for disagreement in evaluate(planted).disagreements][:1] == [vendor]


def test_a_required_header_that_is_missing_is_found(account: Account, recording: Path) -> None:
    (exchange,) = recorded(recording, sample_traffic("huawei-metastudio", account))
    (disagreement,) = evaluate([without_headers(exchange)]).disagreements
    assert "X-Request-Id" in disagreement.reason
