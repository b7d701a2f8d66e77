"""Callbacks: how many a second are delivered to a fast receiver and recorded, and how late while others hang."""

import json
import queue
import statistics
import time
import urllib.request
from collections.abc import Sequence
from typing import Any

from bench.load import creating
from bench.peers import bodydouble, sign_in
from bench.receivers import hanging, responding
from bench.rows import Row, absolute
from bench.subjects import Subject, ask, running
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import RunningServer
from bodydouble.testing import free_port
from tests.support.guiji import Guiji

CONNECTIONS_BEFORE, CONNECTIONS_MEANWHILE = 16, 8
CLOCK = "/_mock/accounts/default/clock"
HANGING = (20, 200, 500)
# Receivers that hang in one account: more are not tried at once for one account.
_OF_ACCOUNT = 25
# Callbacks of another account meanwhile, and seconds between two of them.
_PUNCTUAL, _BETWEEN = 100, 0.02
# How long the last of them is waited for, in seconds. A receiver that hangs is given up after 5.
_PATIENCE = 10.0
# How often it is tried on a busy machine, and the share of the receivers that must hang at once.
_TRIES, _HANGING_SHARE = 3, 0.9
# Callbacks that are due together at the least.
_MIN_PENDING = 4_000
_MAX_SECONDS = 15


def measure(seconds: int) -> list[Row]:
    """The rows; `seconds` for which tasks are created that are then due together."""
    subject = bodydouble()
    with running(subject):
        sign_in(subject)
        rate = _throughput(subject, seconds)
    text = "callbacks delivered and recorded, while creates go on"
    return [absolute(text, rate, "/s", 2000, at_least=True), *_lateness()]


def _throughput(subject: Subject, seconds: int) -> float:
    """The rate.

    The account's clock stands while tasks are created; when it runs again, the callbacks of all of them are due.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}/callback"
    ask(f"{subject.base_url}/_mock/accounts/default", "PATCH", {"pace": 100_000})
    with responding(port):
        ask(f"{subject.base_url}{CLOCK}/freeze", "POST")
        pending = _pending(subject, url, seconds)
        with creating(subject, CONNECTIONS_MEANWHILE, _MAX_SECONDS + 5, callbackUrl=url):
            return _rate(subject, pending)


def _pending(subject: Subject, url: str, seconds: int) -> float:
    """Create tasks until there are enough callbacks that are due together; how many there are.

    Raises:
        SystemExit: there are not: so few would measure how long the first one takes.
    """
    pending = 0.0
    for _ in range(_TRIES):
        with creating(subject, CONNECTIONS_BEFORE, seconds, callbackUrl=url) as before:
            before.wait()
        pending = _metric(subject, "bodydouble_deliveries_pending ")
        if pending >= _MIN_PENDING:
            return pending
    raise SystemExit(f"only {pending:,.0f} callbacks were due together, of {_MIN_PENDING:,}: the machine is too busy")


def _rate(subject: Subject, pending: float) -> float:
    started = time.perf_counter()
    delivered = _delivered(subject)
    ask(f"{subject.base_url}{CLOCK}/run", "POST")
    while time.perf_counter() - started < _MAX_SECONDS and _delivered(subject) - delivered < pending * 0.95:
        time.sleep(0.1)
    return (_delivered(subject) - delivered) / (time.perf_counter() - started)


def _delivered(subject: Subject) -> float:
    return _metric(subject, 'bodydouble_deliveries_ended_total{vendor="guiji",state="delivered"} ')


def _metric(subject: Subject, beginning: str) -> float:
    with urllib.request.urlopen(f"{subject.base_url}/_mock/metrics", timeout=30) as response:
        lines = response.read().decode().splitlines()
    return float(next((line.split()[-1] for line in lines if line.startswith(beginning)), 0))


def _lateness() -> list[Row]:
    return [_lateness_row(number) for number in HANGING]


def _lateness_row(number: int) -> Row:
    late, hang = _late_while_hanging(number)
    value = statistics.quantiles(late, n=20)[-1]
    what = f"callbacks of another account late, {number} receivers hang, p95"
    return absolute(what, value, "s", 0.1, ours=f"{value:.3f} s", beside=f"{hang} attempts hang")


def _late_while_hanging(number: int) -> tuple[list[float], int]:
    """How late the callbacks are, and how many attempts hung at the beginning.

    Raises:
        SystemExit: too few of them hung at once, however often it was tried.
    """
    for _ in range(_TRIES):
        # A server of its own, in which no receiver hangs but these.
        subject = bodydouble()
        with running(subject), hanging(number) as (ports, waiting):
            server = RunningServer(subject.base_url)
            account = Account(server, pace=1000)
            client = Guiji(account)
            _occupy(server, ports)
            hang = _wait_until_hanging(waiting, number)
            if hang >= number * _HANGING_SHARE:
                return _late(account, client), hang
    raise SystemExit(f"only {hang} receivers of {number} hung at once: the machine is too busy")


def _occupy(server: RunningServer, ports: Sequence[int]) -> None:
    """Let callbacks be due to all receivers that hang, at once."""
    accounts = []
    for first in range(0, len(ports), _OF_ACCOUNT):
        account = Account(server, pace=100_000, frozen_at=time.time_ns() // 1_000_000)
        accounts.append(account)
        client = Guiji(account)
        for port in ports[first : first + _OF_ACCOUNT]:
            client.synthesise(callbackUrl=f"http://127.0.0.1:{port}/callback")
    for account in accounts:
        account.run()


def _wait_until_hanging(waiting: Any, number: int) -> int:
    deadline = time.monotonic() + 3
    while waiting.value < number and time.monotonic() < deadline:
        time.sleep(0.02)
    return int(waiting.value)


def _late(account: Account, client: Guiji) -> list[float]:
    """How many seconds after it was due each callback has arrived; those that have not are as late as was waited."""
    port = free_port()
    with responding(port, noting=True) as arrivals:
        for _ in range(_PUNCTUAL):
            client.synthesise(callbackUrl=f"http://127.0.0.1:{port}/callback")
            time.sleep(_BETWEEN)
        arrived = _arrived(arrivals)
    due = {task["key"]: task["steps"][-1]["at"] for task in account.tasks(vendor="guiji", kind="video", limit=1000)}
    return [max(0.0, arrived[key] - at / 1000) if key in arrived else _PATIENCE for key, at in due.items()]


def _arrived(arrivals: Any) -> dict[str, float]:
    arrived: dict[str, float] = {}
    deadline = time.monotonic() + _PATIENCE
    while len(arrived) < _PUNCTUAL and time.monotonic() < deadline:
        try:
            at, body = arrivals.get(timeout=0.2)
        except queue.Empty:
            continue
        arrived.setdefault(str(json.loads(body)["data"]["id"]), at)
    return arrived
