"""A round: fresh accounts, load, kills at random times, and the checks."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field

from bodydouble.mock_server.testing.account import Account
from tests.soak.checks import AccountChecks, Before, check_exhausted, keys_of, taken, wait_until_settled
from tests.soak.cluster import Cluster
from tests.soak.entry import Entry
from tests.soak.kinds import CHARACTERS, KINDS, Clients
from tests.soak.ledger import Ledger
from tests.soak.load import Load
from tests.soak.receiver import CountingReceiver

# A task then ends within two seconds, so that many end while processes are being killed.
PACE = 400
ACCOUNTS = 2
# Seconds between two kills, at most.
MAX_INTERVAL = 0.8
# How many audios the limited account may have.
LIMIT = 40


@dataclass
class Result:
    """What came of one round, or of several.

    Attributes:
        kills: by what was killed.
        results: requests of the load, by how they ended.
        doubled: callbacks that came more than once.
        lost: tasks and callbacks that were lost.
        slowest: the longest time in seconds until everything had ended after the last kill.
        log: what the servers logged as errors.
    """

    kills: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    log: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    requests: int = 0
    created: int = 0
    callbacks: int = 0
    doubled: int = 0
    lost: int = 0
    slowest: float = 0.0

    def add(self, other: "Result") -> None:
        """Add those of another round."""
        self.kills += other.kills
        self.results += other.results
        self.log += other.log
        self.problems += other.problems
        self.requests += other.requests
        self.created += other.created
        self.callbacks += other.callbacks
        self.doubled += other.doubled
        self.lost += other.lost
        self.slowest = max(self.slowest, other.slowest)


def _before(clients: Clients) -> Before:
    # One task of each kind, to learn what it costs.
    start, unused = keys_of(clients), taken(clients)
    for kind in KINDS:
        kind.create(clients)
    wait_until_settled(clients, start)
    used = taken(clients)
    return Before(start, keys_of(clients), {quota: used[quota] - unused[quota] for quota in used}, used)


def run_round(cluster: Cluster, kills: int, seed: int) -> Result:
    """Run one round on a cluster, which stays as it is for the next."""
    chance = random.Random(seed)
    ledger, receiver = Ledger(excuses_database=cluster.engine == "postgresql"), CountingReceiver(seed)
    entry = Entry(cluster.urls)
    clients = [Clients(Account(entry, seed=seed * 10 + number, pace=PACE), receiver.url) for number in range(4)]
    before = [_before(each) for each in clients]
    serial, limited = clients[ACCOUNTS], clients[ACCOUNTS + 1]
    serial.account.freeze()
    limited.account.set_quota("guiji", "ttsWordsAmount", (LIMIT + 1) * len(CHARACTERS))
    load = Load(entry, ledger, clients[:ACCOUNTS], serial, limited, seed)
    killed = Counter(cluster.kills)
    load.start()
    for _ in range(kills):
        cluster.wait_until_usable()
        # No other thread sets it: an interval, which the seed determines.
        threading.Event().wait(chance.uniform(0.05, MAX_INTERVAL))
        cluster.strike(chance)
    load.stop()
    cluster.wait_until_ready()
    # Some of its connections lead to workers that are no more.
    entry.close()
    result = Result(kills=cluster.kills - killed, results=ledger.results, created=len(ledger.creations))
    serial.account.run()
    result.slowest = max(wait_until_settled(each, known.start) for each, known in zip(clients, before, strict=True))
    for each, known in zip(clients[: ACCOUNTS + 1], before, strict=False):
        checks = AccountChecks(entry, ledger, receiver, each, known, load.cancelled, load.perhaps_cancelled)
        checks.run()
        result.lost += checks.lost
    # Another one was created before the kills.
    check_exhausted(ledger, limited, LIMIT + 1)
    for each in clients:
        each.account.delete()
    receiver.close()
    result.requests, result.problems = entry.requests, ledger.problems
    result.callbacks, result.doubled = len(receiver.bodies), receiver.repeated
    entry.close()
    return result
