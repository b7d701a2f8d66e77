"""Pages of tasks in the order in which they entered their states, by the bounds of blocks.

A page is looked for among the largest blocks first: those that end before its first task are only counted, those that
begin after its last task are passed over. The others are divided, until few of the smallest are left to look into: the
order of entry is nearly that of creation. The tasks of a block are apart by state, since those that an operation has
moved long after their creation are in another state than the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection

from bodydouble.mock_server.store import list_statements
from bodydouble.mock_server.store import tasks as task_rows
from bodydouble.mock_server.store.phases import ALWAYS
from bodydouble.mock_server.store.tables import BLOCK_SIZES
from bodydouble.mock_server.store.task_lists import Counts, Part, Selection, numbers_of
from bodydouble.mock_server.store.tasks import Task

# Responses show seconds: tasks of the same second are in the order of their creation.
_UNIT = 1000
# A place in the order: the second of the entry, and the number.
_Place = tuple[int, int]


class _Span(NamedTuple):
    """The selected tasks of a block in one state: how many there are, and the places between which they are."""

    block: int
    state: str
    size: int
    earliest: _Place
    latest: _Place


def page(
    connection: Connection, selection: Selection, *, offset: int, limit: int | None, newest_first: bool = True
) -> tuple[int, list[Task]]:
    """How many tasks are selected, and some of them in the order of the seconds in which they entered their states.

    Args:
        selection: has states.
    """
    entries = _Entries(connection, selection)
    part, spans = Part(), entries.all()
    total = sum(span.size for span in spans)
    size = max(0, min(total - offset, total if limit is None else limit))
    first = total - offset - size if newest_first else offset
    if not size:
        return total, []
    spans, first = _around(spans, first, size)
    while part.level:
        spans, first = _around(list(entries.divided(spans, part)), first, size)
        part = Part(part.level - 1)
    places = sorted(place for span in spans for place in entries.places(span))[first : first + size]
    numbers = [number for _, number in places]
    of_number = task_rows.by_numbers(connection, selection.account_id, selection.vendor, selection.kind, numbers)
    return total, [of_number[number] for number in (numbers[::-1] if newest_first else numbers)]


def _around(spans: list[_Span], first: int, size: int) -> tuple[list[_Span], int]:
    # The spans that can have tasks of the page, and how many of their tasks are before it.
    start, end = _start(spans, first), _end(spans, first + size)
    before = sum(span.size for span in spans if span.latest < start)
    return [span for span in spans if span.latest >= start and span.earliest <= end], first - before


def _start(spans: Iterable[_Span], first: int) -> _Place:
    # No task at or behind this place is earlier.
    start, count = (ALWAYS, 0), 0
    for span in sorted(spans, key=lambda span: span.earliest):
        if count > first:
            break
        start, count = span.earliest, count + span.size
    return start


def _end(spans: Iterable[_Span], last: int) -> _Place:
    # So many tasks are not later.
    count = 0
    for span in sorted(spans, key=lambda span: span.latest):
        count += span.size
        if count >= last:
            return span.latest
    raise ValueError(f"{count} tasks are counted, and {last} expected")


class _Entries:
    """What is read of the selected tasks, by state."""

    def __init__(self, connection: Connection, selection: Selection) -> None:
        self._connection, self._selection = connection, selection
        self._shape, self._parameters = selection.shape._replace(without=0), selection.parameters()
        self._selections: dict[str, Selection] = {}
        self._counts: dict[str, Counts] = {}

    def all(self) -> list[_Span]:
        """The spans of all of the largest blocks."""
        selection = self._selection
        return list(self._spans(Part(), selection.in_states or ())) if selection.is_possible else []

    def divided(self, spans: Iterable[_Span], part: Part) -> Iterator[_Span]:
        """Those of the smaller blocks that spans of a part have."""
        states: dict[int, list[str]] = defaultdict(list)
        for span in spans:
            states[span.block].append(span.state)
        for block, of_block in states.items():
            yield from self._spans(part.of_block(block), of_block)

    def places(self, span: _Span) -> Iterator[_Place]:
        """The places of all tasks of a span of a smallest block."""
        numbers = numbers_of(span.block)
        selection = self._of_state(span.state).among(numbers)
        statement = list_statements.entries_of_block(selection.shape)
        for number, entered in statement.all(self._connection, selection.parameters(**numbers)):
            yield entered // _UNIT, number

    def _of_state(self, state: str) -> Selection:
        if state not in self._selections:
            self._selections[state] = replace(self._selection, states=(state,))
        return self._selections[state]

    def _sizes(self, state: str, part: Part) -> dict[int, int]:
        if state not in self._counts:
            self._counts[state] = Counts(self._connection, self._of_state(state))
        return self._counts[state].of(part)

    def _spans(self, part: Part, states: Collection[str]) -> Iterator[_Span]:
        shape, parameters = self._shape, {**self._parameters, **part.parameters}
        rows = list_statements.entry_bounds(shape).all(self._connection, parameters)
        created = self._created(part) if any(earliest == ALWAYS for _, _, earliest, _ in rows) else {}
        block_size = BLOCK_SIZES[part.level]
        for block, state, earliest, latest in rows:
            size = self._sizes(state, part).get(block) if state in states else None
            if size:
                # The first state of a plan has no beginning of its own.
                first, last = created[block] if earliest == ALWAYS else (earliest, latest)
                numbers = (block * block_size, (block + 1) * block_size - 1)
                yield _Span(block, state, size, (first // _UNIT, numbers[0]), (max(last, latest) // _UNIT, numbers[1]))

    def _created(self, part: Part) -> dict[int, tuple[int, int]]:
        # The first and the last time of creation of each block.
        statement = list_statements.creation_bounds(self._shape.categories)
        parameters = {**self._parameters, **part.parameters}
        return {block: (first, last) for block, first, last in statement.all(self._connection, parameters)}
