"""The load of a round: threads that create tasks, one that reads them, and one that makes changes at the same time."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tests.soak.entry import Entry
from tests.soak.kinds import AUDIO, KINDS, VIDEO_TASK, Clients, Kind
from tests.soak.ledger import FAILURES, Creation, Ledger
from tests.support.aliyun_avatar import APP

# Control-plane lists show so many rows; an account's deliveries of one vendor must fit.
MAX_TASKS = 450
# Seconds between two requests of a thread, at most, and after one that failed.
PAUSE = 0.05
BACK_OFF = 0.2
# Of how many creates one is read at every server at once.
READ_EVERY = 4
UNKNOWN = object()


class Load:
    """What is done in a round until it is stopped.

    Args:
        accounts: whose tasks are created, by account id.
        serial: an account on a frozen clock, whose changes only this object makes.
        limited: an account whose quota of spoken characters ends during the round.
    """

    def __init__(
        self, entry: Entry, ledger: Ledger, accounts: list[Clients], serial: Clients, limited: Clients, seed: int
    ) -> None:
        self._entry, self._ledger, self._accounts = entry, ledger, accounts
        self._serial, self._limited = serial, limited
        self._seed, self._stop = seed, threading.Event()
        self._counts: dict[tuple[str, Kind], int] = {}
        self._seen: dict[Creation, int] = {}
        # The cancellations that were told to have had an effect, and those of which nothing was told.
        self.cancelled: set[str] = set()
        self.perhaps_cancelled: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._pool = ThreadPoolExecutor(3)

    def start(self) -> None:
        """Start all threads."""
        steps: list[Callable[[random.Random], None]] = [self._create, self._create, self._create]
        steps += [self._watch, self._change, self._exhaust]
        for number, step in enumerate(steps):
            chance = random.Random(f"{self._seed} {number}")
            self._threads.append(threading.Thread(target=self._repeat, args=(step, chance), daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every thread finish what it is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()

    def _repeat(self, step: Callable[[random.Random], None], chance: random.Random) -> None:
        while not self._stop.is_set():
            try:
                step(chance)
            except Exception as error:
                # A fault of the harness would otherwise end the thread, and with it what the thread checks.
                self._ledger.problem(f"{step.__name__}: {error!r}")
            self._stop.wait(PAUSE * chance.random())

    def _ask(self, what: str, act: Callable[[], Any]) -> Any:
        # The result, or UNKNOWN.
        try:
            result = act()
        except FAILURES as error:
            self._ledger.failure(what, error)
            # As a client that backs off.
            self._stop.wait(BACK_OFF)
            return UNKNOWN
        self._ledger.success()
        return result

    # Creates.

    def _create(self, chance: random.Random) -> None:
        clients, kind = chance.choice(self._accounts), chance.choice(KINDS)
        read = chance.randrange(READ_EVERY) == 0
        account = clients.account.id
        if self._counts.get((account, kind), 0) >= MAX_TASKS:
            return
        self._counts[account, kind] = self._counts.get((account, kind), 0) + 1
        key = self._create_one(clients, kind)
        if read and key is not UNKNOWN:
            self._at_every_server(f"{kind} after its create", lambda: kind.read(clients, key))

    def _create_one(self, clients: Clients, kind: Kind) -> Any:
        key = self._ask(f"create {kind}", lambda: str(kind.create(clients)))
        if key is UNKNOWN:
            self._ledger.unknown_create(clients.account.id, kind)
        else:
            self._ledger.add_creation(Creation(clients.account.id, kind, key))
        return key

    def _at_every_server(self, what: str, read: Callable[[], Any], expected: Any = UNKNOWN) -> None:
        for url in self._entry.urls:
            with self._entry.only(url):
                shown = self._ask(what, read)
            if UNKNOWN not in (shown, expected) and shown != expected:
                self._ledger.problem(f"{what}: {url} shows {shown}, and {expected} was confirmed")

    # Reads.

    def _watch(self, chance: random.Random) -> None:
        recent = self._ledger.recent(60)
        if not recent:
            return
        creation = chance.choice(recent)
        clients = next((clients for clients in self._accounts if clients.account.id == creation.account), None)
        code = (
            self._ask(f"read {creation.kind}", lambda: creation.kind.read(clients, creation.key))
            if clients
            else UNKNOWN
        )
        if code is UNKNOWN:
            return
        position, before = creation.kind.codes.index(str(code)), self._seen.get(creation, 0)
        if position < before:
            self._ledger.problem(f"{creation} went back from {creation.kind.codes[before]} to {code}")
        self._seen[creation] = max(position, before)

    # Changes at the same time.

    def _change(self, chance: random.Random) -> None:
        number = chance.randrange(1, 1_000_000)
        chance.choice([self._settings, self._cancel, self._quota, self._clock])(number)

    def _together(self, what: str, acts: Sequence[Callable[[], Any]]) -> list[Any]:
        return list(self._pool.map(lambda act: self._ask(what, act), acts))

    def _settings(self, number: int) -> None:
        account = self._serial.account
        changes: list[tuple[str, str, Any]] = [
            ("softsugar", "auth_key", f"key-{number}"),
            ("aliyun-avatar", "concurrency", number),
            ("aliyun-avatar", "auth_key", f"{number:016}"),
        ]
        acts = [partial(account.settings, vendor, **{name: value}) for vendor, name, value in changes]
        for result, (vendor, name, value) in zip(self._together("settings", acts), changes, strict=True):
            if result is not UNKNOWN:
                self._at_every_server(f"setting {name}", partial(self._setting, vendor, name), value)

    def _setting(self, vendor: str, name: str) -> Any:
        return self._serial.account.describe()["settings"][vendor][name]

    def _cancel(self, number: int) -> None:
        client = self._serial.aliyun
        uuid = self._create_one(self._serial, VIDEO_TASK)
        if uuid is UNKNOWN:
            return
        told = self._together(
            "cancel", [lambda: client.data("CancelVideoTask", App={"AppId": APP}, TaskUuid=uuid)["IsCancel"]] * 3
        )
        yes, unknown = told.count(True), told.count(UNKNOWN)
        if yes > 1 or yes + unknown == 0:
            self._ledger.problem(f"of three cancellations of {uuid}, {yes} were told yes")
        if yes:
            self.cancelled.add(uuid)
            self._at_every_server("cancelled video", lambda: client.tasks(TaskUuid=uuid)["TotalCount"], 0)
        elif unknown:
            self.perhaps_cancelled.add(uuid)

    def _quota(self, number: int) -> None:
        account = self._serial.account
        if self._ask("quota", lambda: account.set_quota("guiji", "fastTrainingAmount", number)) is UNKNOWN:
            return
        self._at_every_server(
            "quota", lambda: account.describe()["vendors"]["guiji"]["quotas"]["fastTrainingAmount"]["total"], number
        )

    def _clock(self, _: int) -> None:
        account = self._serial.account
        before = self._ask("clock", account.now)
        if before is not UNKNOWN and self._ask("advance", lambda: account.advance_to(before + 1)) is not UNKNOWN:
            self._at_every_server("clock", account.now, before + 1)

    # A quota that ends.

    def _exhaust(self, _: random.Random) -> None:
        try:
            key = str(AUDIO.create(self._limited))
        except AssertionError as error:
            if "'40010'" in str(error):
                self._stop.wait(1)
            else:
                self._fail_limited(error)
        except FAILURES as error:
            self._fail_limited(error)
        else:
            self._ledger.success()
            self._ledger.add_creation(Creation(self._limited.account.id, AUDIO, key))

    def _fail_limited(self, error: BaseException) -> None:
        self._ledger.failure("create within a quota", error)
        self._ledger.unknown_create(self._limited.account.id, AUDIO)
