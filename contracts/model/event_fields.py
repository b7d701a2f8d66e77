"""Which values of a callback's payload distinguish events, tasks and states."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class EventFields:
    """The `x-event` of a callback; every place is a JSON pointer into the payload.

    Attributes:
        id: the event's id, the same in every attempt; None if the vendor sends none.
        time: when it happened, epoch milliseconds; None if the vendor does not say.
        task: the id of the task; None if the event is about none.
        account: names of the account's credentials by the places that show them.
        states: for each state of the lifecycle, the values that notify of it.
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
