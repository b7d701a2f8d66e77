"""What a monitor asks: is this server fit to serve, and how much does it do and hold."""

import logging
import os
from collections.abc import Iterator

from sqlalchemy import literal, select

from bodydouble.mock_server.clock import wall, wall_ms
from bodydouble.mock_server.delivery.background import Background
from bodydouble.mock_server.delivery.records import SCHEDULED
from bodydouble.mock_server.services.metrics.process_memory import process_memory
from bodydouble.mock_server.services.metrics.text_format import Family, Sample, gauge, render
from bodydouble.mock_server.services.metrics.traffic import TrafficMetrics
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import DELIVERED, FAILED, PENDING, REFUSED, Attempt, Delivery
from bodydouble.mock_server.store.failures import is_failure, reason
from bodydouble.mock_server.store.sizes import journal_entries, state_sizes
from bodydouble.mock_server.store.state import State

logger = logging.getLogger(__name__)

_DATABASE_UP = "bodydouble_database_up"


class MonitoringService:
    """What a monitor is told; it uses the database, but does not need it.

    Args:
        state: the two databases.
        background: the threads of this process, and the counts of all.
        traffic: what the processes of this server have counted.
    """

    def __init__(self, state: State, background: Background, traffic: TrafficMetrics) -> None:
        self._state, self._background, self._traffic = state, background, traffic
        self._started, self._parent = wall(), os.getpid()

    def start(self) -> None:
        """Count in a row of this process from now on. Called once in each worker."""
        self._traffic.start_process()

    def count_attempt(self, delivery: Delivery, attempt: Attempt) -> None:
        """Count a recorded attempt.

        Args:
            delivery: as it was before.
        """
        is_scheduled = attempt.trigger == SCHEDULED
        lateness = max(0, attempt.at - delivery.due_at) / 1000 if is_scheduled else None
        self._traffic.count_attempt(delivery.vendor, attempt.outcome, attempt.duration / 1000, lateness)
        if delivery.state == PENDING and (attempt.outcome == DELIVERED or is_scheduled):
            if attempt.outcome in (DELIVERED, REFUSED):
                self._traffic.count_end(delivery.vendor, attempt.outcome)
            elif attempt.next_attempt_at is None:
                self._traffic.count_end(delivery.vendor, FAILED)

    def served(self) -> tuple[int, int]:
        """How many requests to vendors, and how many attempts to deliver callbacks, this server has counted."""
        return self._traffic.served()

    def problems(self) -> list[str]:
        """Why this server cannot serve requests now; empty if it can."""
        problems = [_problem(name, database) for name, database in self._databases()]
        problems += [f"the thread {name} fails" for name in self._background.failing()]
        return [problem for problem in problems if problem is not None]

    def _databases(self) -> tuple[tuple[str, Database], ...]:
        return ("state", self._state.main), ("journal", self._state.journal)

    def metrics(self) -> str:
        """All numbers, in Prometheus' text format."""
        return render([*self._traffic.families(), *self._processes(), *self._threads(), *self._stored()])

    def _processes(self) -> Iterator[Family]:
        workers = self._traffic.living_workers()
        yield gauge("bodydouble_workers", "Processes that serve requests.", len(workers))
        starts = Sample(self._traffic.worker_starts())
        yield Family("bodydouble_worker_starts_total", "Workers that were started.", "counter", (starts,))
        yield gauge("bodydouble_start_time_seconds", "When the server was started, in epoch seconds.", self._started)
        measured = [("parent", process_memory(self._parent))] if self._parent not in workers.values() else []
        measured += [(str(row + 1), process_memory(process)) for row, process in workers.items()]
        named = [((("process", name),), memory) for name, memory in measured if memory is not None]
        yield Family(
            "bodydouble_proportional_memory_bytes",
            "Memory of a process, with each shared page divided among those who share it.",
            "gauge",
            tuple(Sample(memory.proportional, labels) for labels, memory in named),
        )
        yield Family(
            "bodydouble_resident_memory_bytes",
            "Memory of a process, what it shares with others included.",
            "gauge",
            tuple(Sample(memory.resident, labels) for labels, memory in named),
        )

    def _threads(self) -> Iterator[Family]:
        reports = self._background.reports()
        yield Family(
            "bodydouble_background_failures_total",
            "Steps of background threads that failed; each is logged, and tried again.",
            "counter",
            tuple(Sample(report.failures, (("thread", report.name),)) for report in reports),
        )
        yield Family(
            "bodydouble_background_restarts_total",
            "Background threads that died and were started again.",
            "counter",
            tuple(Sample(report.restarts, (("thread", report.name),)) for report in reports),
        )

    def _stored(self) -> list[Family]:
        try:
            return [*self._sizes(), gauge(_DATABASE_UP, "Whether the database can be read (1) or not (0).", 1)]
        except Exception as error:
            _log(error)
            return [gauge(_DATABASE_UP, "Whether the database can be read (1) or not (0).", 0)]

    def _sizes(self) -> list[Family]:
        sizes = state_sizes(self._state.main.read(), wall_ms())
        entries = journal_entries(self._state.journal.read())
        return [
            gauge("bodydouble_accounts", "Accounts.", sizes.accounts),
            Family(
                "bodydouble_tasks",
                "Tasks, the deleted ones included until retention drops them.",
                "gauge",
                tuple(Sample(number, (("vendor", vendor),)) for vendor, number in sizes.tasks.items()),
            ),
            gauge(
                "bodydouble_deliveries_pending",
                "Callback events for which an attempt follows, due or not.",
                sizes.pending_deliveries,
            ),
            gauge(
                "bodydouble_deliveries_oldest_due_seconds",
                "For how long the oldest attempt that waits has been due, on its account's clock.",
                sizes.oldest_due / 1000,
            ),
            gauge("bodydouble_journal_entries", "Requests in the journal.", entries),
        ]


def _problem(name: str, database: Database) -> str | None:
    try:
        # From a table: what needs no page of a file does not show that there is one.
        table = next(iter(database.metadata.tables.values()))
        database.read().execute(select(literal(1)).select_from(table).limit(1)).close()
    except Exception as error:
        return f"the {name} cannot be used: {_log(error)}"
    return None


def _log(error: Exception) -> str:
    # A failure of the database is no mistake of the server's: it needs no traceback.
    if is_failure(error):
        return reason(error)
    logger.exception("the database could not be read for a monitor")
    return type(error).__name__
