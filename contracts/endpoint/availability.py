"""Whether an endpoint responds at all: what is no response, in words, and when to stop asking."""

from collections import Counter
from http.client import RemoteDisconnected

import requests
from requests.exceptions import ChunkedEncodingError, ContentDecodingError
from urllib3.exceptions import NewConnectionError, ProtocolError

from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.endpoint.unsent import NotSent

# Those that say something about the endpoint; others say that a request cannot be sent.
NETWORK_ERRORS = (requests.ConnectionError, requests.Timeout, ChunkedEncodingError, ContentDecodingError)
# After so many requests in a row without a response, a phase of the engine leaves the operation.
MAX_FAILURES_OF_AN_OPERATION = 3
_DROPPED = (RemoteDisconnected, ConnectionResetError, BrokenPipeError, ConnectionAbortedError)


class RunEnded(NotSent):
    """Too many requests in a row got no response; nothing more is sent."""


class OperationGivenUp(NotSent):
    """Too many requests to one operation got no response; the rest of its phase is skipped."""


class Availability:
    """Counts the requests in a row that got no response.

    Args:
        max_failures: so many end the run.
    """

    def __init__(self, max_failures: int) -> None:
        self._max = max_failures
        self._in_a_row = 0
        # By operation and method: what is said of a method that the operation does not have says nothing about it.
        self._by_operation: Counter[tuple[str, str]] = Counter()
        self._given_up: set[tuple[str, str, str]] = set()
        self._last: BaseException | None = None

    @property
    def over(self) -> str:
        """Why nothing more is sent; empty as long as the run goes on."""
        return f"ended early: {counted(self._in_a_row, 'request')} in a row got no response" if self._is_over else ""

    @property
    def _is_over(self) -> bool:
        return self._in_a_row >= self._max

    def require(self) -> None:
        """Require that the run goes on.

        Raises:
            RunEnded: it does not.
        """
        if self._is_over:
            raise RunEnded(self.over)

    def require_operation(self, operation: str, method: str, phase: str) -> None:
        """Require that an operation has not failed too often in a row; every phase tries it anew.

        Raises:
            OperationGivenUp: it has.
        """
        if self._by_operation[operation, method] >= MAX_FAILURES_OF_AN_OPERATION:
            del self._by_operation[operation, method]
            self._given_up.add((operation, method, phase))
        if (operation, method, phase) in self._given_up:
            raise OperationGivenUp(operation)

    def succeeded(self, operation: str, method: str) -> None:
        """Note that a request got a response, whatever it says."""
        self._in_a_row = 0
        self._by_operation.pop((operation, method), None)

    def failed(self, operation: str, method: str, error: BaseException) -> bool:
        """Note that a request got no response; whether this error is news."""
        if error is self._last:
            return False
        self._last = error
        self._in_a_row += 1
        self._by_operation[operation, method] += 1
        return True


def was_dropped(error: requests.ConnectionError) -> bool:
    """Whether a connection was closed before any part of a response came."""
    reason = error.args[0] if error.args else None
    return isinstance(reason, ProtocolError) and isinstance(reason.args[-1], _DROPPED)


def description(error: requests.RequestException, timeout: float) -> str:
    """What has happened instead of a response.

    Args:
        timeout: seconds that the request was waited for.
    """
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {timeout:g} seconds"
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return f"no response within {timeout:g} seconds"
    if isinstance(error, ContentDecodingError):
        return "body: content-encoding: the body is not what the header Content-Encoding says"
    if isinstance(error, ChunkedEncodingError):
        return "the connection was cut in the middle of the response"
    if isinstance(error, requests.ConnectionError) and was_dropped(error):
        return "the connection was closed without a response"
    return "the connection was refused" if _was_refused(error) else f"no response ({type(error).__name__})"


def _was_refused(error: BaseException) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError) and "refused" in str(reason).lower()
