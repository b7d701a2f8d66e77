"""The faults of a callback event: some are planned with it, the others are decided at its first look."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.faults import StruckFault
from bodydouble.mock_server.store.deliveries import PENDING, Delivery
from bodydouble.mock_server.store.tables import deliveries
from bodydouble.mock_server.store.transactions import mark_deliveries_soon

_PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class EventFaults:
    """The faults of an event.

    Attributes:
        struck: those that are known.
        is_decided: whether there will be no more.
    """

    struck: tuple[StruckFault, ...] = ()
    is_decided: bool = False

    def text(self) -> str:
        """As a delivery has it: a list once it is decided, before that an object with what is planned."""
        faults = [{"scenario": fault.scenario, "fault": fault.parameters} for fault in self.struck]
        return orjson.dumps(faults if self.is_decided else {_PLANNED: faults}).decode()


def faults_of(delivery: Delivery) -> EventFaults:
    """The faults of a delivery."""
    if delivery.faults is None:
        return EventFaults()
    value: Any = orjson.loads(delivery.faults)
    is_decided = isinstance(value, list)
    struck = [
        StruckFault(entry["scenario"], entry["fault"]["kind"], entry["fault"])
        for entry in (value if is_decided else value[_PLANNED])
    ]
    return EventFaults(tuple(struck), is_decided)


def set_decided(connection: Connection, delivery: Delivery) -> None:
    """Record the faults of a delivery that were decided."""
    connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(faults=delivery.faults))


def put_off(connection: Connection, delivery: Delivery, *, with_later: bool) -> None:
    """Record the faults of a delivery, and when it is due now; end its lease.

    Args:
        with_later: whether the later events of its task wait for it.
    """
    mark_deliveries_soon(connection)
    values: dict[str, Any] = {"due_at": delivery.due_at, "leased_until_real": 0}
    own = deliveries.c.id == delivery.id
    connection.execute(update(deliveries).where(own).values(faults=delivery.faults, **values))
    if with_later and delivery.task_id is not None:
        later = (
            deliveries.c.task_id == delivery.task_id,
            deliveries.c.state == PENDING,
            deliveries.c.attempts == 0,
            deliveries.c.created_at >= delivery.created_at,
            deliveries.c.due_at < delivery.due_at,
        )
        connection.execute(update(deliveries).where(*later).values(due_at=delivery.due_at))


def total_ms(faults: Sequence[StruckFault], *kinds: str) -> int:
    """The seconds of all faults of some kinds together, as milliseconds."""
    return sum(round(1000 * fault.parameters["seconds"]) for fault in faults if fault.kind in kinds)
