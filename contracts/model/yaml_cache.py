"""YAML files, parsed once on a machine: reading them anew would be half of a server's start.

The result is cached as JSON in the user's cache folder, under a name that follows from the file's bytes, so that it
can never be out of date. A machine without a cache folder that only its user (or root) may write to just parses every
time: what another user has put there is no specification.
"""

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import orjson

# Part of the names, for the day on which the same bytes must be read differently.
_FORMAT = b"2"
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def read(raw: bytes) -> Any:
    """Parse a YAML file's bytes, or take the cached result.

    Raises:
        UnportableYamlError: they are not YAML that every parser reads the same.
    """
    cached = _folder() / f"{hashlib.blake2b(_FORMAT + raw, digest_size=20).hexdigest()}.json"
    with contextlib.suppress(OSError, orjson.JSONDecodeError):
        if _is_own(cached.parent) and _is_own(cached):
            return orjson.loads(cached.read_bytes())
    content = _parse(raw)
    with contextlib.suppress(OSError):
        _write(cached, orjson.dumps(content))
    return content


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


def _parse(raw: bytes) -> Any:
    # Imported here: with everything cached, the parser is not needed at all.
    from bodydouble.contracts.model import portable_yaml

    return portable_yaml.parse(raw)
