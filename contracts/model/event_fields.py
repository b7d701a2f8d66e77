"""Which values of a callback's payload tell events and tasks apart, and which states of a task a callback announces."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bodydouble.contracts.core.json_pointer import lookup, parts, pointer
from bodydouble.contracts.model.lifecycle import Lifecycle

if TYPE_CHECKING:
    from bodydouble.contracts.model.contract import Callback, Contract


@dataclass(frozen=True, slots=True)
class EventFields:
    """The `x-event` of a callback; every place is a JSON pointer into the payload.

    Attributes:
        id: the event's id, the same in every attempt; None if the vendor sends none.
        time: when it happened, epoch milliseconds; None if the vendor does not say.
        task: the id of the task; None if the event is about none.
        account: names of the account's credentials by the places that show them.
        states: for each state of the lifecycle, the values that announce it.
    """

    id: str | None = None
    time: str | None = None
    task: str | None = None
    account: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_specification(cls, content: Mapping[str, Any]) -> "EventFields":
        """Build them from an `x-event`."""
        return cls(
            content.get("id"),
            content.get("time"),
            content.get("task"),
            content.get("account", {}),
            content.get("states", {}),
        )


@dataclass(frozen=True, slots=True)
class Announcement:
    """A state of a task, and the callback that announces it."""

    lifecycle: Lifecycle
    state: str
    callback: "Callback"

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the payload that announce the state, by their places."""
        return self.callback.event.states[self.state]

    def may_lead_to(self, other: "Announcement") -> bool:
        """Whether a task in this state may later be in the other, along at least one edge."""
        return other.state in reachable(self.lifecycle, self.state)

    def looks_like(self, other: "Announcement") -> bool:
        """Whether nothing in the payloads tells the two states apart."""
        return self.callback.id == other.callback.id and self.values == other.values


def announcements(contract: "Contract", callback: "Callback") -> tuple[Announcement, ...]:
    """All states that are announced in the lifecycles in which a callback announces one; by other callbacks, too."""
    return tuple(
        Announcement(lifecycle, state.name, contract.callbacks[state.callback])
        for lifecycle in contract.lifecycles.values()
        if any(state.callback == callback.id for state in lifecycle.states.values())
        for state in lifecycle.states.values()
        if state.callback is not None and state.name in contract.callbacks[state.callback].event.states
    )


def reachable(lifecycle: Lifecycle, state: str) -> frozenset[str]:
    """Names of the states that may follow a state, along at least one edge; itself only if edges lead back."""
    found: set[str] = set()
    queue = [state]
    while queue:
        source = queue.pop()
        following = {edge.target for edge in lifecycle.edges if edge.source == source} - found
        found |= following
        queue.extend(following)
    return frozenset(found)


def with_values(payload: Any, values: Mapping[str, Any]) -> Any:
    """A payload with other values at some places; the objects that hold the places must be there."""
    changed = copy.deepcopy(payload)
    for place, value in values.items():
        *above, last = parts(place)
        holder = lookup(changed, pointer(above))
        holder[int(last) if isinstance(holder, list) else last] = value
    return changed


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all strings, numbers, booleans and nulls in a JSON value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path
