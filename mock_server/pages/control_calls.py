"""Calls of the control plane's operations, within the process: what the dashboard shows and does is what they say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from bodydouble.contracts.core.wire import JSON, WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.mock_server.vendor_api.response import Response

# Operation, request, path values and base URL; and whether the journal gets an entry.
Handle = Callable[[Operation, WireRequest, Mapping[str, str], str, bool], tuple[Response, bytes]]


class ControlError(Exception):
    """The control plane refuses a call.

    Attributes:
        status: HTTP status of its response.
        code: the error case.
        message: says what is wrong.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class ControlCalls:
    """Calls operations of the control plane.

    Attributes:
        contract: the control plane's.
        handle: takes a request through the control plane's pipeline.
        token: the control token, or None where none is needed.
    """

    contract: Contract
    handle: Handle
    token: str | None = None

    def call(self, operation_id: str, *values: object, base_url: str = "", body: Any = None, **query: object) -> Any:
        """Call an operation.

        Args:
            operation_id: of the control plane's contract.
            values: of the path's parameters, in their order.
            base_url: under which the reader of the page reaches the server; begins the URLs in the response.
            body: the JSON body; None for none.
            query: parameters; those that are None or empty are left out.

        Returns:
            The data of the response.

        Raises:
            ControlError: the response is an error.
        """
        operation = self.contract.operations[operation_id]
        path_values = dict(zip(_names(operation.path), map(str, values), strict=True))
        path = operation.path
        for name, value in path_values.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        chosen = {name: value for name, value in query.items() if value not in (None, "")}
        wire = WireRequest(operation.method, path, urlencode(chosen), self._headers(body), _encoded(body))
        changes = operation.method != "GET"
        response, _ = self.handle(operation, wire, path_values, base_url, changes)
        if response.status >= 400:
            raise ControlError(response.status, response.body["error"], response.body["message"])
        return response.body

    def _headers(self, body: Any) -> dict[str, str]:
        authorization = {} if self.token is None else {"authorization": f"Bearer {self.token}"}
        return authorization if body is None else {**authorization, "content-type": JSON}


def _names(template: str) -> list[str]:
    return [part[1:-1] for part in template.split("/") if part.startswith("{")]


def _encoded(body: Any) -> bytes:
    return b"" if body is None else orjson.dumps(body)
