"""The laws on recorded traffic: real traffic keeps them, and planted violations are noticed."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.mock_server.testing.account import Account
from tests.crosscheck.laws import BrokenLaw, broken_laws
from tests.support.guiji import Guiji
from tests.support.recordings import read_lines

WAIT = 10


def traffic(account: Account, recording: Path, after: Callable[[Guiji], object]) -> tuple[list[RecordedExchange], str]:
    """What a client that creates a video and reads it has caused, with the path of the read."""
    guiji = Guiji(account)
    path = f"/openapi/video/v2/get/{guiji.synthesise()}"
    after(guiji)
    guiji.send("GET", path)
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        exchanges = [exchange for exchange in read_lines(recording) if _belongs(exchange, account, path)]
        if any(exchange.request.path == path for exchange in exchanges):
            return exchanges, path
        time.sleep(0.01)
    raise AssertionError("nothing was recorded")


def _belongs(exchange: RecordedExchange, account: Account, path: str) -> bool:
    credentials = account.credentials("guiji")
    body = b"" if exchange.response is None else exchange.response.body
    texts = (exchange.request.path, exchange.request.query, body.decode("utf-8", "replace"))
    is_own = any(value in text for text in texts for value in (account.id, credentials["app_id"]))
    return is_own or exchange.request.path in (path, "/openapi/video/v2/create")


def renamed(exchange: RecordedExchange) -> RecordedExchange:
    assert exchange.response is not None
    content = json.loads(exchange.response.body)
    content["data"]["id"] += 1
    return replace(exchange, response=replace(exchange.response, body=json.dumps(content).encode()))


def planted(exchanges: list[RecordedExchange], path: str) -> list[BrokenLaw]:
    changed = [renamed(entry) if entry.request.path == path else entry for entry in exchanges]
    return list(broken_laws(changed)[0])


def test_real_traffic_keeps_the_laws_and_a_planted_violation_is_noticed(account: Account, recording: Path) -> None:
    exchanges, path = traffic(account, recording, lambda guiji: None)
    violations, watched = broken_laws(exchanges)
    assert violations == ()
    assert watched >= 2
    assert {(entry.vendor, entry.law) for entry in planted(exchanges, path)} >= {("guiji", "identity")}


def test_an_account_in_which_a_test_has_planted_something_is_left_out(account: Account, recording: Path) -> None:
    def plant(guiji: Guiji) -> None:
        account.scenario("guiji", "createVideo", error="internalError")

    exchanges, path = traffic(account, recording, plant)
    assert planted(exchanges, path) == []
