"""What a response says of a state, and which of its fields contradict each other."""

import json

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.state_reader import StateRequest, observe_state
from bodydouble.contracts.model.lifecycle import Shown
from bodydouble.contracts.model.loader import load_contract

ALIYUN = load_contract("aliyun-avatar")


@pytest.mark.parametrize(
    ("status", "mismatch"), [("3", ""), ("2", 'MakeStatus is "2", not "3"'), (None, 'MakeStatus is null, not "3"')]
)
def test_the_field_that_contradicts_the_state_is_named(status: str | None, mismatch: str) -> None:
    (lifecycle,) = [
        lifecycle
        for lifecycle in ALIYUN.lifecycles.values()
        if any("MakeStatus" in state.also for state in lifecycle.states.values())
    ]
    code = next(state.code for state in lifecycle.states.values() if state.also == {"MakeStatus": "3"})
    operation = ALIYUN.operations["QueryAvatar"]
    shown = next((entry for entry in lifecycle.shown if entry.by == operation.id), None)
    request = StateRequest(operation, WireRequest("GET", "/", "", {}, b""), shown, frozenset())
    content = {lifecycle.field: code, "MakeStatus": status}
    observation = observe_state(lifecycle, request, response_of(content, shown))
    assert observation is not None
    assert observation.mismatch == mismatch
    assert bool(observation.names) == (not mismatch)


def response_of(record: object, shown: Shown | None) -> WireResponse:
    content = {"Code": "0", "Success": True, "Data": record} if shown is None or shown.at == "/Data" else record
    return WireResponse(200, {}, json.dumps(content).encode())
