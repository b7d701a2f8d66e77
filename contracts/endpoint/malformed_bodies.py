"""Bodies that must be refused, but that no check of the engine is about: of another type, or with a broken text.

That an endpoint looks at no content type at all is a choice. It is a violation only where the operation refuses other
bodies for their form.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import FORM, JSON, WireRequest
from bodydouble.contracts.endpoint.exchange_log import LoggedExchange
from bodydouble.contracts.endpoint.exchange_rules import invalid_is_rejected
from bodydouble.contracts.endpoint.rules import RuleViolation
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.inner_documents import EACH, inner_documents
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS

# No JSON, however lenient the parser.
BROKEN = "{"
# No form in UTF-8.
BROKEN_FORM = b"%FF=%FF"
# Signs and sends a request.
Call = Callable[[Operation, WireRequest], OperationExchange]


@dataclass(slots=True)
class ContentTypes:
    """Watches the exchanges of a run for bodies of a content type that the operation does not have.

    Attributes:
        accepted: by operationId, the first such request that has succeeded.
        refusing: the operations that refuse bodies for their form.
    """

    accepted: dict[str, LoggedExchange] = field(default_factory=dict)
    refusing: set[str] = field(default_factory=set)

    def observe(self, entry: LoggedExchange) -> None:
        """Look at an exchange."""
        exchange = entry.exchange
        if not exchange.request.body or not _takes_a_body(exchange.operation):
            return
        if exchange.response_class.reports(*REQUEST_FORM_CONDITIONS):
            self.refusing.add(exchange.operation.id)
        elif not exchange.response_class.failed and _has_another_type(exchange):
            self.accepted.setdefault(exchange.operation.id, entry)

    def violations(self) -> Iterator[tuple[LoggedExchange, RuleViolation]]:
        """The requests that should have been refused."""
        for name, entry in self.accepted.items():
            violation = invalid_is_rejected(entry.exchange)
            if name in self.refusing and violation is not None:
                yield entry, violation


def _takes_a_body(operation: Operation) -> bool:
    # Where a parameter tells operations apart, a form may hold the parameters.
    return operation.request_body is not None or bool(operation.routing)


def _has_another_type(exchange: OperationExchange) -> bool:
    return exchange.parsed is not None and exchange.parsed.condition == "unsupported-media-type"


def needs_own_request(operation: Operation) -> bool:
    """Whether `accepted_broken_texts` sends requests that act on a record of the run."""
    return operation.request_body is not None and operation.cost == "free"


def accepted_broken_texts(
    operation: Operation,
    succeeded: WireRequest | None,
    call: Call,
    affords: Callable[[str, int], bool],
    on_own: WireRequest | None = None,
) -> Iterator[tuple[OperationExchange, RuleViolation]]:
    """Send requests in which one text that holds JSON holds none, or the body is none; yield those that succeed.

    Args:
        succeeded: a request that has succeeded, if there was one; else the specification's example is sent.
        affords: whether the budget allows so many requests to an operation (its id).
        on_own: a valid request that acts on a record of the run; None if there is none.
    """
    for request in (*_broken(operation, succeeded), *_other_bodies(operation, on_own)):
        exchange = call(operation, request) if affords(operation.id, 1) else None
        # That another type is accepted is a violation only where others are refused: ContentTypes says so in the end.
        if exchange is None or _has_another_type(exchange):
            continue
        violation = invalid_is_rejected(exchange)
        if violation is not None:
            yield exchange, violation


def _other_bodies(operation: Operation, request: WireRequest | None) -> Iterator[WireRequest]:
    """Those of the engine name records that do not exist, and are refused for it."""
    if request is None or not needs_own_request(operation):
        return
    for content_type, body in (("text/plain", request.body), (JSON, BROKEN.encode())):
        yield replace(request, headers={**request.headers, "content-type": content_type}, body=body)


def _broken(operation: Operation, succeeded: WireRequest | None) -> Iterator[WireRequest]:
    request = succeeded or WireRequest(operation.method, operation.path, "", {}, b"")
    if succeeded is not None:
        yield from _broken_parameters(operation, succeeded)
        yield from _broken_forms(operation, succeeded)
    for inner in inner_documents(operation):
        body = _broken_body(_content(request.body), inner.path) or _broken_body(_example(operation), inner.path)
        if body is not None:
            headers = {**request.headers, "content-type": "application/json"}
            yield WireRequest(request.method, request.path, request.query, headers, json.dumps(body).encode())


def _broken_parameters(operation: Operation, request: WireRequest) -> Iterator[WireRequest]:
    names = {entry.name for entry in operation.parameters if entry.location == "query" and entry.holds_json}
    pairs = request.query.split("&")
    for index, pair in enumerate(pairs):
        name, _, text = pair.partition("=")
        if name in names and text:
            query = "&".join([*pairs[:index], f"{name}={quote(BROKEN)}", *pairs[index + 1 :]])
            yield WireRequest(request.method, request.path, query, request.headers, request.body)


def _broken_forms(operation: Operation, request: WireRequest) -> Iterator[WireRequest]:
    """A form that none can read, and a body that is no form, next to parameters that are right."""
    if operation.routing and not request.body:
        for content_type, body in ((FORM, BROKEN_FORM), (JSON, b"{}")):
            headers = {**request.headers, "content-type": content_type}
            yield WireRequest(operation.method, request.path, request.query, headers, body)


def _example(operation: Operation) -> Any:
    body = operation.request_body
    return body.examples[0] if body is not None and body.examples else None


def _content(body: bytes) -> Any:
    try:
        return parse(body) if body else None
    except JsonTextError:
        return None


def _broken_body(body: Any, path: tuple[str, ...]) -> Any:
    """A copy of a body with a broken text at a path; None if it has no place for one."""
    changed = deepcopy(body)
    places = [changed]
    for step in path[:-1]:
        places = [below for place in places for below in _below(place, step)]
    holders = [place for place in places if isinstance(place, dict) and path[-1] != EACH]
    for place in holders:
        place[path[-1]] = BROKEN
    return changed if holders else None


def _below(place: Any, step: str) -> list[Any]:
    if step == EACH:
        return place if isinstance(place, list) else []
    return [place[step]] if isinstance(place, dict) and step in place else []
