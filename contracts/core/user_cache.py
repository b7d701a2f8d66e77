"""Small files in the user's cache folder, so that what takes long is done once on a machine.

A name follows from all that the content depends on, so that it can never be out of date. A machine without a cache
folder that only its user (or root) may write to just does everything every time: what another user has put there is
not read.
"""

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def name_of(parts: Iterable[bytes]) -> str:
    """The name of what depends on some bytes, and on nothing else."""
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        # With its length: other parts with the same bytes in all are others.
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()


def read(name: str) -> Any:
    """What stands under a name, which is a JSON value; None if nothing does that can be trusted and read."""
    file = _folder() / f"{name}.json"
    with contextlib.suppress(OSError, orjson.JSONDecodeError):
        if _is_own(file.parent) and _is_own(file):
            return orjson.loads(file.read_bytes())
    return None


def write(name: str, content: Any) -> None:
    """Put a JSON value under a name, if there is a folder for it."""
    with contextlib.suppress(OSError):
        _write(_folder() / f"{name}.json", orjson.dumps(content))


def _folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache) / "bodydouble"


def _is_own(path: Path) -> bool:
    status = path.stat()
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & _WRITABLE_BY_OTHERS


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_own(path.parent):
        return
    # Whole or not at all, although other processes may write the same file.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)
