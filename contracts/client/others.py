"""Answers for the calls that a client makes besides the one under test: the contract's own, or the double's."""

import functools
import json
from typing import Any

import hypothesis
import urllib3
from hypothesis.errors import NoSuchExample, Unsatisfiable

from contracts.client.answers import SUCCESS, kinds
from contracts.client.document import JSON
from contracts.contract import Contract, Operation
from contracts.messages import WireRequest, WireResponse
from contracts.outcomes import classify
from contracts.pointers import lookup

TIMEOUT = 30.0
# What belongs to one connection, or is made anew for the next.
_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "te", "trailer", "upgrade"}
)


class Examples:
    """Answers every call with an example of the specification that is a success, or the smallest success.

    Args:
        contract: whose operations are called.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._answer = functools.cache(self._find)

    def __call__(self, operation: Operation, request: WireRequest) -> WireResponse:
        return self._answer(operation.id)

    def _find(self, operation_id: str) -> WireResponse:
        operation = self._contract.operations[operation_id]
        responses = lookup(self._contract.document.content, operation.pointer)["responses"]
        for status, entry in responses.items():
            content = self._contract.document.resolve(entry).get("content", {}).get(JSON, {})
            named = [self._contract.document.resolve(one) for one in content.get("examples", {}).values()]
            for value in [content[key] for key in ("example",) if key in content] + [one["value"] for one in named]:
                answer = _json_answer(int(status), value)
                if not classify(self._contract, answer).failed and not operation.response_violations(answer):
                    return answer
        return _smallest_success(self._contract, operation)


def _json_answer(status: int, value: Any) -> WireResponse:
    return WireResponse(status, {"content-type": JSON}, json.dumps(value, ensure_ascii=False).encode())


def _smallest_success(contract: Contract, operation: Operation) -> WireResponse:
    settings = hypothesis.settings(database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    for kind in kinds(contract, operation):
        if kind.name == SUCCESS:
            try:
                return hypothesis.find(kind.answers, lambda answer: True, settings=settings)
            except (NoSuchExample, Unsatisfiable):
                continue
    raise ValueError(f"{contract.vendor}: no answer of {operation.id} succeeds")


class Forward:
    """Answers every call with what a server answers: the double, usually.

    Args:
        base_url: scheme, host and port.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def __call__(self, operation: Operation, request: WireRequest) -> WireResponse:
        url = self._base_url + request.path + (f"?{request.query}" if request.query else "")
        # The header Host goes on as it came: signatures cover it.
        headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_CONNECTION}
        answer = self._pool.request(request.method, url, body=request.body or None, headers=headers, redirect=False)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_THE_CONNECTION}
        return WireResponse(answer.status, kept, answer.data)

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()
