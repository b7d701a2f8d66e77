"""Requests of the control plane to a vendor: settings of accounts, and tasks that no operation creates."""

from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass

# Why a URL may not be called, or None.
Objection = Callable[[str], str | None]


class SettingRejected(ValueError):
    """A setting of an account cannot be used; the message is its JSON pointer and the reason."""


class TaskRejected(ValueError):
    """A task cannot be created from a request to the control plane; the message names the field and the rule."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that is added through the control plane.

    Attributes:
        kind: name of its lifecycle.
        name: what scenarios match and lists search.
        outcome: one of the lifecycle's outcomes.
        reason: of a failure.
        fields: the vendor's own.
    """

    kind: str
    name: str
    outcome: str
    reason: str | None
    fields: Mapping[str, Any]


def check_callback_url(settings: Mapping[str, Any], name: str, objection_to: Objection) -> None:
    """Check a setting that names a URL; an empty one stands for none.

    Raises:
        SettingRejected: nothing may be sent there.
    """
    url = settings.get(name)
    objection = objection_to(url) if url else None
    if objection is not None:
        raise SettingRejected(f"/{name}: {objection}")
