"""The version of everything that processes cache of accounts: a number that all processes on one state share.

Every change of an account increments it. A cached value is valid as long as the version is the one from before the
value was read. With a database server there may be other machines, which share no memory: then there is no version
and nothing is cached.
"""

import mmap
import threading
from pathlib import Path
from typing import Generic, TypeVar

Value = TypeVar("Value")

# Two numbers: the version, and how often something was issued.
_NUMBER, _SIZE = 8, 16
# Above this, the oldest entries are dropped.
MAX_ENTRIES = 10_000


class CacheVersion:
    """The shared number.

    Args:
        path: the file that stores it.
    """

    def __init__(self, path: Path) -> None:
        with path.open("ab") as file:
            if file.tell() < _SIZE:
                file.write(bytes(_SIZE - file.tell()))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)

    def current(self) -> bytes:
        """The present number."""
        return self._memory[:_NUMBER]

    def with_issued(self) -> bytes:
        """The present number, and that of the transactions that have issued tokens or created accounts."""
        return self._memory[:]

    def increment(self) -> None:
        """Tell all processes that their cached values are old. The caller must have the lock for writing."""
        self._increment(0)

    def increment_issued(self) -> None:
        """Tell all processes that there are further tokens or accounts. The caller must have the lock for writing."""
        self._increment(_NUMBER)

    def _increment(self, start: int) -> None:
        number = int.from_bytes(self._memory[start : start + _NUMBER]) + 1
        self._memory[start : start + _NUMBER] = number.to_bytes(_NUMBER)


class VersionedCache(Generic[Value]):
    """A cache of one process, valid for one version.

    Args:
        cache_version: None to cache nothing.
    """

    def __init__(self, cache_version: CacheVersion | None) -> None:
        self._cache_version = cache_version
        self._valid_for = b""
        self._values: dict[str, Value] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Value | None:
        """The value of a key, if it is cached and still valid."""
        if self._cache_version is None or self._valid_for != self._cache_version.current():
            return None
        return self._values.get(key)

    def version(self) -> bytes | None:
        """The present version. Read it before the value, and pass it to `put`."""
        return None if self._cache_version is None else self._cache_version.current()

    def put(self, key: str, value: Value, version: bytes | None) -> None:
        """Cache a value that was read after `version` was."""
        if version is None:
            return
        with self._lock:
            if version != self._valid_for:
                self._values = {}
                self._valid_for = version
            if len(self._values) >= MAX_ENTRIES:
                del self._values[next(iter(self._values))]
            self._values[key] = value
