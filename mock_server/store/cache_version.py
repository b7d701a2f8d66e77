"""A number that all processes on one state share, and that grows whenever an account changes.

It lets a process keep accounts that it has read: an entry is good as long as the number is the one that was there
before the entry was read. With a database server there may be other machines, which share no memory: then there is no
such number and nothing is kept.
"""

import mmap
import threading
from pathlib import Path
from typing import Generic, TypeVar

Value = TypeVar("Value")

_SIZE = 8
# Beyond this, the oldest entries go first.
MOST_KEPT = 10_000


class Generation:
    """The shared number.

    Args:
        path: of the file that holds it.
    """

    def __init__(self, path: Path) -> None:
        with path.open("ab") as file:
            if file.tell() < _SIZE:
                file.write(bytes(_SIZE - file.tell()))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)

    def current(self) -> bytes:
        """What it is now."""
        return self._memory[:_SIZE]

    def grow(self) -> None:
        """Tell all processes that what they keep is old. Called by whoever holds the lock for writing."""
        number = int.from_bytes(self._memory[:_SIZE]) + 1
        self._memory[:_SIZE] = number.to_bytes(_SIZE)


class Kept(Generic[Value]):
    """What one process keeps.

    Args:
        generation: None to keep nothing.
    """

    def __init__(self, generation: Generation | None) -> None:
        self._generation = generation
        self._at = b""
        self._values: dict[str, Value] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Value | None:
        """The value of a key, if it is kept and still good."""
        if self._generation is None or self._at != self._generation.current():
            return None
        return self._values.get(key)

    def stamp(self) -> bytes | None:
        """To be taken before a value is read, and given when it is put in."""
        return None if self._generation is None else self._generation.current()

    def put(self, key: str, value: Value, stamp: bytes | None) -> None:
        """Keep a value that was read after a stamp was taken."""
        if stamp is None:
            return
        with self._lock:
            if stamp != self._at:
                self._values = {}
                self._at = stamp
            if len(self._values) >= MOST_KEPT:
                del self._values[next(iter(self._values))]
            self._values[key] = value
