"""Values of a decoded request, named by OpenAPI runtime expressions (`$request.body#/page`, `$request.query.page`)."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from bodydouble.contracts.core.json_pointer import parts, value_at
from bodydouble.contracts.core.strict_json import JsonTextError, parse

_EXPRESSION = re.compile(r"\$request\.(?:(path|query|header)\.(.+)|body#(.*))")


class RequestValues(Protocol):
    """A request as its operation decodes it."""

    @property
    def path(self) -> Mapping[str, Any]:
        """By parameter name."""

    @property
    def query(self) -> Mapping[str, Any]:
        """By parameter name."""

    @property
    def headers(self) -> Mapping[str, Any]:
        """By parameter name."""

    @property
    def body(self) -> Any:
        """The parsed JSON body, or None."""


def requested(expression: str, request: RequestValues) -> Any:
    """The value that a request has at a runtime expression; None if it has none.

    Raises:
        ValueError: it is no expression of a request.
    """
    location, name = split(expression)
    if location == "body":
        return value_at(request.body, name)
    values = {"path": request.path, "query": request.query, "header": request.headers}[location]
    return values.get(name)


def requested_values(expression: str, request: RequestValues) -> list[Any]:
    """The values that a request has at a runtime expression of its body, also inside JSON text.

    Args:
        expression: `*` in its pointer stands for every item of a list.

    Raises:
        ValueError: it is no expression of a request.
    """
    location, name = split(expression)
    if location != "body":
        value = requested(expression, request)
        return [] if value is None else [value]
    return list(_inner_values(request.body, parts(name)))


def _inner_values(value: Any, keys: list[str]) -> Iterator[Any]:
    if not keys:
        yield value
        return
    if isinstance(value, str):
        try:
            value = parse(value.encode())
        except JsonTextError:
            return
    key, *rest = keys
    if key == "*":
        for item in value if isinstance(value, list) else ():
            yield from _inner_values(item, rest)
    elif isinstance(value, dict) and key in value:
        yield from _inner_values(value[key], rest)


@functools.cache
def split(expression: str) -> tuple[str, str]:
    """The place of a runtime expression (`path`, `query`, `header`, `body`), and the name or the JSON pointer there.

    Raises:
        ValueError: it is no expression of a request.
    """
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        raise ValueError(f"{expression!r} is no runtime expression of a request")
    location, name, pointer = match.groups()
    return (location, name) if location is not None else ("body", pointer)
