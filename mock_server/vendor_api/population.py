"""What a new account starts with: values, so that all of it can be recorded in few statements.

A vendor that returns the same population for several accounts spares the server encoding it each time.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.plans import Plan
from bodydouble.mock_server.store.task_runtime import CallbackTarget, Files


@dataclass(frozen=True, slots=True)
class FirstTask:
    """A task whose plan is known; its past steps send no callbacks.

    Attributes:
        kind: name of its lifecycle.
        key: the identifier on the wire.
        created_at: milliseconds since the account was created; may lie in the past.
        plan: as if the account's clock showed 0 when it was created.
        files: the files that it has created.
        files_valid: for how many milliseconds after its success they can be downloaded; None for always.
        callback: where the callbacks that are still to come go; None for nowhere.
        category: distinguishes tasks of the kind in lists.
    """

    kind: str
    key: str
    name: str
    created_at: int
    plan: Plan
    attributes: Mapping[str, Any]
    files: Files = field(default_factory=dict)
    files_valid: int | None = None
    callback: CallbackTarget | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class FirstResource:
    """A resource without a lifecycle."""

    kind: str
    key: str
    content: Mapping[str, Any]
    category: str = ""


@dataclass(frozen=True, slots=True)
class Population:
    """What a new account starts with at one vendor, oldest first."""

    tasks: tuple[FirstTask, ...] = ()
    resources: tuple[FirstResource, ...] = ()
