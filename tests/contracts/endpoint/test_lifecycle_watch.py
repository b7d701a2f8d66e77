"""The lifecycle check: every create of every vendor is watched to its end, and a wrong state is found."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from bodydouble.contracts.core.clock import frozen
from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.lifecycle_watch import READS_AFTER_THE_END, Call, watch, watchable
from bodydouble.contracts.endpoint.report import LifecycleResult
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.lifecycle import Lifecycle, State
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.own_values import own_values
from bodydouble.contracts.model.response_classifier import classify
from bodydouble.contracts.signing.request_signer import RequestSigner
from bodydouble.mock_server.testing.account import Account
from tests.support.plain_sender import sender
from tests.support.vendor_support import unseen, vendors

LONG, OFTEN = 3600.0, 5.0


def creates(vendor: str) -> list[Operation]:
    operations = load_contract(vendor).operations.values()
    return [operation for operation in operations if operation.role is not None and operation.role.role == "create"]


CREATES = [(vendor, operation.id) for vendor in vendors() for operation in creates(vendor)]
WATCHABLE = [(vendor, name) for vendor, name in CREATES if name not in unseen(vendor)]


class Endpoint:
    """The mock server as an endpoint that is called by the names of operations, signed."""

    def __init__(self, account: Account, vendor: str) -> None:
        self.contract = load_contract(vendor)
        credentials = account.credentials(vendor)
        self._send = sender(account.base_url)
        self._signer = RequestSigner(self.contract, credentials, self._send)
        self._host = urlsplit(account.base_url).netloc
        self._known = {name: values[0] for name, values in own_values(self.contract, credentials).items()}
        self._credentials = credentials

    def call(self, operation: Operation, request: WireRequest) -> OperationExchange:
        named = replace(request, headers={**request.headers, "host": self._host})
        signed = self._signer.sign(operation, named)
        return OperationExchange(self.contract, operation, signed, self._send(signed))

    def create(self, name: str) -> OperationExchange:
        operation = self.contract.operations[name]
        body = operation.request_body.examples[0] if operation.request_body is not None else None
        values: dict[str, Any] = {
            parameter.name: parameter.example
            for parameter in operation.parameters
            if parameter.example is not None and parameter.location != "header"
        }
        values.update(self._known)
        model = "2d" if "2d" in name.lower() else "3d"
        values["App"] = {"AppId": self._credentials.get(f"app_id_{model}")}
        request = request_of(operation, values, body)
        exchange = self.call(operation, request)
        assert not classify(self.contract, exchange.response, None).failed, exchange.response.body.decode()
        return exchange

    def watched(self, name: str, call: Call | None = None, seconds: float = LONG) -> LifecycleResult:
        exchange = self.create(name)
        (result,) = watch(self.contract, [exchange.operation], {name: exchange}, call or self.call, seconds, OFTEN)
        return result


@pytest.mark.process
@pytest.mark.parametrize(("vendor", "name"), WATCHABLE)
def test_a_created_task_is_watched_from_its_first_state_until_its_work_ends(
    account: Account, vendor: str, name: str
) -> None:
    endpoint = Endpoint(account, vendor)
    operation = endpoint.contract.operations[name]
    assert operation.role is not None
    lifecycle = operation.role.lifecycle
    with frozen(on_sleep=account.advance):
        watched = endpoint.watched(name)
    assert watched.violation is None
    assert watched.states[0].state == lifecycle.initial
    assert len(watched.states) > 1, watched
    # Where the wire does not tell two states apart, it is one of both.
    last = [lifecycle.states[state] for state in watched.states[-1].state.split(" or ")]
    assert watched.ended == all(state.terminal for state in last)
    # Work goes on nowhere any more: at most a validity runs out.
    assert not any(
        edge.after and edge.paced for edge in lifecycle.edges if edge.source in {state.name for state in last}
    )
    assert watched.reads > READS_AFTER_THE_END


@pytest.mark.parametrize("vendor", vendors())
def test_every_create_is_watched_or_named_with_the_reason(account: Account, vendor: str) -> None:
    endpoint = Endpoint(account, vendor)
    results = watch(endpoint.contract, endpoint.contract.operations.values(), {}, endpoint.call, 1, 1)
    assert [result.operation for result in results] == [operation.id for operation in creates(vendor)]
    for result in results:
        operation = endpoint.contract.operations[result.operation]
        kind = unseen(vendor).get(result.operation)
        if kind is not None:
            assert not watchable(operation, endpoint.contract)
            assert result.note.startswith(f"not watched: no operation shows the state of a {kind}")
        else:
            assert watchable(operation, endpoint.contract)
            assert result.note == "not watched: no request to it has succeeded"


class WrongEndpoint:
    """The mock server, but for the state of what was created, which goes through some states, one at each read."""

    def __init__(self, endpoint: Endpoint, lifecycle: Lifecycle, states: list[str]) -> None:
        self._endpoint, self._lifecycle = endpoint, lifecycle
        self._states = [lifecycle.states[name] for name in states]
        self._reads = 0
        self._listed: list[Any] = []

    def call(self, operation: Operation, request: WireRequest) -> OperationExchange:
        exchange = self._endpoint.call(operation, request)
        shown = next((entry for entry in self._lifecycle.shown if entry.by == operation.id), None)
        reading = operation.role is not None and operation.role.role in ("get", "list")
        if shown is None and not (reading and operation.role and operation.role.lifecycle is self._lifecycle):
            return exchange
        state = self._states[min(self._reads, len(self._states) - 1)]
        self._reads += 1
        content = json.loads(exchange.response.body)
        if shown is not None and shown.listed is not None:
            entries = lookup(content, shown.at)
            self._listed = self._listed or list(entries)
            entries[:] = self._listed if state.name == shown.listed else []
        else:
            changed(content if shown is None else lookup(content, shown.at), self._lifecycle.field, state)
        return replace(exchange, response=replace(exchange.response, body=json.dumps(content).encode()))


def changed(content: Any, field: str, state: State) -> None:
    for entry in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        changed(entry, field, state)
    if isinstance(content, dict) and field in content:
        # The same code is a number in one vendor's responses and text in another's.
        content[field] = type(content[field])(state.code)
        content.update({name: type(content.get(name, value))(value) for name, value in state.also.items()})


def wrong_sequences(lifecycle: Lifecycle) -> Iterator[tuple[list[str], str]]:
    """States in an order that the lifecycle forbids, each with words of the message about it."""
    states, initial = lifecycle.states, lifecycle.states[lifecycle.initial]
    by_itself = lifecycle.reachable({initial.name}, alone=True)
    later = [states[name] for name in sorted(by_itself) if states[name].code != initial.code]
    for state in later:
        yield [initial.name, state.name, initial.name], "is terminal" if state.terminal else "went from"
    if not any(state.terminal for state in later):
        # It ends on request, which is sent when it has been seen to rest.
        end = next(state.name for state in states.values() if state.terminal)
        rested = [initial.name] * (READS_AFTER_THE_END + 1)
        yield [initial.name, end], "takes an operation that was not called"
        yield [*rested, end, initial.name], "is terminal"


@pytest.mark.process
@pytest.mark.parametrize(("vendor", "name"), WATCHABLE)
def test_a_state_that_goes_backwards_and_a_terminal_state_that_changes_are_found(
    account: Account, vendor: str, name: str
) -> None:
    endpoint = Endpoint(account, vendor)
    role = endpoint.contract.operations[name].role
    assert role is not None
    sequences = list(wrong_sequences(role.lifecycle))
    assert any(words == "is terminal" for _, words in sequences) or "expired" in role.lifecycle.states
    for states, words in sequences:
        with frozen():
            watched = endpoint.watched(name, WrongEndpoint(endpoint, role.lifecycle, states).call)
        assert watched.violation is not None, (states, watched)
        assert words in watched.violation.message
        assert role.lifecycle.field in watched.violation.message
