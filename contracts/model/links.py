"""OpenAPI links, followed by hand: from one call and its answer to the request of the next."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation, ParsedRequest
from bodydouble.contracts.model.response_classifier import ResponseClass, classify

_EXPRESSION = re.compile(r"\$(request|response)\.(body|query|path|header)[#.]?(.*)")


@dataclass(frozen=True)
class OperationExchange:
    """A call of an operation that has been answered; read once, however many look at it."""

    contract: Contract
    operation: Operation
    request: WireRequest
    response: WireResponse

    @cached_property
    def parsed(self) -> ParsedRequest | None:
        """The request in the terms of its operation; None if it went to another path or with another method."""
        values = self.operation.path_values(self.request.path)
        if values is None or self.request.method not in self.operation.methods:
            return None
        return self.operation.parse(self.request, values)

    @cached_property
    def outcome(self) -> ResponseClass:
        """What the answer amounts to."""
        return classify(self.contract, self.response)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an operation's success.

    Attributes:
        target: operationId.
        parameters: by name (`id`, `path.id`): a runtime expression, or a value.
        body: the same for the body, which may hold expressions; None for none.
    """

    target: str
    parameters: Mapping[str, Any]
    body: Any


def links(contract: Contract, operation: Operation) -> tuple[Link, ...]:
    """The links of all answers of an operation."""
    node = lookup(contract.document.content, operation.pointer)
    found = []
    for response in node["responses"].values():
        for entry in contract.document.resolve(response).get("links", {}).values():
            link = contract.document.resolve(entry)
            if "operationId" in link:
                found.append(Link(link["operationId"], link.get("parameters", {}), link.get("requestBody")))
    return tuple(found)


def follow(contract: Contract, link: Link, exchange: OperationExchange) -> WireRequest | None:
    """The request that a link leads to; None if the answer does not hold what it needs."""
    target = contract.operations[link.target]
    try:
        values = {
            name.rpartition(".")[2]: _evaluated(expression, exchange) for name, expression in link.parameters.items()
        }
        body = None if link.body is None else _evaluated(link.body, exchange)
        return request_of(contract, target, values, body)
    except (LookupError, JsonTextError):
        return None


def given_out(link: Link, exchange: OperationExchange) -> frozenset[str]:
    """The values of an answer that a link hands on: they say what was created."""
    found: set[str] = set()
    for value in (*link.parameters.values(), *_leaves(link.body)):
        if isinstance(value, str) and value.startswith("$response."):
            try:
                taken = _evaluated(value, exchange)
            except (LookupError, JsonTextError):
                continue
            found.add(str(taken))
    return frozenset(found)


def plain_name(name: str) -> str:
    """A field's name in one form, whatever the style that it is written in (`taskId`, `task_id`)."""
    return name.replace("_", "").replace("-", "").lower()


def request_of(contract: Contract, operation: Operation, values: Mapping[str, Any], body: Any = None) -> WireRequest:
    """A request of an operation; required parameters that are not given take the specification's example.

    Raises:
        LookupError: a parameter has neither value nor example.
    """
    path, query, headers = operation.path, {}, {}
    nodes = {entry["name"]: entry for entry in _parameter_nodes(contract, operation)}
    for parameter in operation.parameters:
        name = parameter.name
        if name not in values and not parameter.required:
            continue
        value = values[name] if name in values else _example(contract, nodes[name])
        text = value if isinstance(value, str) else json.dumps(value)
        if parameter.location == "path":
            path = path.replace("{" + name + "}", quote(text, safe=""))
        elif parameter.location == "query":
            query[name] = text
        else:
            headers[name.lower()] = text
    # What tells the operation from others of its path has no example: it is the one allowed value.
    name, _, routing = operation.routing.partition("=")
    if routing:
        query.setdefault(name, routing)
    content = b""
    if operation.request_body is not None:
        content = json.dumps({} if body is None else body).encode()
        headers["content-type"] = "application/json"
    return WireRequest(operation.method, path, urlencode(query), headers, content)


def _parameter_nodes(contract: Contract, operation: Operation) -> Iterator[Any]:
    own = lookup(contract.document.content, operation.pointer)
    shared = lookup(contract.document.content, operation.pointer.rpartition("/")[0])
    for entry in (*shared.get("parameters", ()), *own.get("parameters", ())):
        yield contract.document.resolve(entry)


def _example(contract: Contract, node: Mapping[str, Any]) -> Any:
    schema = contract.document.resolve(node.get("schema", {}))
    content = node.get("content", {}).get("application/json", {})
    for place, name in (
        (node, "example"),
        (content, "example"),
        (schema, "example"),
        (schema, "const"),
        (schema, "default"),
    ):
        if name in place:
            return place[name]
    raise LookupError(node["name"])


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    else:
        yield value


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
        return lookup(parse(message.body), rest)
    if place == "header":
        return message.headers[rest.lower()]
    if place == "path":
        return (exchange.operation.path_values(exchange.request.path) or {})[rest]
    return dict(exchange.request.query_pairs)[rest]
