"""Lists of tasks in the order of their creation: counts, pages and places, by the counts of blocks.

Counts and pages depend on how many tasks there are by no more than a row of counts for every largest block of them.
Smaller blocks are looked at only where a part of a large one is selected, or listed; tasks themselves, or their phases,
only in the smallest blocks of which a part is: those that time is passing through, and those at the ends of a time of
creation.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import list_statements
from bodydouble.mock_server.store import tasks as task_rows
from bodydouble.mock_server.store.list_statements import Shape
from bodydouble.mock_server.store.tables import ANY_STATE, BLOCK_RATIO, BLOCK_SIZE, BLOCK_SIZES
from bodydouble.mock_server.store.tasks import Task

# Epoch milliseconds before, and after, all that a clock can show.
_FIRST, _LAST = 0, 2**62
# How many smallest blocks of a page are read at once.
_MAX_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """When tasks enter a state, be it past or to come.

    Attributes:
        state: that they enter.
        before: the states that nothing but this one follows.
        from_at, until_at: only tasks that enter it in this time, both ends included; None for no end.
    """

    state: str
    before: tuple[str, ...]
    from_at: int | None = None
    until_at: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of statements. What never enters the state does so at the end of all time."""
        return {
            "entry_state": self.state,
            "entry_from": _FIRST if self.from_at is None else self.from_at,
            "entry_until": _LAST - 1 if self.until_at is None else self.until_at,
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """The tasks of a list.

    Attributes:
        now: at which the states are meant, epoch milliseconds on the account's clock.
        categories: only tasks of these; None for any.
        states: only tasks in these; None for any. Only kinds that are listed by state can be selected so.
        created_from, created_until: only tasks that were created in this time, both ends included; None for no end.
        without: the numbers of tasks that are not selected.
        entry: only tasks that enter a state in a time, and are in it or in one of the states before it.
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
    entry: Entry | None = None

    @property
    def shape(self) -> Shape:
        """What its statements depend on."""
        by_creation = self.created_from is not None or self.created_until is not None
        categories = None if self.categories is None else len(self.categories)
        states = None if self.in_states is None else len(self.in_states)
        # Few shapes, each of them prepared once: places that are left over repeat a number.
        places = 1 << (len(self.without) - 1).bit_length() if self.without else 0
        return Shape(categories, states, by_creation, places, self.entry is not None)

    @property
    def in_states(self) -> tuple[str, ...] | None:
        """The states in which selected tasks can be; None for any."""
        if self.entry is None:
            return self.states
        near = (self.entry.state, *self.entry.before)
        return tuple(state for state in near if self.states is None or state in self.states)

    @property
    def is_possible(self) -> bool:
        """Whether there can be such tasks: neither no state nor no category is allowed."""
        return self.in_states != () and self.categories != ()

    def among(self, numbers: Mapping[str, int]) -> "Selection":
        """The same, for a look at tasks of these numbers, as the values of statements, alone."""
        first, last = numbers["first_number"], numbers["last_number"]
        return replace(self, without=frozenset(number for number in self.without if first <= number <= last))

    def parameters(self, **further: int) -> dict[str, Any]:
        """The values of its statements."""
        shape, without = self.shape, sorted(self.without)
        without += without[-1:] * (shape.without - len(without))
        return {
            "account": self.account_id,
            "of_vendor": self.vendor,
            "of_kind": self.kind,
            "now": self.now,
            "any_state": ANY_STATE,
            "created_from": _FIRST if self.created_from is None else self.created_from,
            "created_until": _LAST if self.created_until is None else self.created_until,
            **{f"category_{index}": category for index, category in enumerate(self.categories or ())},
            **{f"state_{index}": state for index, state in enumerate(self.in_states or ())},
            **{f"without_{index}": number for index, number in enumerate(without)},
            **({} if self.entry is None else self.entry.parameters),
            **further,
        }


def page(
    connection: Connection, selection: Selection, *, offset: int, limit: int | None, newest_first: bool = True
) -> tuple[int, list[Task]]:
    """How many tasks are selected, and some of them in the order of their creation."""
    counts = Counts(connection, selection)
    rows: list[Task] = []
    for run in _runs(counts.places(offset, newest_first), counts.total if limit is None else limit):
        of_run = selection.among(run.numbers)
        statement = list_statements.page_of_block(of_run.shape, newest_first)
        values = of_run.parameters(**run.numbers, offset=run.offset, limit=run.limit)
        rows += sorted(map(task_rows.of_row, statement.all(connection, values)), key=_number, reverse=newest_first)
    return counts.total, rows


@dataclass(frozen=True, slots=True)
class _Run:
    """Adjacent smallest blocks, of which a page is read at once: nothing that is not selected is between them."""

    blocks: tuple[int, int]
    offset: int
    limit: int

    @property
    def numbers(self) -> dict[str, int]:
        return {
            "first_number": min(self.blocks) * BLOCK_SIZE,
            "last_number": (max(self.blocks) + 1) * BLOCK_SIZE - 1,
        }

    def with_block(self, block: int, limit: int) -> "_Run | None":
        """The run with a further block, of which so many tasks are on the page; None if it is not the next one.

        A run has few blocks, since its statement names all numbers of theirs that are left out.
        """
        if abs(block - self.blocks[1]) != 1 or abs(block - self.blocks[0]) >= _MAX_BLOCKS:
            return None
        return _Run((self.blocks[0], block), self.offset, self.limit + limit)


def _runs(places: Iterable[tuple[int, int, int]], missing: int) -> Iterator[_Run]:
    run: _Run | None = None
    for block, before, size in places:
        if missing <= 0:
            break
        on_page = min(missing, size - before)
        extended = None if run is None else run.with_block(block, on_page)
        if extended is None and run is not None:
            yield run
        run, missing = extended or _Run((block, block), before, on_page), missing - on_page
    if run is not None:
        yield run


def _number(task: Task) -> int:
    return task.number


def count(connection: Connection, selection: Selection) -> int:
    """How many tasks are selected."""
    return Counts(connection, selection).total


def entered_before(connection: Connection, selection: Selection, from_at: int, number: int) -> int:
    """How many of the selected tasks, which are in their one state, entered it before a time.

    Args:
        number: of a task; those that entered the state at the very time count if they have a smaller number.
    """
    return _entered(connection, selection, selection.parameters(entered=from_at, below=number), Part())


def _entered(connection: Connection, selection: Selection, parameters: dict[str, Any], part: "Part") -> int:
    total, shape = 0, selection.shape
    for block, size, is_whole in list_statements.entries(shape).all(connection, {**parameters, **part.parameters}):
        if is_whole:
            total += size
        elif part.level:
            total += _entered(connection, selection, parameters, part.of_block(block))
        else:
            statement = list_statements.entered_in_block(shape)
            total += statement.scalar(connection, {**parameters, **numbers_of(block)})
    return total


def numbers_of(block: int) -> dict[str, int]:
    """The numbers of a smallest block, as the values of statements."""
    return {"first_number": block * BLOCK_SIZE, "last_number": (block + 1) * BLOCK_SIZE - 1}


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks of one level: all of the highest one, or those of one block of the level above."""

    level: int = len(BLOCK_SIZES) - 1
    first: int = 0
    last: int = _LAST

    @property
    def parameters(self) -> dict[str, int]:
        """The values of statements."""
        return {"level": self.level, "first_block": self.first, "last_block": self.last}

    def of_block(self, block: int) -> "Part":
        """The blocks of the level below that one of these has."""
        return Part(self.level - 1, block * BLOCK_RATIO, (block + 1) * BLOCK_RATIO - 1)


class Counts:
    """How many tasks are selected, by blocks; read as far as it is needed, and once."""

    def __init__(self, connection: Connection, selection: Selection) -> None:
        self._connection = connection
        # Tasks that are left out are subtracted, so that no block has to be looked into because of them.
        self._selection = replace(selection, without=frozenset())
        self._shape, self._parameters = self._selection.shape, self._selection.parameters()
        self._left_out = self._of_levels(selection.without)
        self._read: dict[Part, dict[int, int]] = {}
        self.total = sum(self.of(Part()).values()) if selection.is_possible else 0

    def places(self, offset: int, newest_first: bool) -> Iterator[tuple[int, int, int]]:
        """The smallest blocks with tasks behind an offset, in order: how many of its own are before it, and in all."""
        return self._places(Part(), offset, newest_first) if self.total > offset else iter(())

    def _places(self, part: Part, offset: int, newest_first: bool) -> Iterator[tuple[int, int, int]]:
        for block, size in sorted(self.of(part).items(), reverse=newest_first):
            if offset < size and part.level:
                yield from self._places(part.of_block(block), offset, newest_first)
            elif offset < size:
                yield block, offset, size
            offset = max(0, offset - size)

    def of(self, part: Part) -> dict[int, int]:
        """How many tasks are selected in each block of a part."""
        if part not in self._read:
            self._read[part] = self._count(part)
        return self._read[part]

    def _count(self, part: Part) -> dict[int, int]:
        statement, created = list_statements.blocks(self._shape), self._created(part)
        parameters = {**self._parameters, **part.parameters}
        if created is None and not self._left_out and self._shape.states is None:
            return dict(statement.all(self._connection, parameters))
        counts = {}
        for block, size, *whole in statement.all(self._connection, parameters):
            if created is not None and block not in created:
                continue
            is_whole = all(whole) and (created is None or created[block])
            counts[block] = self._without(part, block, size) if is_whole else self._count_within(part, block)
        return counts

    def _of_levels(self, without: Collection[int]) -> list[Counter[int]]:
        # How many selected tasks are left out of the blocks of each level.
        if not without or not self._selection.is_possible:
            return []
        statement = list_statements.selected_among(self._shape)
        rows = {number for (number,) in statement.all(self._connection, sorted(without), self._parameters)}
        return [Counter(number // size for number in rows) for size in BLOCK_SIZES]

    def _without(self, part: Part, block: int, size: int) -> int:
        return size - self._left_out[part.level][block] if self._left_out else size

    def _count_within(self, part: Part, block: int) -> int:
        if part.level:
            return sum(self.of(part.of_block(block)).values())
        statement = list_statements.count_of_block(self._shape)
        size = int(statement.scalar(self._connection, {**self._parameters, **numbers_of(block)}))
        return self._without(part, block, size)

    def _created(self, part: Part) -> dict[int, bool] | None:
        # The blocks with tasks of the time of creation, and whether all of their tasks are.
        if not self._shape.by_creation:
            return None
        statement = list_statements.blocks_by_creation(self._shape.categories)
        rows = statement.all(self._connection, {**self._parameters, **part.parameters})
        return {block: bool(is_whole) for block, is_whole in rows}
