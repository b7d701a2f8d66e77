"""Lifecycles: states with their wire codes, and edges with the time or the operation that takes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.lifecycle import Edge, Lifecycle, State
from bodydouble.contracts.reference.marks import Decision, Decisions, Mark, mark_of

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class StateReference:
    """A state with where it comes from, and what was decided about it."""

    state: State
    anchor: str
    mark: Mark | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class EdgeReference:
    """Edges to one state that the same time or operation takes.

    Attributes:
        sources: names of the states that it leaves.
        target: name of the state that it enters.
        by: operationId of the operation that takes it; empty when time does.
        after: the time in words; empty when an operation takes it.
        outcome: of the plans that take it; empty for all others.
        validity: whether the time is a validity, which the pace does not shorten.
    """

    sources: tuple[str, ...]
    target: str
    by: str
    after: str
    outcome: str
    validity: bool
    mark: Mark | None

    @property
    def label(self) -> str:
        """What takes it, in a few words."""
        return self.by or (f"{self.after} ({self.outcome})" if self.outcome else self.after)


@dataclass(frozen=True, slots=True)
class LifecycleReference:
    """A lifecycle.

    Attributes:
        operations: those that play a part in it, each with its role.
    """

    lifecycle: Lifecycle
    states: tuple[StateReference, ...]
    edges: tuple[EdgeReference, ...]
    operations: tuple[tuple[str, str], ...]
    mark: Mark | None
    decisions: tuple[Decision, ...]


def span(seconds: float) -> str:
    """A number of seconds in its largest units: `4 min`, `7 d`, `0.5 s`."""
    if seconds < 1:
        return f"{seconds:g} s"
    parts, rest = [], seconds
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count:g} {unit}")
    if rest and len(parts) < 2:
        return f"{seconds:g} s"
    return " ".join(parts[:2])


def lifecycle_reference(contract: Contract, name: str, decisions: Decisions) -> LifecycleReference:
    """A lifecycle of a contract.

    Raises:
        KeyError: it has none of that name.
    """
    lifecycle = contract.lifecycles[name]
    node = contract.document.content["x-lifecycles"][name]
    path: Path = ("x-lifecycles", name)
    return LifecycleReference(
        lifecycle=lifecycle,
        states=tuple(_states(lifecycle, node, path, decisions)),
        edges=tuple(_edges(lifecycle, node)),
        operations=tuple(
            (operation.id, operation.role.role)
            for operation in contract.operations.values()
            if operation.role is not None and operation.role.lifecycle.name == name
        ),
        mark=mark_of(node),
        decisions=decisions.below(path, ("states", "edges")),
    )


def _states(lifecycle: Lifecycle, node: Any, path: Path, decisions: Decisions) -> Iterator[StateReference]:
    for name, state in lifecycle.states.items():
        yield StateReference(
            state, f"state.{name}", mark_of(node["states"][name]), decisions.at((*path, "states", name))
        )


def _edges(lifecycle: Lifecycle, node: Any) -> Iterator[EdgeReference]:
    groups: dict[tuple[Any, ...], list[tuple[Edge, Mark | None]]] = {}
    for edge, entry in zip(lifecycle.edges, node["edges"], strict=True):
        mark = mark_of(entry)
        groups.setdefault((edge.target, edge.after, edge.by, edge.outcome, mark), []).append((edge, mark))
    for group in groups.values():
        edge, mark = group[0]
        yield EdgeReference(
            sources=tuple(entry.source for entry, _ in group),
            target=edge.target,
            by=edge.by or "",
            after="" if edge.after is None else span(edge.after),
            outcome=edge.outcome or "",
            validity=not edge.paced,
            mark=mark,
        )
