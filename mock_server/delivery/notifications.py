"""Wakes the dispatchers of other processes on a database server, and is woken by theirs.

A notification says only that it pays to look: what is due is what the rows say. It may be lost, when a process is
killed between its commit and the notification, so nobody relies on one for longer than a second (see `quiet`).
"""

import itertools
import os
import select
import time
from collections.abc import Callable

from bodydouble.mock_server.store.database import Changes, Database
from bodydouble.mock_server.store.failures import is_failure
from bodydouble.mock_server.store.notifications import ListeningConnection

# Seconds between two notifications at least, for which the thread sleeps: a look for what is due finds the work of many
# commits at once.
MIN_INTERVAL = 0.01


class Notifications:
    """Those of one process, for which it has one connection and one thread.

    Args:
        database: on a server.
        wake: called when another process has notified this one.
    """

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database, self._wake = database, wake
        self._numbers = itertools.count()
        self._session: ListeningConnection | None = None
        self._number = next(self._numbers)
        # Of this process: a pipe from before the fork would be that of all workers.
        self._pipe: tuple[int, int] | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Let `listen` run, from now on."""
        self._is_stopping = False
        self._pipe = self._pipe or os.pipe()
        os.set_blocking(self._pipe[1], False)

    def stop(self) -> None:
        """End `listen`, which is called no more."""
        self._is_stopping = True
        self._interrupt()

    def close(self) -> None:
        """Give up what `start` took, when `listen` has ended."""
        pipe, self._pipe = self._pipe, None
        for end in pipe or ():
            os.close(end)

    def changes(self) -> Changes | None:
        """What changes whenever something may have become due soon; None while other processes cannot be heard."""
        number, session = self._number, self._session
        return None if session is None else (session, number)

    def note(self) -> None:
        """Notify the others, since this process has committed what is due, or soon will be."""
        # Each number comes once, so that no reader takes a change for another one.
        self._number = next(self._numbers)
        self._interrupt()

    def listen(self) -> None:
        """Receive and send notifications until `stop`, or until the connection is lost.

        Raises:
            psycopg.Error: there is no connection.
        """
        if self._is_stopping or self._pipe is None:
            return
        session = self._database.listen()
        try:
            self._session = session
            # What has become due while this process did not listen.
            self._wake()
            self._exchange(session, self._pipe[0])
        except Exception as error:
            # A restart of the server is no failure: the next step connects anew.
            if not is_failure(error):
                raise
        finally:
            self._session = None
            session.close()

    def _exchange(self, session: ListeningConnection, calls: int) -> None:
        incoming = select.poll()
        incoming.register(session.fileno(), select.POLLIN)
        incoming.register(calls, select.POLLIN)
        while not self._is_stopping:
            ready = dict(incoming.poll())
            if calls in ready:
                os.read(calls, select.PIPE_BUF)
                session.notify()
            if session.receive():
                self._number = next(self._numbers)
                self._wake()
            if calls in ready:
                time.sleep(MIN_INTERVAL)

    def _interrupt(self) -> None:
        if self._pipe is None:
            return
        try:
            os.write(self._pipe[1], b"\0")
        except BlockingIOError:
            # Full of calls that have not been read.
            return
