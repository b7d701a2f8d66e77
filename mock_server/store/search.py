"""Search of tasks and resources by texts, and by parts of texts: which small blocks may have what is looked for.

A block is looked at if it once had the text, or all parts of it, so that what is read depends on how much matches, and
not on how much there is. Parts have three characters, or fewer at the end of a text: a shorter text is the beginning of
a part. They are the same on every database. A change leaves the earlier text of a block behind, which is safe: the
reader of a block compares its rows.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, bindparam, func, literal, select, text

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import SEARCH_BLOCK, search_parts

# The field of texts that are the names of tasks.
NAME = "name"
_PART, _MAX_WHOLE = 3, 64
# How many parts of a text are compared, and how far their blocks are counted.
_MAX_PARTS, _MAX_COUNTED = 16, 256
# Wildcards of LIKE, and what takes their meaning from them.
ESCAPE = "\\"
_ESCAPED = str.maketrans({character: f"{ESCAPE}{character}" for character in f"%_{ESCAPE}"})
# Behind all that begins with the same characters.
_LAST = "\U0010ffff" * _PART


@dataclass(frozen=True, slots=True)
class SearchText:
    """A text by which a list searches.

    Attributes:
        field: names it among the texts of its kind.
        by_part: whether parts of it are searched for, too.
    """

    field: str
    text: str
    by_part: bool = False

    def parts(self) -> Iterator[tuple[str, str]]:
        """Field and part of each row."""
        yield _whole(self.field), self.text[:_MAX_WHOLE]
        if self.by_part:
            yield from ((self.field, self.text[start : start + _PART]) for start in range(len(self.text)))


@dataclass(frozen=True, slots=True)
class Scope:
    """The tasks or resources of a kind."""

    account_id: str
    vendor: str
    kind: str

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of statements."""
        return {"account": self.account_id, "of_vendor": self.vendor, "of_kind": self.kind}


def pattern(searched: str, *, by_part: bool) -> str:
    """The pattern of LIKE, with ESCAPE, of a text or of what has it as a part."""
    escaped = searched.translate(_ESCAPED)
    return f"%{escaped}%" if by_part else escaped


def _whole(field: str) -> str:
    # The field of whole texts.
    return f"{field}="


_INSERT = PreparedStatement(
    text(
        "INSERT INTO search_parts (account_id, vendor, kind, field, part, block) "
        "VALUES (:account, :of_vendor, :of_kind, :of_field, :of_part, :of_block) "
        "ON CONFLICT DO NOTHING"
    )
)


def _conditions(part: str, table: Any = search_parts) -> Iterator[ColumnElement[bool]]:
    column = table.c
    yield column.account_id == bindparam("account")
    yield column.vendor == bindparam("of_vendor")
    yield column.kind == bindparam("of_kind")
    yield column.field == bindparam("of_field")
    if part:
        yield column.part == bindparam(part, type_=Text())


def _has(part: str) -> ColumnElement[bool]:
    other = search_parts.alias()
    return select(literal(1)).where(*_conditions(part, other), other.c.block == search_parts.c.block).exists()


_COUNTED = select(search_parts.c.block).where(*_conditions("of_part")).limit(bindparam("at_most", type_=BigInteger()))
_COUNT = PreparedStatement(select(func.count()).select_from(_COUNTED.subquery()))
_BLOCKS_OF_BEGINNING = PreparedStatement(
    select(search_parts.c.block)
    .where(
        *_conditions(""), search_parts.c.part.between(bindparam("first", type_=Text()), bindparam("last", type_=Text()))
    )
    .distinct()
)


@cache
def _blocks_with(number: int) -> PreparedStatement:
    # The blocks that have a number of parts, all of them: what is read of a block costs more than a look for a part.
    others = (_has(f"part_{index}") for index in range(1, number))
    return PreparedStatement(select(search_parts.c.block).where(*_conditions("part_0"), *others))


def add(connection: Connection, texts: Iterable[tuple[Scope, int, Iterable[SearchText]]]) -> None:
    """Record the texts of tasks or resources, each with the number of the task, or the row of the resource."""
    # In an order, so that transactions which wait for each other's rows do so one way only.
    keys = sorted({key for scope, position, entries in texts for key in _keys(scope, position, entries)})
    names = ("account", "of_vendor", "of_kind", "of_field", "of_part", "of_block")
    if keys:
        _INSERT.run_many(connection, [dict(zip(names, key, strict=True)) for key in keys])


def _keys(scope: Scope, position: int, texts: Iterable[SearchText]) -> Iterator[tuple[str, str, str, str, str, int]]:
    block = position // SEARCH_BLOCK
    for field, part in (row for entry in texts for row in entry.parts()):
        yield scope.account_id, scope.vendor, scope.kind, field, part, block


def blocks(connection: Connection, scope: Scope, searched: SearchText) -> list[range]:
    """The positions of each block that may have the text, the newest first.

    Args:
        searched: with `by_part`, its text is a part of what is looked for, and not empty.
    """
    if not searched.by_part:
        parts, field = [searched.text[:_MAX_WHOLE]], _whole(searched.field)
    else:
        parts, field = _rarest(connection, scope, searched), searched.field
    values = {**scope.parameters, "of_field": field}
    if parts:
        chosen = {f"part_{index}": part for index, part in enumerate(parts)}
        rows = _blocks_with(len(parts)).all(connection, {**values, **chosen})
    else:
        limits = {"first": searched.text, "last": searched.text + _LAST}
        rows = _BLOCKS_OF_BEGINNING.all(connection, {**values, **limits})
    positions = sorted((block * SEARCH_BLOCK for (block,) in rows), reverse=True)
    return [range(first, first + SEARCH_BLOCK) for first in positions]


def _rarest(connection: Connection, scope: Scope, searched: SearchText) -> list[str]:
    # The parts of a text, those first that fewest blocks have; none of a text that is shorter than a part.
    whole = searched.text
    parts = list(dict.fromkeys(whole[start : start + _PART] for start in range(len(whole) - _PART + 1)))
    parts = parts[:: -(-len(parts) // _MAX_PARTS) or 1]
    values = {**scope.parameters, "of_field": searched.field, "at_most": _MAX_COUNTED}
    return sorted(parts, key=lambda part: int(_COUNT.scalar(connection, {**values, "of_part": part})))
