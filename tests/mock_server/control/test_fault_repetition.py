"""A bad day can be repeated exactly, and a rate limit is each vendor's own throttling."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.vendor_api.response import Response
from bodydouble.mock_server.web import operation_routes
from bodydouble.mock_server.web.faults.damaged_response import FAULTS, Send
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer, LoggingServer
from tests.support.operation_caller import OperationCaller

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REQUESTS = 1_000
Struck = list[list[tuple[int, str]]]
# Operations that need nothing but credentials; and the header that says when to come back, if a vendor has one.
LIMITED: Mapping[str, tuple[str, dict[str, str]]] = {
    "guiji": ("getAccountBenefits", {}),
    "softsugar": ("listTasks", {"retry-after": "2"}),
    "huawei-metastudio": ("ListDigitalHumanVideo", {}),
    "aliyun-avatar": ("QueryAvatarList", {"x-acs-retry-after": "2000"}),
}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """What faults do on the wire is left out: a thousand of them would take a minute."""

    def send_whole(
        environ: "WSGIEnvironment", start_response: "StartResponse", response: Response, body: bytes, send: Send
    ) -> Iterable[bytes]:
        environ[FAULTS] = response.faults
        return send(environ, start_response, replace(response, status=response.status or 204, faults=()), body)

    monkeypatch.setattr(operation_routes, "send_damaged", send_whole)


def faults_of_a_day(server: InProcessServer, seed: int, requests: int = REQUESTS) -> Struck:
    """Which faults struck each of many requests under `flaky-network`, by the place in the profile and the kind."""
    account = Account(server)
    guiji = Guiji(account)
    planted = [scenario["id"] for scenario in account.profile("flaky-network", seed=seed)]
    for _ in range(requests):
        guiji.send("GET", "/openapi/user/v2/get")
    entries = account.journal(operation="getAccountBenefits", limit=requests)
    account.delete()
    assert len(entries) == requests
    ordered = sorted(entries, key=lambda entry: int(entry["id"]))
    return [[(planted.index(fault["scenario"]), fault["kind"]) for fault in entry["faults"]] for entry in ordered]


@pytest.mark.long
@pytest.mark.usefixtures("no_network")
def test_the_same_seed_and_the_same_requests_give_the_same_faults(in_process_server: InProcessServer) -> None:
    first = faults_of_a_day(in_process_server, 7)
    assert first == faults_of_a_day(in_process_server, 7)
    assert first[:100] != faults_of_a_day(in_process_server, 8, 100)
    kinds = {kind for faults in first for _, kind in faults}
    assert kinds == {"latency", "reset", "emptyReply", "truncated", "gateway"}


@pytest.mark.parametrize("vendor", LIMITED)
def test_a_rate_limit_is_the_throttling_of_the_vendor(server: LoggingServer, vendor: str) -> None:
    account = Account(server)
    account.freeze()
    caller = OperationCaller(vendor, account)
    name, headers = LIMITED[vendor]
    operation = caller.contract.operations[name]
    request = caller.successful_request(operation)
    account.fault("rateLimit", vendor, name, per_second=0.5, burst=1)
    caller.call(operation, request)
    response = caller.send_signed(operation, caller.signed_example(operation)).response
    throttled = caller.contract.conditions["throttled"]
    assert response.status == throttled.status
    assert str(throttled.code).encode() in response.body
    assert {name: response.headers[name] for name in headers} == headers
    assert account.journal(operation=name)[-1]["error"] == throttled.name
    account.advance(2)
    caller.call(operation, request)
    account.delete()
