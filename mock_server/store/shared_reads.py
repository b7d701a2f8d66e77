"""Rows that threads of one process read by key at the same time, in one round trip and with one connection.

While one thread waits for the database server, others gather behind it; the next one of them sends what all want to
read. What several of them read alike is read once. Each sees what was committed before it asked: its statements are
sent after that.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from bodydouble.mock_server.store.failures import is_failure
from bodydouble.mock_server.store.postgresql import Command, Result

# How many threads' statements one round trip may have.
MAX_MEMBERS = 64
# Seconds for which a thread waits for the round trip of others before it begins one of its own, on another connection.
# Such reads take less than a millisecond: it is for a backend that stands still, not for a machine that has much to do,
# which further connections would only delay more.
PATIENCE = 1.0
# Called just before a thread waits.
OnWait = Callable[[], None]
# Runs statements in one round trip.
Run = Callable[[Sequence[Command]], list[Result]]


class _Member:
    """What one thread wants to read, and what came of it."""

    __slots__ = ("_ended", "commands", "error", "leads", "results")

    def __init__(self, commands: Sequence[Command], *, leads: bool) -> None:
        # Who takes the results is the thread's own business.
        self.commands = [Command(command.text, command.values) for command in commands]
        self.leads = leads
        self._ended = threading.Lock()
        self._ended.acquire()
        self.results: list[Result] = []
        self.error: BaseException | None = None

    def wait(self, seconds: float = -1) -> bool:
        """Wait until the rows are there, or the member is to lead; False if that takes longer than some seconds."""
        return self._ended.acquire(timeout=seconds)

    def wake(self) -> None:
        """End the wait."""
        self._ended.release()

    def result(self) -> list[Result]:
        """The results; raises the error."""
        try:
            if self.error is not None:
                raise self.error
        finally:
            # Its traceback leads back here.
            self.error = None
        return self.results


class SharedReads:
    """Runs statements of a process's threads that read by key.

    Args:
        run: runs some in one round trip, in the calling thread.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._guard = threading.Lock()
        self._waiting: deque[_Member] = deque()
        self._has_leader = False

    def run(self, commands: Sequence[Command], on_wait: OnWait) -> list[Result]:
        """Run statements, and return their results, together with those of other threads.

        Args:
            on_wait: called before the thread waits for the server or for another thread.

        Raises:
            psycopg.Error: one of them failed.
        """
        with self._guard:
            member = _Member(commands, leads=not self._has_leader)
            self._has_leader = True
            if not member.leads:
                self._waiting.append(member)
        on_wait()
        if not member.leads and not member.wait(PATIENCE):
            self._lose_patience(member)
        if member.leads:
            self._lead(member)
        return member.result()

    def _lose_patience(self, member: _Member) -> None:
        # A round trip that takes so long, takes long for another reason than what all these want to read.
        with self._guard:
            if member in self._waiting:
                self._waiting.remove(member)
                member.leads = True
                return
        # It is being served, or has been told to lead.
        member.wait()

    def _lead(self, leader: _Member) -> None:
        members = [leader]
        try:
            self._gather(members)
            self._read(members)
        except BaseException as error:
            self._fail(members, error)
        finally:
            for member in members[1:]:
                member.wake()
            self._hand_over()

    def _gather(self, members: list[_Member]) -> None:
        with self._guard:
            while self._waiting and len(members) < MAX_MEMBERS:
                members.append(self._waiting.popleft())

    def _hand_over(self) -> None:
        with self._guard:
            following = self._waiting.popleft() if self._waiting else None
            self._has_leader = following is not None
        if following is not None:
            following.leads = True
            following.wake()

    def _read(self, members: Sequence[_Member]) -> None:
        if len(members) == 1:
            members[0].results = self._run(members[0].commands)
            return
        keys = [[(command.text, *command.values) for command in member.commands] for member in members]
        commands: dict[tuple[Any, ...], Command] = {}
        for member, own in zip(members, keys, strict=True):
            commands.update(zip(own, member.commands, strict=True))
        results = dict(zip(commands, self._run(list(commands.values())), strict=True))
        for member, own in zip(members, keys, strict=True):
            member.results = [results[key] for key in own]

    def _fail(self, members: Sequence[_Member], error: BaseException) -> None:
        # Whose error it is, nobody knows, unless it is the database that fails.
        if len(members) == 1 or is_failure(error) or not isinstance(error, Exception):
            for member in members:
                member.error = error
            return
        for member in members:
            self._read_alone(member)

    def _read_alone(self, member: _Member) -> None:
        try:
            member.results = self._run(member.commands)
        except BaseException as error:
            member.error = error
