"""Collects the differences between real traffic and a contract into a report."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.passive_laws import RequestStart
from bodydouble.contracts.proxy.drift_detector import CLIENT, ENDPOINT, DriftDetector, DriftEntry
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

# Further distinct entries are only counted.
MAX_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What a proxy has seen.

    Attributes:
        vendor: whose contract.
        upstream: the endpoint.
        exchanges: how many requests were forwarded.
        validated: how many responses were validated completely.
        operations: number of exchanges by operationId.
        entries: the differences; those of the endpoint come first, and of these the most frequent.
        entries_dropped: how often a difference was not recorded, because there were too many entries.
        unknown_codings: number of bodies, by content coding, that were neither checked nor recorded, because the coding
            is unknown.
    """

    vendor: str
    upstream: str
    exchanges: int
    validated: int
    operations: Mapping[str, int]
    entries: tuple[DriftEntry, ...]
    entries_dropped: int
    unknown_codings: Mapping[str, int] = field(default_factory=dict)

    @property
    def drift(self) -> tuple[DriftEntry, ...]:
        """The differences whose origin is the endpoint."""
        return self._from(ENDPOINT)

    @property
    def misuse(self) -> tuple[DriftEntry, ...]:
        """The differences whose origin is the client: it sent what the contract forbids."""
        return self._from(CLIENT)

    def _from(self, origin: str) -> tuple[DriftEntry, ...]:
        return tuple(entry for entry in self.entries if entry.origin == origin)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        entries = [asdict(entry) for entry in self.entries]
        counts = {"operations": dict(self.operations), "unknown_codings": dict(self.unknown_codings)}
        return {**asdict(self), **counts, "entries": entries}


class DriftLog:
    """Collects the differences between the traffic of one endpoint and a contract; may be used by many threads.

    Args:
        upstream: base URL of the endpoint, without secrets.
    """

    def __init__(self, contract: Contract, upstream: str) -> None:
        self._contract, self._upstream = contract, upstream
        self._detector = DriftDetector(contract)
        self._lock = threading.Lock()
        self._entries: dict[tuple[Any, ...], DriftEntry] = {}
        self._operations: Counter[str] = Counter()
        self._unknown_codings: Counter[str] = Counter()
        self._exchanges = self._validated = self._dropped = 0

    def begin(self, request: WireRequest) -> RequestStart | None:
        """Note that a request is about to be forwarded; what this returns goes with its exchange."""
        return self._detector.begin(request)

    def add(self, exchange: RecordedExchange, start: RequestStart | None = None) -> None:
        """Add an exchange.

        Args:
            start: of its request; None if no other request was on its way.
        """
        match = self._detector.match(exchange)
        entries = list(self._detector.entries(exchange, match, start))
        with self._lock:
            self._exchanges += 1
            self._unknown_codings.update(exchange.unknown_codings)
            if match.operation is not None:
                self._operations[match.operation.id] += 1
                self._validated += exchange.response is not None and exchange.whole
            for entry in entries:
                self._count(entry)

    def _count(self, entry: DriftEntry) -> None:
        status = entry.status if entry.rule in ("undocumented-status", "undocumented-error") else None
        detail = entry.sample if entry.rule == "undocumented-error" else ""
        key = (entry.operation, entry.origin, entry.direction, status, entry.part, entry.pointer, entry.rule, detail)
        known = self._entries.get(key)
        if known is not None:
            self._entries[key] = replace(known, count=known.count + 1)
        elif len(self._entries) < MAX_ENTRIES:
            self._entries[key] = entry
        else:
            self._dropped += 1

    def report(self) -> DriftReport:
        """The report so far."""
        with self._lock:
            entries = sorted(self._entries.values(), key=_order)
            return DriftReport(
                self._contract.vendor,
                self._upstream,
                self._exchanges,
                self._validated,
                dict(sorted(self._operations.items())),
                tuple(entries),
                self._dropped,
                dict(sorted(self._unknown_codings.items())),
            )


def _order(entry: DriftEntry) -> tuple[bool, int, str]:
    return entry.origin != ENDPOINT, -entry.count, entry.operation
