"""Statements on the driver's own connection to PostgreSQL: prepared on the server, several of them in one round trip.

A round trip costs more than what PostgreSQL does in it. What needs no result of its own (`BEGIN`, an insert, the check
of a cached value) is sent with the next statement that does.
"""

import select
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.insert_blocks import insert_of

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.errors import Diagnostic
    from psycopg.pq.abc import PGresult

Row = tuple[Any, ...]
Decoder = Callable[[bytes], Any]
# Of types of results, by their numbers in PostgreSQL: bool, bytea, name, int8, int2, int4, text, float4, float8,
# varchar, and numeric, which sums of whole numbers are.
_DECODERS: dict[int, Decoder] = {
    16: lambda text: text == b"t",
    17: lambda text: bytes.fromhex(text[2:].decode()),
    19: bytes.decode,
    20: int,
    21: int,
    23: int,
    25: bytes.decode,
    700: float,
    701: float,
    1043: bytes.decode,
    1700: lambda text: float(text) if b"." in text else int(text),
}
_ENCODERS: dict[type, Callable[[Any], bytes | None]] = {
    type(None): lambda value: None,
    int: lambda value: b"%d" % value,
    bool: lambda value: b"t" if value else b"f",
    float: lambda value: repr(value).encode(),
    bytes: lambda value: b"\\x" + value.hex().encode(),
}
_BEGIN, _COMMIT, _ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"
# Values of libpq: ExecStatusType (success without and with rows), ConnStatusType.
_COMMAND_OK, _TUPLES_OK, _CONNECTION_OK = 1, 2, 0
# Severities of messages after which a connection is over.
_END = frozenset({"FATAL", "PANIC"})
# How many rows the statements have that insert several: each of them is prepared once.
_ROWS = (32, 8, 3, 1)
MAX_ROWS = _ROWS[0]
# How long the texts of a row are at most, of which a connection remembers the last for each statement.
_MAX_REMEMBERED = 4_000
# A field of an error: its code in the standard of SQL.
_SQLSTATE = ord("C")


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement returned.

    Attributes:
        count: of the rows that it changed or returned.
    """

    rows: list[Row]
    count: int


@dataclass(frozen=True, slots=True)
class Command:
    """A statement, with `$1` and so on for its values.

    Attributes:
        receive: takes the result, where the command is sent ahead.
        is_row: whether it inserts one row, of which several that follow each other may become one statement.
        is_by_key: whether it only reads few rows, by keys, so that it may be sent with those of other threads.
    """

    text: str
    values: Sequence[Any] = ()
    receive: Callable[[Result], None] | None = None
    is_row: bool = False
    is_by_key: bool = False


class Server(ABC):
    """What runs prepared statements on a database server."""

    def __init__(self) -> None:
        self._ahead: list[Command] = []
        self._behind: list[Command] = []

    def ahead(self, command: Command) -> None:
        """Send a command together with the next one."""
        self._ahead.append(command)

    def behind(self, command: Command) -> None:
        """Send a command together with the next one, after it."""
        self._behind.append(command)

    def forget_ahead(self) -> None:
        """Do not send what was to be sent with the next command, outside a transaction."""
        self._ahead, self._behind = [], []

    @abstractmethod
    def run(self, *commands: Command) -> list[Result]:
        """Run statements in the order in which they are passed, in one round trip; their results.

        Raises:
            psycopg.Error: one of them failed; those after it did not run.
        """


class ServerConnection(Server):
    """One connection, used by one thread at a time.

    Args:
        driver: in autocommit mode; transactions begin and end here.
    """

    def __init__(self, driver: "Connection[Any]") -> None:
        super().__init__()
        # It would have the server forget its own prepared statements, and with them those of this class.
        driver.prepare_threshold = None
        self._connection = driver.pgconn
        self._names: dict[str, bytes] = {}
        self._decoders: dict[str, list[Decoder]] = {}
        # What is read again with each request, to prove that it is as it was.
        self._last_rows: dict[str, tuple[list[bytes | None], Row]] = {}
        self._in_transaction = False
        self._has_ended = False
        driver.add_notice_handler(self._note_end)
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._connection.socket, select.POLLIN)
        self._writable.register(self._connection.socket, select.POLLIN | select.POLLOUT)

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction has begun here, and has not ended."""
        return self._in_transaction

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended the connection while nothing was asked of it."""
        if self._in_transaction:
            return False
        # A look at the socket that lets no other thread take the interpreter meanwhile: to get it back takes longer.
        try:
            self._connection.consume_input()
            self._connection.is_busy()
        except Exception:
            return True
        return self._has_ended

    def _note_end(self, notice: "Diagnostic") -> None:
        # The last that a server says before it ends a connection.
        self._has_ended = self._has_ended or notice.severity_nonlocalized in _END

    def begin(self) -> None:
        """Begin a transaction, with its first statement."""
        self._in_transaction = True
        self._ahead = [Command(_BEGIN)]

    def commit(self) -> None:
        """Commit the transaction with all that was to be sent ahead.

        Raises:
            psycopg.Error: nothing of it was stored; or the connection was lost, and that is not known.
        """
        if self._ahead == [Command(_BEGIN)] and not self._behind:
            self._ahead = []
        else:
            if self._behind or any(command.receive is not None for command in self._ahead):
                # What takes a result may refuse it, and then nothing must have been committed.
                self.run()
            self.run(Command(_COMMIT))
        self._in_transaction = False

    def rollback(self) -> None:
        """Roll the transaction back."""
        self._in_transaction = False
        unused = bool(self._ahead) and self._ahead[0].text == _BEGIN
        self.forget_ahead()
        if not unused and self._connection.status == _CONNECTION_OK:
            self._connection.exec_(_ROLLBACK.encode())

    def run(self, *commands: Command) -> list[Result]:
        """Run statements in the order in which they are passed, in one round trip; their results.

        Raises:
            psycopg.Error: one of them failed; those after it did not run.
        """
        # What is alone is merged with nothing.
        ahead = list(_merged(self._ahead)) if len(self._ahead) > 1 else self._ahead
        together = [*ahead, *commands, *self._behind]
        if not together:
            return []
        prepared = [(self._name(command.text), list(map(_encoded, command.values))) for command in together]
        # Now it is sent: what fails before this has not begun a transaction.
        self.forget_ahead()
        responses = self._exchange(prepared)
        results = [self._result(command.text, response) for command, response in zip(together, responses, strict=True)]
        for command, result in zip(together, results, strict=True):
            if command.receive is not None:
                command.receive(result)
        return results[len(ahead) : len(ahead) + len(commands)]

    def _name(self, text: str) -> bytes:
        name = self._names.get(text)
        if name is None:
            name = f"bodydouble_{len(self._names)}".encode()
            self._require_success(self._connection.prepare(name, text.encode()))
            self._names[text] = name
        return name

    def _exchange(self, prepared: Sequence[tuple[bytes, Any]]) -> "list[PGresult | None]":
        connection = self._connection
        if len(prepared) == 1:
            return [connection.exec_prepared(*prepared[0])]
        try:
            connection.enter_pipeline_mode()
            for name, values in prepared:
                connection.send_query_prepared(name, values)
            connection.pipeline_sync()
            responses = list(self._responses(len(prepared)))
            if connection.status == _CONNECTION_OK:
                # That of the synchronisation.
                self._next_result()
                connection.exit_pipeline_mode()
        except BaseException:
            # In the middle of responses it is of no use any more.
            connection.finish()
            raise
        return responses

    def _responses(self, count: int) -> "Iterator[PGresult | None]":
        while self._connection.flush():
            self._writable.poll()
        for _ in range(count):
            response = self._next_result()
            # Each has an end mark.
            if response is not None and self._next_result() is not None:
                raise ValueError("one statement returned several results")
            yield response

    def _next_result(self) -> "PGresult | None":
        # To ask for one that is not there yet would block all threads of the process.
        connection = self._connection
        while connection.is_busy():
            self._readable.poll()
            connection.consume_input()
        return connection.get_result()

    def _result(self, text: str, response: "PGresult | None") -> Result:
        response = self._require_success(response)
        if response.status != _TUPLES_OK:
            if text == _COMMIT and response.command_status != b"COMMIT":
                raise RuntimeError("a statement had failed, and the transaction was rolled back")
            return Result([], response.command_tuples or 0)
        decoders = self._decoders.get(text)
        if decoders is None:
            kinds = map(response.ftype, range(response.nfields))
            decoders = self._decoders[text] = [_DECODERS[kind] for kind in kinds]
        count = response.ntuples
        if count == 1:
            return Result([self._only_row(text, response, decoders)], 1)
        return Result([_decoded(_texts(response, number, decoders), decoders) for number in range(count)], count)

    def _only_row(self, text: str, response: "PGresult", decoders: Sequence[Decoder]) -> Row:
        texts = _texts(response, 0, decoders)
        last = self._last_rows.get(text)
        if last is not None and last[0] == texts:
            return last[1]
        row = _decoded(texts, decoders)
        if sum(map(len, filter(None, texts))) <= _MAX_REMEMBERED:
            self._last_rows[text] = texts, row
        return row

    def _require_success(self, response: "PGresult | None") -> "PGresult":
        if response is not None and response.status in (_COMMAND_OK, _TUPLES_OK):
            return response
        from psycopg import OperationalError, errors

        if response is None or not response.error_field(_SQLSTATE):
            raise OperationalError(self._connection.get_error_message())
        raise errors.error_from_result(response)


def _merged(commands: Iterable[Command]) -> Iterator[Command]:
    for (text, is_row), group in groupby(commands, lambda command: (command.text, command.is_row)):
        rows = list(group)
        while is_row and len(rows) > 1:
            count = next(count for count in _ROWS if count <= len(rows))
            values = [value for row in rows[:count] for value in row.values]
            yield Command(insert_of(text, count, len(rows[0].values)), values)
            del rows[:count]
        yield from rows


def _texts(response: "PGresult", number: int, decoders: Sequence[Decoder]) -> list[bytes | None]:
    value = response.get_value
    return [value(number, column) for column in range(len(decoders))]


def _decoded(texts: Sequence[bytes | None], decoders: Sequence[Decoder]) -> Row:
    return tuple([None if text is None else decode(text) for text, decode in zip(texts, decoders, strict=True)])


def _encoded(value: Any) -> bytes | None:
    # Most values are texts.
    if type(value) is not str and (encode := _ENCODERS.get(type(value))) is not None:
        return encode(value)
    text = str(value).encode()
    if b"\x00" in text:
        from psycopg import DataError

        # The library would store what comes before it.
        raise DataError("a text cannot contain NUL")
    return text
