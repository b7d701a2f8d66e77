"""What a server counts: requests to it, and its attempts to deliver callbacks."""

import os
from collections.abc import Iterable, Mapping
from itertools import product

from bodydouble.contracts.model.contract import Contract
from bodydouble.mock_server.services.metrics.counting import Counters, Counting, Histograms, Layout
from bodydouble.mock_server.services.metrics.shared_cells import SharedCells
from bodydouble.mock_server.services.metrics.text_format import Family

# Stands for the operation of a request that names none.
NO_OPERATION = "none"
# Result files and uploads, which belong to no contract.
FILES, DOWNLOAD, UPLOAD, FILE_ERROR = "files", "download", "upload", "unavailable"
_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
_SUCCESS, _ERROR = "success", "error"
# The series of one operation: each class of status, with success and with error.
_RESULTS = tuple(product(_CLASSES, (_SUCCESS, _ERROR)))
# Rows for workers that end while others take their places.
_SPARE_ROWS = 2
OUTCOMES = ("delivered", "refused", "timeout", "connection", "too-large", "redirect", "not-acknowledged")
ENDS = ("delivered", "failed", "refused")


class VendorRequests:
    """Counts the requests to one vendor.

    Args:
        cells: by operation, the first cell of its counters and that of its histogram.
        errors: by the name of the error case.
        nonconforming: counts responses of the server that violate the contract.
    """

    def __init__(
        self, counting: Counting, cells: Mapping[str, tuple[int, int]], errors: Mapping[str, int], nonconforming: int
    ) -> None:
        self._counting, self._cells, self._errors, self._nonconforming = counting, cells, errors, nonconforming

    def count(self, operation: str | None, status: int, error: str | None, seconds: float, *, conforms: bool) -> None:
        """Count a request.

        Args:
            operation: its operationId; None for a request that names none.
            error: name of the error case of the response; None for a success.
            seconds: from the request to its response.
            conforms: whether the response satisfies the contract.
        """
        counters, histogram = self._cells[operation or NO_OPERATION]
        self._counting.add_with_duration(counters + 2 * (status // 100 - 1) + (error is not None), histogram, seconds)
        if error is not None:
            self._counting.add(self._errors[error])
        if not conforms:
            self._counting.add(self._nonconforming)


class TrafficMetrics:
    """The counters of a server, in memory that its forked workers share.

    Args:
        contracts: of the vendors and of the control plane.
        workers: how many processes count.
    """

    def __init__(self, contracts: Iterable[Contract], workers: int) -> None:
        contracts, layout = list(contracts), Layout()
        operations = [
            *((contract.vendor, name) for contract in contracts for name in (*contract.operations, NO_OPERATION)),
            (FILES, DOWNLOAD),
            (FILES, UPLOAD),
        ]
        vendors = [*(contract.vendor for contract in contracts), FILES]
        # The control plane's lifecycles and callbacks are none.
        self._served = frozenset(contract.vendor for contract in contracts if contract.lifecycles)
        self._requests = Counters(
            layout,
            "bodydouble_requests_total",
            "Requests, by the class of the response's HTTP status, and by whether the response is an error.",
            ("vendor", "operation", "status", "result"),
            [(*operation, *result) for operation in operations for result in _RESULTS],
        )
        self._durations = Histograms(
            layout,
            "bodydouble_request_duration_seconds",
            "Time from a request to its response.",
            ("vendor", "operation"),
            operations,
        )
        self._errors = Counters(
            layout,
            "bodydouble_errors_total",
            "Responses with an error, by the error case of the specification.",
            ("vendor", "error"),
            [(FILES, FILE_ERROR), *((contract.vendor, name) for contract in contracts for name in contract.errors)],
        )
        self._nonconforming = Counters(
            layout,
            "bodydouble_nonconforming_responses_total",
            "Responses of the mock server that violate the specification; each is logged.",
            ("vendor",),
            [(vendor,) for vendor in vendors],
        )
        self._attempts = Counters(
            layout,
            "bodydouble_callback_attempts_total",
            "Attempts to deliver a callback that were recorded.",
            ("vendor", "outcome"),
            product(vendors, OUTCOMES),
        )
        self._attempt_durations = Histograms(
            layout,
            "bodydouble_callback_attempt_duration_seconds",
            "Time from sending a callback to the end of the receiver's response.",
            ("vendor",),
            [(vendor,) for vendor in vendors],
        )
        self._lateness = Histograms(
            layout,
            "bodydouble_callback_lateness_seconds",
            "How long after it was due a scheduled attempt was made, on the account's clock.",
            ("vendor",),
            [(vendor,) for vendor in vendors],
        )
        self._ended = Counters(
            layout,
            "bodydouble_deliveries_ended_total",
            "Callback events for which no further attempt follows: delivered, failed (given up) or refused.",
            ("vendor", "state"),
            product(vendors, ENDS),
        )
        self._lost_entries = Counters(
            layout,
            "bodydouble_journal_entries_lost_total",
            "Requests that could not be written to the journal, nor be kept until they can; each time is logged.",
            (),
            [()],
        )
        self._starts, self._process = layout.reserve(1), layout.reserve(1)
        self._cells = SharedCells(workers + _SPARE_ROWS, layout.width)
        self._counting = Counting(self._cells)

    def start_process(self) -> None:
        """Count in a row of this process from now on. Called once in each worker."""
        self._cells.claim()
        self._cells.own[self._process] = os.getpid()
        self._counting.add(self._starts)

    def worker_starts(self) -> int:
        """How many workers were started."""
        return self._cells.sum(self._starts)

    def living_workers(self) -> dict[int, int]:
        """The numbers of the processes that count, by row."""
        processes = {row: self._cells.row(row)[self._process] for row in range(self._cells.rows)}
        return {row: process for row, process in processes.items() if process and _is_alive(process)}

    def requests_of(self, vendor: str) -> VendorRequests:
        """What counts the requests to a vendor."""
        first = {
            operation: cell
            for (name, operation, *result), cell in self._requests.cells.items()
            if name == vendor and tuple(result) == _RESULTS[0]
        }
        cells = {operation: (cell, self._durations.cells[vendor, operation]) for operation, cell in first.items()}
        errors = {name: cell for (of, name), cell in self._errors.cells.items() if of == vendor}
        return VendorRequests(self._counting, cells, errors, self._nonconforming.cells[vendor,])

    def count_attempt(self, vendor: str, outcome: str, seconds: float, lateness: float | None) -> None:
        """Count an attempt to deliver a callback.

        Args:
            lateness: seconds after it was due; None for one that nothing had scheduled.
        """
        attempts = self._attempts.cells[vendor, outcome]
        self._counting.add_with_duration(attempts, self._attempt_durations.cells[vendor,], seconds)
        if lateness is not None:
            self._counting.observe(self._lateness.cells[vendor,], lateness)

    def count_end(self, vendor: str, state: str) -> None:
        """Count a callback event for which no further attempt follows."""
        self._counting.add(self._ended.cells[vendor, state])

    def count_lost_entries(self, count: int) -> None:
        """Count requests that the journal will not show."""
        self._counting.add(self._lost_entries.cells[()], count)

    def served(self) -> tuple[int, int]:
        """How many requests to vendors, and how many attempts to deliver callbacks, have been counted."""
        requests = (cell for (vendor, *_), cell in self._requests.cells.items() if vendor in self._served)
        sums = (sum(map(self._cells.sum, cells)) for cells in (requests, self._attempts.cells.values()))
        return next(sums), next(sums)

    def families(self) -> list[Family]:
        """Everything that has been counted, by all workers together."""
        parts: list[Counters | Histograms] = [self._requests, self._durations, self._errors, self._nonconforming]
        parts += [self._attempts, self._attempt_durations, self._lateness, self._ended, self._lost_entries]
        return [part.family(self._cells) for part in parts]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
