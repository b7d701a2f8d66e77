"""Requests with another value at a runtime expression, as the laws between requests need them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from bodydouble.contracts.core.json_pointer import parts
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import JSON, WireRequest
from bodydouble.contracts.model.contract import Operation, ParsedRequest
from bodydouble.contracts.model.inner_documents import encode_request, open_request
from bodydouble.contracts.model.request_values import split


def parsed(operation: Operation, request: WireRequest) -> ParsedRequest | None:
    """A request in the terms of its operation; None if its path is not the operation's."""
    values = operation.path_values(request.path)
    return None if values is None else operation.parse(request, values)


def with_value(operation: Operation, request: WireRequest, expression: str, value: Any) -> WireRequest:
    """A request with a value at a runtime expression; everything else stays as it is.

    Args:
        operation: the request's.
        expression: such as `$request.path.id` or `$request.body#/ids`.

    Raises:
        ValueError: it is no expression of a request.
    """
    location, name = split(expression)
    if location == "body":
        return _with_body_value(operation, request, parts(name), value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if location == "header":
        return replace(request, headers={**request.headers, name.lower(): text})
    if location == "path":
        return replace(request, path=_with_path_value(operation, request.path, name, text))
    pairs = [(key, old) for key, old in parse_qsl(request.query, keep_blank_values=True) if key != name]
    return replace(request, query=urlencode([*pairs, (name, text)]))


def asking_for(operation: Operation, request: WireRequest, expression: str, values: Sequence[Any]) -> WireRequest:
    """A request that asks for identifiers, in the form that its schema allows: a list, a value, or a text.

    Args:
        values: the identifiers, as a response shows them; a single value, where the operation takes no list.

    Raises:
        ValueError: it is no expression of a request.
    """
    candidates = [with_value(operation, request, expression, form) for form in _forms(values)]
    return min(candidates, key=lambda candidate: _violation_count(operation, candidate))


def _forms(values: Sequence[Any]) -> Iterator[Any]:
    texts, numbers = [str(value) for value in values], [_number(value) for value in values]
    for form in (list(values), texts, numbers):
        if len(values) == 1:
            yield form[0]
        yield form
    yield ",".join(texts)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def _violation_count(operation: Operation, request: WireRequest) -> int:
    content = parsed(operation, request)
    return 1000 if content is None else len(content.violations)


def _with_path_value(operation: Operation, path: str, name: str, text: str) -> str:
    values = {**(operation.path_values(path) or {}), name: text}
    changed = operation.path
    for key, value in values.items():
        changed = changed.replace("{" + key + "}", quote(value, safe=""))
    return changed


def _with_body_value(operation: Operation, request: WireRequest, keys: Sequence[str], value: Any) -> WireRequest:
    try:
        content = open_request(operation, parse(request.body)) if request.body else {}
    except JsonTextError:
        content = {}
    body = json.dumps(encode_request(operation, _put(content, keys, value)), ensure_ascii=False).encode()
    return replace(request, body=body, headers={"content-type": JSON, **request.headers})


def _put(document: Any, keys: Sequence[str], value: Any) -> Any:
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(document, list) and key.isdecimal() and int(key) < len(document):
        index = int(key)
        return [*document[:index], _put(document[index], rest, value), *document[index + 1 :]]
    fields = document if isinstance(document, dict) else {}
    return {**fields, key: _put(fields.get(key), rest, value)}
