"""The attempts at deliveries, as they were recorded."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, func, select

from bodydouble.mock_server.store.deliveries import COLUMNS, Attempt, Delivery, from_row
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import attempts, deliveries

_COLUMNS = (
    attempts.c.number,
    attempts.c.trigger,
    attempts.c.at,
    attempts.c.url,
    attempts.c.request_headers,
    attempts.c.request_body,
    attempts.c.status,
    attempts.c.response_body,
    attempts.c.duration,
    attempts.c.outcome,
    attempts.c.error,
    attempts.c.next_attempt_at,
    attempts.c.faults,
)
_COUNT = PreparedStatement(
    select(func.count()).where(
        attempts.c.delivery_id == bindparam("delivery"), attempts.c.trigger == bindparam("of_trigger")
    )
)


def count(connection: Connection, delivery_id: str, trigger: str) -> int:
    """The number of attempts of a delivery with a trigger."""
    return int(_COUNT.scalar(connection, {"delivery": delivery_id, "of_trigger": trigger}))


def of_deliveries(connection: Connection, delivery_ids: list[str]) -> dict[str, list[Attempt]]:
    """All attempts of some deliveries, in order, by delivery."""
    statement = (
        select(attempts.c.delivery_id, *_COLUMNS)
        .where(attempts.c.delivery_id.in_(delivery_ids))
        .order_by(attempts.c.id)
    )
    by_delivery: dict[str, list[Attempt]] = {delivery_id: [] for delivery_id in delivery_ids}
    for row in connection.execute(statement) if delivery_ids else ():
        by_delivery[row[0]].append(_attempt(row[1:]))
    return by_delivery


def between(connection: Connection, account_id: str, since: int, until: int) -> list[tuple[Delivery, Attempt]]:
    """The scheduled attempts of an account that were made in a time, on its clock; both ends belong to it."""
    statement = (
        select(*COLUMNS, *_COLUMNS)
        .join(attempts, attempts.c.delivery_id == deliveries.c.id)
        .where(
            attempts.c.account_id == account_id,
            attempts.c.trigger == "scheduled",
            attempts.c.at.between(since, until),
        )
    )
    size = len(COLUMNS)
    return [(from_row(row[:size]), _attempt(row[size:])) for row in connection.execute(statement)]


def _attempt(row: Sequence[Any]) -> Attempt:
    values = [*row[:4], orjson.loads(row[4]), *row[5:-1], orjson.loads(row[-1])]
    return Attempt(*values)
