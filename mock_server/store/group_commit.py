"""Group commit: the transactions of several threads of one process, committed together.

A commit costs SQLite as much as all statements of a usual transaction. While one thread commits, or waits for another
process, others gather behind it; the next one of them runs the work of all in one transaction. Before it begins, it
lets those run that can, and so are about to come. No thread continues before the commit that has its changes.

What several members change, such as a quota, and the rows that they insert, are written together at the end. So there
are no savepoints between them. If one fails, all are undone: on a file they run again, each behind a savepoint, after
what those before it have to write; on a database server, where a savepoint costs a round trip, each runs alone. There,
the members of a group are those of one account, which would wait for each other anyway.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection

from bodydouble.mock_server.store.failures import is_failure
from bodydouble.mock_server.store.gathering import gather
from bodydouble.mock_server.store.transactions import forget_all, write_all

Result = TypeVar("Result")
Begin = Callable[[], AbstractContextManager[Connection]]

# How many threads' work one transaction may have: those that come later do not delay the first without end.
MAX_MEMBERS = 64
# From a call that waits for another thread, called just before it.
OnWait = Callable[[], None]


class _Member(Generic[Result]):
    """What one thread wants to have done, and what came of it."""

    def __init__(self, act: Callable[[Connection], Result]) -> None:
        self._act = act
        self._ended = threading.Lock()
        self._ended.acquire()
        self._result: Result | None = None
        self._error: BaseException | None = None
        self.leads = False

    def wait(self) -> None:
        """Wait until the work is done, or the member is to lead."""
        self._ended.acquire()

    def wake(self) -> None:
        """End the wait."""
        self._ended.release()

    def run(self, connection: Connection) -> None:
        """Do the work; an error undoes the transaction."""
        self._result = self._act(connection)

    def run_behind_savepoint(self, connection: Connection, driver: sqlite3.Connection) -> None:
        """Do the work after others of the transaction; an error of its own undoes only that."""
        driver.execute("SAVEPOINT member")
        try:
            self.run(connection)
            write_all(connection)
        except BaseException as error:
            if not driver.in_transaction:
                # A full disk, for instance, makes SQLite roll back everything.
                raise
            self._error = error
            forget_all(connection)
            driver.execute("ROLLBACK TO member")
        driver.execute("RELEASE member")

    def run_alone(self, begin: Begin) -> None:
        """Do the work in a transaction of its own."""
        try:
            with begin() as connection:
                self.run(connection)
        except BaseException as error:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Note that nothing was committed."""
        self._error = self._error or error

    def result(self) -> Result:
        """The result of the work; raises its error."""
        try:
            if self._error is not None:
                raise self._error
        finally:
            # Its traceback leads back here: what the other thread worked with would stay until a garbage collection.
            self._error = None
        return cast("Result", self._result)


class GroupCommit:
    """Runs the transactions of a process's threads.

    Args:
        begin: a transaction of the calling thread, which ends with the block.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._guard = threading.Lock()
        self._waiting: deque[_Member[Any]] = deque()
        self._has_leader, self._latest_size = False, 1

    def run(self, act: Callable[[Connection], Result], on_wait: OnWait) -> Result:
        """Run an action in a transaction, and return its result when it has been committed.

        Args:
            act: may run in another thread. An exception undoes what it did.
            on_wait: called before the thread waits for another one.

        Raises:
            Exception: that of the action, or of the commit.
        """
        member = _Member(act)
        with self._guard:
            self._waiting.append(member)
            member.leads, self._has_leader = not self._has_leader, True
        if not member.leads:
            on_wait()
            member.wait()
        if member.leads:
            self._lead()
        return member.result()

    def _lead(self) -> None:
        members: list[_Member[Any]] = []
        gather(self._waiting, self._latest_size, MAX_MEMBERS)
        try:
            with self._begin() as connection:
                self._run_members(connection, members)
        except BaseException as error:
            self._undone(members or self._taken(members), error)
        finally:
            self._latest_size = len(members)
            self._hand_over()
            for member in members:
                member.wake()

    def _undone(self, members: list[_Member[Any]], error: BaseException) -> None:
        # Whose error it is, nobody knows: what they write together may be what failed. After a failure of the database,
        # even the commit may have succeeded.
        if len(members) == 1 or is_failure(error) or not isinstance(error, Exception):
            _fail(members, error)
        else:
            self._run_again(members)

    def _run_again(self, members: list[_Member[Any]]) -> None:
        try:
            with self._begin() as connection:
                driver = cast("sqlite3.Connection", connection.connection.driver_connection)
                for member in members:
                    member.run_behind_savepoint(connection, driver)
        except BaseException as error:
            _fail(members, error)

    def _run_members(self, connection: Connection, members: list[_Member[Any]]) -> None:
        # They are looked for after the wait for other processes, in which they gather.
        ran = 0
        while len(self._taken(members)) > ran:
            for member in members[ran:]:
                member.run(connection)
            ran = len(members)

    def _taken(self, members: list[_Member[Any]]) -> list[_Member[Any]]:
        with self._guard:
            while self._waiting and len(members) < MAX_MEMBERS:
                members.append(self._waiting.popleft())
        return members

    def _hand_over(self) -> None:
        with self._guard:
            self._has_leader = bool(self._waiting)
            following = self._waiting[0] if self._waiting else None
        if following is not None:
            following.leads = True
            following.wake()


def _fail(members: list[_Member[Any]], error: BaseException) -> None:
    for member in members:
        member.fail(error)


class _ServerGroup(GroupCommit):
    """Runs the transactions of one account on a database server."""

    def __init__(self, begin: Begin) -> None:
        super().__init__(begin)
        self.users = 0

    def _run_again(self, members: list[_Member[Any]]) -> None:
        for member in members:
            member.run_alone(self._begin)


class AccountGroups:
    """Runs the transactions of a process's threads on a database server, those of one account together.

    Members of one transaction lock one account only, so that two transactions never wait for each other.

    Args:
        begin: a transaction of the calling thread, which ends with the block.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._guard = threading.Lock()
        self._groups: dict[str, _ServerGroup] = {}

    def run(self, account_id: str, act: Callable[[Connection], Result], on_wait: OnWait) -> Result:
        """Run an action in a transaction, and return its result when it has been committed.

        Args:
            act: may run in another thread, and again after it has been undone.
            on_wait: called before the thread waits for another one.

        Raises:
            Exception: that of the action, or of the commit.
        """
        with self._guard:
            group = self._groups.setdefault(account_id, _ServerGroup(self._begin))
            group.users += 1
        try:
            return group.run(act, on_wait)
        finally:
            with self._guard:
                group.users -= 1
                if not group.users:
                    del self._groups[account_id]
