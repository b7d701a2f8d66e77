"""Takes a request's connection away from the server underneath, which tells an application neither its socket nor port.

A response that declares a length, and has no body, makes the server give its connection up before it has written a byte
of it, as it is paused until it has the whole response. A second descriptor keeps the connection open meanwhile: it is
the one whose first descriptor is gone. Without a fault, nothing of this runs. It needs Linux.
"""

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.web.faults import descriptors, tcp
from bodydouble.mock_server.web.faults.connection import Connection
from bodydouble.mock_server.web.faults.descriptors import Candidate
from bodydouble.mock_server.web.faults.pause import Pause
from bodydouble.mock_server.web.faults.steps import STEPS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

logger = logging.getLogger(__name__)

# Seconds until the server has given a connection up; until it has where all that could be it have been written to or
# closed meanwhile; and between two looks at what nobody notifies of.
_GIVEN_UP, _CLOSED, _LOOK = 0.5, 0.05, 0.0002
# Seconds for which the request's own thread waits.
_AT_ONCE = 0.0005
_MAPPED = "::ffff:"

Use = Callable[[Connection], Iterator[float]]


@dataclass(slots=True)
class _Search:
    """What was there when one takeover began, for all that were waiting then: to look costs more than all the rest.

    Attributes:
        numbers: of the takeovers.
        candidates: none of those that still wait has been written to since.
    """

    numbers: frozenset[int]
    candidates: list[Candidate]


class _Queue:
    """The takeovers of this process: one after the other, as two that are given up at once could not be told apart."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._waiting: set[int] = set()
        self._taking = threading.Lock()
        self._search = _Search(frozenset(), [])

    def begin(self, port: int) -> tuple[int, list[Candidate]]:
        """Wait for the end of the others; the number of this one, and the connections that it may be about."""
        number = next(self._numbers)
        self._waiting.add(number)
        self._taking.acquire()
        try:
            if number not in self._search.numbers:
                self._release()
                numbers = frozenset(self._waiting)
                self._search = _Search(numbers, descriptors.candidates(port))
        except BaseException:
            self.end(number)
            raise
        return number, self._search.candidates

    def end(self, number: int) -> None:
        """Let the next one begin."""
        self._waiting.discard(number)
        if not self._search.numbers & self._waiting:
            self._release()
        self._taking.release()

    def _release(self) -> None:
        for candidate in self._search.candidates:
            candidate.handle.close()
        self._search = _Search(frozenset(), [])


_QUEUE = _Queue()


class Takeover:
    """One connection that is about to be given up, as soon as the server has this object as the body of the response.

    Args:
        environ: of the request.
        use: what is done to the connection, in steps; not called if the client has gone.
    """

    def __init__(self, environ: "WSGIEnvironment", use: Use) -> None:
        self._use = use
        self._client = environ["REMOTE_ADDR"].removeprefix(_MAPPED)
        self._number: int | None = None
        self._pause = Pause()
        self._number, self._candidates = _QUEUE.begin(int(environ["SERVER_PORT"]))
        self._pause.begin()

    def __iter__(self) -> Iterator[bytes]:
        """Nothing; not by code of Python, during which the server's thread could write."""
        return iter(())

    def close(self) -> None:
        """Nothing: a server closes every body."""

    def __del__(self) -> None:
        """The server has done what it has to do with the body: nothing that takes time may happen before."""
        if self._number is None:
            return
        self._pause.end()
        connection = self._given_up_at_once()
        if connection is None:
            STEPS.add(self._take(self._number))
        else:
            _QUEUE.end(self._number)
            STEPS.add(self._use(connection))

    def _given_up_at_once(self) -> Connection | None:
        # The server's thread needs no interpreter: to let others have it would take longer than to wait.
        until = monotonic() + _AT_ONCE
        while monotonic() < until:
            if any(tcp.is_closed(candidate.descriptor) for candidate in self._candidates):
                return self._given_up()
        return None

    def _take(self, number: int) -> Iterator[float]:
        connection, started = None, monotonic()
        try:
            while connection is None and self._may_come(monotonic() - started):
                yield _LOOK
                connection = self._given_up()
        finally:
            _QUEUE.end(number)
        if connection is None:
            logger.info("a fault strikes nobody: the client has gone")
        else:
            yield from self._use(connection)

    def _may_come(self, waited: float) -> bool:
        return waited < _CLOSED or (
            waited < _GIVEN_UP and any(candidate.is_unchanged for candidate in self._candidates)
        )

    def _given_up(self) -> Connection | None:
        for candidate in [candidate for candidate in self._candidates if candidate.is_given_up]:
            self._candidates.remove(candidate)
            now = tcp.state(candidate.handle)
            # What has been closed in order is another one, or has nobody at its other end.
            if now.is_open and candidate.client == self._client:
                return Connection(candidate.handle, is_untouched=now.written == candidate.written)
            candidate.handle.close()
        return None
