"""What must be true when the kills are over and everything has ended."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.soak.entry import Entry
from tests.soak.kinds import AUDIO, KINDS, Clients, Kind
from tests.soak.ledger import FAILURES, Ledger
from tests.soak.receiver import CountingReceiver

MAX_ROWS = 1000
# Longer than a lease, which a killed process leaves behind, and than the last tasks.
SETTLING = 60.0
ENDED = frozenset({"success", "completed", "succeed", "cancelled"})
# How a callback calls a success; the other types of events come before the end.
SUCCESSES = frozenset({"success", "2", "5", "SUCCEED", "VIDEO_TASK_STARTED", "VIDEO_TASK_FINISHED"})
# How many tasks of an account and kind are read once more on the vendor's wire.
SAMPLE = 15


@dataclass(frozen=True)
class Before:
    """An account as it was before the kills: what it had, and what one task of each kind costs."""

    start: frozenset[tuple[str, str]]
    keys: frozenset[tuple[str, str]]
    costs: dict[str, int]
    taken: dict[str, int]


def taken(clients: Clients) -> dict[str, int]:
    """How much of each quota is used, by vendor and name."""
    vendors = clients.account.describe()["vendors"]
    return {
        f"{vendor} {name}": quota["total"] - quota["remaining"]
        for vendor, description in vendors.items()
        for name, quota in description["quotas"].items()
    }


def tasks_of(clients: Clients) -> list[dict[str, Any]]:
    """All tasks of the kinds that are created here."""
    rows: list[dict[str, Any]] = []
    for kind in KINDS:
        some = clients.account.tasks(vendor=kind.vendor, kind=kind.name, limit=MAX_ROWS)
        assert len(some) < MAX_ROWS, "more tasks than one list shows"
        rows += some
    return rows


def deliveries_of(clients: Clients) -> list[dict[str, Any]]:
    """All callbacks of an account."""
    rows = []
    for vendor in sorted({kind.vendor for kind in KINDS}):
        some = clients.account.deliveries(vendor=vendor, limit=MAX_ROWS)
        assert len(some) < MAX_ROWS, "more deliveries than one list shows"
        rows += some
    return rows


def keys_of(clients: Clients) -> frozenset[tuple[str, str]]:
    """The vendor and the key of all tasks of those kinds."""
    return frozenset((task["vendor"], task["key"]) for task in tasks_of(clients))


def wait_until_settled(clients: Clients, start: frozenset[tuple[str, str]]) -> float:
    """Wait until no callback is pending and no task is under way.

    Args:
        start: what the account started with, of which some never ends.

    Returns:
        the seconds that it took.
    """
    started = time.monotonic()
    while time.monotonic() - started < SETTLING:
        pending = clients.account.deliveries(state="pending", limit=1)
        tasks = [task for task in tasks_of(clients) if (task["vendor"], task["key"]) not in start]
        if not pending and all(task["state"] in ENDED for task in tasks):
            break
        time.sleep(0.1)
    return time.monotonic() - started


class AccountChecks:
    """The checks of one account.

    Args:
        cancelled: keys of which a client was told that they are cancelled.
        perhaps: keys which may be cancelled.
    """

    def __init__(
        self,
        entry: Entry,
        ledger: Ledger,
        receiver: CountingReceiver,
        clients: Clients,
        before: Before,
        cancelled: set[str],
        perhaps: set[str],
    ) -> None:
        self._entry, self._ledger, self._receiver = entry, ledger, receiver
        self._clients, self._before = clients, before
        self._cancelled, self._perhaps = cancelled, perhaps
        self._tasks: dict[Kind, list[dict[str, Any]]] = defaultdict(list)
        self.lost = 0

    def run(self) -> None:
        """Note every violation in the ledger."""
        rows = [row for row in tasks_of(self._clients) if (row["vendor"], row["key"]) not in self._before.keys]
        kinds = {(kind.vendor, kind.name): kind for kind in KINDS}
        for row in rows:
            self._tasks[kinds[row["vendor"], row["kind"]]].append(row)
        for problem in self._problems(rows):
            self._ledger.problem(f"{self._clients.account.id}: {problem}")

    def _problems(self, rows: list[dict[str, Any]]) -> Iterator[str]:
        yield from self._replica_problems()
        for kind in KINDS:
            yield from self._existence_problems(kind)
            for row in self._tasks[kind]:
                yield from self._task_problems(kind, row)
            yield from self._wire_problems(kind)
        yield from self._delivery_problems(rows)
        yield from self._quota_problems()

    def _replica_problems(self) -> Iterator[str]:
        shown = set()
        for url in self._entry.urls:
            with self._entry.only(url):
                # The addresses of files are those of the server that shows them.
                shown.add(json.dumps([{**task, "files": len(task["files"])} for task in tasks_of(self._clients)]))
        if len(shown) > 1:
            yield "the servers show different tasks"

    def _existence_problems(self, kind: Kind) -> Iterator[str]:
        account = self._clients.account.id
        confirmed = [
            creation.key for creation in self._ledger.creations if (creation.account, creation.kind) == (account, kind)
        ]
        yield from (f"{kind} {key} was given to two creates" for key, count in Counter(confirmed).items() if count > 1)
        existing = {row["key"] for row in self._tasks[kind]}
        lost = set(confirmed) - existing
        self.lost += len(lost)
        yield from (f"{kind} {key} is lost" for key in sorted(lost))
        surplus = len(existing - set(confirmed))
        if surplus > self._ledger.unknown[account, kind]:
            yield f"{surplus} tasks of {kind} exist of which nobody was told, after fewer unanswered creates"

    def _task_problems(self, kind: Kind, row: dict[str, Any]) -> Iterator[str]:
        name, cancelled = f"{kind} {row['key']}", row["state"] == "cancelled"
        if row["state"] not in ENDED:
            yield f"{name} has not ended: {row['state']}"
        if cancelled and row["key"] not in self._cancelled | self._perhaps:
            yield f"{name} is cancelled, and nobody has cancelled it"
        if row["key"] in self._cancelled and not cancelled:
            yield f"{name} is {row['state']}, and a client was told that it is cancelled"
        events = self._receiver.events_of(kind.vendor, kind.name, row["key"])
        expected = 0 if cancelled else kind.callbacks
        if len(events) != expected:
            self.lost += max(0, expected - len(events))
            sent = self._clients.account.deliveries(task=row["id"])
            yield f"{name}: {len(events)} of {expected} callbacks came: {sorted(events)}; {row}; {sent}"
        for event, bodies in events.items():
            if event not in SUCCESSES:
                yield f"{name} is {row['state']}, and a callback said {event}"
            if len(set(bodies)) > 1:
                yield f"{name}: the callback {event} came with different contents: {set(bodies)}"

    def _wire_problems(self, kind: Kind) -> Iterator[str]:
        for row in [row for row in self._tasks[kind] if row["state"] != "cancelled"][:SAMPLE]:
            try:
                code = str(kind.read(self._clients, row["key"]))
            except FAILURES as error:
                yield f"{kind} {row['key']} cannot be read: {error}"
            else:
                if code != str(row["code"]):
                    yield f"{kind} {row['key']} is {row['code']} to the operator and {code} to the client"

    def _delivery_problems(self, rows: list[dict[str, Any]]) -> Iterator[str]:
        tasks = {row["id"]: row for row in rows}
        events: Counter[tuple[int, str]] = Counter()
        for delivery in deliveries_of(self._clients):
            if delivery["task"] not in tasks:
                continue
            events[delivery["task"], delivery["callback"]] += 1
            if delivery["state"] == "delivered" or tasks[delivery["task"]]["state"] == "cancelled":
                continue
            outcomes = [attempt["outcome"] for attempt in delivery["attempts"]]
            yield f"{delivery['vendor']} {delivery['callback']} {delivery['id']} is {delivery['state']}: {outcomes}"
        for (task, callback), count in events.items():
            if count > 1:
                yield f"task {task} has {count} events {callback}"

    def _quota_problems(self) -> Iterator[str]:
        expected = dict(self._before.taken)
        for kind in KINDS:
            if kind.quota is not None:
                quota = f"{kind.vendor} {kind.quota}"
                charged = sum(row["state"] != "cancelled" for row in self._tasks[kind])
                expected[quota] += charged * self._before.costs[quota]
        used = taken(self._clients)
        for quota, amount in expected.items():
            # The changes of this one are checked where they are made.
            if quota != "guiji fastTrainingAmount" and used[quota] != amount:
                yield f"of {quota}, {used[quota]} is used, and {amount} is right"


def check_exhausted(ledger: Ledger, clients: Clients, limit: int) -> None:
    """Use the rest of a limited quota, and check that it was enough for exactly so many tasks."""
    for _ in range(limit + 1):
        try:
            AUDIO.create(clients)
        except AssertionError as error:
            if "'40010'" not in str(error):
                raise
            break
    existing = len(clients.account.tasks(vendor="guiji", kind="audio", limit=MAX_ROWS))
    if existing != limit:
        ledger.problem(f"a quota for {limit} tasks was used for {existing}")
