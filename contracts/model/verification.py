"""What an earlier start on this machine has verified about a document, so that it is not verified at every start.

To validate its extensions and to compile its schemas takes longer than all else that is done with a document. Both have
the same result as long as the document, the schema of the extensions, the code and the library are the same: what is
recorded is found by their bytes.
"""

import functools
import importlib
from collections.abc import Mapping
from pathlib import Path

from bodydouble.contracts.core import user_cache
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.documents import extension_schema

_FORMAT = b"verification 2"
_CODE = ("extensions.py", "validators.py")


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of what was verified.

    Attributes:
        compiled: whether documents stand in texts of them, by the references of the schemas that have been compiled
            without an error.
        sensitive: what the check of the extensions returned.
    """

    compiled: Mapping[str, bool]
    sensitive: Mapping[str, str]


def recall(raw: bytes) -> Verification | None:
    """What was recorded for a document's bytes; None if nothing was."""
    content = user_cache.read(_name(raw))
    return None if content is None else Verification(**content)


def record(raw: bytes, verification: Verification) -> None:
    """Record what has been verified for a document's bytes."""
    user_cache.write(_name(raw), {"compiled": verification.compiled, "sensitive": verification.sensitive})


def _name(raw: bytes) -> str:
    return user_cache.name_of([_FORMAT, raw, *_means()])


@functools.cache
def _means() -> tuple[bytes, ...]:
    """What documents are verified by."""
    code = (Path(__file__).with_name(name).read_bytes() for name in _CODE)
    library = Path(str(importlib.import_module("jsonschema_rs.jsonschema_rs").__file__))
    status = library.stat()
    return (extension_schema(), *code, f"{library} {status.st_size} {status.st_mtime_ns}".encode())
