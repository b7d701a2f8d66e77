"""The requests that show the state of a created task or resource, and the states that a response may mean.

A request is made along the links of the specification. Without a link, it is built by the names of the fields
that an operation of the same lifecycle needs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from urllib.parse import parse_qsl

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.lifecycle import Lifecycle, Shown, State
from bodydouble.contracts.model.links import follow, issued_values, request_of
from bodydouble.contracts.model.violation import short_json

_READING = ("get", "list")
# The endings of field names that identify a task or resource.
_ENDS_OF_IDS = ("id", "uuid")
Scalar = int | str


@dataclass(frozen=True, slots=True)
class StateRequest:
    """A request whose response shows the state of something created.

    Attributes:
        shown: where the response shows it; None for wherever the lifecycle's field stands.
        identities: values that say which object of the response is meant.
    """

    operation: Operation
    request: WireRequest
    shown: Shown | None
    identities: frozenset[str]


@dataclass(frozen=True, slots=True)
class StateObservation:
    """A state as a response shows it.

    Attributes:
        code: what the response shows.
        names: the states that it may be; empty if the lifecycle has none of that code.
        mismatch: why none of those of the code fit: which other field has another value than theirs.
    """

    code: Scalar
    names: frozenset[str]
    mismatch: str = ""


def readers(contract: Contract, lifecycle: Lifecycle) -> tuple[Operation, ...]:
    """The operations that show a state of a lifecycle, single reads before lists."""
    named = [contract.operations[shown.by] for shown in lifecycle.shown]
    of_role = [
        operation
        for role in _READING
        for operation in contract.operations.values()
        if operation.role is not None and operation.role.lifecycle is lifecycle and operation.role.role == role
    ]
    # A state that is shown by presence alone is not shown anywhere else.
    if any(shown.listed is not None for shown in lifecycle.shown):
        return tuple(named)
    return (*named, *(operation for operation in of_role if operation not in named))


def state_requests(contract: Contract, created: OperationExchange) -> Iterator[StateRequest]:
    """The requests that show the state of what was created, the best first."""
    role = created.operation.role
    if role is None:
        return
    targets = readers(contract, role.lifecycle)
    linked = {link.target: link for link in reversed(created.operation.links)}
    for operation in sorted(targets, key=lambda target: target.id not in linked):
        shown = next((entry for entry in role.lifecycle.shown if entry.by == operation.id), None)
        link = linked.get(operation.id)
        if link is not None:
            request, identities = follow(contract, link, created), issued_values(link, created)
        else:
            request, identities = _by_names(operation, created)
        if shown is not None and shown.id is not None:
            named = _named(_content(created.response.body), shown.id)
            identities = frozenset(map(str, named)) or identities
        if request is not None:
            yield StateRequest(operation, request, shown, identities)


def observe_state(lifecycle: Lifecycle, request: StateRequest, response: WireResponse) -> StateObservation | None:
    """The state that a response shows; None if it shows none."""
    content = _content(response.body)
    shown = request.shown
    if shown is None:
        holder = _holder(lifecycle, request, content)
    else:
        holder = _entry(shown, request, content)
        if shown.listed is not None and shown.absent is not None:
            state = lifecycle.states[shown.listed if holder is not None else shown.absent]
            return StateObservation(state.code, frozenset({state.name}))
    if holder is None or not _is_scalar(holder.get(lifecycle.field)):
        return None
    code = holder[lifecycle.field]
    # Some vendors write the same code as a number in one response and as text in another; schemas say which.
    of_code = [state for state in lifecycle.states.values() if str(state.code) == str(code)]
    fitting = [
        state for state in of_code if all(holder.get(name, value) == value for name, value in state.also.items())
    ]
    mismatch = _mismatch(of_code, holder) if of_code and not fitting else ""
    return StateObservation(code, frozenset(state.name for state in fitting), mismatch)


def _mismatch(states: Sequence[State], holder: Mapping[str, Any]) -> str:
    names = {name for state in states for name, value in state.also.items() if holder.get(name, value) != value}
    possible = {name: sorted({short_json(state.also[name]) for state in states}) for name in sorted(names)}
    return " and ".join(
        f"{name} is {short_json(holder[name])}, not {' or '.join(values)}" for name, values in possible.items()
    )


def _entry(shown: Shown, request: StateRequest, content: Any) -> dict[str, Any] | None:
    try:
        place = lookup(content, shown.at)
    except LookupError:
        return None
    entries = [entry for entry in (place if isinstance(place, list) else [place]) if isinstance(entry, dict)]
    if shown.id is None:
        return entries[0] if entries else None
    return next((entry for entry in entries if str(entry.get(shown.id)) in request.identities), None)


def _holder(lifecycle: Lifecycle, request: StateRequest, content: Any) -> dict[str, Any] | None:
    holders = [entry for entry in _objects(content) if _is_scalar(entry.get(lifecycle.field))]
    # A list may show other objects, too: the object that is meant has an identifier that the create gave out.
    own = [
        entry
        for entry in holders
        if any(str(value) in request.identities for name, value in entry.items() if name.lower().endswith(_ENDS_OF_IDS))
    ]
    listed = request.operation.role is not None and request.operation.role.role == "list"
    return next(iter(own or ([] if listed else holders)), None)


def named_values(created: OperationExchange, names: Iterable[str]) -> dict[str, Any]:
    """The values that the response of a create, or else its request, has under some names, by name."""
    response = _content(created.response.body)
    request = _request_values(created)
    values = {name: next(chain(_named(response, name), _named(request, name)), None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _by_names(operation: Operation, created: OperationExchange) -> tuple[WireRequest | None, frozenset[str]]:
    """A request that no link leads to: its fields take the values that the create's response, or else its request, has
    under the same names.
    """
    response = _content(created.response.body)
    names = [*(parameter.name for parameter in operation.parameters), *operation.body_fields]
    identities = {str(identity) for name in names for identity in islice(_named(response, name), 1)}
    if not identities:
        return None, frozenset()
    values = named_values(created, (parameter.name for parameter in operation.parameters))
    try:
        return request_of(operation, values, named_values(created, operation.body_fields)), frozenset(identities)
    except LookupError:
        return None, frozenset()


def _request_values(created: OperationExchange) -> list[Any]:
    request = created.request
    path = created.operation.path_values(request.path)
    return [path, dict(parse_qsl(request.query)), _content(request.body)]


def _named(content: Any, name: str) -> Iterator[Scalar]:
    for entry in _objects(content):
        for key, value in entry.items():
            if plain_name(key) == plain_name(name) and _is_scalar(value):
                yield value


def _content(body: bytes) -> Any:
    try:
        return parse(body)
    except JsonTextError:
        return None


def _is_scalar(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _objects(content: Any) -> Iterator[dict[str, Any]]:
    level = [content]
    while level:
        yield from (entry for entry in level if isinstance(entry, dict))
        level = [
            item
            for entry in level
            for item in (entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ())
        ]
