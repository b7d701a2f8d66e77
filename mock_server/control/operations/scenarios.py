"""Scenarios: the outcome of the next calls."""

from dataclasses import asdict
from typing import Any

from bodydouble.contracts.model.contract import Operation
from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.services.tasks import SLOW, STUCK
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.vendor import Vendor

handlers = Handlers[ControlToolbox]()


@handlers.operation("listScenarios")
def list_scenarios(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """List the scenarios that wait."""
    waiting = scenarios.every(tools.connection, account_of(request, tools).id)
    return {"scenarios": [asdict(scenario) for scenario in waiting]}


@handlers.operation("addScenario", transaction=True)
def add_scenario(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Add a scenario."""
    account, new_scenario = account_of(request, tools), request.body
    _check(tools, new_scenario)
    scenario = scenarios.add(
        tools.connection,
        account.id,
        vendor=new_scenario["vendor"],
        operation=new_scenario["operation"],
        task_name=new_scenario.get("task_name"),
        outcome=new_scenario.get("outcome"),
        reason=new_scenario.get("reason"),
        error=new_scenario.get("error"),
        remaining=new_scenario.get("times"),
    )
    return asdict(scenario)


def _check(tools: ControlToolbox, scenario: dict[str, Any]) -> None:
    vendor = tools.vendors.get(scenario["vendor"])
    if vendor is None:
        raise ApiError(Errors.scenarioUnusable, f"/vendor: there is no vendor {scenario['vendor']}")
    operation = vendor.contract.operations.get(scenario["operation"])
    if operation is None:
        detail = f"/operation: {vendor.name} has no operation {scenario['operation']}"
        raise ApiError(Errors.scenarioUnusable, detail)
    if "error" in scenario:
        _check_error(vendor, operation, scenario["error"])
    else:
        _check_outcome(operation, scenario["outcome"])


def _check_error(vendor: Vendor, operation: Operation, error: str) -> None:
    if error not in vendor.contract.errors:
        raise ApiError(Errors.scenarioUnusable, f"/error: {vendor.name} has no error case {error}")
    if operation.response(vendor.contract.errors[error].status) is None:
        raise ApiError(Errors.scenarioUnusable, f"/error: {operation.id} has no response of the status of {error}")
    if operation.public:
        raise ApiError(Errors.scenarioUnusable, f"/operation: {operation.id} is called without an account")


def _check_outcome(operation: Operation, outcome: str) -> None:
    lifecycle = operation.role.lifecycle if operation.role is not None else None
    outcomes = {*lifecycle.outcomes, STUCK, SLOW} if lifecycle is not None else set()
    if outcome not in outcomes:
        known = ", ".join(sorted(outcomes)) or "none: it creates no task"
        raise ApiError(Errors.scenarioUnusable, f"/outcome: {operation.id} has {known}")


@handlers.operation("clearScenarios", transaction=True)
def clear_scenarios(request: OperationRequest, tools: ControlToolbox) -> None:
    """Forget all scenarios."""
    scenarios.clear(tools.connection, account_of(request, tools).id)


@handlers.operation("removeScenario", transaction=True)
def remove_scenario(request: OperationRequest, tools: ControlToolbox) -> None:
    """Forget a scenario."""
    scenario_id = request.path["scenarioId"]
    if not scenarios.remove(tools.connection, account_of(request, tools).id, scenario_id):
        raise ApiError(Errors.scenarioNotFound, str(scenario_id))
