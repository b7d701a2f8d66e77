"""Drift: what real traffic does that a contract does not say, gathered into a report."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.proxy.drift_detector import CLIENT, ENDPOINT, DriftDetector, DriftEntry
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

# More distinct rows than this are counted, but not kept.
MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What a proxy has seen.

    Attributes:
        vendor: whose contract.
        upstream: the endpoint.
        exchanges: how many requests were forwarded.
        validated: how many answers were held to the contract in full.
        operations: exchanges by operationId.
        rows: departures, the endpoint's first, the most frequent first.
        rows_dropped: how many findings found no place in the rows.
    """

    vendor: str
    upstream: str
    exchanges: int
    validated: int
    operations: Mapping[str, int]
    rows: tuple[DriftEntry, ...]
    rows_dropped: int

    @property
    def drift(self) -> tuple[DriftEntry, ...]:
        """What the endpoint does that the contract does not say."""
        return tuple(row for row in self.rows if row.by == ENDPOINT)

    @property
    def misuse(self) -> tuple[DriftEntry, ...]:
        """What the client does that the contract forbids."""
        return tuple(row for row in self.rows if row.by == CLIENT)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {**asdict(self), "operations": dict(self.operations), "rows": [asdict(row) for row in self.rows]}


class DriftLog:
    """Gathers the rows of one contract's traffic; may be used by many threads.

    Args:
        contract: what is promised.
        upstream: who answers.
    """

    def __init__(self, contract: Contract, upstream: str) -> None:
        self._contract, self._upstream = contract, upstream
        self._detector = DriftDetector(contract)
        self._lock = threading.Lock()
        self._rows: dict[tuple[Any, ...], DriftEntry] = {}
        self._operations: dict[str, int] = {}
        self._exchanges = self._validated = self._dropped = 0

    def add(self, exchange: RecordedExchange) -> None:
        """Take an exchange in."""
        match = self._detector.match(exchange)
        rows = list(self._detector.rows(exchange, match))
        with self._lock:
            self._exchanges += 1
            if match.operation is not None:
                self._operations[match.operation.id] = self._operations.get(match.operation.id, 0) + 1
                self._validated += exchange.response is not None and exchange.whole
            for row in rows:
                self._count(row)

    def _count(self, row: DriftEntry) -> None:
        status = row.status if row.rule in ("undocumented-status", "undocumented-error") else None
        detail = row.sample if row.rule == "undocumented-error" else ""
        key = (row.operation, row.by, row.direction, status, row.part, row.pointer, row.rule, detail)
        known = self._rows.get(key)
        if known is not None:
            self._rows[key] = replace(known, count=known.count + 1)
        elif len(self._rows) < MOST_ROWS:
            self._rows[key] = row
        else:
            self._dropped += 1

    def report(self) -> DriftReport:
        """What was seen so far."""
        with self._lock:
            rows = sorted(self._rows.values(), key=lambda row: (row.by != ENDPOINT, -row.count, row.operation))
            return DriftReport(
                self._contract.vendor,
                self._upstream,
                self._exchanges,
                self._validated,
                dict(sorted(self._operations.items())),
                tuple(rows),
                self._dropped,
            )
