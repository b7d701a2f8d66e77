"""What a scenario may be: the rules of addScenario."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.model.contract import Operation
from bodydouble.mock_server.engine import fault_choice, faults
from bodydouble.mock_server.engine.faults import Target
from bodydouble.mock_server.services.fault_profiles import seed_of
from bodydouble.mock_server.services.tasks import SLOW, STUCK
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.scenarios import ANY, NewScenario
from bodydouble.mock_server.vendor_api.vendor import Vendor

_SAME_NAMES = "vendor operation task_name outcome reason error fault pattern probability seed"
# How a body says what a scenario is made of.
_ARGUMENTS = {
    **{name: name for name in _SAME_NAMES.split()},
    "times": "remaining",
    "from": "from_at",
    "until": "until_at",
}


# What a scenario has that a body of addScenario has not.
_NOT_IN_BODIES = frozenset({"id", "seen", "struck", "profile", "buckets"})


class ScenarioRejected(ValueError):
    """A scenario cannot be planted; the message is its JSON pointer and the reason."""


def new_scenario(account: Account, values: Mapping[str, Any]) -> NewScenario:
    """What a body of addScenario says."""
    # What else a body has is ignored, as everywhere.
    arguments = {argument: values[name] for name, argument in _ARGUMENTS.items() if name in values}
    return NewScenario(**{"seed": seed_of(account), **arguments})


def body_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The body of addScenario that a scenario of a snapshot may have come from."""
    names = {argument: name for name, argument in _ARGUMENTS.items()}
    body = {
        names.get(name, name): value
        for name, value in values.items()
        if value is not None and name not in _NOT_IN_BODIES
    }
    # One that has been used up stays in the list.
    if body.get("times") == 0:
        del body["times"]
    return body


def check(scenario: Mapping[str, Any], vendors: Mapping[str, Vendor]) -> None:
    """Check the values of a new scenario, whose form is that of the specification.

    Raises:
        ScenarioRejected: the message is a JSON pointer and the reason.
    """
    if scenario.get("from", 0) >= scenario.get("until", 2**62):
        raise ScenarioRejected("/from: not before until")
    problem = fault_choice.pattern_problem(scenario["pattern"]) if "pattern" in scenario else None
    if problem is not None:
        raise ScenarioRejected(f"/pattern: {problem}")
    if "fault" in scenario:
        _check_fault(scenario, vendors)
        return
    vendor = _vendor(vendors, scenario["vendor"])
    operation = vendor.contract.operations.get(scenario["operation"])
    if operation is None:
        detail = f"/operation: {vendor.name} has no operation {scenario['operation']}"
        raise ScenarioRejected(detail)
    if "error" in scenario:
        _check_error(vendor, operation, scenario["error"])
    else:
        _check_outcome(operation, scenario["outcome"])


def _vendor(vendors: Mapping[str, Vendor], name: str) -> Vendor:
    vendor = vendors.get(name)
    if vendor is None:
        raise ScenarioRejected(f"/vendor: there is no vendor {name}")
    return vendor


def _check_fault(scenario: Mapping[str, Any], vendors: Mapping[str, Vendor]) -> None:
    problem = faults.problem(scenario["fault"])
    if problem is not None:
        raise ScenarioRejected(f"/fault{problem}")
    name = scenario["operation"]
    named = list(vendors.values()) if scenario["vendor"] == ANY else [_vendor(vendors, scenario["vendor"])]
    if name == ANY:
        return
    target = faults.KINDS[scenario["fault"]["kind"]].target
    if target is Target.FILE:
        raise ScenarioRejected("/operation: files have none; the operation of their faults is *")
    if target is not Target.RESPONSE:
        if not any(name in vendor.contract.callbacks for vendor in named):
            raise ScenarioRejected(f"/operation: {scenario['vendor']} has no callback {name}")
        return
    operations = [vendor.contract.operations[name] for vendor in named if name in vendor.contract.operations]
    if not operations:
        raise ScenarioRejected(f"/operation: {scenario['vendor']} has no operation {name}")
    if all(operation.public for operation in operations):
        raise ScenarioRejected(f"/operation: {name} is called without an account")


def _check_error(vendor: Vendor, operation: Operation, error: str) -> None:
    if error not in vendor.contract.errors:
        raise ScenarioRejected(f"/error: {vendor.name} has no error case {error}")
    if operation.response(vendor.contract.errors[error].status) is None:
        raise ScenarioRejected(f"/error: {operation.id} has no response of the status of {error}")
    if operation.public:
        raise ScenarioRejected(f"/operation: {operation.id} is called without an account")


def _check_outcome(operation: Operation, outcome: str) -> None:
    lifecycle = operation.role.lifecycle if operation.role is not None else None
    outcomes = {*lifecycle.outcomes, STUCK, SLOW} if lifecycle is not None else set()
    if outcome not in outcomes:
        known = ", ".join(sorted(outcomes)) or "none: it creates no task"
        raise ScenarioRejected(f"/outcome: {operation.id} has {known}")
