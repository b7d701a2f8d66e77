"""Lists of tasks in the order of their creation: counts, pages and places, by the counts of blocks.

Counts and pages depend on how many tasks there are by no more than a row of counts for every BLOCK_SIZE of them. Tasks
themselves, or their phases, are looked at only in blocks of which a part is selected: those that time is passing
through, and those at the ends of a time of creation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    select,
    true,
)

from bodydouble.mock_server.store import tasks as task_rows
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import ANY_STATE, BLOCK_SIZE, task_blocks, task_phases, tasks
from bodydouble.mock_server.store.tasks import COLUMNS, Task

# Epoch milliseconds before, and after, all that a clock can show.
_FIRST, _LAST = 0, 2**62


@dataclass(frozen=True, slots=True)
class Selection:
    """The tasks of a list.

    Attributes:
        now: at which the states are meant, epoch milliseconds on the account's clock.
        categories: only tasks of these; None for any.
        states: only tasks in these; None for any. Only kinds that are listed by state can be selected so.
        created_from, created_until: only tasks that were created in this time, both ends included; None for no end.
        without: the numbers of few tasks that are not selected.
    """

    account_id: str
    vendor: str
    kind: str
    now: int
    categories: tuple[str, ...] | None = None
    states: tuple[str, ...] | None = None
    created_from: int | None = None
    created_until: int | None = None
    without: frozenset[int] = frozenset()

    @property
    def shape(self) -> "_Shape":
        """What its statements depend on."""
        by_creation = self.created_from is not None or self.created_until is not None
        categories = None if self.categories is None else len(self.categories)
        states = None if self.states is None else len(self.states)
        return _Shape(categories, states, by_creation, len(self.without))

    def parameters(self, **further: int) -> dict[str, Any]:
        """The values of its statements."""
        return {
            "account": self.account_id,
            "of_vendor": self.vendor,
            "of_kind": self.kind,
            "now": self.now,
            "any_state": ANY_STATE,
            "created_from": _FIRST if self.created_from is None else self.created_from,
            "created_until": _LAST if self.created_until is None else self.created_until,
            **{f"category_{index}": category for index, category in enumerate(self.categories or ())},
            **{f"state_{index}": state for index, state in enumerate(self.states or ())},
            **{f"without_{index}": number for index, number in enumerate(sorted(self.without))},
            **further,
        }


class _Shape(NamedTuple):
    """What a selection's statements depend on: how many categories and states, and whether on the time of creation."""

    categories: int | None
    states: int | None
    by_creation: bool
    without: int


def page(
    connection: Connection, selection: Selection, *, offset: int, limit: int | None, newest_first: bool = True
) -> tuple[int, list[Task]]:
    """How many tasks are selected, and some of them in the order of their creation."""
    counts = _counts(connection, selection)
    rows: list[Task] = []
    for block in sorted(counts, reverse=newest_first):
        missing = BLOCK_SIZE if limit is None else limit - len(rows)
        if missing <= 0:
            break
        if offset < counts[block]:
            places = selection.parameters(**_numbers_of(block), offset=offset, limit=missing)
            page_of_block = _page_of_block(selection.shape, newest_first).all(connection, places)
            rows += sorted(map(task_rows.of_row, page_of_block), key=_number, reverse=newest_first)
        offset = max(0, offset - counts[block])
    return sum(counts.values()), rows


def _number(task: Task) -> int:
    return task.number


def count(connection: Connection, selection: Selection) -> int:
    """How many tasks are selected."""
    return sum(_counts(connection, selection).values())


def entered_before(connection: Connection, selection: Selection, from_at: int, number: int) -> int:
    """How many of the selected tasks entered their one state before a time, or at it with a smaller number."""
    total, parameters = 0, selection.parameters(entered=from_at, below=number)
    for block, size, last_entry in _entries(selection.shape).all(connection, parameters):
        if last_entry < from_at:
            total += int(size)
        else:
            total += _entered_in_block(selection.shape).scalar(connection, {**parameters, **_numbers_of(block)})
    return total


def _numbers_of(block: int) -> dict[str, int]:
    return {"first_number": block * BLOCK_SIZE, "last_number": (block + 1) * BLOCK_SIZE - 1}


def _counts(connection: Connection, selection: Selection) -> dict[int, int]:
    # How many tasks of each block are selected.
    if not all((selection.states is None or selection.states, selection.categories is None or selection.categories)):
        return {}
    parameters, shape = selection.parameters(), selection.shape
    if shape == _Shape(shape.categories, None, False, 0):
        return dict(_blocks(shape).all(connection, parameters))
    created = None
    if shape.by_creation:
        rows = _blocks_by_creation(shape.categories).all(connection, parameters)
        created = {block: bool(is_whole) for block, is_whole in rows}
    counts, broken = {}, {number // BLOCK_SIZE for number in selection.without}
    for block, size, *whole in _blocks(shape).all(connection, parameters):
        if created is not None and block not in created:
            continue
        is_whole = all(whole) and (created is None or created[block]) and block not in broken
        if is_whole:
            counts[block] = size
        else:
            counts[block] = _count_of_block(shape).scalar(connection, {**parameters, **_numbers_of(block)})
    return counts


def _value(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger())


def _one_of(column: ColumnElement[str], name: str, number: int | None) -> ColumnElement[bool]:
    return true() if number is None else column.in_([bindparam(f"{name}_{index}") for index in range(number)])


def _not_among(column: ColumnElement[int], number: int) -> ColumnElement[bool]:
    return and_(true(), *(column != _value(f"without_{index}") for index in range(number)))


def _of_blocks(categories: int | None, states: int | None) -> Select[Any]:
    block = task_blocks.c
    return select(block.block).where(
        block.account_id == bindparam("account"),
        block.vendor == bindparam("of_vendor"),
        block.kind == bindparam("of_kind"),
        block.state == bindparam("any_state") if states is None else _one_of(block.state, "state", states),
        _one_of(block.category, "category", categories),
    )


@cache
def _blocks(shape: _Shape) -> PreparedStatement:
    # The blocks that can have selected tasks, with the number of these if the block is wholly in the states.
    block, now = task_blocks.c, _value("now")
    statement = _of_blocks(shape.categories, shape.states).add_columns(cast(func.sum(block.count), BigInteger))
    if shape.states is None:
        return PreparedStatement(statement.group_by(block.block))
    is_whole = and_(func.max(block.max_from) <= now, func.min(block.min_until) > now)
    statement = statement.where(block.min_from <= now, block.max_until > now)
    return PreparedStatement(statement.add_columns(is_whole).group_by(block.block))


@cache
def _blocks_by_creation(categories: int | None) -> PreparedStatement:
    # The blocks with tasks of a time of creation, and whether all of their tasks are.
    block, first, last = task_blocks.c, _value("created_from"), _value("created_until")
    is_whole = and_(func.min(block.min_from) >= first, func.max(block.max_from) <= last)
    statement = _of_blocks(categories, None).where(block.max_from >= first, block.min_from <= last)
    return PreparedStatement(statement.add_columns(is_whole).group_by(block.block))


@cache
def _entries(shape: _Shape) -> PreparedStatement:
    block = task_blocks.c
    statement = _of_blocks(shape.categories, shape.states).where(block.min_from <= _value("entered"))
    return PreparedStatement(
        statement.add_columns(func.sum(block.count), func.max(block.max_from)).group_by(block.block)
    )


def _phases(shape: _Shape) -> Iterator[ColumnElement[bool]]:
    phase, now = task_phases.c, _value("now")
    yield phase.account_id == bindparam("account")
    yield phase.vendor == bindparam("of_vendor")
    yield phase.kind == bindparam("of_kind")
    yield _one_of(phase.state, "state", shape.states)
    yield _one_of(phase.category, "category", shape.categories)
    yield phase.from_at <= now
    yield phase.until_at > now


def _numbers(shape: _Shape) -> Select[tuple[int]]:
    # The numbers of the selected tasks of a block.
    first, last = _value("first_number"), _value("last_number")
    if shape.states is not None and not shape.by_creation:
        number = task_phases.c.number
        return select(number).where(number.between(first, last), *_phases(shape), _not_among(number, shape.without))
    conditions = [
        tasks.c.account_id == bindparam("account"),
        tasks.c.vendor == bindparam("of_vendor"),
        tasks.c.kind == bindparam("of_kind"),
        tasks.c.number.between(first, last),
        tasks.c.deleted_at.is_(None),
        _one_of(tasks.c.category, "category", shape.categories),
        _not_among(tasks.c.number, shape.without),
    ]
    if shape.by_creation:
        conditions.append(tasks.c.created_at.between(_value("created_from"), _value("created_until")))
    if shape.states is not None:
        conditions.append(exists().where(task_phases.c.number == tasks.c.number, *_phases(shape)))
    return select(tasks.c.number).where(*conditions)


@cache
def _count_of_block(shape: _Shape) -> PreparedStatement:
    return PreparedStatement(select(func.count()).select_from(_numbers(shape).subquery()))


@cache
def _page_of_block(shape: _Shape, newest_first: bool) -> PreparedStatement:
    numbers = _numbers(shape)
    (column,) = numbers.selected_columns
    ordered = numbers.order_by(column.desc() if newest_first else column)
    chosen = ordered.limit(_value("limit")).offset(_value("offset")).subquery()
    # Their order is made by the reader: a database would sort the joined rows once more.
    return PreparedStatement(
        select(*COLUMNS)
        .join(chosen, chosen.c.number == tasks.c.number)
        .where(
            tasks.c.account_id == bindparam("account"),
            tasks.c.vendor == bindparam("of_vendor"),
            tasks.c.kind == bindparam("of_kind"),
        )
    )


@cache
def _entered_in_block(shape: _Shape) -> PreparedStatement:
    entered, phase = _value("entered"), task_phases.c
    before = (phase.from_at < entered) | and_(phase.from_at == entered, phase.number < _value("below"))
    conditions = (phase.number.between(_value("first_number"), _value("last_number")), *_phases(shape), before)
    return PreparedStatement(select(func.count()).where(*conditions))
