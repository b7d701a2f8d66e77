"""Shrinks the request of a finding by sending smaller ones, as long as they violate the same rule.

What a request consists of (values in the path, parameters, headers, body, JSON inside strings) is one document for the
JSON shrinker.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import requests

from bodydouble.contracts.core.json_shrinker import shrink
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.rules import Evaluate, Rule, RuleViolation
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.inner_documents import encode_request, open_request

# Signs and sends a request; the exchange holds it as it was sent.
Call = Callable[[Operation, WireRequest], OperationExchange]
# The endpoint may have stopped.
MAX_FAILED_SENDS = 3
# Most of the shrinker's steps lead to requests that have been sent before, or cannot be sent.
MAX_STEPS_PER_REQUEST = 20


class _StopShrinking(Exception):
    """No further request may be sent."""


def shrink_request(
    rule: Rule, exchange: OperationExchange, call: Call, max_requests: int
) -> tuple[OperationExchange, RuleViolation] | None:
    """The smallest exchange that violates a rule for the same reasons, and how; None if nothing smaller does.

    Args:
        rule: the one that the exchange violates.
        call: signs and sends a request.
        max_requests: how many requests may be sent.
    """
    violation = rule.evaluate(exchange) if rule.evaluate is not None else None
    if rule.evaluate is None or violation is None or not max_requests:
        return None
    trials = _Trials(exchange, rule.evaluate, violation, call, max_requests)
    with suppress(_StopShrinking, BudgetSpent):
        shrink(trials.document, trials.still_violates, max_requests * MAX_STEPS_PER_REQUEST)
    return trials.smallest


class _Trials:
    def __init__(
        self, exchange: OperationExchange, evaluate: Evaluate, violation: RuleViolation, call: Call, max_requests: int
    ) -> None:
        self._exchange, self._evaluate = exchange, evaluate
        self._violation, self._call, self._left = violation, call, max_requests
        self._known: dict[str, bool] = {}
        self._failed_sends = 0
        self.document = _document(exchange)
        self.smallest: tuple[OperationExchange, RuleViolation] | None = None

    def still_violates(self, document: Any) -> bool:
        """Whether a smaller request violates the rule for no other reasons than the first one."""
        key = json.dumps(document, sort_keys=True)
        if key not in self._known:
            request = _request(self._exchange, document)
            self._known[key] = request is not None and self._violates(request)
        return self._known[key]

    def _violates(self, request: WireRequest) -> bool:
        if not self._left:
            raise _StopShrinking
        self._left -= 1
        try:
            exchange = self._call(self._exchange.operation, request)
        except (requests.RequestException, ValueError):
            self._failed_sends += 1
            if self._failed_sends == MAX_FAILED_SENDS:
                raise _StopShrinking from None
            return False
        violation = self._evaluate(exchange)
        if violation is None or not violation.kinds <= self._violation.kinds:
            return False
        self.smallest = (exchange, violation)
        return True


def _document(exchange: OperationExchange) -> dict[str, Any]:
    operation, request = exchange.operation, exchange.request
    document: dict[str, Any] = {"path": dict(operation.path_values(request.path) or {})}
    schemes = [scheme for combination in operation.security for scheme in combination]
    credentials = {(scheme.location, scheme.parameter.lower()) for scheme in schemes}
    pairs = [(name, text) for name, text in request.query_pairs if ("query", name.lower()) not in credentials]
    # A repeated name may be the reason of the violation.
    if len(dict(pairs)) == len(pairs):
        inner = {entry.name for entry in operation.parameters if entry.location == "query" and entry.holds_json}
        document["query"] = {name: _value(text) if name in inner else text for name, text in pairs}
    # Constants name the operation and the version.
    names = _header_names(operation) - operation.constant_headers.keys()
    document["headers"] = {
        name: text for name, text in request.headers.items() if name in names and ("header", name) not in credentials
    }
    return {**document, **_body_document(operation, request)}


def _header_names(operation: Operation) -> set[str]:
    return {entry.name.lower() for entry in operation.parameters if entry.location == "header"}


def _body_document(operation: Operation, request: WireRequest) -> dict[str, Any]:
    if not request.body:
        return {}
    try:
        return {"body": open_request(operation, parse(request.body))}
    except JsonTextError:
        return {"text": request.body.decode("utf-8", "surrogateescape")}


def _value(text: str) -> Any:
    try:
        return parse(text)
    except JsonTextError:
        return text


def _request(exchange: OperationExchange, document: Any) -> WireRequest | None:
    """The request that a document represents; None if it cannot be sent."""
    operation, first = exchange.operation, exchange.request
    if not isinstance(document, dict) or not all(
        isinstance(document.get(part, {}), dict) for part in ("path", "query", "headers")
    ):
        return None
    path = _path(operation, first, document.get("path", {}))
    if path is None:
        return None
    return replace(
        first,
        path=path,
        query=_query(document["query"]) if "query" in document else first.query,
        headers=_headers(operation, first, document.get("headers", {})),
        body=_body(operation, document),
    )


def _path(operation: Operation, first: WireRequest, values: Mapping[str, Any]) -> str | None:
    names = operation.path_values(first.path)
    if not names:
        return first.path
    path = operation.path
    for name in names:
        text = _text(values.get(name, ""))
        # An empty part makes another path.
        if not text or text in (".", ".."):
            return None
        path = path.replace("{" + name + "}", quote(text, safe=""))
    return path


def _query(values: Mapping[str, Any]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(_text(value), safe='')}" for name, value in values.items())


def _headers(operation: Operation, first: WireRequest, values: Mapping[str, Any]) -> dict[str, str]:
    declared = _header_names(operation) | {"content-length"}
    others = {name: text for name, text in first.headers.items() if name not in declared}
    return {**others, **{name: _text(value) for name, value in values.items()}}


def _body(operation: Operation, document: Mapping[str, Any]) -> bytes:
    if "body" in document:
        return json.dumps(encode_request(operation, document["body"]), ensure_ascii=False).encode()
    return str(document.get("text", "")).encode("utf-8", "surrogateescape")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
