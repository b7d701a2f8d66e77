"""Edges that an operation takes are taken by nobody else, where the observer has seen the record created."""

import json
from typing import Any

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.passive_laws import PassiveLaws

CONTRACT = load_contract("guiji")
CREATE = ("createAvatarTraining", {"name": "Ann", "videoUrl": "https://media.example.com/a.mp4"}, {"trainingId": 7})
AGAIN = ("createAvatarTraining", {**CREATE[1], "id": 7}, {"trainingId": 7})


def read(status: int) -> tuple[str, None, dict[str, Any]]:
    return "getAvatarTraining", None, {"id": 7, "title": "Ann", "status": status}


def exchange(name: str, body: Any, data: Any) -> OperationExchange:
    operation = CONTRACT.operations[name]
    sent = b"" if body is None else json.dumps(body).encode()
    request = WireRequest(
        operation.method,
        operation.path.replace("{id}", "7"),
        "access_token=a",
        {"content-type": "application/json"},
        sent,
    )
    content = {"code": "0", "message": "Request successful", "success": True, "data": data}
    response = WireResponse(200, {"content-type": "application/json"}, json.dumps(content).encode())
    return OperationExchange(CONTRACT, operation, request, response)


@pytest.mark.parametrize(
    ("steps", "violated"),
    [
        ([CREATE, read(2), read(1)], True),
        ([CREATE, read(1), read(2)], False),
        ([CREATE, read(2), AGAIN, read(1)], False),
        ([read(2), read(1)], False),
    ],
    ids=["back", "forth", "trained again", "of somebody else"],
)
def test_no_edge_of_an_operation_is_taken_without_it(steps: list[tuple[str, Any, Any]], *, violated: bool) -> None:
    laws = PassiveLaws(CONTRACT, sees_all=True)
    violations = [violation for step in steps for violation in laws.observe(exchange(*step))]
    assert [violation.message for violation in violations] == (
        ["'7' went from success to training, which no edges of avatarTraining lead to"] if violated else []
    )
    cautious = PassiveLaws(CONTRACT)
    assert [violation for step in steps for violation in cautious.observe(exchange(*step))] == []
