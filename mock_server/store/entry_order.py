"""Pages of tasks in the order in which they entered their states, by the bounds of blocks.

A page is looked for among the largest blocks first: those that end before its first task are only counted, those that
begin after its last task are passed over. The others are divided, until few of the smallest are left to look into: the
order of entry is nearly that of creation.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from bodydouble.mock_server.store import list_statements
from bodydouble.mock_server.store import tasks as task_rows
from bodydouble.mock_server.store.phases import ALWAYS
from bodydouble.mock_server.store.tables import BLOCK_SIZE
from bodydouble.mock_server.store.task_lists import Counts, Part, Selection, numbers_of
from bodydouble.mock_server.store.tasks import Task

# Responses show seconds: tasks of the same second are in the order of their creation.
_UNIT = 1000


class _Span(NamedTuple):
    """A block: how many selected tasks it has, and the seconds between which they entered their states."""

    block: int
    size: int
    earliest: int
    latest: int


def page(
    connection: Connection, selection: Selection, *, offset: int, limit: int | None, newest_first: bool = True
) -> tuple[int, list[Task]]:
    """How many tasks are selected, and some of them in the order of the seconds in which they entered their states.

    Args:
        selection: has states.
    """
    counts = Counts(connection, selection)
    size = max(0, min(counts.total - offset, counts.total if limit is None else limit))
    first = counts.total - offset - size if newest_first else offset
    if not size:
        return counts.total, []
    part, spans = Part(), list(_spans(connection, selection, counts, Part()))
    spans, first = _around(spans, first, size)
    while part.level:
        parts = [part.of_block(span.block) for span in spans]
        divided = [span for each in parts for span in _spans(connection, selection, counts, each)]
        spans, first = _around(divided, first, size)
        part = parts[0]
    tasks = sorted(_tasks(connection, selection, spans), key=lambda task: _key(task, selection.now))
    chosen = tasks[first : first + size]
    return counts.total, chosen[::-1] if newest_first else chosen


def _key(task: Task, now: int) -> tuple[int, int]:
    return task.plan.current(now).at // _UNIT, task.number


def _around(spans: list[_Span], first: int, size: int) -> tuple[list[_Span], int]:
    # The blocks that can have tasks of the page, and how many of their tasks are before it.
    start, end = _start(spans, first), _end(spans, first + size)
    before = sum(span.size for span in spans if span.latest < start)
    return [span for span in spans if span.latest >= start and span.earliest <= end], first - before


def _start(spans: Iterable[_Span], first: int) -> int:
    # No task at or behind this place is earlier.
    start, count = ALWAYS, 0
    for span in sorted(spans, key=lambda span: span.earliest):
        if count > first:
            break
        start, count = span.earliest, count + span.size
    return start


def _end(spans: Iterable[_Span], last: int) -> int:
    # So many tasks are not later.
    count = 0
    for span in sorted(spans, key=lambda span: span.latest):
        count += span.size
        if count >= last:
            return span.latest
    raise ValueError(f"{count} tasks are counted, and {last} expected")


def _spans(connection: Connection, selection: Selection, counts: Counts, part: Part) -> Iterator[_Span]:
    parameters = {**selection.parameters(), **part.parameters}
    created = {
        block: bounds
        for block, *bounds in list_statements.creation_bounds(selection.shape.categories).all(connection, parameters)
    }
    sizes = counts.of(part)
    for block, earliest, latest in list_statements.entry_bounds(selection.shape).all(connection, parameters):
        if sizes.get(block):
            first_created, last_created = created[block]
            # The first state of a plan has no beginning of its own.
            latest = max(latest, last_created) if earliest == ALWAYS else latest
            yield _Span(block, sizes[block], max(earliest, first_created) // _UNIT, latest // _UNIT)


def _tasks(connection: Connection, selection: Selection, spans: Iterable[_Span]) -> Iterator[Task]:
    statement = list_statements.page_of_block(selection.shape, False)
    for span in spans:
        values = selection.parameters(**numbers_of(span.block), offset=0, limit=BLOCK_SIZE)
        yield from map(task_rows.of_row, statement.all(connection, values))
