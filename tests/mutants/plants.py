"""Plantings that change one response, without regard to others."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bodydouble.contracts.core.wire import JSON
from tests.mutants.exchange import ABSENT, Exchange, RawResponse, places, put
from tests.mutants.model import Plant

Condition = Callable[[Exchange], bool]


def sequence(*plants: Plant) -> Plant:
    """Several plantings, one after the other."""

    def plant(exchange: Exchange) -> None:
        for each in plants:
            each(exchange)

    return plant


def when(condition: Condition, plant: Plant) -> Plant:
    """A planting for some exchanges only."""
    return lambda exchange: plant(exchange) if condition(exchange) else None


def once(plant: Plant, *, after: int = 0) -> Plant:
    """A planting for one exchange only, after some others."""
    return every(1 << 62, plant, first=after)


def every(period: int, plant: Plant, *, first: int = 0) -> Plant:
    """A planting for each so-many-th exchange."""

    def counted(exchange: Exchange) -> None:
        count = exchange.memory["count"] = exchange.memory.get("count", -1) + 1
        if count >= first and (count - first) % period == 0:
            plant(exchange)

    return counted


# The body.


def edit(place: str, change: Callable[[Any], Any], *, first: bool = False) -> Plant:
    """Change what stands at a pointer, with `*` for every item of a list; first: only the first such value."""
    return lambda exchange: exchange.edit(place, change, first=first)


def replaced(place: str, value: Any, *, first: bool = False) -> Plant:
    """Put another value at a pointer."""
    return edit(place, lambda _: value, first=first)


def dropped(place: str, *, first: bool = False) -> Plant:
    """Leave out what stands at a pointer."""
    return replaced(place, ABSENT, first=first)


def inner(place: str, value: Any) -> Callable[[Any], Any]:
    """A change of a JSON document in a string: another value at a pointer in it."""

    def change(text: Any) -> Any:
        if not isinstance(text, str) or not text:
            return text
        content = json.loads(text)
        for holder, key in places(content, place):
            put(holder, key, value)
        return json.dumps(content)

    return change


def text(old: str, new: str) -> Plant:
    """Replace a piece of the body, once."""

    def plant(exchange: Exchange) -> None:
        exchange.body = exchange.body.replace(old.encode(), new.encode(), 1)

    return plant


def raw(change: Callable[[bytes], bytes]) -> Plant:
    """Change the bytes of the body."""

    def plant(exchange: Exchange) -> None:
        exchange.body = change(exchange.body)

    return plant


def rewritten(change: Callable[[Any], Any]) -> Plant:
    """Change the whole document."""

    def plant(exchange: Exchange) -> None:
        if exchange.json is not None:
            exchange.json = change(exchange.json)

    return plant


# Status and headers.


def header(name: str, value: str | None) -> Plant:
    """Set a header, or leave it out with None."""
    return lambda exchange: exchange.header(name, value)


def status(value: int) -> Plant:
    """Set the status."""

    def plant(exchange: Exchange) -> None:
        exchange.status = value

    return plant


def responds(body: Any, status: int = 200, content_type: str = JSON) -> Plant:
    """Put another response in place of the mock server's; headers stay. A text or bytes stand for themselves."""
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()

    def plant(exchange: Exchange) -> None:
        exchange.response = replace(exchange.response, status=status, body=data)
        exchange.header("content-type", content_type)

    return plant


def gateway_page(status: int = 502) -> Plant:
    """A gateway's page in HTML."""
    page = f"<html><head><title>{status}</title></head><body><h1>Bad Gateway</h1></body></html>"
    return responds(page, status, "text/html")


def replayed(operation: str) -> Plant:
    """Respond with the last body of another operation; the planting must see both."""

    def plant(exchange: Exchange) -> None:
        if exchange.name == operation:
            exchange.memory["other"] = exchange.body
        elif "other" in exchange.memory:
            exchange.body = exchange.memory["other"]

    return plant


# The connection.


def cut(size: int | None) -> Plant:
    """End the connection after some bytes of the body; None for its half, and -1 before the status line."""

    def plant(exchange: Exchange) -> None:
        exchange.cut = len(exchange.body) // 2 if size is None else size

    return plant


def delayed(seconds: float) -> Plant:
    """Wait before the response."""

    def plant(exchange: Exchange) -> None:
        exchange.delay = seconds

    return plant


# Requests that must be rejected, or accepted.


def accepts(condition: Condition, **changes: Any) -> Plant:
    """Respond to a bad request as if it were a good one: with the response to the same request with other values.

    Args:
        condition: which failures.
        changes: by place (`body:/size`), values that make the request valid.
    """

    def plant(exchange: Exchange) -> None:
        if condition(exchange):
            exchange.repeat(**changes)

    return plant


def treats_as_own(condition: Condition) -> Plant:
    """Treat a request as if its credentials were right: a request that has used up what it names fails for that."""
    return when(condition, lambda exchange: exchange.repeat_in_any_case())


def case(*names: str) -> Condition:
    """Whether the response is, or may be, one of some error cases."""
    return lambda exchange: any(error.name in names for error in exchange.classified.cases)


def missing(place: str) -> Condition:
    """Whether a request lacks a value."""
    return lambda exchange: exchange.asked(place) in (None, "")


def asks(place: str, condition: Callable[[Any], bool]) -> Condition:
    """Whether a request has a value that fulfils a condition."""

    def fulfilled(exchange: Exchange) -> bool:
        value = exchange.asked(place)
        try:
            return value is not None and condition(value)
        except (TypeError, ValueError):
            return False

    return fulfilled


def malformed(exchange: Exchange) -> bool:
    """Whether a request has a body that is no JSON."""
    return bool(exchange.request.body) and not is_json(exchange.request.body)


def with_credential(exchange: Exchange) -> bool:
    """Whether a request carries something in the place of a credential."""
    assert exchange.operation is not None
    schemes = [scheme for combination in exchange.operation.security for scheme in combination]
    return any(scheme.find(exchange.request) for scheme in schemes)


def without_credential(exchange: Exchange) -> bool:
    """Whether a request carries nothing in the place of a credential."""
    return not with_credential(exchange)


def accepts_bad_sign(place: str) -> Plant:
    """Let a sign-in succeed whose signature is wrong.

    Args:
        place: where the signature stands, for instance `query:sign`.
    """
    kind = place.partition(":")[0]
    prefix = "body:/" if kind == "body" else "query:"

    def plant(exchange: Exchange) -> None:
        assert exchange.operation is not None
        values = exchange.endpoint.signed_values(exchange.operation)
        exchange.repeat(**{prefix + name: value for name, value in values.items()})

    return when(case("signatureInvalid", "signInvalid"), plant)


def accepts_stale_sign(place: str) -> Plant:
    """Let a sign-in succeed whose signature is right, but whose timestamp is too old.

    Args:
        place: where the signature stands, for instance `query:sign`.
    """
    prefix = place.removesuffix("sign")

    def is_right(exchange: Exchange) -> bool:
        assert exchange.operation is not None
        time = exchange.asked(prefix + "timestamp")
        return exchange.asked(place) == exchange.endpoint.sign_of(exchange.operation, str(time))

    return when(is_right, accepts_bad_sign(place))


def accepts_method(operation: str, method: str) -> Plant:
    """Treat another method as the operation's own; the planting must see all exchanges first."""

    def plant(exchange: Exchange) -> None:
        if exchange.original.method != method or exchange.operation is not None:
            return
        called = exchange.endpoint.contract.operations[operation]
        request = replace(exchange.original, method=called.method)
        if exchange.endpoint.match(request).operation is called and exchange.status:
            exchange.response = exchange.endpoint.forward(exchange.endpoint.sign(called, request))

    return plant


def rejects(condition: Condition, response: Plant) -> Plant:
    """Reject some good requests."""
    return when(condition, response)


def canned(body: Mapping[str, Any] | list[Any] | str, status: int = 200) -> Plant:
    """A success that does not come from the mock server."""
    return responds(body, status)


def more_than(limit: int) -> Condition:
    """Whether more than so many exchanges have passed here."""

    def passed(exchange: Exchange) -> bool:
        count = exchange.memory["passed"] = exchange.memory.get("passed", 0) + 1
        return bool(count > limit)

    return passed


def parsed(response: RawResponse) -> Any:
    """The JSON document of a response."""
    return json.loads(response.body)


def is_json(text: Any) -> bool:
    """Whether a value is a JSON text."""
    try:
        json.loads(text)
    except (TypeError, ValueError):
        return False
    return True
