"""The journal: every request with its answer, what it broke and caused. Bounded, and never in a request's way."""

import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import RowMapping, bindparam, delete, func, insert, select

from bodydouble.contracts.model.violation import Violation, shown
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.prepared_statement import Prepared
from bodydouble.mock_server.store.tables import journal

logger = logging.getLogger(__name__)

# The newest requests that are kept, and how many more may gather before the rest is dropped.
KEPT_ENTRIES = 20_000
TRIM_EVERY = 5_000
# Longer bodies are cut, so that the bound on entries is a bound on bytes.
LONGEST_BODY = 20_000
# The same for the path, the query and each header's value, and the number of headers.
LONGEST_FIELD, MOST_HEADERS = 4_000, 100
FLUSH_INTERVAL = 0.05
# A burst beyond this is written by the request that meets it, which slows the burst down to what the disk takes.
MOST_WAITING = 5_000


@dataclass(slots=True)
class Entry:
    """One request.

    Attributes:
        account_id: None when the request was not authenticated.
        operation: operationId, or None when no operation was found.
        real, at: when, on the real clock and on the account's; epoch milliseconds.
        error: name of the error case that it was answered with, or None.
        violations: what it broke of the contract.
        task_id: the task that it made or changed.
        conforms: whether our own answer keeps the contract.
        duration: milliseconds.
    """

    vendor: str
    method: str
    path: str
    query: str
    request_headers: Mapping[str, str]
    request_body: bytes
    real: int
    account_id: str | None = None
    operation: str | None = None
    at: int | None = None
    status: int = 0
    error: str | None = None
    response_body: bytes = b""
    violations: tuple[Violation, ...] = ()
    task_id: int | None = None
    conforms: bool = True
    duration: float = 0.0
    id: int = field(default=0)


_INSERT = Prepared(insert(journal), [column.name for column in journal.c if column.name != "id"])
_OLD = delete(journal).where(journal.c.id <= bindparam("last"))


class Journal:
    """Gathers entries and writes them from a thread of its own.

    Args:
        database: where to.
        redactors: by vendor.
    """

    def __init__(self, database: Database, redactors: Mapping[str, FieldRedactor]) -> None:
        self._database = database
        self._redactors = redactors
        self._waiting: deque[Entry] = deque()
        self._flushing = threading.Lock()
        self._stop = threading.Event()
        self._since_trim = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write in the background."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._flush_safely()

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_INTERVAL):
            self._flush_safely()
        self._flush_safely()
        self._database.close()

    def add(self, entry: Entry) -> None:
        """Take a request in."""
        self._waiting.append(entry)
        if len(self._waiting) > MOST_WAITING:
            self._flush_safely()

    def _flush_safely(self) -> None:
        # A full disk costs entries, but neither the thread nor the answer to a request.
        try:
            self.flush()
        except Exception:
            logger.exception("entries of the journal are lost")

    def flush(self) -> None:
        """Write what waits, and wait for what another thread is just writing."""
        with self._flushing:
            # Requests go on adding meanwhile; each entry is taken off by itself, so that none is lost between.
            entries = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if not entries:
                return
            with self._database.write() as connection:
                _INSERT.run_many(connection, [self._row(entry) for entry in entries])
                self._since_trim += len(entries)
                if self._since_trim >= TRIM_EVERY:
                    self._since_trim = 0
                    last = connection.execute(select(func.max(journal.c.id))).scalar_one()
                    connection.execute(_OLD, {"last": last - KEPT_ENTRIES})

    def catch_up(self, processes: int) -> None:
        """Make every request that was answered before this call visible to a search after it.

        Args:
            processes: how many write the same journal; each other one is waited for as long as it may take to write.
        """
        self.flush()
        if processes > 1:
            self._stop.wait(2 * FLUSH_INTERVAL)

    def _row(self, entry: Entry) -> dict[str, Any]:
        redactor = self._redactors[entry.vendor]
        return {
            "account_id": entry.account_id,
            "vendor": entry.vendor,
            "operation": entry.operation,
            "real": entry.real,
            "at": entry.at,
            "method": entry.method,
            "path": entry.path[:LONGEST_FIELD],
            "query": redactor.query(entry.query)[:LONGEST_FIELD],
            "request_headers": orjson.dumps(_short(redactor.headers(entry.request_headers))).decode(),
            "request_body": _text(entry.request_body, redactor),
            "status": entry.status,
            "error": entry.error,
            "response_body": _text(entry.response_body, redactor),
            "violations": orjson.dumps([_violation(redactor.violation(one)) for one in entry.violations]).decode()
            if entry.violations
            else "[]",
            "task_id": entry.task_id,
            "conforms": entry.conforms,
            "duration": entry.duration,
        }

    def search(
        self,
        *,
        account_id: str | None,
        vendor: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        error: str | None = None,
        task_ids: Sequence[int] | None = None,
        with_violations: bool | None = None,
        conforms: bool | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[dict[str, Any]]:
        """Entries in the order in which they came, the latest `limit` of them.

        Args:
            account_id: None for the requests that no account could be found for.
            with_violations: only requests that broke (True) or kept (False) the contract.
            after: only entries with a higher id.
        """
        statement = select(journal).where(journal.c.account_id == account_id, journal.c.id > after)
        for column, wanted in (
            (journal.c.vendor, vendor),
            (journal.c.operation, operation),
            (journal.c.status, status),
            (journal.c.error, error),
            (journal.c.conforms, conforms),
        ):
            if wanted is not None:
                statement = statement.where(column == wanted)
        if task_ids is not None:
            statement = statement.where(journal.c.task_id.in_(task_ids))
        if with_violations is not None:
            broke = journal.c.violations != "[]"
            statement = statement.where(broke if with_violations else ~broke)
        statement = statement.order_by(journal.c.id.desc()).limit(limit)
        rows = self._database.read().execute(statement).mappings().all()
        return [_entry_json(row) for row in reversed(rows)]

    def forget(self, account_id: str) -> None:
        """Drop an account's entries."""
        self.flush()
        with self._database.write() as connection:
            connection.execute(delete(journal).where(journal.c.account_id == account_id))


def _text(body: bytes, redactor: FieldRedactor) -> str:
    # Cut last: a secret that is cut through would not be recognised.
    text = redactor.text(body.decode("utf-8", "backslashreplace"))[:LONGEST_BODY]
    # Not every database can hold the character, and no JSON text contains it.
    return text.replace("\x00", "\\x00")


def _short(headers: Mapping[str, str]) -> dict[str, str]:
    return {name[:LONGEST_FIELD]: value[:LONGEST_FIELD] for name, value in islice(headers.items(), MOST_HEADERS)}


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "field": violation.field,
        "part": violation.part,
        "pointer": violation.pointer,
        "rule": violation.rule,
        "got": "nothing" if violation.missing else shown(violation.got),
        "expected": violation.expectation,
        "message": str(violation),
    }


def _entry_json(row: RowMapping) -> dict[str, Any]:
    content = {str(name): value for name, value in row.items()}
    content["request_headers"] = orjson.loads(row["request_headers"])
    content["violations"] = orjson.loads(row["violations"])
    content["conforms"] = bool(row["conforms"])
    return content
