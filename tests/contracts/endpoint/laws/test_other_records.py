"""Records of another resource that a create makes or removes: the preheated files of SoftSugar."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.laws.active_law import Check
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.other_records import check_made, check_removed
from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.request_values import requested_values

TASK = 4_000_000_007
WAITS, ENDS = 1, 5


@dataclass
class Renderer:
    """What is asked for files: makes and removes them by tasks.

    Attributes:
        makes, removes: whether it does what it says.
        status: of all tasks.
    """

    makes: bool = True
    removes: bool = True
    status: int = ENDS
    files: list[str] = field(default_factory=list)
    sent: list[OperationExchange] = field(default_factory=list)

    def call(self, operation: Operation, request: WireRequest) -> OperationExchange:
        data = getattr(self, f"_{operation.id}")(operation.parse(request, {}))
        body = json.dumps({"code": 0, "message": "success", "data": data}).encode()
        response = WireResponse(200, {"content-type": "application/json"}, body)
        self.sent.append(OperationExchange(load_contract("softsugar"), operation, request, response))
        return self.sent[-1]

    def _createFilePreheating(self, request: Any) -> int:
        self.files += [entry["fileId"] for entry in json.loads(request.body["param"])] if self.makes else []
        return TASK + len(self.sent)

    def _deletePreheatedFiles(self, request: Any) -> int:
        gone = request.body["fileIds"] if self.removes else []
        self.files = [name for name in self.files if name not in gone]
        return TASK + len(self.sent)

    def _listPreheatedFiles(self, request: Any) -> list[dict[str, Any]]:
        return [{"fileId": name, "status": 2} for name in request.query["fileIds"] if name in self.files]

    def _getTasks(self, request: Any) -> list[dict[str, Any]]:
        return [{"id": number, "algoType": 43, "status": self.status} for number in request.body["ids"]]


def outcomes(check: Check, name: str, renderer: Renderer, *, affords: bool = True) -> list[Any]:
    """What is said about an operation."""
    contract = load_contract("softsugar")
    context = LawContext(
        contract,
        contract.operations,
        EndpointOptions(poll=0.01, poll_interval=0.001),
        renderer.sent,
        renderer.call,
        lambda *_: affords,
    )
    return list(check(context, contract.operations[name]))


def messages(entries: list[Any]) -> list[str]:
    texts = [entry.message for entry in entries if isinstance(entry, LawViolation)]
    return [re.sub("'[^']*'", "it", text) for text in texts]


def test_what_was_made_is_shown() -> None:
    right = outcomes(check_made, "createFilePreheating", Renderer())
    assert (len(right), messages(right)) == (1, [])
    lost = outcomes(check_made, "createFilePreheating", Renderer(makes=False))
    assert messages(lost) == ["has made it, and listPreheatedFiles does not show it"]


def test_what_was_removed_is_not_shown() -> None:
    right = outcomes(check_removed, "deletePreheatedFiles", Renderer())
    assert (len(right), messages(right)) == (1, [])
    left = outcomes(check_removed, "deletePreheatedFiles", Renderer(removes=False))
    assert messages(left) == ["has removed it, and listPreheatedFiles still shows it"]


def test_nothing_is_said_before_the_work_has_ended_or_beyond_the_budget() -> None:
    assert outcomes(check_removed, "deletePreheatedFiles", Renderer(removes=False, status=WAITS)) == []
    renderer = Renderer(makes=False)
    assert outcomes(check_made, "createFilePreheating", renderer, affords=False) == []
    assert renderer.sent == []


def test_values_inside_lists_and_json_text_have_expressions() -> None:
    contract = load_contract("softsugar")
    operation = contract.operations["createFilePreheating"]
    request = operation.parse(
        request_of(operation, {}, {"materialName": "preheating-1", "param": json.dumps([{"fileId": "file-1"}])}), {}
    )
    assert requested_values("$request.body#/param/*/fileId", request) == ["file-1"]
    assert requested_values("$request.body#/param/0/fileId", request) == []
    assert requested_values("$request.body#/materialName/*/fileId", request) == []
    assert requested_values("$request.query.none", request) == []
