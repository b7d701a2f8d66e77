"""The layouts of drawings: a lifecycle, with a column for each state and a row for each edge; a schedule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bodydouble.contracts.reference.callbacks import AttemptReference
from bodydouble.contracts.reference.lifecycles import EdgeReference, LifecycleReference, StateReference, span

_HEAD, _ROW, _MARGIN, _BOX = 52, 40, 8, 100
_MIN_PITCH, _CHARACTER = 116, 6.6
_STEP, _EDGE = 96, 44


@dataclass(frozen=True, slots=True)
class Column:
    """A state: a box, and a line below it.

    Attributes:
        x: its middle.
        tone: a class of the drawing's box.
    """

    state: StateReference
    x: float
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """Edges to one state: a dot at each source, an arrow at the target.

    Attributes:
        y: of its line.
        left, right: where its line begins and ends.
        dots: the sources.
        target: where it leads.
        heads: points of the arrow's heads, as SVG writes them.
        middle: of its label.
    """

    edge: EdgeReference
    y: float
    left: float
    right: float
    dots: tuple[float, ...]
    target: float
    heads: tuple[str, ...]
    middle: float


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing of a lifecycle."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    width: float
    height: float
    box: float
    head: float


def diagram(reference: LifecycleReference) -> Diagram:
    """Lay out a lifecycle: states from left to right in their order, edges from top to bottom."""
    names = [entry.state.name for entry in reference.states]
    longest = max(len(f"{text}") for entry in reference.states for text in (entry.state.name, entry.state.code))
    box = max(_BOX, longest * _CHARACTER + 20)
    pitch = max(_MIN_PITCH, box + 16, *(_needed(edge, names) for edge in reference.edges))
    middles = {name: _MARGIN + box / 2 + index * pitch for index, name in enumerate(names)}
    columns = tuple(Column(entry, middles[entry.state.name], _tone(reference, entry)) for entry in reference.states)
    rows = tuple(_row(edge, middles, _HEAD + _ROW * (index + 1)) for index, edge in enumerate(reference.edges))
    width = middles[names[-1]] + box / 2 + _MARGIN
    return Diagram(columns, rows, width, _HEAD + _ROW * (len(rows) + 0.6), box, _HEAD)


def _needed(edge: EdgeReference, names: Sequence[str]) -> float:
    """The pitch of columns at which a label has room along its line."""
    ends = [names.index(name) for name in (*edge.sources, edge.target)]
    return (len(edge.label) * _CHARACTER + 12) / max(1, max(ends) - min(ends))


def _tone(reference: LifecycleReference, entry: StateReference) -> str:
    if entry.state.unreachable:
        return "quiet-soft future"
    if entry.state.name in reference.lifecycle.successes:
        return "good-soft"
    return "quiet-soft" if entry.state.terminal else "busy-soft"


def _row(edge: EdgeReference, middles: dict[str, float], y: float) -> Row:
    dots = tuple(middles[name] for name in edge.sources)
    target = middles[edge.target]
    left, right = min(*dots, target), max(*dots, target)
    heads = [_head(target, y, -1)] if left < target else []
    heads += [_head(target, y, 1)] if right > target else []
    return Row(edge, y, left, right, dots, target, tuple(heads), (left + right) / 2)


def _head(x: float, y: float, side: int) -> str:
    """A triangle that points at a line from its left (-1) or right (1) side."""
    return f"{x:g},{y:g} {x + side * 9:g},{y - 5:g} {x + side * 9:g},{y + 5:g}"


@dataclass(frozen=True, slots=True)
class Tick:
    """An attempt in the drawing of a schedule.

    Attributes:
        wait: since the one before, in words; empty for the first one.
        at: since the first one, in words.
    """

    x: float
    wait: str
    at: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """A drawing of attempts; their distances are not to scale, since waits grow a hundredfold."""

    ticks: tuple[Tick, ...]
    width: float


def schedule(attempts: Iterable[AttemptReference]) -> Schedule:
    """Lay out the attempts at a delivery."""
    ticks = tuple(
        Tick(_EDGE + index * _STEP, span(entry.wait) if index else "", span(entry.at) if index else "at once")
        for index, entry in enumerate(attempts)
    )
    return Schedule(ticks, ticks[-1].x + _EDGE)
