"""JSON documents inside strings (`contentSchema`): opened for those who make or shrink values, encoded for the wire."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.validators import InnerDocument, Validator

EACH = "*"


def inner_documents(operation: Operation) -> tuple[InnerDocument, ...]:
    """The places of inner documents in the bodies of an operation's requests."""
    body = operation.request_body
    return body.json.inner if body is not None and body.json is not None else ()


def encode_request(operation: Operation, body: Any) -> Any:
    """A request's body with its inner documents as text, where they are not text already."""
    for inner in inner_documents(operation):
        body = _changed(body, inner.path, lambda value: value if isinstance(value, str) else json.dumps(value))
    return body


def open_request(operation: Operation, body: Any) -> Any:
    """A request's body with its inner documents as the values that they hold, where they can be parsed."""
    for inner in inner_documents(operation):
        body = _changed(body, inner.path, _opened_text)
    return body


def encode(validator: Validator, value: Any, *, again: bool = True) -> Any:
    """A value of an opened schema with all its inner documents as text; null and the empty text stay as they are.

    Args:
        validator: of the schema as the specification states it.
        again: whether a document that may be encoded once or twice is encoded twice.
    """
    for inner in validator.inner:
        if inner.path or again or not validator.outer_is_valid(value):
            value = _changed(value, inner.path, _encoder(inner.validator, again=again))
    return value


def may_be_encoded_twice(validator: Validator) -> bool:
    """Whether a document inside a string may be such a string again."""
    return any(not inner.path or may_be_encoded_twice(inner.validator) for inner in validator.inner)


def opened(validator: Validator, value: Any) -> Any:
    """A value with its inner documents, at any depth, as the values that they hold, where they can be parsed."""
    for inner in validator.inner:
        value = _changed(value, inner.path, partial(_opened_inside, inner.validator))
    return value


def _opened_inside(validator: Validator, value: Any) -> Any:
    return opened(validator, _opened_text(value))


def _encoder(validator: Validator, *, again: bool) -> Callable[[Any], Any]:
    def encoded(value: Any) -> Any:
        return value if value == "" else json.dumps(encode(validator, value, again=again), ensure_ascii=False)

    return encoded


def _opened_text(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _changed(value: Any, path: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    if not path:
        return value if value is None else change(value)
    if path[0] == EACH:
        return [_changed(item, path[1:], change) for item in value] if isinstance(value, list) else value
    if isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: _changed(value[path[0]], path[1:], change)}
    return value


def opened_schema(node: Any) -> Any:
    """A schema in which each inner document stands in the place of the string that carries it.

    Where the carrier may be null or empty, which means "nothing", the opened schema allows that, too.
    """
    if isinstance(node, list):
        return [opened_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    if is_carrier(node):
        nothing = [{"const": value} for value in ("", None) if _may_be(node, value)]
        return {"anyOf": [opened_schema(node["contentSchema"]), *nothing]}
    return {key: opened_schema(value) for key, value in node.items()}


def inlined_schema(node: Any, resolve: Callable[[Any], Any]) -> Any:
    """The same with all references replaced by what they lead to, and without the carriers' own ways to be nothing.

    Args:
        resolve: follows a reference.
    """
    node = resolve(node)
    if isinstance(node, list):
        return [inlined_schema(item, resolve) for item in node]
    if not isinstance(node, dict):
        return node
    if is_carrier(node):
        return inlined_schema(node["contentSchema"], resolve)
    return {key: inlined_schema(value, resolve) for key, value in node.items()}


def is_carrier(node: dict[str, Any]) -> bool:
    """Whether a schema is of strings that hold JSON documents of a schema of their own."""
    return node.get("contentMediaType") == JSON and "contentSchema" in node


def _may_be(carrier: dict[str, Any], value: str | None) -> bool:
    return "null" in carrier.get("type", ()) if value is None else not carrier.get("minLength")
