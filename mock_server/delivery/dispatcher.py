"""Takes due deliveries out of the outbox and has them attempted, many at a time.

One thread looks for what is due, leases it and prepares it. Other threads send: they need no database, and mostly
wait. One more thread records what came of it, all that has gathered in one transaction.
"""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery.background import Background
from bodydouble.mock_server.delivery.deliverer import Deliverer, Sources
from bodydouble.mock_server.delivery.lanes import Claimed, Lane, Lanes
from bodydouble.mock_server.delivery.leases import IDLE_INTERVAL, LEASE, RENEWAL_INTERVAL
from bodydouble.mock_server.delivery.notifications import Notifications
from bodydouble.mock_server.delivery.quiet import Quiet
from bodydouble.mock_server.delivery.recorder import Recorder
from bodydouble.mock_server.delivery.senders import Senders
from bodydouble.mock_server.delivery.shares import Shares
from bodydouble.mock_server.delivery.stages import EvaluatedCallback, PreparedCallback
from bodydouble.mock_server.store import deliveries, due_deliveries
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import Delivery
from bodydouble.mock_server.store.due_deliveries import DueDelivery

logger = logging.getLogger(__name__)

# Seconds between two looks at whether something has changed, or become due. What this process commits wakes the thread;
# SQLite does not notify other processes, and a look at its number of changes costs no statement.
POLL_INTERVAL = 0.05
# Seconds between two looks at whether attempts are to be recorded, whose makers say so.
RECORDING_INTERVAL = 5.0
# How many deliveries are claimed in one transaction, which other writers wait for.
MAX_CLAIM = 128
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
        self._lanes = Lanes(self._shares)
        self._senders = Senders(self._serve)
        self._recorder = Recorder(database, self._recorded, lambda *attempt: deliverer.on_attempt(*attempt))
        self._turn, self._more_due = 0, False
        self._notifications = Notifications(database, self.wake) if database.has_replicas else None
        self._quiet = Quiet(database, self._notifications)
        self._looking = background.thread("dispatcher", self._look, POLL_INTERVAL, database.close)
        self._recording = background.thread("recorder", self._recorder.write, RECORDING_INTERVAL, database.close)
        self._renewing = background.thread("leases", self._renew, RENEWAL_INTERVAL, database.close)
        deliverer.leases.on_first = self._renewing.hasten
        self._listening = None
        if self._notifications is not None:
            self._listening = background.thread("notifications", self._notifications.listen, 0)
        database.on_deliveries_due, database.on_deliveries_soon = self._note_due, self._note_soon

    def start(self) -> None:
        """Begin to look."""
        self._deliverer.connections.start()
        self._lanes.start()
        self._senders.start()
        for thread in (self._renewing, self._recording, self._looking):
            thread.start()
        if self._notifications is not None and self._listening is not None:
            self._notifications.start()
            self._listening.start()

    def stop(self) -> None:
        """Stop looking. Deliveries that hang stay in the outbox for the next worker."""
        if self._notifications is not None and self._listening is not None:
            self._notifications.stop()
            self._listening.stop()
            self._notifications.close()
        self._looking.stop()
        self._lanes.stop()
        self._senders.stop()
        self._lanes.wait_until_nothing_is_claimed(GRACE)
        self._recording.stop()
        self._renewing.stop()
        self._write_rest()
        self._deliverer.connections.stop()
        self._database.close()

    @property
    def sending_threads(self) -> frozenset[threading.Thread]:
        """The threads that there are now for sending."""
        return self._senders.threads

    def wake(self) -> None:
        """Look at once."""
        self._looking.wake()

    def _note_due(self) -> None:
        self.wake()
        self._note_soon()

    def _note_soon(self) -> None:
        self._looking.hasten()
        if self._notifications is not None:
            self._notifications.note()

    def _write_rest(self) -> None:
        try:
            self._recorder.write()
            self._deliverer.leases.release()
        except Exception:
            logger.exception("the last attempts could not be recorded; they will be made again")

    def _renew(self) -> float | None:
        leases, connections = self._deliverer.leases, self._deliverer.connections
        leases.renew()
        connections.close_idle()
        # A thread that wakes for nothing costs milliseconds: what it needs is no longer in the processor's caches.
        return None if leases.are_any or connections.are_any else IDLE_INTERVAL

    def _look(self) -> float | None:
        self._release(self._lanes.take_back_late())
        pause = self._quiet.pause(wall_ms())
        if pause is None:
            self._look_for_due(wall_ms())
        return pause

    def _look_for_due(self, wall: int) -> None:
        connection = self._database.read()
        account_ids = due_deliveries.accounts_with_due(connection, wall)
        # What is due beyond a share begins as soon as an attempt ends.
        self._more_due = bool(account_ids)
        if not account_ids:
            return
        limits = self._limits(self._in_turn(account_ids))
        claimed = self._claim(limits, wall) if limits else []
        if claimed:
            self._begin(claimed)
        if len(claimed) >= MAX_CLAIM:
            # There may be more, that did not fit into one claim.
            self._looking.wake()

    def _in_turn(self, account_ids: list[str]) -> list[str]:
        # Each time another account is the first, so that none takes what all need.
        self._turn = (self._turn + 1) % len(account_ids)
        return account_ids[self._turn :] + account_ids[: self._turn]

    def _limits(self, account_ids: Iterable[str]) -> dict[str, dict[str, int]]:
        # By account and destination, how many may be claimed; without the lock, which other writers wait for.
        limits: dict[str, dict[str, int]] = {}
        connection = self._database.read()
        for account_id in account_ids:
            destinations = due_deliveries.destinations_of(connection, account_id)
            of_account = {name: self._lanes.may_claim(account_id, name) for name in destinations}
            if any(limit > 0 for limit in of_account.values()):
                limits[account_id] = {name: limit for name, limit in of_account.items() if limit > 0}
        return limits

    def _claim(self, limits: Mapping[str, Mapping[str, int]], wall: int) -> list[DueDelivery]:
        taken: list[DueDelivery] = []
        try:
            with self._database.write() as connection:
                for account_id, at_most in limits.items():
                    due = due_deliveries.due_of(connection, account_id, wall, at_most)
                    taken += [delivery for delivery in due[: MAX_CLAIM - len(taken)] if self._lanes.claim(delivery)]
                    if len(taken) >= MAX_CLAIM:
                        break
                # The wait for the lock may have been long.
                deliveries.lease_all(connection, [delivery.id for delivery in taken], wall_ms() + LEASE)
        except BaseException:
            # Nothing was leased.
            self._lanes.give_back(taken)
            raise
        self._deliverer.leases.add(delivery.id for delivery in taken)
        return taken

    def _begin(self, claimed: Sequence[DueDelivery]) -> None:
        try:
            by_id = deliveries.by_ids(self._database.read(), [due.id for due in claimed])
            sources = self._deliverer.sources(list(by_id.values()))
        except BaseException:
            # Their leases run out, and they are attempted again.
            self._finish(*claimed)
            raise
        prepared = [self._prepare(due, by_id.get(due.id), sources) for due in claimed]
        self._put([callback for callback in prepared if callback is not None])
        for lane in self._lanes.to_start(claimed):
            self._start(lane)

    def _put(self, prepared: Sequence[PreparedCallback]) -> None:
        try:
            ready = {callback.delivery.id: callback for callback in self._deliverer.decide(prepared)}
        except BaseException:
            # Their leases run out, and they are attempted again.
            logger.exception("the faults of %s deliveries could not be decided", len(prepared))
            ready = {}
        for callback in prepared:
            if callback.delivery.id in ready:
                self._lanes.put(ready[callback.delivery.id])
            else:
                self._finish(callback.delivery)

    def _prepare(self, due: DueDelivery, delivery: Delivery | None, sources: Sources) -> PreparedCallback | None:
        try:
            # It may have been deleted since.
            prepared = None if delivery is None else self._deliverer.prepare(delivery, sources)
        except BaseException:
            # Its lease runs out, and it is attempted again.
            logger.exception("the delivery %s could not be prepared", due.id)
            prepared = None
        if prepared is None:
            self._finish(due)
        return prepared

    def _start(self, lane: Lane) -> None:
        try:
            self._senders.submit(lane)
        except BaseException:
            # What waits is given back, and claimed again.
            logger.exception("no thread can send the callbacks to %s", lane.key[1])
            self._lanes.leave(lane)

    def _serve(self, lane: Lane) -> None:
        while (prepared := self._lanes.next(lane)) is not None:
            self._send(prepared)

    def _send(self, prepared: PreparedCallback) -> None:
        try:
            evaluated: EvaluatedCallback = self._deliverer.send(prepared)
        except BaseException:
            # Its lease runs out, and it is attempted again.
            logger.exception("the delivery %s could not be attempted", prepared.delivery.id)
            self._finish(prepared.delivery)
            return
        self._recorder.add(prepared, evaluated)
        self._recording.wake()

    def _release(self, late: list[Delivery]) -> None:
        if not late:
            return
        try:
            with self._database.write() as connection:
                deliveries.lease_all(connection, [delivery.id for delivery in late], 0)
        finally:
            # Otherwise, the leases run out.
            self._finish(*late)

    def _finish(self, *ended: Claimed) -> None:
        for delivery in ended:
            self._deliverer.leases.remove(delivery.id)
            self._lanes.finish(delivery)
        if self._more_due:
            self._looking.wake()

    def _recorded(self, recorded: Sequence[tuple[Delivery, float]]) -> None:
        for delivery, latency in recorded:
            self._deliverer.leases.remove(delivery.id)
            self._lanes.finish(delivery, latency)
        # The next event of a task has waited for the first attempt at this one.
        is_first = any(delivery.task_id is not None and not delivery.attempts for delivery, _ in recorded)
        # A look for what may not be claimed yet would be in vain; more is recorded before it may be.
        if (self._more_due or is_first) and not self._lanes.are_well_filled(delivery for delivery, _ in recorded):
            self._looking.wake()
