"""The form of a snapshot: its version, its schema, and what is wrong with a document."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema_rs
import orjson

from bodydouble.contracts.core.json_pointer import Path, pointer
from bodydouble.contracts.model.documents import specifications

FORMAT, VERSION = "bodydouble-snapshot", 1
SCHEMA = "snapshot.schema.json"
# Of what a validator says of a value, which may be large.
_MAX_REASON = 200

# Fields of numbers that need not be integers, or of values that a vendor has chosen.
_ANY_NUMBERS = frozenset(
    {"pace", "probability", "duration", "fault", "faults", "buckets", "settings", "attributes", "content", "context"}
    | {"files", "request_headers"}
)

Document = Mapping[str, Any]


class SnapshotError(ValueError):
    """A snapshot cannot be used; the message is the place and the reason.

    Args:
        place: the JSON pointer of the field that is wrong.
        reason: what is wrong.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place, self.reason = place, reason

    @classmethod
    def of(cls, message: str) -> "SnapshotError":
        """The error of a message that begins with the place."""
        place, _, reason = message.partition(": ")
        return cls(place, reason)


class SnapshotTooLargeError(ValueError):
    """An account has too much for a snapshot; the message says how much."""


@functools.cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    schema = orjson.loads(specifications().joinpath(SCHEMA).read_bytes())
    return jsonschema_rs.Draft202012Validator(schema)


def require_form(document: Document) -> None:
    """Require that a document is a snapshot of this version, and has its form.

    Raises:
        SnapshotError: it is something else; the first field that is wrong.
    """
    if document.get("format") != FORMAT:
        raise SnapshotError("/format", f"this is no snapshot: must be {FORMAT}")
    version = document.get("version")
    if version != VERSION or isinstance(version, bool):
        raise SnapshotError("/version", f"{str(version)[:_MAX_REASON]}; this server reads version {VERSION}")
    if not _validator().is_valid(document):
        for error in _validator().iter_errors(document):
            raise SnapshotError(pointer(error.instance_path), _shortened(error.message))

    _require_integers(document, ())


def _require_integers(value: Any, path: Path) -> None:
    # JSON Schema takes 7.0 for an integer, and not every database does.
    if type(value) is float:
        raise SnapshotError(pointer(path), "must be written as an integer")
    entries: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        entries = ((name, entry) for name, entry in value.items() if name not in _ANY_NUMBERS)
    elif isinstance(value, list):
        entries = enumerate(value)
    for name, entry in entries:
        if isinstance(entry, float | dict | list):
            _require_integers(entry, (*path, name))


def _shortened(reason: str) -> str:
    return reason if len(reason) <= _MAX_REASON else f"{reason[:_MAX_REASON]}..."
