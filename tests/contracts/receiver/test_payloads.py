"""The payloads of the receiver tester, for every callback of every vendor."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bodydouble.contracts.core.json_mutations import UNKNOWN_FIELD
from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.derived_document import CALLBACK_PATH, callback_document
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.receiver.payloads import Payloads, encode
from bodydouble.contracts.receiver.state_notifications import state_notifications

KEYS = {"tenantId": "4711", "authKey": "EXAMPLE", "key": "EXAMPLE"}
CALLBACKS = [
    pytest.param(vendor, callback, id=f"{vendor}-{callback}")
    for vendor in documents.names()
    for callback in load_contract(vendor).callbacks
]


@pytest.mark.parametrize(("vendor", "name"), CALLBACKS)
def test_generated_payloads_are_valid_on_the_wire(vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    callback = contract.callbacks[name]
    bodies: set[bytes] = set()

    # Some of the vendors' payloads are slow to draw, and large; what is drawn is tested here, not how fast.
    @settings(max_examples=30, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(Payloads(contract, KEYS).valid(callback))
    def is_valid(payload: Any) -> None:
        body = encode(payload)
        assert callback.request.violations(parse(body)) == ()
        bodies.add(body)

    is_valid()
    assert len(bodies) > 5


@pytest.mark.parametrize(("vendor", "name"), CALLBACKS)
def test_unusual_payloads_are_valid_and_have_unknown_fields(vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    callback = contract.callbacks[name]
    payloads = Payloads(contract, KEYS).unusual(callback)
    assert all(callback.request.is_valid(json.loads(encode(payload))) for payload in payloads)
    assert any(UNKNOWN_FIELD.encode() in encode(payload) for payload in payloads)
    assert len({encode(payload) for payload in payloads}) == len(payloads) > 5


@pytest.mark.parametrize(("vendor", "name"), CALLBACKS)
def test_every_state_that_sends_a_callback_has_a_valid_payload(vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    callback = contract.callbacks[name]
    sending = {
        state.name
        for lifecycle in contract.lifecycles.values()
        for state in lifecycle.states.values()
        if state.callback == name
    }
    states = [state for state in state_notifications(contract, callback) if state.callback.id == name]
    assert {state.state for state in states} == sending
    for state in states:
        payload = Payloads(contract, KEYS).notifying(state, None, 1_700_000_000_000)
        assert callback.request.violations(payload) == ()
        assert {place: lookup(payload, place) for place in state.values} == state.values


@pytest.mark.parametrize(("vendor", "name"), CALLBACKS)
def test_a_payload_with_unknown_fields_is_valid_and_has_one_in_each_object(vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    callback = contract.callbacks[name]
    payload = Payloads(contract, KEYS).with_unknown_fields(callback)
    assert callback.request.violations(payload) == ()
    objects = [payload, *(value for value in payload.values() if isinstance(value, dict))]
    assert all(item[UNKNOWN_FIELD] is True for item in objects)


@pytest.mark.parametrize(("vendor", "name"), CALLBACKS)
def test_an_example_is_as_old_as_it_is_to_be(vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    callback = contract.callbacks[name]
    payloads = Payloads(contract, KEYS)
    for age in (0, 3600) if callback.event.time is not None else ():
        payload = payloads.example(callback, age)
        assert callback.request.violations(payload) == ()
        assert callback.event.time is not None
        assert abs(time.time() - age - lookup(payload, callback.event.time) / 1000) < 60


@pytest.mark.parametrize(("vendor", "name"), CALLBACKS)
def test_each_example_has_the_ids_of_a_new_task_and_a_new_event(vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    callback = contract.callbacks[name]
    payloads = Payloads(contract, KEYS)
    assert callback.request.violations(callback.example) == ()
    for place in filter(None, (callback.event.id, callback.event.task)):
        assert len({str(lookup(payloads.example(callback), place)) for _ in range(20)}) == 20


def test_payloads_show_the_identifiers_of_the_account() -> None:
    contract = load_contract("aliyun-avatar")
    payload = Payloads(contract, KEYS).example(contract.callbacks["videoTaskFinished"])
    assert payload["tenantId"] == 4711


def test_the_derived_document_is_the_callback_without_the_parameters_of_its_signature() -> None:
    contract = load_contract("huawei-metastudio")
    derived = callback_document(contract, contract.callbacks["videoResult"])
    operation = derived["paths"][CALLBACK_PATH]["post"]
    assert operation["parameters"] == []
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/VideoCallback"
    }
    assert list(operation["responses"]) == ["2XX"]


def test_the_states_that_may_follow_come_from_the_edges() -> None:
    task = load_contract("softsugar").lifecycles["task"]
    assert task.following("completed") == frozenset()
    assert "error" in task.following("error")
    assert "completed" in task.following("error")


@pytest.mark.parametrize(("vendor", "name"), CALLBACKS)
def test_unusual_payloads_are_about_new_tasks(vendor: str, name: str) -> None:
    """A receiver that skips what it has seen must look at each of them."""
    callback = load_contract(vendor).callbacks[name]
    payloads = Payloads(load_contract(vendor), KEYS).unusual(callback)
    for place in filter(None, (callback.event.id, callback.event.task)):
        values = [repr(lookup(payload, place)) for payload in payloads]
        assert len(set(values)) > len(values) // 2
