"""Asks the other workers of a server to write their journal entries, so that a reader of the journal sees all of them.

Each worker has a socket on which it is asked, and told that others are done. Nothing is shared that a worker could
leave locked when it is killed.
"""

import logging
import socket
import struct
import threading
from collections.abc import Callable

from bodydouble.mock_server.process.worker import Places

logger = logging.getLogger(__name__)

# More than there are workers: one that ends, and the one that replaces it, may be there at the same time.
_SPARE_PLACES = 4
# Seconds for which a worker that does not respond is waited for.
PATIENCE = 1.0
# Whether it asks or responds, the place of who asks, and the number of its round.
_MESSAGE = struct.Struct("=?qq")


class JournalCalls:
    """The calls between the workers that are forked after this object was created.

    Args:
        workers: how many there are at the same time.
    """

    def __init__(self, workers: int) -> None:
        self._places = Places(workers + _SPARE_PLACES)
        self._sockets = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(len(self._places))]
        for _, outside in self._sockets:
            outside.settimeout(PATIENCE)
        self._own: int | None = None
        self._calling = threading.Lock()
        self._begun = 0
        self._responses = threading.Semaphore(0)

    def listen(self, flush: Callable[[], None]) -> None:
        """Begin to respond to the calls of other workers.

        Args:
            flush: writes the entries of this process; returns when they are written.
        """
        self._own = self._places.claim()
        if self._own is None:
            logger.warning("there are more workers than expected: their newest requests come late into the journal")
            return
        threading.Thread(target=self._respond, args=(self._own, flush), name="journal calls", daemon=True).start()

    def call_others(self) -> None:
        """Wait until the other workers have written what they had responded to before this call."""
        begun = self._begun
        with self._calling:
            # A round that began after this call, while it waited, has served it, too.
            if self._own is not None and self._begun == begun:
                self._begun += 1
                self._call(self._own, self._begun)

    def _call(self, own: int, number: int) -> None:
        # What came too late in an earlier round is not a response to this one.
        self._responses = threading.Semaphore(0)
        asked = [place for place in self._places.owned() if place != own and self._send(place, True, own, number)]
        for _ in asked:
            if not self._responses.acquire(timeout=PATIENCE):
                logger.warning("a worker does not write its journal entries; they come late")
                return

    def _send(self, place: int, asks: bool, caller: int, number: int) -> bool:
        try:
            self._sockets[place][1].send(_MESSAGE.pack(asks, caller, number))
        except OSError:
            return False
        return True

    def _respond(self, own: int, flush: Callable[[], None]) -> None:
        while True:
            asks, caller, number = _MESSAGE.unpack(self._sockets[own][0].recv(_MESSAGE.size))
            if not asks:
                if number == self._begun:
                    self._responses.release()
                continue
            try:
                flush()
            except Exception:
                logger.exception("the journal cannot be written")
            self._send(caller, False, caller, number)
