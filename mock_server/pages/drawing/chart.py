"""Rates over the last minute, as lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 640, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 10, 20
# Seconds that the chart shows.
PERIOD = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Totals at one time.

    Attributes:
        at: seconds, on a clock that only goes on.
        totals: of each line.
    """

    at: float
    totals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What the drawing shows.

    Attributes:
        lines: the points of each line, as SVG's `polyline` takes them.
        latest: the last rate of each line, a second.
        top: the rate at the upper end of the axis.
    """

    lines: Sequence[str]
    latest: Sequence[float]
    top: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    bottom: int = HEIGHT - _BOTTOM


def chart(samples: Sequence[Sample], now: float) -> Chart:
    """Draw rates.

    Args:
        samples: in the order of their times, at least one.
        now: the time at the right end.
    """
    count = len(samples[-1].totals)
    rates = [
        (later.at, [max(new - old, 0) / (later.at - sooner.at) for old, new in pairs])
        for sooner, later in pairwise(samples)
        if later.at > sooner.at
        for pairs in [list(zip(sooner.totals, later.totals, strict=True))]
    ]
    top = _round_up(max([rate for _, values in rates for rate in values], default=0))
    lines = [
        " ".join(f"{_x(at, now):.1f},{_y(values[line], top):.1f}" for at, values in rates if at >= now - PERIOD)
        for line in range(count)
    ]
    return Chart(lines, rates[-1][1] if rates else [0.0] * count, top)


def _x(at: float, now: float) -> float:
    return WIDTH - _RIGHT - (now - at) / PERIOD * (WIDTH - _LEFT - _RIGHT)


def _y(rate: float, top: float) -> float:
    return HEIGHT - _BOTTOM - rate / top * (HEIGHT - _TOP - _BOTTOM)


def _round_up(rate: float) -> float:
    """The end of an axis: 1, 2 or 5 times a power of ten, and not below one a second."""
    power = 1.0
    while True:
        for factor in (1, 2, 5):
            if rate <= factor * power:
                return factor * power
        power *= 10
