"""Resources without a lifecycle: what a client saves, changes and reads back (drafts, configurations)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import resources


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
    resources.c.vendor == bindparam("vendor"),
    resources.c.kind == bindparam("kind"),
)
_INSERT_MANY = PreparedStatement(insert(resources), [column.name for column in resources.c if column.name != "id"])
_BY_KEY = _OF_KIND.where(resources.c.key == bindparam("key"))
_NEWEST_FIRST = _OF_KIND.order_by(resources.c.id.desc())


def add(
    connection: Connection,
    account_id: str,
    vendor: str,
    kind: str,
    key: str,
    *,
    created_at: int,
    content: Mapping[str, Any],
) -> Resource:
    """Record a new resource."""
    values = {
        "account_id": account_id,
        "vendor": vendor,
        "kind": kind,
        "key": key,
        "created_at": created_at,
        "updated_at": created_at,
        "content": orjson.dumps(content).decode(),
    }
    resource_id = connection.execute(insert(resources).values(values).returning(resources.c.id)).scalar_one()
    return Resource(resource_id, key, created_at, created_at, content)


def add_many(
    connection: Connection,
    account_id: str,
    vendor: str,
    new_resources: Sequence[tuple[str, str, Mapping[str, Any]]],
    *,
    created_at: int,
) -> None:
    """Record new resources, each by kind, key and content, in few statements."""
    of_all = {"account_id": account_id, "vendor": vendor, "created_at": created_at, "updated_at": created_at}
    rows = [
        {**of_all, "kind": kind, "key": key, "content": orjson.dumps(content).decode()}
        for kind, key, content in new_resources
    ]
    _INSERT_MANY.run_many(connection, rows)


def get(connection: Connection, account_id: str, vendor: str, kind: str, key: str) -> Resource | None:
    """The resource that a wire identifier stands for in an account."""
    row = connection.execute(_BY_KEY, {"account": account_id, "vendor": vendor, "kind": kind, "key": key}).first()
    return None if row is None else Resource(row[0], row[1], row[2], row[3], orjson.loads(row[4]))


def every(connection: Connection, account_id: str, vendor: str, kind: str) -> list[Resource]:
    """All resources of a kind, newest first."""
    rows = connection.execute(_NEWEST_FIRST, {"account": account_id, "vendor": vendor, "kind": kind})
    return [Resource(row[0], row[1], row[2], row[3], orjson.loads(row[4])) for row in rows]


def change(connection: Connection, resource_id: int, updated_at: int, content: Mapping[str, Any]) -> None:
    """Replace a resource's content."""
    connection.execute(
        update(resources)
        .where(resources.c.id == resource_id)
        .values(updated_at=updated_at, content=orjson.dumps(content).decode())
    )


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
