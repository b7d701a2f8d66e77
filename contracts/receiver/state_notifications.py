"""Which states of a task callbacks notify of, and which of them may follow another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.model.lifecycle import Lifecycle


@dataclass(frozen=True, slots=True)
class StateNotification:
    """A state of a task, and the callback that notifies of it."""

    lifecycle: Lifecycle
    state: str
    callback: Callback

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the payload that tell the state, by their places."""
        return self.callback.event.states[self.state]

    def may_lead_to(self, other: "StateNotification") -> bool:
        """Whether a task in this state may later be in the other, along at least one edge."""
        return other.state in self.lifecycle.following(self.state)

    def looks_like(self, other: "StateNotification") -> bool:
        """Whether nothing in the payloads tells the two states apart."""
        return self.callback.id == other.callback.id and self.values == other.values


def state_notifications(contract: Contract, callback: Callback) -> tuple[StateNotification, ...]:
    """The notifications of all states, by whichever callback, in the lifecycles in which a callback notifies of one."""
    return tuple(
        StateNotification(lifecycle, state.name, contract.callbacks[state.callback])
        for lifecycle in contract.lifecycles.values()
        if any(state.callback == callback.id for state in lifecycle.states.values())
        for state in lifecycle.states.values()
        if state.callback is not None and state.name in contract.callbacks[state.callback].event.states
    )
