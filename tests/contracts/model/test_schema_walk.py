"""Which fields of an instance its schema describes."""

from typing import Any

from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.schema_walk import SchemaWalker


def undocumented(operation: Operation, instance: Any, vendor: str) -> list[str]:
    assert operation.request_body is not None
    assert operation.request_body.json is not None
    values = SchemaWalker(load_contract(vendor).schemas).walk(operation.request_body.json, instance)
    return [pointer(value.path) for value in values if not value.documented]


def test_fields_are_looked_for_in_json_that_a_string_holds() -> None:
    operation = load_contract("softsugar").operations["createContentPreheating"]
    instance = {"materialName": "a", "url": "https://a.example/b", "param": '{"type":"quick_response","surprise":1}'}
    assert undocumented(operation, instance, "softsugar") == ["/param/surprise"]
    assert undocumented(operation, {**instance, "param": "no json"}, "softsugar") == []


def test_below_an_object_without_described_fields_nothing_is_undocumented() -> None:
    operation = load_contract("control").operations["createAccount"]
    assert undocumented(operation, {"settings": {"guiji": {"anything": {"goes": 1}}}, "other": 1}, "control") == [
        "/other"
    ]


def test_an_instance_that_satisfies_no_branch_is_compared_with_all_of_them() -> None:
    contract = load_contract("guiji")
    response = contract.operations["getAccountBenefits"].responses["200"].body
    assert response is not None
    assert response.json is not None
    instance = {"code": 5, "data": {"user": {"id": "x"}, "account": {"fastDuration": None}, "new": 1}, "newer": 2}
    assert not response.json.is_valid(instance)
    values = SchemaWalker(contract.schemas).walk(response.json, instance)
    assert [pointer(value.path) for value in values if not value.documented] == ["/data/new", "/newer"]
