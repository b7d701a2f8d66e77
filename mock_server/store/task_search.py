"""Tasks by their texts: few tasks are read but those that have what is looked for."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import BigInteger, Connection, bindparam, select

from bodydouble.mock_server.store import search
from bodydouble.mock_server.store import tasks as task_rows
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.search import ESCAPE, NAME, Scope, SearchText, pattern
from bodydouble.mock_server.store.tables import tasks
from bodydouble.mock_server.store.tasks import COLUMNS, Task

_OF_KIND = (
    tasks.c.account_id == bindparam("account"),
    tasks.c.vendor == bindparam("of_vendor"),
    tasks.c.kind == bindparam("of_kind"),
)
# The keys alone first, from their index: in the order of numbers, a database would read every row.
_IDS_BY_PART_OF_KEY = (
    select(tasks.c.id).where(*_OF_KIND, tasks.c.key.like(bindparam("pattern"), escape=ESCAPE)).scalar_subquery()
)
_BY_PART_OF_KEY = PreparedStatement(
    select(*COLUMNS)
    .where(tasks.c.id.in_(_IDS_BY_PART_OF_KEY), tasks.c.deleted_at.is_(None))
    .order_by(tasks.c.number.desc())
)


@cache
def _of_block(*, by_name: bool, with_deleted: bool, by_attribute: bool) -> PreparedStatement:
    first, last = (bindparam(name, type_=BigInteger()) for name in ("first_number", "last_number"))
    statement = select(*COLUMNS).where(*_OF_KIND, tasks.c.number.between(first, last))
    if by_name:
        statement = statement.where(tasks.c.name.like(bindparam("pattern"), escape=ESCAPE))
    if by_attribute:
        statement = statement.where(tasks.c.attributes.like(bindparam("attribute"), escape=ESCAPE))
    if not with_deleted:
        statement = statement.where(tasks.c.deleted_at.is_(None))
    return PreparedStatement(statement.order_by(tasks.c.number.desc()))


def by_text(
    connection: Connection,
    scope: Scope,
    searched: SearchText,
    *,
    with_deleted: bool = False,
    having: str = "",
) -> Iterator[Task]:
    """The tasks that may have a text, newest first; the caller compares them.

    Args:
        searched: with `by_part`, its text is a part of what is looked for, and not empty.
        having: an attribute that the tasks have: most of those without it are not parsed.
    """
    by_name, by_attribute = searched.field == NAME, bool(having)
    statement = _of_block(by_name=by_name, with_deleted=with_deleted, by_attribute=by_attribute)
    patterns = {
        "pattern": pattern(searched.text, by_part=searched.by_part),
        "attribute": pattern(f'"{having}":', by_part=True),
    }
    values = {**scope.parameters, **patterns}
    for block in search.blocks(connection, scope, searched):
        limits = {"first_number": block.start, "last_number": block.stop - 1}
        yield from map(task_rows.of_row, statement.all(connection, {**values, **limits}))


def by_part_of_key(connection: Connection, scope: Scope, part: str) -> list[Task]:
    """The tasks whose identifiers may have a part, newest first; the caller compares them.

    All identifiers of the kind are looked at, in their index: an index of the parts of random texts would be larger
    than the tasks.
    """
    values = {**scope.parameters, "pattern": pattern(part, by_part=True)}
    return [task_rows.of_row(row) for row in _BY_PART_OF_KEY.all(connection, values)]
