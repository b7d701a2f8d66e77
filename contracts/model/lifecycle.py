"""The states of one kind of task or resource, and the edges between them."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.documents import SpecificationError

DEFAULT_OUTCOME = "success"
_BY_DEFAULT = (None, DEFAULT_OUTCOME)


@dataclass(frozen=True, slots=True)
class State:
    """One state.

    Attributes:
        name: its key in `x-lifecycles`, spelled out.
        code: what the wire shows.
        terminal: no edge leaves it by itself.
        unreachable: the vendor lists the code, but no documented edge leads to it.
        callback: operationId of the callback that is sent on entering it.
        also: further fields that distinguish it from other states of the same code.
        at_most: seconds, at the vendor's real speed, after which work that is still in it is stuck; None if not stated.
    """

    name: str
    code: int | str
    description: str
    terminal: bool = False
    unreachable: bool = False
    callback: str | None = None
    also: Mapping[str, int | str] = dataclasses.field(default_factory=dict)
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Where the responses of an operation show the state.

    Attributes:
        by: its operationId.
        at: JSON pointer of the object that shows it, or of a list of such objects.
        id: the field of each object of the list that says which task it is.
        listed: name of the state of what is listed; None where a field shows the state.
        absent: name of the state of what is not listed.
    """

    by: str
    at: str
    id: str | None = None
    listed: str | None = None
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """One allowed change of state.

    Attributes:
        source: name of the state that it leaves.
        target: name of the state that it enters.
        after: seconds after entering the source, at the vendor's real speed; None when an operation takes the edge.
        by: operationId of the operation that takes it; None when time does.
        outcome: only plans of this outcome take it; None for all outcomes that no other edge from the source names.
        paced: whether the time is work, which the pace shortens, rather than a validity.
    """

    source: str
    target: str
    after: float | None
    by: str | None
    outcome: str | None
    paced: bool


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """All states and edges of one kind of task.

    Attributes:
        name: as in `x-lifecycles`.
        field: the wire field that carries the state's code.
        initial: name of the first state.
        shown: where responses show the state, if not as that field in the responses of `get` and `list`.
        outcomes: all that a plan may have.
        successes: names of the states in which work ends successfully; what follows is an operation or a validity.
    """

    name: str
    description: str
    field: str
    initial: str
    states: Mapping[str, State]
    edges: tuple[Edge, ...]
    shown: tuple[Shown, ...] = ()
    outcomes: frozenset[str] = dataclasses.field(init=False, repr=False)
    successes: frozenset[str] = dataclasses.field(init=False, repr=False)
    # The edge that time takes from a state, by state and outcome: looked up at every read of a task.
    _timed: Mapping[tuple[str, str | None], Edge] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        outcomes = frozenset(edge.outcome for edge in self.edges if edge.outcome) | {DEFAULT_OUTCOME}
        timed = {(edge.source, edge.outcome): edge for edge in self.edges if edge.after is not None}
        reached = {edge.target for edge in self.edges if edge.after is not None and edge.outcome in _BY_DEFAULT}
        # Frozen: these are set once, here.
        object.__setattr__(self, "outcomes", outcomes)
        object.__setattr__(self, "_timed", timed)
        object.__setattr__(self, "successes", frozenset(filter(self.ends_work, reached)))

    @property
    def failure(self) -> str | None:
        """The outcome of a task that fails and says no more: the first in the order of edges; None if none fails."""
        return next((edge.outcome for edge in self.edges if edge.outcome not in _BY_DEFAULT), None)

    @property
    def works(self) -> bool:
        """Whether time takes edges by work, so that a task must end."""
        return any(edge.after is not None and edge.paced for edge in self.edges)

    def ends_work(self, state: str, outcome: str = DEFAULT_OUTCOME) -> bool:
        """Whether no more work follows a state in a plan with an outcome."""
        # What may follow is a validity, or an operation; a callback may also notify of a beginning.
        edge = self.timed_edge(state, outcome)
        return edge is None or not edge.paced

    @classmethod
    def from_specification(cls, name: str, content: Mapping[str, Any]) -> "Lifecycle":
        """Build one from its entry in `x-lifecycles`.

        Raises:
            SpecificationError: a state is unknown, unreachable without saying so, or left although it is terminal.
        """
        states = {
            key: State(
                name=key,
                code=value["code"],
                description=value["description"],
                terminal=value.get("terminal", False),
                unreachable=value.get("unreachable", False),
                callback=value.get("callback"),
                also=value.get("also", {}),
                at_most=value.get("at_most"),
            )
            for key, value in content["states"].items()
        }
        edges = tuple(
            Edge(
                source=edge["from"],
                target=edge["to"],
                after=edge.get("after"),
                by=edge.get("by"),
                outcome=edge.get("outcome"),
                paced=edge.get("paced", True),
            )
            for edge in content["edges"]
        )
        shown = tuple(Shown(**entry) for entry in content.get("shown", ()))
        lifecycle = cls(name, content["description"], content["field"], content["initial"], states, edges, shown)
        lifecycle._check()
        return lifecycle

    def _check(self) -> None:
        reached = {self.initial} | {edge.target for edge in self.edges}
        by_presence = {name for shown in self.shown for name in (shown.listed, shown.absent) if name is not None}
        for name in reached | {edge.source for edge in self.edges} | by_presence:
            if name not in self.states:
                raise SpecificationError(f"lifecycle {self.name}: no state is called {name!r}")
        for state in self.states.values():
            if (state.name in reached) == state.unreachable:
                fault = "is marked unreachable, but an edge enters it" if state.unreachable else "is never entered"
                raise SpecificationError(f"lifecycle {self.name}: state {state.name!r} {fault}")
            timed = [edge for edge in self.edges if edge.source == state.name and edge.after is not None]
            if state.terminal and timed:
                raise SpecificationError(f"lifecycle {self.name}: state {state.name!r} is terminal, but time leaves it")
            outcomes = [edge.outcome for edge in timed]
            if len(outcomes) != len(set(outcomes)):
                raise SpecificationError(f"lifecycle {self.name}: two timed edges leave {state.name!r} for one outcome")

    def timed_edge(self, state: str, outcome: str) -> Edge | None:
        """The edge that time takes from a state in a plan with an outcome, if any."""
        return self._timed.get((state, outcome)) or self._timed.get((state, None))

    def edge_by(self, state: str, operation: str, target: str | None = None) -> Edge | None:
        """The edge that an operation takes from a state, if the state allows it.

        Args:
            target: the state that the request asks for, where the operation has several edges.
        """
        edges = (edge for edge in self.edges if edge.source == state and edge.by == operation)
        return next((edge for edge in edges if target in (None, edge.target)), None)

    def state_of_code(self, code: int | str) -> State:
        """The state that a code on the wire stands for; the first of several.

        Raises:
            ValueError: no state has the code.
        """
        state = next((state for state in self.states.values() if state.code == code), None)
        if state is None:
            raise ValueError(f"lifecycle {self.name}: no state has the code {code!r}")
        return state

    def shown_by(self, record: Mapping[str, Any]) -> frozenset[str]:
        """The names of the states that a record may be in, by its field; empty if it shows none."""
        code = record.get(self.field)
        if isinstance(code, bool) or not isinstance(code, int | str):
            return frozenset()
        # Some vendors write the same code as a number in one response and as text in another; schemas say which.
        of_code = (state for state in self.states.values() if str(state.code) == str(code))
        return frozenset(
            state.name
            for state in of_code
            if all(record.get(name, value) == value for name, value in state.also.items())
        )

    def following(self, state: str) -> frozenset[str]:
        """The names of the states that a state leads to along at least one edge; itself only if edges lead back."""
        return self.reachable(edge.target for edge in self.edges if edge.source == state)

    def reachable(self, start: Iterable[str], *, alone: bool = False) -> frozenset[str]:
        """The names of the states that some states lead to, those themselves included.

        Args:
            alone: only along the edges that are taken by time.
        """
        queue = list(start)
        seen = set(queue)
        while queue:
            name = queue.pop()
            for edge in self.edges:
                if edge.source == name and edge.target not in seen and not (alone and edge.by is not None):
                    seen.add(edge.target)
                    queue.append(edge.target)
        return frozenset(seen)
