"""What waits: videos that are unsettled, deliveries that are pending, transitions over which a clock is advanced."""

import json
import statistics
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench import scale
from bench.filling import Existing, Filling, fill
from bench.lists import TimedClient, timed
from bench.peers import filled
from bench.rows import Row, absolute, compared
from bench.subjects import Subject, running
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import RunningServer
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import Guiji
from tests.support.vendor_support import CALLBACK_URL

UNSETTLED, PENDING, TRANSITIONS = 3_000, 40_000, 100_000
ROUNDS, ADVANCES = 40, 2
# Of the account with pending deliveries: its videos take days, so that none falls due meanwhile.
_PACE_OF_PENDING, _START_SECONDS, _IDLE_SECONDS = 0.001, 3.0, 5.0
# Transitions of a Guiji video after its creation.
_OF_VIDEO = 2
_HOUR = json.dumps({"seconds": 3600}).encode()


def measure(folder: Path) -> list[Row]:
    """The rows; the states go to a folder."""
    for name in ("idle", "waiting"):
        (folder / name).mkdir()
    videos = [_unsettled(vendor="aliyun-avatar", size=size, account_id=f"{size}") for size in (UNSETTLED, 1)]
    advances = [_unsettled(size=TRANSITIONS // _OF_VIDEO, account_id=f"advance-{n}", pace=1) for n in range(ADVANCES)]
    fill(folder / "waiting", *videos, *advances)
    fill(folder / "idle", _unsettled(size=PENDING, pace=_PACE_OF_PENDING, frozen_at=None, create=_with_callback))
    subject = filled(folder / "waiting")
    with running(subject):
        rows = [_create_row(timed(subject)), *_advance_rows(subject)]
    return [*rows, _idle_row(filled(folder / "idle"))]


def _unsettled(*, vendor: str = "guiji", size: int, **options: Any) -> Filling:
    subject = scale.SUBJECTS[vendor]
    return Filling(
        **{"create": subject.create, **options}, vendor=vendor, kinds=subject.kinds[:1], size=size, unsettled=True
    )


def _with_callback(account: Account) -> int:
    return Guiji(account).synthesise(callbackUrl=CALLBACK_URL)


def _create_row(server: RunningServer) -> Row:
    assert isinstance(server.http, TimedClient)
    clients = []
    for size in (UNSETTLED, 1):
        account = Existing(server, f"{size}")
        account.settings("aliyun-avatar", concurrent_videos=10**6)
        clients.append(AliyunAvatar(account))
    rounds = [[server.http.milliseconds(client.submit) for client in clients] for _ in range(ROUNDS + 1)]
    pairs = [(statistics.median(many), statistics.median(few)) for many, few in [zip(*rounds[1:], strict=True)]]
    what = f"Alibaba's create, {UNSETTLED:,} videos unsettled"
    return compared(what, pairs, "ms", "none", 2)


def _advance_rows(subject: Subject) -> list[Row]:
    rates, events, sizes = [], 0, []
    for index in range(ADVANCES):
        started = time.perf_counter()
        content = _advance(subject, f"advance-{index}")
        elapsed = time.perf_counter() - started
        advanced = json.loads(content)
        transitions = advanced["counts"]["transitions"]
        if transitions < TRANSITIONS:
            raise SystemExit(f"the advance went over {transitions:,} transitions only, of {TRANSITIONS:,}")
        rates.append(transitions / elapsed)
        sizes.append(len(content))
        events = max(events, len(advanced["happened"]))
    what = f"advance by an hour over {TRANSITIONS:,} due transitions"
    return [
        absolute(what, statistics.median(rates), "/s", 50_000, at_least=True),
        absolute("events that its response lists", events, "events", 1000, ours=f"{max(sizes) / 1024:,.0f} KiB"),
    ]


def _advance(subject: Subject, account_id: str) -> bytes:
    url = f"{subject.base_url}/_mock/accounts/{account_id}/clock/advance"
    request = urllib.request.Request(url, _HOUR, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        content: bytes = response.read()
    return content


def _idle_row(subject: Subject) -> Row:
    with running(subject):
        # What the start leaves to do, such as the first look for what is due, is done by then, of every worker.
        time.sleep(_START_SECONDS)
        before, started = subject.running_time(), time.perf_counter()
        time.sleep(_IDLE_SECONDS)
        share = (subject.running_time() - before) / (time.perf_counter() - started)
        pending = _pending(subject)
    if pending < PENDING:
        raise SystemExit(f"only {pending:,} deliveries were pending, of {PENDING:,}")
    return absolute(f"processor while idle, {PENDING:,} deliveries pending", share * 100, "%", 2)


def _pending(subject: Subject) -> int:
    with urllib.request.urlopen(f"{subject.base_url}/_mock/metrics", timeout=30) as response:
        lines = response.read().decode().splitlines()
    return int(float(next(line for line in lines if line.startswith("bodydouble_deliveries_pending ")).split()[-1]))
