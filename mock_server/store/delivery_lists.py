"""Lists of an account's deliveries."""

from sqlalchemy import Connection, select, tuple_

from bodydouble.mock_server.store.deliveries import COLUMNS, PENDING, Delivery, from_row
from bodydouble.mock_server.store.tables import deliveries, delivery_is_pending


def search(
    connection: Connection,
    account_id: str,
    *,
    vendor: str | None = None,
    state: str | None = None,
    task_id: int | None = None,
    before: Delivery | None = None,
    limit: int | None = 100,
) -> list[Delivery]:
    """Deliveries of an account in the order in which they are due, the latest `limit` of them.

    Args:
        before: only those that are before this one in that order.
    """
    statement = select(*COLUMNS).where(deliveries.c.account_id == account_id)
    for column, value in (
        (deliveries.c.vendor, vendor),
        (deliveries.c.state, state),
        (deliveries.c.task_id, task_id),
    ):
        if value is not None:
            # The index of pending ones serves only their very condition, without a parameter.
            statement = statement.where(delivery_is_pending if value == PENDING else column == value)
    if before is not None:
        place = tuple_(deliveries.c.due_at, deliveries.c.step, deliveries.c.id)
        statement = statement.where(place < (before.due_at, before.step, before.id))
    statement = statement.order_by(deliveries.c.due_at.desc(), deliveries.c.step.desc(), deliveries.c.id.desc()).limit(
        limit
    )
    return [from_row(row) for row in connection.execute(statement)][::-1]
