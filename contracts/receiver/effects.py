"""The effects of callbacks, as a probe shows them, also of a receiver that works in the background.

A probe that is read too early shows less than the receiver will have done: effects of earlier callbacks would then be
blamed on a later one. So each measurement begins and ends with a quiet receiver: a marker, an event about a task of its
own, is sent and waited for (a queue in order has then processed all before it), and then nothing may change for several
times as long as one event takes (a pool of workers has then finished, too).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bodydouble.contracts.core import clock
from bodydouble.contracts.receiver.probe import Probe, Processed

POLL_INTERVAL = 0.02
# Events that are sent one by one, to see how long the receiver takes for each.
CALIBRATION = 3
# How much longer than its slowest event so far a receiver must be quiet, and the least, in seconds.
QUIET_FACTOR = 3
MIN_QUIET = 0.06
# The least when a violation is confirmed, for a receiver that processes events before it acknowledges them.
SYNCHRONOUS_PATIENCE = 0.5
# The wait is prolonged while the probe changes, up to this multiple: a receiver may also count for ever.
MAX_PROLONGATION = 10

Condition = Callable[[Processed], bool]
# Sends an event about a new task, under a title for reports; returns the task's id, None if events are about no task.
SendMarker = Callable[[str], str | None]


class Effects:
    """Reads a probe only when it tells the whole truth.

    Args:
        send_marker: sends an event about a task of its own, which must be acknowledged.
        callbacks: the number of callbacks that were sent so far.
        settle: seconds that the receiver has to process what it has acknowledged.

    Attributes:
        shows_tasks: whether the probe shows the task of a genuine event.
        counts: whether it counts a genuine event.
    """

    def __init__(self, probe: Probe, send_marker: SendMarker, callbacks: Callable[[], int], settle: float) -> None:
        self.probe = probe
        self.shows_tasks = self.counts = False
        self._send_marker = send_marker
        self._callbacks = callbacks
        self._settle = settle
        self._latencies: list[float] = []
        # Seconds for one event, also while others were in work.
        self._slowest = 0.0
        self._immediate = True
        self._patient = False
        self._quiet_at = 0

    @property
    def synchronous(self) -> bool:
        """Whether each event that was sent alone had taken effect when it was acknowledged."""
        return self._immediate and bool(self._latencies)

    def calibrate(self, title: str) -> None:
        """Find out what the probe shows of an event, and how long one takes while nothing else is in work.

        Args:
            title: of the callbacks that are sent for it.
        """
        for number in range(CALIBRATION):
            self._calibrate_once(title)
            if number and not self.visible:
                break

    def _calibrate_once(self, title: str) -> None:
        before = self.quiet()
        task, start = self._send_marker(title), clock.monotonic()

        def arrived(state: Processed) -> bool:
            return _shows(state, task) or state.count > before.count

        self._immediate = arrived(self.probe()) and self._immediate
        if arrived(self.wait(arrived)):
            self._latencies.append(clock.monotonic() - start)
        state = self.quiet()
        self.shows_tasks = self.shows_tasks or _shows(state, task)
        self.counts = self.counts or state.count > before.count

    @property
    def visible(self) -> bool:
        """Whether the probe shows anything of a genuine event."""
        return self.shows_tasks or self.counts

    def settled(self, expected: Condition = lambda state: True) -> Processed:
        """The state once nothing more is in work; it includes one more event, the marker, which counts as one effect.

        Args:
            expected: waited for as well; after the receiver's time, the state is returned as it is.
        """
        before = self.probe().count
        task = self._send_marker("a callback about another task")

        def arrived(state: Processed) -> bool:
            shown = _shows(state, task) if self.shows_tasks else state.count > before or not self.counts
            return shown and expected(state)

        self.wait(arrived)
        return self.quiet()

    def of(self, task: str | None, before: Processed) -> Condition:
        """The condition that an event has taken effect.

        Args:
            task: the event's; None if it is about none.
            before: the state of the quiet receiver before it was sent.
        """
        if task is not None and self.shows_tasks:
            return lambda state: _shows(state, task)
        return lambda state: state.count > before.count

    def wait(self, condition: Condition) -> Processed:
        """Read the probe until a condition is met, or the receiver has had its time for all that was sent to it.

        Returns:
            the last state.
        """
        state, start, allowance = self.probe(), clock.monotonic(), self._allowance()
        end, last = start + allowance, start + MAX_PROLONGATION * allowance
        while not condition(state) and clock.monotonic() < end:
            clock.sleep(POLL_INTERVAL)
            before, state = state, self.probe()
            if state != before:
                end = max(end, min(clock.monotonic() + self._settle, last))
        if condition(state):
            self._slowest = max(self._slowest, (clock.monotonic() - start) / max(self._backlog(), 1))
        return state

    def quiet(self) -> Processed:
        """The state once it has not changed for longer than one event takes."""
        state, since = self.probe(), clock.monotonic()
        duration, last = self._quiet_duration(), since + MAX_PROLONGATION * self._allowance()
        while clock.monotonic() < min(since + duration, last):
            clock.sleep(POLL_INTERVAL)
            before, state = state, self.probe()
            if state != before:
                since = clock.monotonic()
        self._quiet_at = self._callbacks()
        return state

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Let the receiver be quiet for longer before each measurement: for all of its time, if it has a background."""
        self._patient = True
        try:
            yield
        finally:
            self._patient = False

    def _allowance(self) -> float:
        return self._settle + self._backlog() * max(self._slowest, *self._latencies, 0.0)

    def _backlog(self) -> int:
        return self._callbacks() - self._quiet_at

    def _quiet_duration(self) -> float:
        longest = max(self._settle, MIN_QUIET)
        if self._patient and not self.synchronous:
            return longest
        least = SYNCHRONOUS_PATIENCE if self._patient else MIN_QUIET
        return min(max(QUIET_FACTOR * max(self._latencies, default=0.0), least), longest)


def _shows(state: Processed, task: str | None) -> bool:
    return task is not None and task in state.tasks
