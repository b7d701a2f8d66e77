"""Operations follow the edges of a lifecycle, and work goes on: against the mock server with changed responses."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bodydouble.contracts.core.clock import frozen
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws import progress
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.created import CREATED
from bodydouble.contracts.endpoint.laws.edges import EDGES_EARLY, EDGES_LATE, probe_working
from bodydouble.contracts.endpoint.laws.phase import LawPhase
from bodydouble.contracts.endpoint.laws.results import LawResult, LawVerdict
from bodydouble.contracts.endpoint.lifecycle_watch import WatchLaws, watch
from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law
from bodydouble.mock_server.testing.account import Account
from tests.contracts.endpoint.test_lifecycle_watch import Endpoint

Change = Callable[[OperationExchange], Any]
OK = {"code": 0, "message": "success", "data": None}
PACE = 600.0
pytestmark = pytest.mark.process


class SoftSugar:
    """The mock server as SoftSugar's endpoint, on an account whose clock stands still.

    Args:
        changes: by operationId, what becomes of the JSON of its responses.
    """

    def __init__(self, account: Account, **changes: Change) -> None:
        self.account, self.changes = account, changes
        self.endpoint = Endpoint(account, "softsugar")
        self.sent: list[OperationExchange] = []
        options = EndpointOptions(poll_interval=0.001)
        operations = self.endpoint.contract.operations
        self.context = LawContext(
            self.endpoint.contract,
            operations,
            options,
            self.sent,
            self.call,
            lambda name, count: True,
            random.Random(1),
        )
        self.operation = operations["createFaceSwap"]
        self.created = self.call(self.operation, self.endpoint.create("createFaceSwap").request)

    def call(self, operation: Operation, request: WireRequest) -> OperationExchange:
        exchange = self.endpoint.call(operation, request)
        change = self.changes.get(operation.id)
        if change is not None:
            body = json.dumps(change(exchange)).encode()
            exchange = OperationExchange(
                exchange.contract, operation, exchange.request, replace(exchange.response, status=200, body=body)
            )
        self.sent.append(exchange)
        return exchange

    def laws(self) -> LawPhase:
        phase = LawPhase(self.context)
        phase.run([CREATED, EDGES_EARLY])
        self.account.advance(3600)
        phase.run([EDGES_LATE])
        return phase


def accepted(exchange: OperationExchange) -> Any:
    return OK


def messages(phase: LawPhase, operation: str) -> list[str]:
    return [entry.message for entry in phase.violations if (entry.operation, entry.law) == (operation, Law.EDGES)]


def test_the_mock_server_follows_its_edges(account: Account) -> None:
    phase = SoftSugar(account).laws()
    assert phase.violations == []
    verdicts = {(result.operation, result.law): result.verdict for result in phase.results()}
    assert verdicts["cancelTask", Law.EDGES] is verdicts["restartTask", Law.EDGES] is LawVerdict.TESTED


def test_an_operation_that_always_succeeds_is_noticed_in_every_state_and_for_an_unknown_identifier(
    account: Account,
) -> None:
    said = messages(SoftSugar(account, cancelTask=accepted).laws(), "cancelTask")
    assert "succeeds for an identifier that nothing has" in said
    assert 'succeeds in the state "cancelled", which no edge leaves by it' in said
    assert 'succeeds in the state "completed", which no edge leaves by it' in said


def test_an_operation_that_always_fails_is_noticed(account: Account) -> None:
    rejected = {"code": 1, "message": "failed", "data": None}
    (said,) = messages(SoftSugar(account, cancelTask=lambda exchange: rejected).laws(), "cancelTask")
    assert said == 'is rejected in the state "notStarted", and yet the state becomes "cancelled"'


def test_an_operation_without_effect_is_noticed(account: Account) -> None:
    tested = SoftSugar(account)
    cancel = tested.endpoint.contract.operations["cancelTask"]
    sent = tested.endpoint.call

    def call(operation: Operation, request: WireRequest) -> OperationExchange:
        if operation is not cancel:
            return sent(operation, request)
        other = WireRequest("GET", cancel.path, "id=1", {}, b"")
        exchange = sent(operation, other)
        return replace(
            exchange, request=request, response=replace(exchange.response, status=200, body=json.dumps(OK).encode())
        )

    tested.endpoint.call = call  # type: ignore[method-assign]
    said = messages(tested.laws(), "cancelTask")
    assert 'succeeds in the state "notStarted", but afterwards the state is "notStarted"' in said


def test_what_no_edge_leaves_is_called_while_a_task_works(account: Account) -> None:
    right = SoftSugar(account)
    account.advance(3600)
    assert probe_working(right.context, right.created, frozenset({"completed"})) == []
    wrong = SoftSugar(account, cancelTask=accepted)
    account.advance(3600)
    (violation,) = probe_working(wrong.context, wrong.created, frozenset({"completed"}))
    assert violation.operation == "cancelTask"
    # Restart leads out of a state that may follow.
    assert (
        probe_working(SoftSugar(account, restartTask=accepted).context, right.created, frozenset({"processing"})) == []
    )


def watched(account: Account, status: int | None, pace: float | None) -> list[LawViolation | LawResult]:
    """What the watch says of a task; with a status, the task shows it for ever."""

    def stuck(exchange: OperationExchange) -> Any:
        return {**exchange.content, "data": [{**task, "status": status} for task in exchange.content["data"]]}

    tested = SoftSugar(account, **({} if status is None else {"getTasks": stuck}))
    outcomes: list[LawViolation | LawResult] = []
    with frozen(on_sleep=lambda seconds: account.advance(seconds * PACE)):
        laws = WatchLaws(outcomes.extend, pace)
        created = {"createFaceSwap": tested.created}
        watch(tested.endpoint.contract, [tested.operation], created, tested.call, 8.0, 0.2, laws)
    return outcomes


def test_a_task_that_never_ends_is_noticed_at_a_known_pace(account: Account) -> None:
    first, *_ = watched(account, 2, PACE)
    assert isinstance(first, LawViolation)
    assert (first.law, first.operation) == (Law.PROGRESS, "createFaceSwap")
    assert [step.operation.id for step in first.exchanges] == ["createFaceSwap", "getTasks"]


@pytest.mark.parametrize(
    ("status", "pace", "verdict"), [(None, PACE, "tested"), (2, None, "not tested"), (2, 1.0, "not tested")]
)
def test_a_task_that_ends_or_whose_pace_is_unknown_is_no_violation(
    account: Account, status: int | None, pace: float | None, verdict: str
) -> None:
    (result,) = watched(account, status, pace)
    assert isinstance(result, LawResult)
    assert (result.law, result.verdict.value) == (Law.PROGRESS, verdict)


def test_the_limit_is_generous(account: Account) -> None:
    lifecycle = SoftSugar(account).endpoint.contract.lifecycles["task"]
    assert progress.limit(lifecycle, ["processing"], PACE) == 4.0
    assert progress.limit(lifecycle, ["notStarted"], PACE) == progress.MIN_SECONDS
    assert progress.limit(lifecycle, ["completed"], PACE) is None


def test_the_pace_is_measured_by_the_slowest_of_several(account: Account) -> None:
    lifecycle = SoftSugar(account).endpoint.contract.lifecycles["task"]
    assert progress.observed_pace(lifecycle, frozenset({"notStarted"}), 1.0) is None
    assert progress.observed_pace(lifecycle, frozenset({"completed"}), 0.5) == 600.0
    assert progress.measured_pace([600.0, 300.0]) is None
    assert progress.measured_pace([600.0, 300.0, 450.0]) == 300.0


def test_work_that_no_create_begins_is_followed_until_it_has_ended(account: Account) -> None:
    endpoint, sent = Endpoint(account, "aliyun-avatar"), list[OperationExchange]()
    contract = endpoint.contract
    starting = False

    def call(operation: Operation, request: WireRequest) -> OperationExchange:
        exchange = endpoint.call(operation, request)
        if starting and operation.id == "QueryTimedResetOperateStatus":
            body = json.dumps({**exchange.content, "Data": {**exchange.content["Data"], "Status": 11}}).encode()
            exchange = OperationExchange(contract, operation, exchange.request, replace(exchange.response, body=body))
        sent.append(exchange)
        return exchange

    options = EndpointOptions(poll_interval=0.001, poll=8.0, pace=1e6)
    context = LawContext(contract, contract.operations, options, sent, call, lambda name, count: True)
    sent.append(endpoint.create("CloseTimedResetOperate"))
    account.advance(3600)
    phase = LawPhase(context)
    phase.run([EDGES_LATE])
    assert phase.violations == []
    starting = True
    phase.run([EDGES_LATE])
    assert 'is called, and the state is still "starting" after 2.0 s' in messages(phase, "CloseTimedResetOperate")
