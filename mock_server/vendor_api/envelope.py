"""Envelopes: the responses of a contract, made from the templates of its `x-envelope`."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, ErrorCase, Operation
from bodydouble.mock_server.vendor_api.response import ApiError, Json, Response, Text

DEFAULT = "default"
_NO_CONTENT = 204
# A member of this name is a mapping, whose members stand in its place.
_SPREAD = "$spread"
# A member whose name ends so is left out where its value is null.
_OPTIONAL = "?"
_IDENTIFIERS = frozenset({"$requestUuid", "$requestHex"})

# The values of `$code` and `$message`: from the error case, the error and the request.
Words = Callable[[ErrorCase, ApiError, WireRequest], tuple[int | str, str]]
_Values = Mapping[str, Any]
_Template = Callable[[_Values], Json]


def plain_words(case: ErrorCase, error: ApiError, request: WireRequest) -> tuple[int | str, str]:
    """The code of an error case, and its message with what exactly is wrong."""
    return case.code, error.explain(case.message)


@dataclass(frozen=True, slots=True)
class _Templates:
    """The compiled parts of one template."""

    success: _Template
    failure: _Template
    headers: _Template | None
    has_identifier: bool

    @classmethod
    def compile(cls, parts: Mapping[str, Json]) -> "_Templates":
        headers = parts.get("headers")
        return cls(
            _compile(parts.get("success")),
            _compile(parts.get("failure")),
            None if headers is None else _compile(headers),
            any(_uses(part, _IDENTIFIERS) for part in parts.values()),
        )

    def values(self, values: dict[str, Any]) -> _Values:
        if self.has_identifier:
            # Random, not from the account's seed: it distinguishes equal requests.
            identifier = uuid.uuid4()
            values["$requestUuid"], values["$requestHex"] = str(identifier).upper(), identifier.hex
        return values

    def header_texts(self, values: _Values) -> Mapping[str, str]:
        return {} if self.headers is None else self.headers(values)


class EnvelopeRenderer:
    """Makes the responses of a contract.

    Args:
        contract: whose `x-envelope` has the templates.
        words: the vendor's texts for its errors.
    """

    def __init__(self, contract: Contract, words: Words = plain_words) -> None:
        self._words = words
        self._templates = {name: _Templates.compile(parts) for name, parts in contract.envelope.templates.items()}
        self._statuses = {
            operation.id: next(int(status) for status in operation.responses if status.startswith("2"))
            for operation in contract.operations.values()
        }

    def success(self, operation: Operation, data: Json) -> Response:
        """Wrap the data of a success."""
        status = self._statuses[operation.id]
        if status == _NO_CONTENT:
            return Response(status, None)
        if isinstance(data, Text):
            return Response(status, data)
        template = self._templates[operation.envelope or DEFAULT]
        values = template.values({"$data": data})
        return Response(status, template.success(values), template.header_texts(values))

    def failure(self, case: ErrorCase, error: ApiError, operation: Operation | None, request: WireRequest) -> Response:
        """Wrap an error case; the vendor's words come first, then what exactly is wrong."""
        name = case.envelope or (operation.envelope if operation is not None else None) or DEFAULT
        template = self._templates[name]
        code, message = self._words(case, error, request)
        host = request.headers.get("host", "")
        values = template.values({"$code": code, "$case": case.name, "$message": message, "$host": host})
        own = {name: _header(text, error) for name, text in case.headers.items()}
        return Response(case.status, template.failure(values), {**template.header_texts(values), **own})


def _header(text: str, error: ApiError) -> str:
    # RFC 9110 has whole seconds; some vendors have milliseconds.
    if text == "$retrySeconds":
        return str(max(1, -(-error.retry_after // 1000)))
    return str(error.retry_after) if text == "$retryMilliseconds" else text


def _uses(template: Json, names: frozenset[str]) -> bool:
    if isinstance(template, dict):
        return any(_uses(node, names) for node in template.values())
    return isinstance(template, str) and template in names


def _compile(template: Json) -> _Template:
    if isinstance(template, str) and template.startswith("$"):
        return lambda values: values[template]
    if not isinstance(template, dict):
        return lambda values: template
    if any(name == _SPREAD or name.endswith(_OPTIONAL) for name in template):
        return _compile_members(template)
    # Most members are constants; a function call for each would cost more than everything else.
    members = [(name, _compile(node), _is_constant(node), node) for name, node in template.items()]
    return lambda values: {name: node if is_constant else render(values) for name, render, is_constant, node in members}


def _is_constant(template: Json) -> bool:
    return not isinstance(template, dict) and not (isinstance(template, str) and template.startswith("$"))


def _compile_members(template: Mapping[str, Json]) -> _Template:
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
