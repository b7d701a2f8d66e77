"""The journal: every request with its response, violations and effects. Bounded, and never delays a request."""

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, or_, select

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.violation import Violation, short_json
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.entry_redaction import EntryRedactor, Message
from bodydouble.mock_server.store.failures import is_failure
from bodydouble.mock_server.store.issued_values import IssuedValues
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import journal

logger = logging.getLogger(__name__)

# How many of the newest requests are stored, and how many more may gather before the rest is dropped: of all processes
# together, and over restarts.
MAX_ENTRIES = 20_000
# No account has this id.
ANY_ACCOUNT = "*"
TRIM_EVERY = 1_000
# Longer bodies are cut, so that the bound on entries is a bound on bytes.
MAX_BODY_LENGTH = 20_000
# The same for the path, the query and each header's value, and the number of headers.
MAX_FIELD_LENGTH, MAX_HEADERS = 4_000, 100
FLUSH_INTERVAL = 0.05
# A burst beyond this is written by the request that meets it, which slows the burst down to what the disk takes.
MAX_PENDING_ENTRIES = 5_000
# What is kept while the database cannot be used: fewer, so that not every further request tries to write them.
MAX_KEPT_ENTRIES, MAX_KEPT_BYTES = 4_000, 32_000_000


@dataclass(slots=True)
class Entry:
    """One request.

    Attributes:
        account_id: None when the request was not authenticated.
        operation: operationId, or None when no operation was found.
        wall_ms, at: when, on the real clock and on the account's; epoch milliseconds.
        error: name of the error case of the response, or None.
        violations: how the request breaks the contract.
        task_id: the task that it created or changed.
        conforms: whether the server's response satisfies the contract.
        duration: milliseconds.
        faults: those that struck the request, as `StruckFault.described` shows them.
    """

    vendor: str
    method: str
    path: str
    query: str
    request_headers: Mapping[str, str]
    request_body: bytes
    wall_ms: int
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
    faults: tuple[Mapping[str, Any], ...] = ()
    id: int = field(default=0)


_INSERT = PreparedStatement(insert(journal), [column.name for column in journal.c if column.name != "id"])
_FIRST = PreparedStatement(select(func.min(journal.c.id)))
_LAST = PreparedStatement(select(func.max(journal.c.id)))
_OLD = delete(journal).where(journal.c.id <= bindparam("last"))


class Journal:
    """Gathers entries; a background thread has them written (`flush`) again and again.

    Args:
        database: where they are written.
        redactors: by vendor.
        issued: finds the tokens and secrets that the server has issued; None if it issues none.

    Attributes:
        on_pending: called when there is something to write, and was nothing before.
        flush_others: has the other workers of the server write their entries, and waits for them.
        on_lost: is told how many entries have been given up.
    """

    def __init__(
        self,
        database: Database,
        redactors: Mapping[str, FieldRedactor],
        issued: IssuedValues | None = None,
    ) -> None:
        self._database = database
        self._redactor = EntryRedactor(redactors, _nothing if issued is None else issued.within)
        self._issued = issued
        self._pending: deque[Entry] = deque()
        self._flushing = threading.Lock()
        self._stop = threading.Event()
        self.flush_others: Callable[[], None] = lambda: None
        self.on_pending: Callable[[], None] = lambda: None
        self.on_lost: Callable[[int], None] = lambda count: None

    def stop(self) -> None:
        """Write the pending entries, and let nobody wait for others any more."""
        self._stop.set()
        self.flush_safely()
        if self._pending:
            self._lose(len(self._pending))

    def add(self, entry: Entry) -> None:
        """Add a request."""
        is_first = not self._pending
        self._pending.append(entry)
        if is_first:
            self.on_pending()
        if len(self._pending) > MAX_PENDING_ENTRIES:
            self.flush_safely()

    def gather(self) -> float | None:
        """Write what comes within a short time, if something has come; seconds until the next look, if that is sure."""
        if not self._pending:
            return None
        self._stop.wait(FLUSH_INTERVAL)
        self.flush()
        return FLUSH_INTERVAL if self._pending else None

    def flush_safely(self) -> None:
        """Write the pending entries; a failure is logged, and ends neither the thread nor a request."""
        try:
            self.flush()
        except Exception:
            logger.exception("the journal cannot be written")

    def flush(self) -> None:
        """Write the pending entries, and wait for those that another thread is writing.

        Raises:
            Exception: they were not written. If the database fails, they are kept for the next time, within bounds.
        """
        with self._flushing:
            # Requests add further entries in the meantime; each entry is removed by itself, so that none is lost.
            entries = [self._pending.popleft() for _ in range(len(self._pending))]
            if not entries:
                return
            try:
                self._write(self._rows(entries))
            except BaseException as error:
                self._lose(len(entries) - (self._keep(entries) if is_failure(error) else 0))
                raise

    def _keep(self, entries: list[Entry]) -> int:
        # The newest. Meanwhile, later ones may have come.
        count, size = 0, 0
        for entry in reversed(entries[-MAX_KEPT_ENTRIES:]):
            size += len(entry.request_body) + len(entry.response_body)
            if size > MAX_KEPT_BYTES:
                break
            self._pending.appendleft(entry)
            count += 1
        return count

    def _lose(self, count: int) -> None:
        if count:
            logger.error("%d journal entries are lost", count)
            self.on_lost(count)

    def _write(self, rows: list[dict[str, Any]]) -> None:
        with self._database.write() as connection:
            _INSERT.run_many(connection, rows)
            _trim(connection)

    def catch_up(self) -> None:
        """Make every request that was served before this call visible to a search after it.

        The other workers are asked to write. Replicas on other machines, which a database server may have, cannot be
        asked: if any are connected, they are waited for as long as they may take.
        """
        self.flush()
        self.flush_others()
        if self._database.has_connected_replicas():
            self._stop.wait(2 * FLUSH_INTERVAL)

    def _rows(self, entries: Sequence[Entry]) -> list[dict[str, Any]]:
        # All of them have been responded to: what is issued from now on is in none.
        if self._issued is None:
            return list(map(self._row, entries))
        with self._issued.current_for(entry.account_id for entry in entries):
            return list(map(self._row, entries))

    def _row(self, entry: Entry) -> dict[str, Any]:
        shown = self._redactor.shown(_message(entry))
        # Cut last: a truncated secret would not be recognised.
        return {
            "account_id": entry.account_id,
            "vendor": entry.vendor,
            "operation": entry.operation,
            "real": entry.wall_ms,
            "at": entry.at,
            "method": entry.method,
            "path": _storable(shown.path)[:MAX_FIELD_LENGTH],
            "query": _storable(shown.query)[:MAX_FIELD_LENGTH],
            "request_headers": orjson.dumps(_short(shown.headers)).decode(),
            "request_body": _storable(shown.request_body)[:MAX_BODY_LENGTH],
            "status": entry.status,
            "error": entry.error,
            "response_body": _storable(shown.response_body)[:MAX_BODY_LENGTH],
            "violations": orjson.dumps(list(map(_violation, shown.violations))).decode() if shown.violations else "[]",
            "task_id": entry.task_id,
            "conforms": entry.conforms,
            "duration": entry.duration,
            "faults": orjson.dumps(entry.faults).decode() if entry.faults else "[]",
        }

    def search(
        self,
        *,
        account_id: str | None = ANY_ACCOUNT,
        vendor: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        error: str | None = None,
        task_ids: Sequence[int] | None = None,
        with_violations: bool | None = None,
        conforms: bool | None = None,
        text: str | None = None,
        after: int = 0,
        until: int | None = None,
        limit: int | None = 100,
    ) -> list[dict[str, Any]]:
        """Entries in the order in which they came, the latest `limit` of them.

        Args:
            account_id: None for requests without a known account; all requests if not said.
            with_violations: only requests that violate (True) or satisfy (False) the contract.
            text: only entries whose path, query or bodies have it, in small or capital letters.
            after: only entries with a higher id.
            until: only entries with this id or a lower one.
        """
        statement = select(journal).where(journal.c.id > after)
        if account_id is not ANY_ACCOUNT:
            statement = statement.where(journal.c.account_id == account_id)
        if until is not None:
            statement = statement.where(journal.c.id <= until)
        if text is not None:
            places = (journal.c.path, journal.c.query, journal.c.request_body, journal.c.response_body)
            # A client's JSON may have it in escapes.
            forms = {text, json.dumps(text)[1:-1]}
            statement = statement.where(
                or_(*(place.icontains(form, autoescape=True) for place in places for form in forms))
            )
        for column, filter_value in (
            (journal.c.vendor, vendor),
            (journal.c.operation, operation),
            (journal.c.status, status),
            (journal.c.error, error),
            (journal.c.conforms, conforms),
        ):
            if filter_value is not None:
                statement = statement.where(column == filter_value)
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


def _trim(connection: Connection) -> None:
    # Both ends of an index: this costs nothing when there is nothing to drop.
    first, last = _FIRST.scalar(connection, {}), _LAST.scalar(connection, {})
    if last - first >= MAX_ENTRIES + TRIM_EVERY - 1:
        connection.execute(_OLD, {"last": last - MAX_ENTRIES})


def _nothing(_text: str, _account_id: str | None) -> frozenset[str]:
    return frozenset()


def _message(entry: Entry) -> Message:
    request = WireRequest(entry.method, entry.path, entry.query, entry.request_headers, entry.request_body)
    response = WireResponse(entry.status, {}, entry.response_body)
    routed, failed = entry.operation is not None, entry.error is not None
    return Message(entry.vendor, request, response, entry.violations, routed, failed, entry.account_id)


def _storable(text: str) -> str:
    # Not every database can hold the character, and no JSON text contains it.
    return text.replace("\x00", "\\x00")


def _short(headers: Mapping[str, str]) -> dict[str, str]:
    return {name[:MAX_FIELD_LENGTH]: value[:MAX_FIELD_LENGTH] for name, value in islice(headers.items(), MAX_HEADERS)}


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "field": violation.field,
        "part": violation.part,
        "pointer": violation.pointer,
        "rule": violation.rule,
        "got": "nothing" if violation.missing else short_json(violation.got),
        "expected": violation.expectation,
        "message": str(violation),
    }


def _entry_json(row: RowMapping) -> dict[str, Any]:
    content = {str(name): value for name, value in row.items()}
    content["request_headers"] = orjson.loads(row["request_headers"])
    content["violations"] = orjson.loads(row["violations"])
    content["faults"] = orjson.loads(row["faults"])
    content["conforms"] = bool(row["conforms"])
    return content
