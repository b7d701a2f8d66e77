"""Making what a seed declares by the vendor's own operations, as at the time of its creation."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bodydouble.contracts.core.json_pointer import parts
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Lifecycle
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.request_changes import with_value
from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.engine import past_plans, plans
from bodydouble.mock_server.engine.plans import Plan, Tempo
from bodydouble.mock_server.services.seeds.document import Problem
from bodydouble.mock_server.services.seeds.model import SeedEntry
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.vendor import Vendor

_CREATE = "create"
# How contracts call the field of a request that names a task.
_NAME = re.compile(r"(?:name|title)", re.IGNORECASE)
_CALLBACK_FIELD = re.compile(r"\{\$request\.body#/([^/}]+).*\}")


def making_operation(contract: Contract, entry: SeedEntry) -> Operation | None:
    """The operation that makes an entry; None if there is none."""
    return next((operation for operation in _creating(contract) if _makes(operation, entry)), None)


def _creating(contract: Contract) -> Iterator[Operation]:
    for operation in contract.operations.values():
        if operation.laws is not None and operation.laws.role == _CREATE:
            yield operation


def _makes(operation: Operation, entry: SeedEntry) -> bool:
    kind = None if operation.role is None else operation.role.lifecycle.name
    return entry.operation in (None, operation.id) and entry.kind in (None, kind)


def lifecycle_of(contract: Contract, entry: SeedEntry) -> Lifecycle | None:
    """The lifecycle of an entry; None if it has none."""
    if entry.fields is not None:
        return contract.lifecycles.get(entry.kind or "")
    operation = making_operation(contract, entry)
    return None if operation is None or operation.role is None else operation.role.lifecycle


def makers(contract: Contract) -> str:
    """The kinds that operations make, and the operations, for a message."""
    kinds = {operation.role.lifecycle.name: None for operation in _creating(contract) if operation.role is not None}
    return f"operations make {', '.join(kinds)} ({', '.join(operation.id for operation in _creating(contract))})"


def wire_request(
    contract: Contract, operation: Operation, entry: SeedEntry, credentials: Mapping[str, str]
) -> WireRequest:
    """The request by which an operation makes an entry: the specification's example, with the entry's own fields.

    Args:
        credentials: of the account; what they name takes the place of the example's.

    Raises:
        LookupError: a parameter has neither value nor example.
    """
    names = {parameter.name for parameter in operation.parameters}
    own = {_plain(name): value for name, value in credentials.items()}
    parameters = {name: own[_plain(name)] for name in names if _plain(name) in own}
    parameters.update({name: value for name, value in entry.request.items() if name in names})
    body = None
    if operation.request_body is not None:
        fields = {name: value for name, value in entry.request.items() if name not in names}
        body = {**_example(contract, operation), **fields}
    request = request_of(operation, parameters, body)
    expression = name_expression(operation)
    return (
        request if entry.name is None or expression is None else with_value(operation, request, expression, entry.name)
    )


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _example(contract: Contract, operation: Operation) -> dict[str, Any]:
    # Nobody receives the callbacks of the specification's examples.
    expressions = [callback.expression or "" for callback in contract.callbacks.values()]
    fields = {match[1] for expression in expressions if (match := _CALLBACK_FIELD.fullmatch(expression))}
    return {name: value for name, value in operation.example_fields.items() if name not in fields}


def name_expression(operation: Operation) -> str | None:
    """Where a request says the name of what it makes; None if it says none."""
    keeps = operation.laws.keeps.values() if operation.laws is not None else ()
    return next((expression for expression in keeps if _NAME.search(_last_part(expression))), None)


def _last_part(expression: str) -> str:
    return parts(expression)[-1] if "#" in expression else expression.rpartition(".")[2]


def request_problems(
    contract: Contract, operation: Operation, entry: SeedEntry, credentials: Mapping[str, str]
) -> Iterator[Problem]:
    """How the request of an entry breaks the contract."""
    names = {parameter.name for parameter in operation.parameters}
    place = f"{entry.place}/request"
    for name in entry.request:
        if name not in names and name not in operation.body_fields:
            yield f"{place}/{name}", f"{operation.id} has no such field"
    if entry.name is not None and name_expression(operation) is None:
        yield f"{entry.place}/name", f"{operation.id} takes no name"
        return
    try:
        request = wire_request(contract, operation, entry, credentials)
    except LookupError as error:
        yield place, f"{operation.id} needs {error.args[0]}"
        return
    for violation in operation.parse(request, operation.path_values(request.path) or {}).violations:
        if (violation.part, violation.pointer.lstrip("/").lower()) not in operation.signer_parameters:
            below = violation.pointer if violation.pointer else ""
            yield f"{place}{below}", f"{violation.rule}: expected {violation.expectation}"


def request_at(
    vendor: Vendor, operation: Operation, wire: WireRequest, account: Account, now: int, wall_ms: int
) -> OperationRequest:
    """A request that an account sends at a time of its clock."""
    parsed = operation.parse(wire, operation.path_values(wire.path) or {})
    sender = replace(account, clock=Clock(frozen_at=now))
    values = (parsed.path, parsed.query, parsed.headers, parsed.body)
    return OperationRequest(vendor.contract, operation, wire, "", wall_ms, sender, now, *values)


def ready(lifecycle: Lifecycle, entry: SeedEntry) -> SeedEntry:
    """An entry in the state in which its work has succeeded, unless it says what becomes of it."""
    if entry.state is not None or entry.outcome is not None:
        return entry
    state = lifecycle.initial
    while (edge := lifecycle.timed_edge(state, DEFAULT_OUTCOME)) is not None and edge.paced:
        state = edge.target
    return replace(entry, state=state)


def plan_at(lifecycle: Lifecycle, entry: SeedEntry, created_at: int, now: int, tempo: Tempo) -> Plan:
    """The plan of an entry that was created some time ago.

    Raises:
        PlanError: the lifecycle has no such state or outcome, or nothing leads there.
    """
    if entry.state is not None:
        plan = past_plans.in_state(lifecycle, entry.state, created_at, now, tempo, entry.outcome, entry.reason)
    else:
        plan = plans.make(lifecycle, created_at, tempo, entry.outcome or DEFAULT_OUTCOME, entry.reason)
    return plans.hold(plan, now) if entry.held else plan
