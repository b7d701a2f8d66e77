"""Envelopes: the responses of a contract, made from the templates of its `x-envelope`."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, ErrorCase, Operation
from bodydouble.mock_server.vendor_api.response import ApiError, Json, Response

DEFAULT = "default"
_NO_CONTENT = 204
# A member of this name is a mapping, whose members stand in its place.
_SPREAD = "$spread"
# A member whose name ends so is left out where its value is null.
_OPTIONAL = "?"

# What `$code` and `$message` stand for: from the error case, the error and the request.
Words = Callable[[ErrorCase, ApiError, WireRequest], tuple[int | str, str]]
_Values = Mapping[str, Any]
_Template = Callable[[_Values], Json]


def plain_words(case: ErrorCase, error: ApiError, request: WireRequest) -> tuple[int | str, str]:
    """The code of an error case, and its message with what exactly is wrong."""
    return case.code, error.explain(case.message)


class EnvelopeRenderer:
    """Makes the responses of a contract.

    Args:
        contract: whose `x-envelope` has the templates.
        words: what the vendor says in an error.
    """

    def __init__(self, contract: Contract, words: Words = plain_words) -> None:
        self._words = words
        self._templates = {
            name: {part: _compile(template) for part, template in parts.items()}
            for name, parts in contract.envelope.templates.items()
        }
        self._statuses = {
            operation.id: next(int(status) for status in operation.responses if status.startswith("2"))
            for operation in contract.operations.values()
        }

    def success(self, operation: Operation, data: Json) -> Response:
        """Wrap the data of a success."""
        status = self._statuses[operation.id]
        if status == _NO_CONTENT:
            return Response(status, None)
        template = self._templates[operation.envelope or DEFAULT]
        values = {"$data": data, **_request_id()}
        return Response(status, template["success"](values), self._headers(template, values))

    def failure(self, case: ErrorCase, error: ApiError, operation: Operation | None, request: WireRequest) -> Response:
        """Wrap an error case; the vendor's words come first, then what exactly is wrong."""
        name = case.envelope or (operation.envelope if operation is not None else None) or DEFAULT
        template = self._templates[name]
        code, message = self._words(case, error, request)
        values = {
            "$code": code,
            "$case": case.name,
            "$message": message,
            "$host": request.headers.get("host", ""),
            **_request_id(),
        }
        headers = {**self._headers(template, values), **case.headers}
        return Response(case.status, template["failure"](values), headers)

    @staticmethod
    def _headers(template: Mapping[str, _Template], values: _Values) -> Mapping[str, str]:
        headers = template.get("headers")
        return {} if headers is None else headers(values)


def _request_id() -> dict[str, str]:
    # Random, not from the account's seed: equal requests are told apart by it.
    identifier = uuid.uuid4()
    return {"$requestUuid": str(identifier).upper(), "$requestHex": identifier.hex}


def _compile(template: Json) -> _Template:
    if isinstance(template, str) and template.startswith("$"):
        return lambda values: values[template]
    if not isinstance(template, dict):
        return lambda values: template
    members = [
        (name.removesuffix(_OPTIONAL), name.endswith(_OPTIONAL), _compile(node)) for name, node in template.items()
    ]

    def render(values: _Values) -> Json:
        rendered: dict[str, Any] = {}
        for name, optional, node in members:
            value = node(values)
            if name == _SPREAD:
                rendered.update(value or {})
            elif not (optional and value is None):
                rendered[name] = value
        return rendered

    return render
