"""A task on its account's clock: the states that were and will be, and the attempts at its callbacks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

WIDTH = 960
_LEFT, _RIGHT = 16, 16
# Every state is wide enough for its name, however short it is.
_MIN_WIDTH = 96
_BAR_TOP, _BAR_HEIGHT, _LANE = 28, 34, 28
# Below the bar are the times, and then the name of the first lane.
_LABELS = 40


@dataclass(frozen=True, slots=True)
class Segment:
    """One state.

    Attributes:
        x, width: of its bar.
        at, until: milliseconds; until is None for a state that nothing ends.
        part: `past`, `current` or `future`.
        tone: `good`, `bad`, `busy` or `quiet`.
    """

    x: float
    width: float
    state: str
    at: int
    until: int | None
    part: str
    tone: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One attempt at a callback, or one that is due.

    Attributes:
        y: of the lane of its delivery.
        at: milliseconds.
        tone: as of a segment.
    """

    x: float
    y: float
    at: int
    delivery: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the drawing of a task shows.

    Attributes:
        now_x: where the account's time is.
        lanes: by callback event, where its line is, and its name.
    """

    segments: Sequence[Segment]
    marks: Sequence[Mark]
    lanes: Sequence[tuple[float, str]]
    now_x: float
    width: int = WIDTH
    bar_top: int = _BAR_TOP
    bar_height: int = _BAR_HEIGHT

    @property
    def height(self) -> int:
        """Of the whole drawing."""
        return _BAR_TOP + _BAR_HEIGHT + _LABELS + _LANE * len(self.lanes)


def timeline(
    steps: Sequence[Mapping[str, Any]],
    deliveries: Sequence[Mapping[str, Any]],
    now: int,
    tone_of: Callable[[str], str],
) -> Timeline:
    """Draw a task.

    Args:
        steps: of the control plane's task: `at` and `state`.
        deliveries: of the control plane, those of the task.
        now: of the account, milliseconds.
        tone_of: the tone of a state.
    """
    times = [time for delivery in deliveries for time, _, _ in _events(delivery)]
    end = max([now, *times, *(step["at"] for step in steps)])
    scale = _Scale([step["at"] for step in steps], end)
    lanes = [(_lane(number), delivery["callback"]) for number, delivery in enumerate(deliveries)]
    marks = [
        Mark(scale.x(at), _lane(number), at, delivery["id"], label, tone)
        for number, delivery in enumerate(deliveries)
        for at, label, tone in _events(delivery)
    ]
    return Timeline(_segments(steps, now, scale, tone_of), marks, lanes, scale.x(now))


def _lane(number: int) -> float:
    return _BAR_TOP + _BAR_HEIGHT + _LABELS + 2 + _LANE * number


def _events(delivery: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    events = [
        (
            attempt["at"],
            f"attempt {attempt['number']}: {attempt['outcome']}",
            "good" if attempt["outcome"] == "delivered" else "bad",
        )
        for attempt in delivery["attempts"]
    ]
    if delivery["state"] == "pending":
        events.append((delivery["due_at"], "due", "quiet"))
    return events


def _segments(
    steps: Sequence[Mapping[str, Any]], now: int, scale: "_Scale", tone_of: Callable[[str], str]
) -> list[Segment]:
    ends = [step["at"] for step in steps[1:]] + [None]
    segments = []
    for index, (step, until) in enumerate(zip(steps, ends, strict=True)):
        part = "future" if step["at"] > now else "past" if until is not None and until <= now else "current"
        x, following = scale.places[index], scale.places[index + 1]
        segments.append(Segment(x, following - x, step["state"], step["at"], until, part, tone_of(step["state"])))
    return segments


class _Scale:
    """From time to place: linear within each state, with a least width for each.

    Args:
        starts: of the states, in order.
        end: of the drawing.
    """

    def __init__(self, starts: Sequence[int], end: int) -> None:
        self._times = [*starts, max(end, starts[-1] + 1)]
        spans = [max(later - earlier, 0) for earlier, later in pairwise(self._times)]
        total, available = sum(spans) or 1, WIDTH - _LEFT - _RIGHT
        spare = max(available - _MIN_WIDTH * len(spans), 0)
        least = min(_MIN_WIDTH, available / len(spans))
        self.places = [float(_LEFT)]
        for span in spans:
            self.places.append(round(self.places[-1] + least + spare * span / total, 1))

    def x(self, time: int) -> float:
        """The place of a time; the nearest end for one outside of the drawing."""
        pairs = zip(pairwise(self._times), pairwise(self.places), strict=True)
        for (earlier, later), (left, right) in pairs:
            if time <= later:
                share = max(time - earlier, 0) / max(later - earlier, 1)
                return round(left + (right - left) * share, 1)
        return self.places[-1]
