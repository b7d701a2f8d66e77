"""The leases of this process: short ones, renewed as long as the process lives and the work goes on.

When a process is killed, its leases run out within seconds, and another one takes over.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.store import deliveries
from bodydouble.mock_server.store.database import Database

# For how long a lease is valid, in milliseconds of real time, and every how many seconds leases are renewed.
LEASE = 6_000
RENEWAL_INTERVAL = 1.5
# The same while there are none.
IDLE_INTERVAL = 15.0


class Leases:
    """What this process has leased: deliveries that it attempts, accounts whose clocks it advances.

    Args:
        database: the outbox's.

    Attributes:
        on_first: called when there is a lease after there was none.
    """

    def __init__(self, database: Database) -> None:
        self.on_first: Callable[[], None] = lambda: None
        self._database = database
        self._guard = threading.Lock()
        self._deliveries: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()

    def add(self, delivery_ids: Iterable[str]) -> None:
        """Renew the leases of deliveries from now on."""
        self._count(self._deliveries, delivery_ids)

    def _count(self, counter: Counter[str], keys: Iterable[str]) -> None:
        with self._guard:
            are_first = not self.are_any
            counter.update(keys)
        if are_first:
            self.on_first()

    def remove(self, delivery_id: str) -> None:
        """Renew the lease of a delivery no longer."""
        with self._guard:
            _decrement(self._deliveries, delivery_id)

    @contextmanager
    def delivery(self, delivery_id: str) -> Iterator[None]:
        """Renew the lease of a delivery meanwhile."""
        self.add([delivery_id])
        try:
            yield
        finally:
            self.remove(delivery_id)

    @contextmanager
    def account(self, account_id: str) -> Iterator[None]:
        """Keep the workers away from the deliveries of an account meanwhile."""
        self._count(self._accounts, [account_id])
        try:
            yield
        finally:
            with self._guard:
                _decrement(self._accounts, account_id)

    @property
    def are_any(self) -> bool:
        """Whether there are leases to renew."""
        return bool(self._deliveries or self._accounts)

    def renew(self) -> None:
        """Renew all leases."""
        with self._guard:
            delivery_ids, account_ids = list(self._deliveries), list(self._accounts)
        if not delivery_ids and not account_ids:
            return
        until = wall_ms() + LEASE
        with self._database.write() as connection:
            # In the order of all other writers: first the accounts, then their deliveries.
            for account_id in sorted(account_ids):
                deliveries.renew_advancing(connection, account_id, until)
            deliveries.renew_leases(connection, delivery_ids, until)

    def release(self) -> None:
        """Give the deliveries back whose attempts will not be recorded any more. For the end of the process."""
        with self._guard:
            delivery_ids = list(self._deliveries)
        if delivery_ids:
            with self._database.write() as connection:
                deliveries.renew_leases(connection, delivery_ids, 0)


def _decrement(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
