"""Counters and histograms of shared cells. What can be counted is fixed at the start, which bounds the labels."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from bodydouble.mock_server.services.metrics.shared_cells import SharedCells
from bodydouble.mock_server.services.metrics.text_format import Family, Labels, Sample

# Upper bounds of durations, in seconds; the last bucket has no bound.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_MICROSECONDS = 1_000_000
# The buckets, and the sum in microseconds.
_SUM = len(BOUNDS) + 1
HISTOGRAM_CELLS = _SUM + 1
Key = tuple[str, ...]


class Layout:
    """Which cells of a row belong to what."""

    def __init__(self) -> None:
        self.width = 0

    def reserve(self, cells: int) -> int:
        """The first one of some cells that nothing else uses."""
        self.width += cells
        return self.width - cells


class Counters:
    """A counter for each combination of labels.

    Args:
        layout: where it reserves its cells.
        names: of the labels.
        keys: the values of the labels, of each combination that can be counted.
    """

    def __init__(self, layout: Layout, name: str, help_text: str, names: Sequence[str], keys: Iterable[Key]) -> None:
        self._name, self._help, self._names = name, help_text, tuple(names)
        self.cells = {key: layout.reserve(1) for key in keys}

    def family(self, cells: SharedCells) -> Family:
        """What has been counted; what never happened is left out, except where there are no labels."""
        samples = (Sample(cells.sum(cell), _labels(self._names, key)) for key, cell in self.cells.items())
        shown = tuple(sample for sample in samples if sample.value or not self._names)
        return Family(self._name, self._help, "counter", shown)


class Histograms:
    """A histogram of durations for each combination of labels; see `Counters`."""

    def __init__(self, layout: Layout, name: str, help_text: str, names: Sequence[str], keys: Iterable[Key]) -> None:
        self._name, self._help, self._names = name, help_text, tuple(names)
        self.cells = {key: layout.reserve(HISTOGRAM_CELLS) for key in keys}

    def family(self, cells: SharedCells) -> Family:
        """What has been observed."""
        samples: list[Sample] = []
        for key, first in self.cells.items():
            buckets = [cells.sum(first + number) for number in range(len(BOUNDS) + 1)]
            if any(buckets):
                seconds = cells.sum(first + len(buckets)) / _MICROSECONDS
                samples += _histogram(_labels(self._names, key), buckets, seconds)
        return Family(self._name, self._help, "histogram", tuple(samples))


class Counting:
    """Counts in the row of this process.

    Args:
        cells: as wide as the layout of everything that is counted.
    """

    def __init__(self, cells: SharedCells) -> None:
        self._cells = cells
        self._guard = threading.Lock()

    def add(self, cell: int, amount: int = 1) -> None:
        """Count one, or an amount."""
        with self._guard:
            self._cells.own[cell] += amount

    def observe(self, histogram: int, seconds: float) -> None:
        """Observe a duration; see `add_with_duration`."""
        bucket = histogram + bisect_left(BOUNDS, seconds)
        with self._guard:
            self._cells.own[bucket] += 1
            self._cells.own[histogram + _SUM] += int(seconds * _MICROSECONDS)

    def add_with_duration(self, cell: int, histogram: int, seconds: float) -> None:
        """Count one, and observe how long it took.

        Args:
            cell: of the counter.
            histogram: the first cell of the histogram.
        """
        bucket = histogram + bisect_left(BOUNDS, seconds)
        microseconds = int(seconds * _MICROSECONDS)
        # The threads of a process would overwrite each other's numbers.
        with self._guard:
            own = self._cells.own
            own[cell] += 1
            own[bucket] += 1
            own[histogram + _SUM] += microseconds


def _labels(names: Sequence[str], key: Key) -> Labels:
    return tuple(zip(names, key, strict=True))


def _histogram(labels: Labels, buckets: Sequence[int], seconds: float) -> Iterator[Sample]:
    count = 0
    for bound, number in zip((*map(repr, BOUNDS), "+Inf"), buckets, strict=True):
        count += number
        yield Sample(count, (*labels, ("le", bound)), "_bucket")
    yield Sample(seconds, labels, "_sum")
    yield Sample(count, labels, "_count")
