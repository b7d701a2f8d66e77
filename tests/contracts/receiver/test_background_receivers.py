"""Receivers that process callbacks after they have acknowledged them: correct receivers pass, and mistakes show.

Nothing waits here: the testers' clock stands still unless they wait, and the receiver's work is due by that clock.
"""

import heapq
import threading
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import pytest
from flask import Flask, abort, jsonify, request

from bodydouble.contracts.core import clock
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.receiver.probe import Processed
from bodydouble.contracts.receiver.report import ReceiverReport, Verdict
from bodydouble.contracts.receiver.run import ReceiverOptions, run
from bodydouble.contracts.signatures import callbacks
from bodydouble.contracts.signatures.callbacks import SignatureRejected
from bodydouble.mock_server.testing.serving import serving
from examples.receiver_correct import VENDORS, Event, Tasks

KEYS = {"authKey": "EXAMPLE_AUTH_KEY", "tenantId": "9185", "key": "EXAMPLE_HUAWEI_KEY"}
Latency = Callable[[], float]
TARGETS = [
    ("guiji", "videoResult"),
    ("softsugar", "taskCompleted"),
    ("aliyun-avatar", "videoTaskFinished"),
    ("aliyun-avatar", "callbackUrlValidation"),
    ("huawei-metastudio", "videoResult"),
]


class BackgroundReceiver:
    """Acknowledges at once, and processes with some workers, in the order of arrival.

    Args:
        latency: seconds that one event takes.
        fault: the name of a mistake; empty for a correct receiver.
    """

    def __init__(self, vendor: str, callback: str, latency: Latency, workers: int, fault: str = "") -> None:
        self._genuine_by, self._event, self._acknowledgement = VENDORS[vendor]
        self._signature = load_contract(vendor).callbacks[callback].delivery.signature
        self._latency, self._fault = latency, fault
        self._free = [0.0] * workers
        self._due: list[tuple[float, int, Event]] = []
        self._numbers, self._lost = count(), count()
        self._tasks = Tasks() if fault not in ("counts all", "last wins", "checks too early") else Forgetful(fault)
        self._forged: set[Any] = set()
        self._processed: set[Any] = set()
        self._lock = threading.Lock()
        self.app = Flask(vendor)
        self.app.post("/")(self._receive)

    def _receive(self) -> Any:
        event, genuine = self._event(request.get_json()), self._is_genuine()
        with self._lock:
            if genuine and event.identity not in self._forged:
                if self._fault != "loses some" or next(self._lost) % 5 != 4:
                    self._accept(event)
            elif not genuine and self._fault == "remembers forgeries":
                self._forged.add(event.identity)
            elif not genuine and self._fault == "processes forgeries":
                self._accept(event)
        if not genuine:
            abort(401)
        return jsonify(self._acknowledgement)

    def _is_genuine(self) -> bool:
        if self._signature is None:
            return True
        headers = {name.lower(): value for name, value in request.headers.items()}
        now = clock.now_in_milliseconds()
        try:
            callbacks.verify(self._signature, KEYS, request.url, headers, request.get_data(), now)
        except SignatureRejected:
            return False
        return True

    def _accept(self, event: Event) -> None:
        if self._fault == "checks too early" and event.identity in self._processed:
            return
        end = max(clock.monotonic(), self._free[0]) + self._latency()
        heapq.heapreplace(self._free, end)
        heapq.heappush(self._due, (end, next(self._numbers), event))

    def probe(self) -> Processed:
        with self._lock:
            while self._due and self._due[0][0] <= clock.monotonic():
                event = heapq.heappop(self._due)[2]
                self._processed.add(event.identity)
                self._tasks.record(event)
            return Processed(self._tasks.processed, {name: event.state for name, event in self._tasks.latest.items()})


class Forgetful(Tasks):
    """Does not know what it has processed, or what came later."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self._fault = fault

    def record(self, event: Event) -> None:
        if self._fault != "last wins":
            self.processed += 1
            self.latest.setdefault(event.task, event)
        elif event.identity not in self._seen:
            self._seen.add(event.identity)
            self.processed += 1
            self.latest[event.task] = event


def always(seconds: float) -> Latency:
    return lambda: seconds


def up_to(seconds: float) -> Latency:
    draw = Random(3)
    return lambda: draw.uniform(0, seconds)


def report_of(
    vendor: str, callback: str, latency: Latency, workers: int, fault: str = "", **options: Any
) -> ReceiverReport:
    receiver = BackgroundReceiver(vendor, callback, latency, workers, fault)
    chosen = ReceiverOptions(KEYS, **{"examples": 15, "seed": 1, "settle": 2.0, **options})
    with clock.frozen(), serving(receiver.app) as base:
        return run(load_contract(vendor), callback, base + "/", receiver.probe, chosen)


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("milliseconds", [20, 100, 200])
@pytest.mark.parametrize(("vendor", "callback"), TARGETS)
def test_a_correct_receiver_passes_however_long_its_work_takes(
    vendor: str, callback: str, milliseconds: int, workers: int
) -> None:
    report = report_of(vendor, callback, always(milliseconds / 1000), workers)
    assert report.failures == (), str(report)
    assert report.verdicts["processes-duplicates-once"] is Verdict.PASSED


@pytest.mark.parametrize(("vendor", "callback"), TARGETS)
def test_a_correct_pool_passes_whose_work_takes_now_long_now_short(vendor: str, callback: str) -> None:
    report = report_of(vendor, callback, up_to(0.2), workers=4)
    assert report.failures == (), str(report)


@pytest.mark.parametrize(("vendor", "callback"), TARGETS)
def test_a_correct_receiver_passes_that_processes_batches(vendor: str, callback: str) -> None:
    report = report_of(vendor, callback, lambda: 1.5 - clock.monotonic() % 1.5, workers=500)
    assert report.failures == (), str(report)


def test_a_correct_receiver_passes_that_becomes_slower() -> None:
    numbers = count(1)
    report = report_of("aliyun-avatar", "videoTaskFinished", lambda: next(numbers) * 0.01, workers=3)
    assert report.failures == (), str(report)


def test_a_slow_event_among_quick_ones_is_no_violation_within_the_time_to_settle() -> None:
    quick, numbers = always(0.01), count()

    def latency() -> float:
        return 1.5 if next(numbers) % 7 == 6 else quick()

    report = report_of("aliyun-avatar", "videoTaskFinished", latency, workers=8)
    assert report.failures == (), str(report)


FAULTS = [
    ("remembers forgeries", "rejects-wrong-signature", "the genuine one has no effect"),
    ("remembers forgeries", "rejects-stale-timestamp", "the genuine one has no effect"),
    ("processes forgeries", "rejects-wrong-signature", "is rejected, but processed"),
    ("counts all", "processes-duplicates-once", "2 copies of one callback had 2 effects"),
    ("counts all", "processes-simultaneous-duplicates-once", "6 copies of one callback had 6 effects"),
    ("checks too early", "processes-simultaneous-duplicates-once", "6 copies of one callback had 6 effects"),
    ("last wins", "keeps-order", "an older event moved it to"),
]


def test_a_receiver_that_loses_an_event_now_and_then_is_found() -> None:
    report = report_of("aliyun-avatar", "videoTaskFinished", always(0.1), 1, "loses some", examples=3)
    reasons = " ".join(check.reason for check in report.failures)
    assert "no effect" in reasons, str(report)


@pytest.mark.parametrize("milliseconds", [0, 20, 200])
@pytest.mark.parametrize(("fault", "rule", "reason"), FAULTS)
def test_a_mistake_in_the_background_is_found(fault: str, rule: str, reason: str, milliseconds: int) -> None:
    report = report_of("aliyun-avatar", "videoTaskFinished", always(milliseconds / 1000), 1, fault, examples=3)
    check = next(check for check in report.checks if check.name == rule)
    assert check.verdict is Verdict.FAILED, str(check)
    assert reason in check.reason
