"""The laws of the control plane, as an observer of its traffic checks them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bodydouble.contracts.core.wire import JSON, WireRequest, WireResponse
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.passive_laws import PassiveLaws
from bodydouble.mock_server.testing.account import Account
from tests.support.in_process import LoggingServer

Changes = dict[str, Any]
_NEW_TASK = {"vendor": "softsugar", "kind": "task", "name": "Film", "fields": {"algoType": 14}}


class Observer:
    """Calls operations of the control plane, and checks the laws on all that it sees."""

    def __init__(self, server: LoggingServer) -> None:
        self._server, self._contract = server, load_contract("control")
        self._laws = PassiveLaws(self._contract)

    def call(
        self, operation_id: str, body: Any = None, changes: Changes | None = None, **values: Any
    ) -> tuple[Any, list[str]]:
        """Call an operation; its response's content, and what it violates with some changes of its fields."""
        operation = self._contract.operations[operation_id]
        exchange = OperationExchange(
            self._contract, operation, (request := request_of(operation, values, body)), self._send(request)
        )
        if changes is not None:
            content = json.dumps({**exchange.content, **changes}).encode()
            exchange = replace(exchange, response=replace(exchange.response, body=content))
        violations: list[LawViolation] = self._laws.observe(exchange)
        return exchange.content, [f"{violation.law.value} of {violation.operation}" for violation in violations]

    def _send(self, request: WireRequest) -> WireResponse:
        headers = {**self._server.control_headers, "content-type": JSON}
        path = request.path + (f"?{request.query}" if request.query else "")
        response = self._server.http.request(request.method, path, body=request.body or None, headers=headers)
        return WireResponse(response.status, response.headers, response.body)


@pytest.fixture
def observer(server: LoggingServer) -> Observer:
    return Observer(server)


@pytest.fixture
def task(observer: Observer, account: Account) -> int:
    content, violations = observer.call("addTasks", _NEW_TASK, accountId=account.id)
    assert violations == []
    return int(content["tasks"][0]["id"])


@pytest.mark.parametrize(("operation", "mode"), [("freezeClock", "running"), ("runClock", "frozen")])
def test_a_clock_shows_the_mode_that_it_was_set_to(
    observer: Observer, account: Account, operation: str, mode: str
) -> None:
    assert observer.call(operation, accountId=account.id)[1] == []
    assert observer.call("getClock", accountId=account.id)[1] == []
    assert observer.call("getClock", accountId=account.id, changes={"mode": mode})[1] == [f"values-kept of {operation}"]


def test_a_reset_lets_the_clock_run(observer: Observer, account: Account) -> None:
    observer.call("freezeClock", accountId=account.id)
    assert observer.call("resetAccount", accountId=account.id)[1] == []
    content, violations = observer.call("getClock", accountId=account.id)
    assert (content["mode"], violations) == ("running", [])


def test_a_held_task_is_shown_as_held(observer: Observer, account: Account, task: int) -> None:
    where: Changes = {"accountId": account.id, "taskId": task}
    assert observer.call("holdTask", **where)[1] == []
    assert observer.call("getTask", **where, changes={"held": False})[1] == ["values-kept of holdTask"]
    assert observer.call("releaseTask", **where)[1] == []
    assert observer.call("getTask", **where)[1] == []


@pytest.mark.parametrize("operation", ["resetAccount", "deleteAccount"])
def test_tasks_go_with_their_account(server: LoggingServer, observer: Observer, operation: str) -> None:
    account = Account(server)
    content, _ = observer.call("addTasks", _NEW_TASK, accountId=account.id)
    where: Changes = {"accountId": account.id, "taskId": content["tasks"][0]["id"]}
    assert observer.call("getTask", **where)[1] == []
    assert observer.call(operation, accountId=account.id)[1] == []
    content, violations = observer.call("getTask", **where)
    assert content["error"] in ("taskNotFound", "accountNotFound")
    assert violations == []


def test_a_task_belongs_to_one_account(
    server: LoggingServer, observer: Observer, account: Account, task: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Account(server)
    assert observer.call("getTask", accountId=other.id, taskId=task)[0]["error"] == "taskNotFound"
    assert observer.call("getTask", accountId=other.id, taskId=task)[1] == []
    forget(monkeypatch, observer)
    assert observer.call("getTask", accountId=account.id, taskId=task)[1] == ["created-shown of addTasks"]


def forget(monkeypatch: pytest.MonkeyPatch, observer: Observer) -> None:
    """Let the server say that there are no tasks."""
    body = b'{"error": "taskNotFound", "message": "The account has no such task"}'

    def response(request: WireRequest) -> WireResponse:
        return WireResponse(404, {"content-type": JSON}, body)

    monkeypatch.setattr(observer, "_send", response)


def test_the_default_account_is_made_anew(observer: Observer) -> None:
    assert observer.call("deleteAccount", accountId="default")[1] == []
    for _ in range(2):
        assert observer.call("getAccount", accountId="default")[1] == []
    content, violations = observer.call("listAccounts")
    assert "default" in content["accounts"]
    assert violations == []


def test_a_deleted_account_is_not_listed(server: LoggingServer, observer: Observer) -> None:
    content, _ = observer.call("createAccount", {})
    name = content["id"]
    assert observer.call("deleteAccount", accountId=name)[1] == []
    assert observer.call("listAccounts")[1] == []
    _, violations = observer.call("listAccounts", changes={"accounts": [name]})
    assert violations == ["deleted-gone of deleteAccount"]


def test_accounts_are_in_alphabetical_order(observer: Observer) -> None:
    _, violations = observer.call("listAccounts", changes={"accounts": ["b", "a"]})
    assert violations == ["order of listAccounts"]
