"""The log, on standard error: lines for people, or one JSON object on each line; without secrets in either form."""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from bodydouble.mock_server.clock import wall
from bodydouble.mock_server.web.request_log import FIELDS, request_id

if TYPE_CHECKING:
    from bodydouble.contracts.redaction.fields import FieldRedactor

LogFormat = Literal["text", "json"]
_TEXT = "%(levelname)s %(name)s: %(message)s"


class RedactingFormatter(logging.Formatter):
    """Lines for people.

    Attributes:
        redact: takes secrets out of a text; to be set as soon as it is known what is secret.
    """

    def __init__(self) -> None:
        super().__init__(_TEXT)
        self.redact: Callable[[str], str] = lambda text: text

    def format(self, record: logging.LogRecord) -> str:
        """The text of a record, of more than one line if it has an exception."""
        return self.redact(super().format(record))


class JsonFormatter(RedactingFormatter):
    """One JSON object for each record, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        content = {
            "time": _time(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": self.redact(record.getMessage()),
            "process": record.process,
            "thread": record.threadName,
            "request_id": request_id(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            content["exception"] = self.redact(self.formatException(record.exc_info))
        shown = {name: value for name, value in content.items() if value is not None}
        return json.dumps(shown, default=str)


_FORMATTERS: dict[str, type[RedactingFormatter]] = {"text": RedactingFormatter, "json": JsonFormatter}


def configure(level: str, log_format: LogFormat) -> None:
    """Log to standard error from now on, in this process and in those that are forked from it.

    Args:
        level: a level's name; what is below it is not logged.
    """
    formatter = _FORMATTERS[log_format]()
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler])
    if log_format == "json":
        # What Python itself would print as text.
        logging.captureWarnings(True)
        sys.excepthook = _log_uncaught
        threading.excepthook = _log_uncaught_of_thread


def output_line(text: str, log_format: LogFormat) -> str:
    """A line for standard output, in the form of the log."""
    if log_format == "text":
        return text
    return json.dumps({"time": _time(wall()), "level": "INFO", "logger": "bodydouble", "message": text})


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def redact_logs(redactors: Iterable["FieldRedactor"], values: Iterable[str] = ()) -> None:
    """Take secrets out of everything that is logged from now on.

    Args:
        redactors: know the sensitive fields.
        values: that are secret wherever and in whatever form they stand.
    """
    # Imported here: --help needs no redactor.
    from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor
    from bodydouble.contracts.redaction.value_forms import without_values

    redactor = FieldRedactor({name for redactor in redactors for name in redactor.names})
    known = frozenset(values)

    def redacted(text: str) -> str:
        return without_values(redactor.text(redactor.query(text)), known, REPLACEMENT)

    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, RedactingFormatter):
            handler.formatter.redact = redacted


def _log_uncaught(*exception: Any) -> None:
    logging.getLogger("bodydouble").critical("uncaught exception", exc_info=exception)


def _log_uncaught_of_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        _log_uncaught(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
