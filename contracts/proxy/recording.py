"""A recording that responds: finds the recorded exchange that a request is like, each next one in its turn."""

import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.proxy.har_reader import ArchivedExchange
from bodydouble.contracts.proxy.recorded_matching import (
    ComparedRequest,
    Comparison,
    compared,
    differences,
    likeness,
    shown,
    wildcards,
)

# Further misses are only counted.
MAX_MISSES = 1_000


@dataclass(frozen=True, slots=True)
class Nearest:
    """The recorded request that comes nearest to one that was not recorded.

    Attributes:
        entry: its number in the archive.
        request: method and path.
        differences: where the two differ, without values.
    """

    entry: int
    request: str
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A request without a recorded response.

    Attributes:
        request: method and path.
        nearest: None if nothing was recorded.
    """

    request: str
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay has served.

    Attributes:
        served: requests with a recorded response.
        missed: requests without one.
        misses: the first of them.
        unused: numbers of the entries that no request has asked for.
    """

    served: int
    missed: int
    misses: tuple[Miss, ...]
    unused: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


@dataclass(slots=True)
class _Equals:
    """Recorded exchanges whose requests are equal, in the order of the recording."""

    request: ComparedRequest
    entries: list[ArchivedExchange] = field(default_factory=list)
    asked: int = 0

    def next(self) -> ArchivedExchange:
        entry = self.entries[min(self.asked, len(self.entries) - 1)]
        self.asked += 1
        return entry


class Recording:
    """Finds recorded exchanges; may be used by many threads.

    Args:
        entries: in their order.
        comparison: what of a request is compared.
    """

    def __init__(self, entries: tuple[ArchivedExchange, ...], comparison: Comparison) -> None:
        self._comparison = comparison
        self._groups: dict[str, _Equals] = {}
        self._lock = threading.Lock()
        self._served = self._missed = 0
        self._misses: list[Miss] = []
        for entry in entries:
            exchange = entry.exchange
            request = compared(exchange.request, comparison, is_known=exchange.request_whole)
            self._groups.setdefault(request.key, _Equals(request)).entries.append(entry)

    def take(self, request: WireRequest, label: str) -> ArchivedExchange | Miss:
        """The exchange whose turn it is among those that a request is like; the last of them again and again.

        A recorded request that is equal comes before those that have redacted places, of which the one with the fewest
        is taken.

        Args:
            label: method and path of the request, as a report may show them.
        """
        sought = compared(request, self._comparison)
        with self._lock:
            group = self._groups.get(sought.key) or self._like(sought)
            if group is not None:
                self._served += 1
                return group.next()
            miss = Miss(label, self._nearest(sought))
            self._missed += 1
            self._misses += [miss] if len(self._misses) < MAX_MISSES else []
            return miss

    def report(self) -> ReplayReport:
        """What was served so far."""
        with self._lock:
            unused = [entry.number for group in self._groups.values() for entry in group.entries[group.asked :]]
            return ReplayReport(self._served, self._missed, tuple(self._misses), tuple(sorted(unused)))

    def _like(self, sought: ComparedRequest) -> _Equals | None:
        groups = (group for group in self._groups.values() if not differences(group.request, sought))
        return min(groups, key=lambda group: wildcards(group.request), default=None)

    def _nearest(self, sought: ComparedRequest) -> Nearest | None:
        group = max(self._groups.values(), key=lambda group: likeness(group.request, sought), default=None)
        if group is None:
            return None
        first = group.entries[0]
        return Nearest(first.number, shown(first.exchange.request), tuple(differences(group.request, sought)))
