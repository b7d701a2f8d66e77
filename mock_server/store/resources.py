"""Resources without a lifecycle: what a client saves, changes and reads back (drafts, configurations)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BigInteger, Connection, bindparam, delete, insert, select, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import search
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.search import Scope, SearchText
from bodydouble.mock_server.store.tables import RESOURCE_BLOCK, resource_blocks, resources


class NewResource(NamedTuple):
    """A resource to record; its content is in the stored form."""

    vendor: str
    kind: str
    category: str
    key: str
    content: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource.

    Attributes:
        id: the row's; never on a vendor's wire.
        key: the identifier on the wire; unique in account, vendor and kind.
        created_at, updated_at: epoch milliseconds on the account's clock.
    """

    id: int
    key: str
    created_at: int
    updated_at: int
    content: Mapping[str, Any]


_COLUMNS = (
    resources.c.id,
    resources.c.key,
    resources.c.created_at,
    resources.c.updated_at,
    resources.c.content,
)
_OF_KIND = select(*_COLUMNS).where(
    resources.c.account_id == bindparam("account"),
    resources.c.vendor == bindparam("of_vendor"),
    resources.c.kind == bindparam("of_kind"),
)
_INSERT_MANY = PreparedStatement(insert(resources), [column.name for column in resources.c if column.name != "id"])
_BY_KEY = _OF_KIND.where(resources.c.key == bindparam("of_key"))
_OF_CATEGORY = _OF_KIND.where(resources.c.category == bindparam("of_category"))
_NEWEST_FIRST = _OF_CATEGORY.order_by(resources.c.id.desc())
_BLOCKS = PreparedStatement(
    select(resource_blocks.c.block, resource_blocks.c.count)
    .where(
        resource_blocks.c.account_id == bindparam("account"),
        resource_blocks.c.vendor == bindparam("of_vendor"),
        resource_blocks.c.kind == bindparam("of_kind"),
        resource_blocks.c.category == bindparam("of_category"),
    )
    .order_by(resource_blocks.c.block.desc())
)
# The content is JSON text: most of what has not the text is not parsed.
_OF_BLOCK = PreparedStatement(
    _NEWEST_FIRST.where(
        resources.c.id.between(bindparam("first", type_=BigInteger()), bindparam("last", type_=BigInteger())),
        resources.c.content.like(bindparam("in_content"), escape=search.ESCAPE)
        | resources.c.key.like(bindparam("in_key"), escape=search.ESCAPE),
    )
)
# Behind an offset, which is that of the first block: of all others, nothing is skipped.
_PAGE = PreparedStatement(
    _NEWEST_FIRST.where(resources.c.id <= bindparam("last", type_=BigInteger()))
    .limit(bindparam("limit", type_=BigInteger()))
    .offset(bindparam("offset", type_=BigInteger()))
)


def add(
    connection: Connection,
    account_id: str,
    vendor: str,
    kind: str,
    key: str,
    *,
    created_at: int,
    content: Mapping[str, Any],
    category: str = "",
    texts: Sequence[SearchText] = (),
) -> Resource:
    """Record a new resource.

    Args:
        category: distinguishes resources of one kind in lists, where the vendor does so.
        texts: by which lists search for it.
    """
    values = {
        "account_id": account_id,
        "vendor": vendor,
        "kind": kind,
        "key": key,
        "created_at": created_at,
        "updated_at": created_at,
        "category": category,
        "content": orjson.dumps(content).decode(),
    }
    resource_id = connection.execute(insert(resources).values(values).returning(resources.c.id)).scalar_one()
    search.add(connection, [(Scope(account_id, vendor, kind), resource_id, texts)])
    return Resource(resource_id, key, created_at, created_at, content)


def add_many(
    connection: Connection,
    account_id: str,
    new_resources: Sequence[NewResource],
    *,
    created_at: int,
) -> None:
    """Record new resources, in few statements."""
    of_all = {"account_id": account_id, "created_at": created_at, "updated_at": created_at}
    rows = [{**of_all, **new._asdict()} for new in new_resources]
    _INSERT_MANY.run_many(connection, rows)


def get(connection: Connection, account_id: str, vendor: str, kind: str, key: str) -> Resource | None:
    """The resource that a wire identifier stands for in an account."""
    scope = {"account": account_id, "of_vendor": vendor, "of_kind": kind}
    row = connection.execute(_BY_KEY, {**scope, "of_key": key}).first()
    return None if row is None else _of_row(row)


def _of_row(row: Sequence[Any]) -> Resource:
    return Resource(row[0], row[1], row[2], row[3], orjson.loads(row[4]))


def every(connection: Connection, account_id: str, vendor: str, kind: str, category: str = "") -> list[Resource]:
    """All resources of a kind and category, newest first."""
    scope = {"account": account_id, "of_vendor": vendor, "of_kind": kind, "of_category": category}
    return [_of_row(row) for row in connection.execute(_NEWEST_FIRST, scope)]


def by_text(connection: Connection, scope: Scope, category: str, searched: SearchText) -> list[Resource]:
    """The resources of a category that may have a text, newest first; the caller compares them.

    Args:
        searched: with `by_part`, its text is a part of what is looked for, and not empty.
    """
    in_json = orjson.dumps(searched.text).decode()[1:-1]
    patterns = {
        "in_content": search.pattern(in_json, by_part=True),
        "in_key": search.pattern(searched.text, by_part=searched.by_part),
    }
    values = {**scope.parameters, "of_category": category, **patterns}
    blocks = search.blocks(connection, scope, searched)
    limits = ({"first": block.start, "last": block.stop - 1} for block in blocks)
    return [_of_row(row) for of_block in limits for row in _OF_BLOCK.all(connection, {**values, **of_block})]


def page(
    connection: Connection, account_id: str, vendor: str, kind: str, category: str, *, offset: int, limit: int | None
) -> tuple[int, list[Resource]]:
    """How many resources of a kind and category there are, and some of them, newest first."""
    scope: dict[str, Any] = {"account": account_id, "of_vendor": vendor, "of_kind": kind, "of_category": category}
    blocks = _BLOCKS.all(connection, scope)
    total = sum(size for _, size in blocks)
    for block, size in blocks:
        if offset < size:
            last = (block + 1) * RESOURCE_BLOCK - 1
            values = {**scope, "last": last, "offset": offset, "limit": total if limit is None else limit}
            return total, [_of_row(row) for row in _PAGE.all(connection, values)]
        offset -= size
    return total, []


def change(
    connection: Connection, resource_id: int, updated_at: int, content: Mapping[str, Any], category: str = ""
) -> None:
    """Replace a resource's content, and its category."""
    values = {"updated_at": updated_at, "content": orjson.dumps(content).decode(), "category": category}
    connection.execute(update(resources).where(resources.c.id == resource_id).values(values))


def add_texts(connection: Connection, scope: Scope, resource_id: int, texts: Sequence[SearchText]) -> None:
    """Record the texts of a resource that has changed."""
    search.add(connection, [(scope, resource_id, texts)])


def remove(connection: Connection, resource_id: int) -> None:
    """Forget a resource."""
    connection.execute(delete(resources).where(resources.c.id == resource_id))


def forget_oldest(connection: Connection, account_id: str, keep: int) -> int:
    """Drop an account's resources beyond a number of newest ones; how many were dropped."""
    newest = (
        select(resources.c.id)
        .where(resources.c.account_id == account_id)
        .order_by(resources.c.id.desc())
        .offset(keep)
        .limit(1)
        .scalar_subquery()
    )
    return connection.execute(
        delete(resources).where(resources.c.account_id == account_id, resources.c.id <= newest)
    ).rowcount
