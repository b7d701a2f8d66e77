"""Scenarios: the outcome of the next calls, and the faults that strike them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bodydouble.contracts.model.contract import Operation
from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.engine import fault_choice, faults, profiles
from bodydouble.mock_server.engine.faults import Target
from bodydouble.mock_server.services.fault_profiles import UnknownProfileError, plant_profile, seed_of
from bodydouble.mock_server.services.tasks import SLOW, STUCK
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.scenarios import ANY, NewScenario, Scenario
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.vendor import Vendor

handlers = Handlers[ControlToolbox]()

_SAME_NAMES = "vendor operation task_name outcome reason error fault pattern probability seed"
# How a body says what a scenario is made of.
_ARGUMENTS = {
    **{name: name for name in _SAME_NAMES.split()},
    "times": "remaining",
    "from": "from_at",
    "until": "until_at",
}


@handlers.operation("listScenarios")
def list_scenarios(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """List the scenarios that wait."""
    waiting = scenarios.every(tools.connection, account_of(request, tools).id)
    return {"scenarios": list(map(_described, waiting))}


@handlers.operation("addScenario", transaction=True)
def add_scenario(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Add a scenario."""
    account = account_of(request, tools)
    check_scenario(tools, request.body)
    try:
        (scenario,) = scenarios.add(tools.connection, account.id, _new(account, request.body))
    except OverflowError as error:
        raise ApiError(Errors.scenarioUnusable, str(error)) from error
    return _described(scenario)


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


@handlers.operation("listProfiles")
def list_profiles(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """List the profiles."""
    return {"profiles": [{"name": name, **profile} for name, profile in profiles.PROFILES.items()]}


@handlers.operation("setProfile", transaction=True)
def set_profile(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Plant the scenarios of a profile in the place of another one's."""
    account, body = account_of(request, tools), request.body
    try:
        planted = plant_profile(tools.connection, account, body["profile"], body.get("seed"))
    except UnknownProfileError as error:
        raise ApiError(Errors.profileNotFound, f"/profile: {error}") from error
    except OverflowError as error:
        raise ApiError(Errors.scenarioUnusable, str(error)) from error
    return {"scenarios": list(map(_described, planted))}


@handlers.operation("clearProfile", transaction=True)
def clear_profile(request: OperationRequest, tools: ControlToolbox) -> None:
    """Remove the scenarios of every profile."""
    scenarios.clear(tools.connection, account_of(request, tools).id, only_profiles=True)


def _new(account: Account, values: Mapping[str, Any]) -> NewScenario:
    # What else a body has is ignored, as everywhere.
    arguments = {argument: values[name] for name, argument in _ARGUMENTS.items() if name in values}
    return NewScenario(**{"seed": seed_of(account), **arguments})


def _described(scenario: Scenario) -> dict[str, Any]:
    values = asdict(scenario)
    values["from"], values["until"] = values.pop("from_at"), values.pop("until_at")
    return values


def check_scenario(tools: ControlToolbox, scenario: dict[str, Any]) -> None:
    """Check what a scenario names.

    Args:
        scenario: in the form of the body that adds one.

    Raises:
        ApiError: scenarioUnusable; the detail begins with the place.
    """
    if scenario.get("from", 0) >= scenario.get("until", 2**62):
        raise ApiError(Errors.scenarioUnusable, "/from: not before until")
    problem = fault_choice.pattern_problem(scenario["pattern"]) if "pattern" in scenario else None
    if problem is not None:
        raise ApiError(Errors.scenarioUnusable, f"/pattern: {problem}")
    if "fault" in scenario:
        _check_fault(tools, scenario)
        return
    vendor = _vendor(tools, scenario["vendor"])
    operation = vendor.contract.operations.get(scenario["operation"])
    if operation is None:
        detail = f"/operation: {vendor.name} has no operation {scenario['operation']}"
        raise ApiError(Errors.scenarioUnusable, detail)
    if "error" in scenario:
        _check_error(vendor, operation, scenario["error"])
    else:
        _check_outcome(operation, scenario["outcome"])


def _vendor(tools: ControlToolbox, name: str) -> Vendor:
    vendor = tools.vendors.get(name)
    if vendor is None:
        raise ApiError(Errors.scenarioUnusable, f"/vendor: there is no vendor {name}")
    return vendor


def _check_fault(tools: ControlToolbox, scenario: dict[str, Any]) -> None:
    problem = faults.problem(scenario["fault"])
    if problem is not None:
        raise ApiError(Errors.scenarioUnusable, f"/fault{problem}")
    name = scenario["operation"]
    vendors = list(tools.vendors.values()) if scenario["vendor"] == ANY else [_vendor(tools, scenario["vendor"])]
    if name == ANY:
        return
    target = faults.KINDS[scenario["fault"]["kind"]].target
    if target is Target.FILE:
        raise ApiError(Errors.scenarioUnusable, "/operation: files have none; the operation of their faults is *")
    if target is not Target.RESPONSE:
        if not any(name in vendor.contract.callbacks for vendor in vendors):
            raise ApiError(Errors.scenarioUnusable, f"/operation: {scenario['vendor']} has no callback {name}")
        return
    operations = [vendor.contract.operations[name] for vendor in vendors if name in vendor.contract.operations]
    if not operations:
        raise ApiError(Errors.scenarioUnusable, f"/operation: {scenario['vendor']} has no operation {name}")
    if all(operation.public for operation in operations):
        raise ApiError(Errors.scenarioUnusable, f"/operation: {name} is called without an account")


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
