"""What leaves for an endpoint: the budget is never exceeded, and the rate is kept."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from bodydouble.contracts.core.clock import frozen, monotonic
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.exchange_log import ExchangeLog, Purpose
from bodydouble.contracts.endpoint.run import EndpointOptions, EndpointReport, run
from bodydouble.contracts.endpoint.transport import Budget, BudgetSpent, RateLimiter, Transport
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support import specification
from tests.support.small_server import CREDENTIALS, SmallServer

CONTENT = specification.content()
CONTENT["paths"]["/things"]["post"]["responses"]["200"]["links"] = {
    "getThing": {"operationId": "getThing", "parameters": {"id": "$response.body#/data/id"}}
}
CONTRACT = specification.contract(CONTENT)
OPTIONS = EndpointOptions(seed=3, examples=5, scenarios=3, poll=2, poll_interval=0.01)


class CountingServer(SmallServer):
    """Counts what reaches each path; its things go through the given states, one at each read."""

    def __init__(self, states: tuple[int, ...] = (0, 1, 2)) -> None:
        self.arrived: Counter[str] = Counter()
        self.times: list[float] = []
        self.states = states
        self.reads: Counter[int] = Counter()
        self.lock = threading.Lock()
        super().__init__(CONTRACT)

    def respond(self, handler: BaseHTTPRequestHandler, request: WireRequest) -> None:
        with self.lock:
            self.arrived[request.path] += 1
            self.times.append(monotonic())
        super().respond(handler, request)

    def _handle(self, operation: str, query: Any, path: Any, body: Any) -> Any:
        content = super()._handle(operation, query, path, body)
        if operation == "getThing":
            number = self.reads[path["id"]]
            self.reads[path["id"]] += 1
            return {"state": self.states[min(number, len(self.states) - 1)]}
        return content


@contextmanager
def serving(*states: int) -> Iterator[CountingServer]:
    server = CountingServer(states or (0, 1, 2))
    try:
        yield server
    finally:
        server.close()


def checked(server: CountingServer, **chosen: Any) -> EndpointReport:
    changed = {name: getattr(OPTIONS, name) for name in ("seed", "examples", "scenarios", "poll", "poll_interval")}
    return run(CONTRACT, server.base_url, CREDENTIALS, EndpointOptions(**{**changed, **chosen}))


@pytest.mark.parametrize("metered", [0, 1, 7, 40])
def test_metered_operations_get_no_more_requests_than_the_budget(metered: int) -> None:
    with serving() as server:
        report = checked(server, metered=metered)
    assert server.arrived["/things"] == report.metered <= metered
    # The engine's own probes of the server are counted, too: nothing else arrives.
    assert server.arrived.total() == report.requests
    assert report.metered == metered, "the budget is used"
    assert report.verdict("createThing") == ("passed" if metered else "skipped"), str(report)
    assert report.findings == ()
    assert report.errors == ()


def test_a_thing_is_watched_from_its_first_state_to_its_end() -> None:
    with serving(0, 0, 1, 2) as server:
        report = checked(server, metered=10, operations=frozenset({"createThing"}))
    (watched,) = report.lifecycles
    assert [observed.state for observed in watched.states] == ["waiting", "working", "success"]
    assert watched.ended
    assert report.findings == ()


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((0, 1, 0), "went from 1 (working) to 0 (waiting), which no edges"),
        ((1, 2, 3), "2 (success) to 3 (failed), although success is terminal"),
        ((0, 7), "state is 7, which the lifecycle thing does not have"),
    ],
)
def test_a_state_that_no_edge_leads_to_is_found(states: tuple[int, ...], words: str) -> None:
    with serving(*states) as server:
        report = checked(server, metered=10, operations=frozenset({"createThing"}))
    (finding,) = report.findings
    assert finding.check == "FollowsLifecycle"
    assert words in finding.message
    assert finding.place == "specs/small/openapi.yaml#/x-lifecycles/thing"
    assert "/things/" in finding.curl
    assert "a-good-token" not in json.dumps(report.as_json())


def test_a_pause_earns_no_burst() -> None:
    with frozen(0) as time:
        limiter = RateLimiter(4)
        for _ in range(5):
            limiter.wait()
        assert time.at == pytest.approx(1.0)
        time.at += 10
        limiter.wait()
        assert len(time.slept) == 4, "nobody waits after a pause"
        limiter.wait()
        assert time.slept[-1] == pytest.approx(0.25)


def test_requests_arrive_at_the_rate_and_no_sooner() -> None:
    with serving() as server, frozen() as time:
        report = checked(server, metered=10, rate=4, examples=2)
    # All of them: those of the engine's own, of the sign-in, of repeated creates and of reads.
    assert len(server.times) == report.requests > 30
    gaps = [after - before for before, after in pairwise(server.times)]
    assert min(gaps) >= 0.25 - 1e-6
    assert time.slept


def test_a_budget_counts_the_requests_sent_and_is_shared() -> None:
    budget = Budget(3, {"a": 1, "b": 1})
    budget.consume("free")
    budget.consume("a")
    with pytest.raises(BudgetSpent):
        budget.consume("a")
    budget.lift_shares()
    budget.consume("a")
    budget.consume("b")
    with pytest.raises(BudgetSpent):
        budget.consume("b")
    assert budget.spent == 3


def test_every_request_goes_through_the_proxy_that_the_environment_names_and_takes_no_password_from_a_netrc(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine endpoint.invalid login someone password secret\n")
    proxy = Receiver(respond(200, {}))
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/callback"))
    monkeypatch.setenv("NETRC", str(netrc))
    try:
        transport = Transport("http://endpoint.invalid", Budget(None, {}), RateLimiter(None), ExchangeLog(CONTRACT))
        engine = requests.Session()
        transport.guard(engine, Purpose("getThing"))
        assert transport.send(WireRequest("GET", "/token", "", {}, b"")).status == 200
        assert engine.get("http://endpoint.invalid/things/1", timeout=5).status_code == 200
    finally:
        proxy.close()
    assert [request.path for request in proxy.received] == [
        "http://endpoint.invalid/token",
        "http://endpoint.invalid/things/1",
    ]
    assert all("authorization" not in request.headers for request in proxy.received)
