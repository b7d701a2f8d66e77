"""Keeps the server underneath from doing anything for an instant, so that it cannot write what a fault keeps back.

The thread of the server that reads and writes also reads a pair of sockets, by which the handlers of signals wake it,
until nothing is left. If reading waits, the thread waits there, where it holds nothing that anybody else needs. All
signals that have handlers are blocked in that thread: none interrupts it.
"""

import logging
import os
import re
import socket
import stat
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.web.faults import tcp

logger = logging.getLogger(__name__)

# Seconds until the thread of the server comes, at most; for which nobody else has the interpreter meanwhile, which
# costs less than to get it back; and between two looks after that.
_COMES, _AT_ONCE, _LOOK = 2.0, 0.0003, 0.0002
# A line of a descriptor that waits for events: what is watched, for which events, and the number of its inode.
_WATCHED = re.compile(r"^tfd: +(\d+) events: +([0-9a-f]+) .* ino:([0-9a-f]+) ", re.MULTILINE)
_EDGE_TRIGGERED = 0x8000_0000


@dataclass(frozen=True, slots=True)
class _Wake:
    """The pair of sockets: descriptors of the one that the server reads, and of the one that wakes it."""

    receiver: int
    sender: int


class Pause:
    """One pause of the server of this process; one after the other.

    Attributes:
        is_kept: whether the server does nothing until the end.
    """

    def __init__(self) -> None:
        self.is_kept = False
        self._wake = _wake_of(os.getpid())

    def begin(self) -> None:
        """Wait until the server does nothing; nothing happens if it does not come in time."""
        if self._wake is None:
            return
        tcp.set_waiting(self._wake.receiver, waits=True)
        tcp.wake(self._wake.sender)
        self.is_kept = self._comes(self._wake)
        if not self.is_kept:
            self._release(self._wake)
            logger.warning("the server is too busy: a client may see more of a response than a fault leaves")

    def _comes(self, wake: _Wake) -> bool:
        started = monotonic()
        # It waits as soon as it has read what wakes it.
        while tcp.unread(wake.receiver):
            waited = monotonic() - started
            if waited > _COMES:
                return False
            if waited > _AT_ONCE:
                time.sleep(_LOOK)
        return True

    def end(self) -> None:
        """Let the server go on."""
        if self.is_kept and self._wake is not None:
            self.is_kept = False
            self._release(self._wake)

    def _release(self, wake: _Wake) -> None:
        tcp.set_waiting(wake.receiver, waits=False)
        tcp.wake(wake.sender)


@cache
def _wake_of(_process: int) -> _Wake | None:
    """It is there for as long as its process."""
    pairs = _unnamed_pairs()
    times = Counter(pairs.values())
    for descriptor, inode in _watched():
        # The server reads it by a second descriptor; both ends have been created at once.
        sender = next((other for other, number in pairs.items() if number == inode + 1), None)
        if times[inode] > 1 and pairs.get(descriptor) == inode and sender is not None:
            return _Wake(descriptor, sender)
    logger.warning("the server cannot be paused: a client may see more of a response than a fault leaves")
    return None


def _watched() -> Iterator[tuple[int, int]]:
    """The descriptors that are watched for events as the server does it, with their inodes."""
    for descriptor in _descriptors():
        with suppress(OSError), open(f"/proc/self/fdinfo/{descriptor}", encoding="utf-8") as information:
            for watched, events, inode in _WATCHED.findall(information.read()):
                if int(events, 16) & _EDGE_TRIGGERED:
                    yield int(watched), int(inode, 16)


def _unnamed_pairs() -> dict[int, int]:
    """The descriptors of pairs of sockets, with their inodes."""
    return {descriptor: os.fstat(descriptor).st_ino for descriptor in _descriptors() if _is_of_pair(descriptor)}


def _descriptors() -> list[int]:
    return [int(name) for name in os.listdir("/proc/self/fd")]


def _is_of_pair(descriptor: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        handle = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return False
    with handle:
        is_stream = (handle.family, handle.type) == (socket.AF_UNIX, socket.SOCK_STREAM)
        return is_stream and not handle.getsockname() and not _peer(handle)


def _peer(handle: socket.socket) -> object:
    try:
        return handle.getpeername()
    except OSError:
        return True
