"""What is claimed and waits to be sent: a lane for each account and receiver.

A lane is served by a few threads, which send one callback after the other. To a receiver that responds fast, few
threads send the most, and many callbacks are claimed at once. To a slow one, each callback has a thread of its own, and
none is claimed before there is one: what is claimed never waits for long.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import field

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.delivery.shares import Shares
from bodydouble.mock_server.delivery.stages import PreparedCallback
from bodydouble.mock_server.store.deliveries import Delivery
from bodydouble.mock_server.store.due_deliveries import DueDelivery

# How many callbacks are claimed for a lane at most, and for all of them.
MAX_WINDOW = 128
MAX_CLAIMED = 2048
# Milliseconds in which what is claimed for a lane is to be sent.
_DRAIN = 100
# Seconds after which what still waits is given back.
MAX_WAIT = 0.5
# How much of a lane's latency is the last exchange's.
_WEIGHT = 0.25
# How many milliseconds of waiting for a receiver make another thread worthwhile.
_LATENCY_OF_THREAD = 2
_MIN_THREADS = 2
# Above this number, lanes without callbacks are forgotten, and with them how fast their receivers are.
_MAX_LANES = 1000
Key = tuple[str, str]
Claimed = Delivery | DueDelivery


@dataclass(slots=True)
class Lane:
    """One account's callbacks to one receiver.

    Attributes:
        key: account and destination.
        window: how many may be claimed at once.
        max_threads: how many threads serve it.
        latency: milliseconds that the receiver lately took; None before the first response.
        claimed: how many are claimed, and neither recorded nor given back.
        threads: how many threads serve it, or are about to.
        unstarted: how many of them have not been started yet.
        waiting: prepared callbacks, each with the time since when it waits.
    """

    key: Key
    window: int
    max_threads: int
    latency: float | None = None
    claimed: int = 0
    threads: int = 0
    unstarted: int = 0
    waiting: deque[tuple[float, PreparedCallback]] = field(default_factory=deque)

    def learn(self, latency: float, pair: int) -> None:
        """Adapt to an exchange that took some milliseconds; `pair` is the largest number of threads."""
        average = latency if self.latency is None else self.latency + _WEIGHT * (latency - self.latency)
        self.latency = average
        self.window = max(pair, min(MAX_WINDOW, int(_DRAIN * pair / max(average, 0.1))))
        self.max_threads = max(min(pair, _MIN_THREADS), min(pair, int(average / _LATENCY_OF_THREAD)))


class Lanes:
    """The lanes of a process.

    Args:
        shares: one for each thread that serves a lane.
    """

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._guard = threading.Lock()
        self._nothing_claimed = threading.Condition(self._guard)
        self._lanes: dict[Key, Lane] = {}
        self._claimed = 0
        self._stopped = False

    @property
    def claimed(self) -> int:
        """How many callbacks are claimed, and neither recorded nor given back."""
        return self._claimed

    def start(self) -> None:
        """Let callbacks be sent."""
        self._stopped = False

    def stop(self) -> None:
        """Let no further callback be sent, and forget those that wait."""
        with self._guard:
            self._stopped = True
            for lane in self._lanes.values():
                lane.claimed -= len(lane.waiting)
                self._claimed -= len(lane.waiting)
                lane.waiting.clear()

    def wait_until_nothing_is_claimed(self, seconds: float) -> None:
        """Wait until all that was claimed has been recorded or given back, for some seconds at most."""
        with self._guard:
            self._nothing_claimed.wait_for(lambda: not self._claimed, seconds)

    def may_claim(self, account_id: str, destination: str) -> int:
        """How many further callbacks of an account to a receiver may be claimed."""
        with self._guard:
            lane = self._lanes.get((account_id, destination))
            startable = self._shares.may_begin(account_id, destination)
            if lane is None or not self._is_fast(lane) or (not lane.threads and startable < 1):
                return startable
            return 0 if self._is_well_filled(lane) else lane.window - lane.claimed

    def are_well_filled(self, recorded: Iterable[Claimed]) -> bool:
        """Whether the receivers of some callbacks are fast, and have so much to come that no more may be claimed."""
        with self._guard:
            keys = {(delivery.account_id, delivery.destination) for delivery in recorded}
            lanes = [self._lanes.get(key) for key in keys]
            return all(lane is not None and self._is_fast(lane) and self._is_well_filled(lane) for lane in lanes)

    def claim(self, delivery: Claimed) -> bool:
        """Claim a callback; False if it may not be claimed now."""
        with self._guard:
            lane = self._lane(delivery)
            if self._claimed >= MAX_CLAIMED:
                return False
            if lane.threads < lane.max_threads and self._shares.take(*lane.key):
                lane.threads += 1
                lane.unstarted += 1
            elif not lane.threads or not self._is_fast(lane) or lane.claimed >= lane.window:
                return False
            lane.claimed += 1
            self._claimed += 1
            return True

    def put(self, prepared: PreparedCallback) -> None:
        """Have a claimed callback sent."""
        with self._guard:
            self._lane(prepared.delivery).waiting.append((monotonic(), prepared))

    def to_start(self, claimed: Iterable[Claimed]) -> list[Lane]:
        """The lanes of callbacks that need a thread, each as often as it needs one; they are given to threads now."""
        to_start: list[Lane] = []
        with self._guard:
            for key in {(delivery.account_id, delivery.destination) for delivery in claimed}:
                lane = self._lanes[key]
                # Those that served it have left before the callbacks came.
                if lane.waiting and not lane.threads and self._shares.take(*key):
                    lane.threads = lane.unstarted = 1
                to_start += [lane] * lane.unstarted
                lane.unstarted = 0
        return to_start

    def next(self, lane: Lane) -> PreparedCallback | None:
        """The next callback of a lane, for a thread that serves it; None when the thread is to leave it."""
        with self._guard:
            if self._stopped or not lane.waiting or lane.threads > lane.max_threads:
                self._leave(lane)
                return None
            return lane.waiting.popleft()[1]

    def leave(self, lane: Lane) -> None:
        """A thread does not serve a lane any more."""
        with self._guard:
            self._leave(lane)

    def finish(self, delivery: Claimed, latency: float | None = None) -> None:
        """There is nothing more to do for a claimed callback.

        Args:
            latency: milliseconds that its receiver took; None if it was not asked.
        """
        with self._guard:
            lane = self._lane(delivery)
            lane.claimed -= 1
            self._claimed -= 1
            if not self._claimed:
                self._nothing_claimed.notify_all()
            if latency is not None:
                lane.learn(latency, self._shares.limits.pair)
            if len(self._lanes) > _MAX_LANES and not lane.claimed and not lane.threads:
                del self._lanes[lane.key]

    def give_back(self, claimed: Iterable[Claimed]) -> None:
        """Take claims back that were not made after all."""
        with self._guard:
            for delivery in claimed:
                lane = self._lane(delivery)
                lane.claimed -= 1
                self._claimed -= 1
                if lane.unstarted:
                    lane.unstarted -= 1
                    self._leave(lane)

    def take_back_late(self) -> list[Delivery]:
        """Take out what has waited for too long; its receivers have become slow."""
        latest = monotonic() - MAX_WAIT
        late: list[Delivery] = []
        with self._guard:
            for lane in self._lanes.values():
                if lane.waiting and lane.waiting[0][0] < latest:
                    lane.latency = None
                    lane.window = lane.max_threads = self._shares.limits.pair
                while lane.waiting and lane.waiting[0][0] < latest:
                    late.append(lane.waiting.popleft()[1].delivery)
        return late

    @staticmethod
    def _is_well_filled(lane: Lane) -> bool:
        # Fewer, larger claims cost less.
        return 2 * (lane.window - lane.claimed) < lane.window

    def _is_fast(self, lane: Lane) -> bool:
        return lane.window > self._shares.limits.pair

    def _lane(self, delivery: Claimed) -> Lane:
        key = (delivery.account_id, delivery.destination)
        lane = self._lanes.get(key)
        if lane is None:
            pair = self._shares.limits.pair
            lane = self._lanes[key] = Lane(key, pair, pair)
        return lane

    def _leave(self, lane: Lane) -> None:
        lane.threads -= 1
        self._shares.give_back(*lane.key)
