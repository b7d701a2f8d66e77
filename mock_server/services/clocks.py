"""Moving an account's clock: everything that falls due on the way happens, in order, before the response."""

from bodydouble.mock_server.clock import Clock, wall_ms
from bodydouble.mock_server.delivery.deliverer import Deliverer
from bodydouble.mock_server.delivery.leases import LEASE
from bodydouble.mock_server.services.clock_events import ClockEvents, after_time, collect, position_of
from bodydouble.mock_server.services.tasks import TaskService
from bodydouble.mock_server.store import accounts, deliveries
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import Attempt, Delivery

# How many milliseconds a clock stops later than requested. A request that does not know of the stop yet uses a running
# time until then, which should not be a later one.
FREEZE_DELAY = 25
# A guard against a receiver that creates new tasks as fast as old tasks end. The clock stops at the last of them: what
# the response does not list has not happened.
MAX_DELIVERIES = 10_000


class ClockError(ValueError):
    """The clock cannot be moved that way; the message says why."""


class ClockService:
    """Moves clocks.

    Args:
        database: the state.
        tasks: knows the lifecycles.
        deliverer: makes the attempts that fall due.
    """

    def __init__(self, database: Database, task_service: TaskService, deliverer: Deliverer) -> None:
        self._database = database
        self._tasks = task_service
        self._deliverer = deliverer

    def read(self, account: Account) -> tuple[Clock, int]:
        """An account's clock, and a time of the real clock at which it was so.

        A change of the clock fixes a time, or from when on it runs, before anybody can see it. Who reads both without
        the account's lock could show a later time than those who see the change.
        """
        with self._database.write() as connection:
            current = accounts.get(connection, account.id) or account
            return current.clock, wall_ms()

    def set_mode(self, account: Account, *, frozen: bool) -> Clock:
        """Freeze an account's clock, or let it run."""
        with self._database.write() as connection:
            # Another process may have moved it meanwhile, and it never goes back.
            current = accounts.get(connection, account.id) or account
            wall = wall_ms()
            clock = current.clock.freeze(wall + FREEZE_DELAY) if frozen else current.clock.run(wall)
            accounts.set_clock(connection, account.id, clock)
        return clock

    def advance(self, account: Account, milliseconds: int, cursor: str | None = None) -> ClockEvents:
        """Move an account's clock forward by some time; like `advance_to`."""
        start = account.clock.now(wall_ms())
        return self._move(account, start, start + milliseconds, cursor)

    def advance_to(self, account: Account, until: int, cursor: str | None = None) -> ClockEvents:
        """Move an account's clock forward, making everything that falls due on the way happen in order.

        A delivery that a worker has already started is not waited for: its receiver may have sent this very request.

        Args:
            until: epoch milliseconds on the account's clock.
            cursor: of an earlier response, whose list is to be continued; None to list what happens now.

        Returns:
            What happened: transitions and delivery attempts, in order.

        Raises:
            ClockError: the time is in the past, or there were so many deliveries that the clock stopped before it.
        """
        start = account.clock.now(wall_ms())
        if until < start:
            raise ClockError(f"the account's clock shows {start}, and it only goes forward")
        return self._move(account, start, until, cursor)

    def _move(self, account: Account, start: int, until: int, cursor: str | None) -> ClockEvents:
        after = after_time(start) if cursor is None else position_of(cursor)
        attempts = self._deliver(account, until)
        return collect(
            self._database, self._tasks.lifecycle, account.id, after, until, attempts if cursor is None else None
        )

    def _deliver(self, account: Account, until: int) -> list[tuple[Delivery, Attempt]]:
        attempts: list[tuple[Delivery, Attempt]] = []
        reached = until
        try:
            # Workers are kept away by a lease, which is renewed as long as this process lives.
            with self._deliverer.leases.account(account.id):
                while (delivery := self._next(account, until)) is not None:
                    attempt = self._deliverer.attempt(delivery)
                    # Deleted meanwhile, with its account or task; other deliveries may still be due.
                    if attempt is not None:
                        attempts.append((delivery, attempt))
                    if len(attempts) >= MAX_DELIVERIES:
                        reached = delivery.due_at
                        raise ClockError(
                            f"it stands at {reached} after {MAX_DELIVERIES} deliveries; advance it again for the rest"
                        )
        finally:
            with self._database.write() as connection:
                current = accounts.get(connection, account.id)
                if current is not None:
                    wall = wall_ms()
                    timestamp_ms = max(reached, current.clock.now(wall))
                    accounts.set_clock(connection, account.id, current.clock.at(timestamp_ms, wall))
                deliveries.set_advancing(connection, account.id, 0)
        return attempts

    def _next(self, account: Account, until: int) -> Delivery | None:
        # While a delivery is attempted, the clock is frozen at its due time.
        with self._database.write() as connection:
            wall = wall_ms()
            deliveries.set_advancing(connection, account.id, wall + LEASE)
            delivery = deliveries.first_due(connection, account.id, until, wall)
            while delivery is not None and not deliveries.lease(connection, delivery.id, wall, wall + LEASE):
                delivery = deliveries.first_due(connection, account.id, until, wall)
            current = accounts.get(connection, account.id)
            if delivery is None or current is None:
                return None
            timestamp_ms = max(delivery.due_at, current.clock.now(wall))
            accounts.set_clock(connection, account.id, current.clock.at(timestamp_ms, wall))
        return delivery
