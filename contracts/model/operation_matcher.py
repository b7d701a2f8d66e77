"""Which operation of a contract a request is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from bodydouble.contracts.core.path_template import match_path
from bodydouble.contracts.core.wire import FORM, WireRequest, joined, media_type
from bodydouble.contracts.model.contract import Contract, Operation


@dataclass(frozen=True, slots=True)
class Match:
    """Which operation a request is for.

    Attributes:
        operation: None if there is none.
        request: the request in the form that the contract describes: where an operation takes its parameters from the
            query alone, a form body counts as query.
        path_values: the percent-decoded values of the path template.
        allowed: without an operation, the methods that the path has; empty for an unknown path.
    """

    operation: Operation | None
    request: WireRequest
    path_values: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


class Matcher:
    """Finds operations; static paths come before templates, and one path's method does not fall through to another's.

    Args:
        contract: whose operations.
    """

    def __init__(self, contract: Contract) -> None:
        self._by_path: dict[str, list[Operation]] = {}
        for operation in contract.operations.values():
            self._by_path.setdefault(operation.path, []).append(operation)
        self._paths = sorted(self._by_path, key=lambda path: path.count("{"))

    def match(self, request: WireRequest) -> Match:
        """Find the operation that a request is for."""
        for path in self._paths:
            values = match_path(path, request.path)
            if values is None:
                continue
            with_query = _with_form_as_query(request)
            candidates = [entry for entry in self._by_path[path] if not entry.routing or _names(entry, with_query)]
            method = "GET" if request.method == "HEAD" else request.method
            operation = next((entry for entry in candidates if method in entry.methods), None)
            if operation is None:
                return Match(
                    None, request, values, tuple(sorted({name for entry in candidates for name in entry.methods}))
                )
            return Match(operation, request if operation.request_body else with_query, values)
        return Match(None, request)


def _with_form_as_query(request: WireRequest) -> WireRequest:
    if media_type(request.headers) != FORM or not request.body:
        return request
    return replace(request, query=joined(request.query, request.body.decode("latin-1")), body=b"")


def _names(operation: Operation, request: WireRequest) -> bool:
    """Whether a request says by its routing parameters that it is for an operation; a header counts first."""
    constant = operation.routing.partition("=")[2]
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for parameter in sorted(operation.parameters, key=lambda parameter: parameter.location != "header"):
        if parameter.constant != constant:
            continue
        values = request.headers if parameter.location == "header" else query
        name = parameter.name.lower() if parameter.location == "header" else parameter.name
        if name in values:
            return values[name] == constant
    return False
