"""Scenarios: the outcome of the next calls, and the faults that strike them."""

from dataclasses import asdict
from typing import Any

from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.engine import profiles
from bodydouble.mock_server.services import scenario_rules
from bodydouble.mock_server.services.fault_profiles import UnknownProfileError, plant_profile
from bodydouble.mock_server.services.scenario_rules import ScenarioRejected
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.store.scenarios import Scenario
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError

handlers = Handlers[ControlToolbox]()


@handlers.operation("listScenarios")
def list_scenarios(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """List the scenarios that wait."""
    waiting = scenarios.every(tools.connection, account_of(request, tools).id)
    return {"scenarios": list(map(_described, waiting))}


@handlers.operation("addScenario", transaction=True)
def add_scenario(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Add a scenario."""
    account = account_of(request, tools)
    try:
        scenario_rules.check(request.body, tools.vendors)
        (scenario,) = scenarios.add(tools.connection, account.id, scenario_rules.new_scenario(account, request.body))
    except (ScenarioRejected, OverflowError) as error:
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


def _described(scenario: Scenario) -> dict[str, Any]:
    values = asdict(scenario)
    values["from"], values["until"] = values.pop("from_at"), values.pop("until_at")
    return values
