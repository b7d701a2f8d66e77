"""Scenarios: what the next calls shall come to."""

from dataclasses import asdict
from typing import Any

from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.services.tasks import SLOW, STUCK
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest

handlers = Handlers()


@handlers.reads("listScenarios")
def list_scenarios(request: OperationRequest) -> dict[str, Any]:
    """List the scenarios that wait."""
    return {"scenarios": [asdict(one) for one in scenarios.every(request.connection, account_of(request).id)]}


@handlers.writes("addScenario")
def add_scenario(request: OperationRequest) -> dict[str, Any]:
    """Add a scenario."""
    account, wanted = account_of(request), request.body
    _check(request, wanted)
    scenario = scenarios.add(
        request.connection,
        account.id,
        vendor=wanted["vendor"],
        operation=wanted["operation"],
        task_name=wanted.get("task_name"),
        outcome=wanted.get("outcome"),
        reason=wanted.get("reason"),
        error=wanted.get("error"),
        remaining=wanted.get("times"),
    )
    return asdict(scenario)


def _check(request: OperationRequest, wanted: dict[str, Any]) -> None:
    vendor = request.services.vendors.get(wanted["vendor"])
    if vendor is None:
        raise ApiError("scenarioUnusable", f"/vendor: there is no vendor {wanted['vendor']}")
    operation = vendor.contract.operations.get(wanted["operation"])
    if operation is None:
        raise ApiError("scenarioUnusable", f"/operation: {vendor.name} has no operation {wanted['operation']}")
    error = wanted.get("error")
    if error is not None:
        if error not in vendor.contract.errors:
            raise ApiError("scenarioUnusable", f"/error: {vendor.name} has no error case {error}")
        if operation.response(vendor.contract.errors[error].status) is None:
            raise ApiError("scenarioUnusable", f"/error: {operation.id} has no answer of the status of {error}")
        if operation.public:
            raise ApiError("scenarioUnusable", f"/operation: {operation.id} is called without an account")
        return
    lifecycle = operation.role.lifecycle if operation.role is not None else None
    outcomes = {*lifecycle.outcomes, STUCK, SLOW} if lifecycle is not None else set()
    if wanted["outcome"] not in outcomes:
        known = ", ".join(sorted(outcomes)) or "none: it makes no task"
        raise ApiError("scenarioUnusable", f"/outcome: {operation.id} has {known}")


@handlers.writes("clearScenarios")
def clear_scenarios(request: OperationRequest) -> None:
    """Forget all scenarios."""
    scenarios.clear(request.connection, account_of(request).id)


@handlers.writes("removeScenario")
def remove_scenario(request: OperationRequest) -> None:
    """Forget a scenario."""
    scenario_id = request.path["scenarioId"]
    if not scenarios.remove(request.connection, account_of(request).id, scenario_id):
        raise ApiError("scenarioNotFound", str(scenario_id))
