"""Records of another resource that a create makes or removes: the preheated files of SoftSugar."""

import json
from typing import Any

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.other_records import check_other_records
from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.request_values import requested_values

TASK = 4_000_000_007
MADE = json.dumps([{"fileId": "file-1", "fileUrl": "https://example.com/a.png"}])
CREATES: dict[str, Any] = {
    "createFilePreheating": {"materialName": "preheating-1", "param": MADE},
    "deletePreheatedFiles": {"fileIds": ["file-1"]},
}


def exchange_of(contract: Contract, operation: Operation, request: WireRequest, data: Any) -> OperationExchange:
    body = json.dumps({"code": 0, "message": "success", "data": data}).encode()
    return OperationExchange(
        contract, operation, request, WireResponse(200, {"content-type": "application/json"}, body)
    )


def outcomes(creates: list[str], shown: list[str], status: int = 5) -> list[Any]:
    """What is said after some creates, when a read shows some files, and tasks are in a state."""
    contract = load_contract("softsugar")
    exchanges = [
        exchange_of(contract, operation, request_of(operation, {}, CREATES[name]), TASK + index)
        for index, (name, operation) in enumerate((name, contract.operations[name]) for name in creates)
    ]

    def send(operation: Operation, request: WireRequest) -> OperationExchange:
        files = [{"fileId": name, "status": 2} for name in shown]
        tasks = [{"id": TASK, "algoType": 45, "status": status}]
        return exchange_of(contract, operation, request, files if operation.id == "listPreheatedFiles" else tasks)

    context = LawContext(contract, contract.operations, EndpointOptions(), exchanges, send, lambda *_: False)
    return list(check_other_records(context, contract.operations[creates[0]]))


def messages(entries: list[Any]) -> list[str]:
    return [entry.message for entry in entries if isinstance(entry, LawViolation)]


def test_what_was_made_is_shown() -> None:
    assert (len(right := outcomes(["createFilePreheating"], ["file-1"])), messages(right)) == (1, [])
    lost = outcomes(["createFilePreheating"], [])
    assert messages(lost) == ["has made 'file-1', and listPreheatedFiles does not show it"]


def test_what_was_removed_is_not_shown() -> None:
    assert (len(right := outcomes(["deletePreheatedFiles"], [])), messages(right)) == (1, [])
    left = outcomes(["deletePreheatedFiles"], ["file-1"])
    assert messages(left) == ["has removed 'file-1', and listPreheatedFiles still shows it"]


@pytest.mark.parametrize(
    ("creates", "status"),
    [(["deletePreheatedFiles"], 2), (["deletePreheatedFiles", "createFilePreheating"], 5)],
)
def test_nothing_is_said_before_the_end_or_about_what_was_made_again(creates: list[str], status: int) -> None:
    assert outcomes(creates, ["file-1"], status) == []


def test_values_inside_lists_and_json_text_have_expressions() -> None:
    contract = load_contract("softsugar")
    operation = contract.operations["createFilePreheating"]
    request = operation.parse(request_of(operation, {}, CREATES["createFilePreheating"]), {})
    assert requested_values("$request.body#/param/*/fileId", request) == ["file-1"]
    assert requested_values("$request.body#/param/0/fileId", request) == []
    assert requested_values("$request.body#/materialName/*/fileId", request) == []
    assert requested_values("$request.query.none", request) == []
