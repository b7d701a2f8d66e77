"""Takes due deliveries out of the outbox and has them attempted, many at a time.

One thread looks for what is due, leases it and prepares it. Other threads send: they need no database, and mostly
wait. One more thread records what came of it, all that has gathered in one transaction.
"""

import logging
import threading
import time
from collections.abc import Iterable

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery.background import Background
from bodydouble.mock_server.delivery.deliverer import Deliverer, PreparedCallback
from bodydouble.mock_server.delivery.leases import LEASE, RENEWAL_INTERVAL
from bodydouble.mock_server.delivery.recorder import Recorder
from bodydouble.mock_server.delivery.senders import Senders
from bodydouble.mock_server.delivery.shares import Shares
from bodydouble.mock_server.delivery.stages import EvaluatedCallback
from bodydouble.mock_server.store import due_deliveries
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import Delivery

logger = logging.getLogger(__name__)

POLL_INTERVAL = 0.05
# How many deliveries are claimed in one transaction, which other writers wait for.
MAX_CLAIM = 64
# Seconds for which attempts under way are waited for when the server ends.
GRACE = 0.3


class Dispatcher:
    """Looks for due deliveries and has them attempted, within the shares of accounts and receivers.

    Args:
        database: the outbox's.
        deliverer: makes the attempts.
        background: looks after the threads; None for threads that nobody looks after.
        shares: how many attempts may be under way.
    """

    def __init__(
        self,
        database: Database,
        deliverer: Deliverer,
        background: Background | None = None,
        shares: Shares | None = None,
    ) -> None:
        background = background or Background()
        self._database, self._deliverer = database, deliverer
        self._shares = shares or Shares()
        self._senders = Senders(self._send)
        self._recorder = Recorder(database, self._finish, lambda *attempt: deliverer.on_attempt(*attempt))
        self._turn, self._more_due = 0, False
        self._looking = background.thread("dispatcher", self._look, POLL_INTERVAL, database.close)
        self._recording = background.thread("recorder", self._recorder.write, POLL_INTERVAL, database.close)
        self._renewing = background.thread("leases", deliverer.leases.renew, RENEWAL_INTERVAL, database.close)

    def start(self) -> None:
        """Begin to look."""
        self._senders.start()
        for thread in (self._renewing, self._recording, self._looking):
            thread.start()

    def stop(self) -> None:
        """Stop looking. Deliveries that hang stay in the outbox for the next worker."""
        self._looking.stop()
        self._senders.stop()
        self._wait_for_attempts()
        self._recording.stop()
        self._renewing.stop()
        self._write_rest()
        self._database.close()

    @property
    def sending_threads(self) -> frozenset[threading.Thread]:
        """The threads that there are now for sending."""
        return self._senders.threads

    def wake(self) -> None:
        """Look at once."""
        self._looking.wake()

    def _wait_for_attempts(self) -> None:
        deadline = time.monotonic() + GRACE
        while self._shares.under_way and time.monotonic() < deadline:
            self._recording.wake()
            time.sleep(0.005)

    def _write_rest(self) -> None:
        try:
            self._recorder.write()
            self._deliverer.leases.release()
        except Exception:
            logger.exception("the last attempts could not be recorded; they will be made again")

    def _look(self) -> None:
        wall = wall_ms()
        connection = self._database.read()
        account_ids = due_deliveries.accounts_with_due(connection, wall)
        # What is due beyond a share begins as soon as an attempt ends.
        self._more_due = bool(account_ids)
        account_ids = [account_id for account_id in account_ids if self._shares.account_may_begin(account_id)]
        if not account_ids:
            return
        claimed = self._claim(self._in_turn(account_ids), wall)
        for delivery in claimed:
            self._begin(delivery)
        if claimed:
            # There may be more, that did not fit into one claim.
            self._looking.wake()

    def _in_turn(self, account_ids: list[str]) -> list[str]:
        # Each time another account is the first, so that none takes what all need.
        self._turn = (self._turn + 1) % len(account_ids)
        return account_ids[self._turn :] + account_ids[: self._turn]

    def _claim(self, account_ids: Iterable[str], wall: int) -> list[Delivery]:
        taken: list[Delivery] = []
        try:
            with self._database.write() as connection:
                for account_id in account_ids:
                    due = due_deliveries.due_of(connection, account_id, wall, self._shares.may_begin)
                    taken += [delivery for delivery in due[: MAX_CLAIM - len(taken)] if self._shares.take(delivery)]
                    if len(taken) >= MAX_CLAIM:
                        break
                # The wait for the lock may have been long.
                due_deliveries.lease_all(connection, taken, wall_ms() + LEASE)
        except BaseException:
            # Nothing was leased.
            for delivery in taken:
                self._shares.give_back(delivery)
            raise
        self._deliverer.leases.add(delivery.id for delivery in taken)
        return taken

    def _begin(self, delivery: Delivery) -> None:
        try:
            prepared = self._deliverer.prepare(delivery)
            if prepared is not None:
                self._senders.submit(prepared)
                return
        except BaseException:
            # Its lease runs out, and it is attempted again.
            logger.exception("the delivery %s could not be prepared", delivery.id)
        self._finish(delivery)

    def _send(self, prepared: PreparedCallback) -> None:
        try:
            evaluated: EvaluatedCallback = self._deliverer.send(prepared)
        except BaseException:
            # Its lease runs out, and it is attempted again.
            self._finish(prepared.delivery)
            raise
        self._recorder.add(prepared, evaluated)
        self._recording.wake()

    def _finish(self, delivery: Delivery) -> None:
        self._deliverer.leases.remove(delivery.id)
        self._shares.give_back(delivery)
        if self._more_due:
            self._looking.wake()
