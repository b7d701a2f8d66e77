"""OpenAPI links: from one call and its response to the request of the next."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from bodydouble.contracts.core.json_mutations import leaves
from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.strict_json import JsonTextError, parse_shared
from bodydouble.contracts.core.wire import JSON, WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.model.responses import Link

_EXPRESSION = re.compile(r"\$(request|response)\.(body|query|path|header)[#.]?(.*)")


def follow(contract: Contract, link: Link, exchange: OperationExchange) -> WireRequest | None:
    """The request that a link leads to; None if the response lacks a value that it needs."""
    target = contract.operations[link.target]
    try:
        values = {
            name.rpartition(".")[2]: _evaluated(expression, exchange) for name, expression in link.parameters.items()
        }
        body = None if link.body is None else _evaluated(link.body, exchange)
        return request_of(target, values, body)
    except (LookupError, JsonTextError):
        return None


def issued_values(link: Link, exchange: OperationExchange) -> frozenset[str]:
    """The values of a response that a link passes on: they identify what was created."""
    issued: set[str] = set()
    for value in (*link.parameters.values(), *(leaf for _, leaf in leaves(link.body))):
        if isinstance(value, str) and value.startswith("$response."):
            try:
                result = _evaluated(value, exchange)
            except (LookupError, JsonTextError):
                continue
            issued.add(str(result))
    return frozenset(issued)


def request_of(operation: Operation, values: Mapping[str, Any], body: Any = None) -> WireRequest:
    """A request of an operation; required parameters without a value take the specification's example.

    Raises:
        LookupError: a parameter has neither value nor example.
    """
    path, query, headers = operation.path, {}, {}
    for parameter in operation.parameters:
        name = parameter.name
        if name not in values and not parameter.required:
            continue
        value = values[name] if name in values else _usual_value(parameter)
        text = value if isinstance(value, str) else json.dumps(value)
        if parameter.location == "path":
            path = path.replace("{" + name + "}", quote(text, safe=""))
        elif parameter.location == "query":
            query[name] = text
        else:
            headers[name.lower()] = text
    # The parameter that distinguishes the operation from others of its path has one allowed value and no example.
    name, _, routing = operation.routing.partition("=")
    if routing:
        query.setdefault(name, routing)
    content = b""
    if operation.request_body is not None:
        content = json.dumps({} if body is None else body).encode()
        headers["content-type"] = JSON
    return WireRequest(operation.method, path, urlencode(query), headers, content)


def _usual_value(parameter: Parameter) -> Any:
    if parameter.usual_value is None:
        raise LookupError(parameter.name)
    return parameter.usual_value


def _evaluated(value: Any, exchange: OperationExchange) -> Any:
    if isinstance(value, dict):
        return {name: _evaluated(item, exchange) for name, item in value.items()}
    if isinstance(value, list):
        return [_evaluated(item, exchange) for item in value]
    match = _EXPRESSION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    side, place, rest = match.groups()
    message = exchange.request if side == "request" else exchange.response
    if place == "body":
        # A run asks for what a response issued again and again.
        return lookup(exchange.content if side == "response" else parse_shared(message.body), rest)
    if place == "header":
        return message.headers[rest.lower()]
    if place == "path":
        return (exchange.operation.path_values(exchange.request.path) or {})[rest]
    return dict(exchange.request.query_pairs)[rest]
