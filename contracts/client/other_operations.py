"""Responses to calls of other operations than the one under test: the contract's examples, or a server's responses."""

import functools
import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import urllib3

from bodydouble.contracts.client.hostile_headers import required_headers
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.documents import read_yaml
from bodydouble.contracts.model.response_classifier import classify

TIMEOUT = 30.0
# Headers that belong to one connection, or are computed anew for the next.
_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "te", "trailer", "upgrade"}
)


class ExampleResponses:
    """Responds to every call with a success from the specification's or the vendor's own examples.

    Args:
        contract: whose operations are called.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._response = functools.cache(self._find)

    def __call__(self, operation: Operation, request: WireRequest) -> WireResponse:
        return self._response(operation.id)

    def _find(self, operation_id: str) -> WireResponse:
        operation = self._contract.operations[operation_id]
        for response in (*self._of_the_specification(operation), *self._of_the_vendor(operation)):
            failed = classify(self._contract, response, operation).failed
            if not failed and not operation.response_violations(response):
                return response
        raise ValueError(f"{self._contract.vendor}: no example of a success of {operation_id}")

    def _of_the_specification(self, operation: Operation) -> Iterator[WireResponse]:
        for status, response in operation.responses.items():
            if response.body is None:
                yield WireResponse(int(status), self._headers(operation, int(status)))
                continue
            for example in response.body.examples:
                yield self._json_response(operation, int(status), example)

    def _of_the_vendor(self, operation: Operation) -> Iterator[WireResponse]:
        for example in read_yaml(self._contract.vendor, "examples.yaml"):
            if (example["operation"], example["part"]) == (operation.id, "response"):
                yield self._json_response(operation, example.get("status", HTTPStatus.OK), example["value"])

    def _json_response(self, operation: Operation, status: int, value: Any) -> WireResponse:
        body = json.dumps(value, ensure_ascii=False).encode()
        return WireResponse(status, self._headers(operation, status), body)

    def _headers(self, operation: Operation, status: int) -> dict[str, str]:
        response = operation.response(status)
        declared = {} if response is None else required_headers(response)
        return {name.lower(): text for name, text in declared.items()}


class ForwardToServer:
    """Responds to every call with the response of a server, usually the mock server.

    Args:
        base_url: scheme, host and port.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def __call__(self, operation: Operation, request: WireRequest) -> WireResponse:
        url = self._base_url + request.path + (f"?{request.query}" if request.query else "")
        # The header Host is forwarded unchanged: signatures cover it.
        headers = _end_to_end(request.headers)
        response = self._pool.request(request.method, url, body=request.body or None, headers=headers, redirect=False)
        return WireResponse(response.status, _end_to_end(response.headers), response.data)

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_CONNECTION}
