"""The statements of lists of tasks: what they read of the counts of blocks, and of the tasks of one block."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
    true,
)

from bodydouble.mock_server.store.block_statements import KeysStatement
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import task_blocks, task_phases, tasks
from bodydouble.mock_server.store.tasks import COLUMNS


class Shape(NamedTuple):
    """What a selection's statements depend on: how many categories and states, and whether on times.

    Attributes:
        without: for how many numbers that are left out a statement has places.
    """

    categories: int | None
    states: int | None
    by_creation: bool
    without: int
    by_entry: bool = False


def _value(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger())


def _one_of(column: ColumnElement[str], name: str, number: int | None) -> ColumnElement[bool]:
    return true() if number is None else column.in_([bindparam(f"{name}_{index}") for index in range(number)])


def _not_among(column: ColumnElement[int], number: int) -> ColumnElement[bool]:
    return column.not_in([_value(f"without_{index}") for index in range(number)]) if number else true()


def _entry(state: ColumnElement[str], begin: ColumnElement[int], end: ColumnElement[int]) -> ColumnElement[int]:
    # When tasks enter a state: the beginning of its phase, the end of that before it.
    return case((state == bindparam("entry_state"), begin), else_=end)


def _of_blocks(categories: int | None, states: int | None) -> Select[Any]:
    block = task_blocks.c
    return select(block.block).where(
        block.account_id == bindparam("account"),
        block.vendor == bindparam("of_vendor"),
        block.kind == bindparam("of_kind"),
        block.level == bindparam("level", type_=Integer()),
        block.block.between(_value("first_block"), _value("last_block")),
        block.state == bindparam("any_state") if states is None else _one_of(block.state, "state", states),
        _one_of(block.category, "category", categories),
    )


@cache
def blocks(shape: Shape) -> PreparedStatement:
    """The blocks that can have selected tasks, with the number of these, and whether all are in the states."""
    block, now = task_blocks.c, _value("now")
    statement = _of_blocks(shape.categories, shape.states).add_columns(cast(func.sum(block.count), BigInteger))
    if shape.states is None:
        return PreparedStatement(statement.group_by(block.block))
    is_whole = and_(func.max(block.max_from) <= now, func.min(block.min_until) > now)
    statement = statement.where(block.min_from <= now, block.max_until > now)
    if shape.by_entry:
        first, last = _value("entry_from"), _value("entry_until")
        earliest = _entry(block.state, block.min_from, block.min_until)
        latest = _entry(block.state, block.max_from, block.max_until)
        is_whole = and_(is_whole, func.min(earliest) >= first, func.max(latest) <= last)
        statement = statement.where(latest >= first, earliest <= last)
    return PreparedStatement(statement.add_columns(is_whole).group_by(block.block))


@cache
def blocks_by_creation(categories: int | None) -> PreparedStatement:
    """The blocks with tasks of a time of creation, and whether all of their tasks are."""
    block, first, last = task_blocks.c, _value("created_from"), _value("created_until")
    is_whole = and_(func.min(block.min_from) >= first, func.max(block.max_from) <= last)
    # A category of which nothing is of this time keeps its block from being whole.
    is_touched = and_(func.max(block.max_from) >= first, func.min(block.min_from) <= last)
    statement = _of_blocks(categories, None).add_columns(is_whole)
    return PreparedStatement(statement.group_by(block.block).having(is_touched))


@cache
def entry_bounds(shape: Shape) -> PreparedStatement:
    """The blocks that can have tasks in a state, with the first and the last time at which these entered it."""
    block, now = task_blocks.c, _value("now")
    statement = _of_blocks(shape.categories, shape.states).where(block.min_from <= now, block.max_until > now)
    bounds = func.min(block.min_from), func.max(block.max_from)
    return PreparedStatement(statement.add_columns(block.state, *bounds).group_by(block.block, block.state))


@cache
def entries_of_block(shape: Shape) -> PreparedStatement:
    """The numbers of the selected tasks of a block, and when they entered their states; the first: when created."""
    phase = task_phases.c
    of_task = and_(
        tasks.c.account_id == phase.account_id,
        tasks.c.vendor == phase.vendor,
        tasks.c.kind == phase.kind,
        tasks.c.number == phase.number,
    )
    created = select(tasks.c.created_at).where(of_task).scalar_subquery()
    entered = case((phase.from_at == literal_column("0"), created), else_=phase.from_at)
    statement = select(phase.number, entered).where(
        _of_block(phase.number), *_phases(shape), _not_among(phase.number, shape.without)
    )
    if shape.by_creation:
        is_of_time = tasks.c.created_at.between(_value("created_from"), _value("created_until"))
        statement = statement.where(exists().where(of_task, is_of_time))
    return PreparedStatement(statement)


@cache
def creation_bounds(categories: int | None) -> PreparedStatement:
    """The blocks, with the first and the last time of creation."""
    bounds = func.min(task_blocks.c.min_from), func.max(task_blocks.c.max_from)
    return PreparedStatement(_of_blocks(categories, None).add_columns(*bounds).group_by(task_blocks.c.block))


@cache
def entries(shape: Shape) -> PreparedStatement:
    """The blocks with tasks that can be in a state since a time, with their number, and whether all are."""
    block, now, entered = task_blocks.c, _value("now"), _value("entered")
    is_whole = and_(func.max(block.max_from) < entered, func.min(block.min_until) > now)
    statement = _of_blocks(shape.categories, shape.states).where(block.min_from <= entered, block.max_until > now)
    size = cast(func.sum(block.count), BigInteger)
    return PreparedStatement(statement.add_columns(size, is_whole).group_by(block.block))


def _phases(shape: Shape) -> Iterator[ColumnElement[bool]]:
    phase, now = task_phases.c, _value("now")
    yield phase.account_id == bindparam("account")
    yield phase.vendor == bindparam("of_vendor")
    yield phase.kind == bindparam("of_kind")
    yield _one_of(phase.state, "state", shape.states)
    yield _one_of(phase.category, "category", shape.categories)
    yield phase.from_at <= now
    yield phase.until_at > now
    if shape.by_entry:
        entered = _entry(phase.state, phase.from_at, phase.until_at)
        yield entered.between(_value("entry_from"), _value("entry_until"))


_Choice = Callable[[ColumnElement[int]], ColumnElement[bool]]


def _of_block(number: ColumnElement[int]) -> ColumnElement[bool]:
    return number.between(_value("first_number"), _value("last_number"))


def _numbers(shape: Shape, is_chosen: _Choice = _of_block) -> Select[tuple[int]]:
    # The numbers of the selected tasks of a block, or of others.
    if shape.states is not None and not shape.by_creation:
        number = task_phases.c.number
        return select(number).where(is_chosen(number), *_phases(shape), _not_among(number, shape.without))
    conditions = [
        tasks.c.account_id == bindparam("account"),
        tasks.c.vendor == bindparam("of_vendor"),
        tasks.c.kind == bindparam("of_kind"),
        is_chosen(tasks.c.number),
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
def count_of_block(shape: Shape) -> PreparedStatement:
    """How many tasks of a block are selected, by a look at each."""
    return PreparedStatement(select(func.count()).select_from(_numbers(shape).subquery()))


@cache
def selected_among(shape: Shape) -> KeysStatement:
    """Which of some numbers selected tasks have."""
    return KeysStatement(BigInteger(), lambda keys: _numbers(shape, lambda number: number.in_(keys)))


@cache
def page_of_block(shape: Shape, newest_first: bool) -> PreparedStatement:
    """Some of the selected tasks of a block."""
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
def entered_in_block(shape: Shape) -> PreparedStatement:
    """How many tasks of a block are in a state since before a time, or before a number."""
    entered, phase = _value("entered"), task_phases.c
    before = (phase.from_at < entered) | and_(phase.from_at == entered, phase.number < _value("below"))
    conditions = (_of_block(phase.number), *_phases(shape), before)
    return PreparedStatement(select(func.count()).where(*conditions))
