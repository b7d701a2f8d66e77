"""One HTTP exchange with a callback receiver: bounded in time and size, no redirects."""

import http.client
import ssl
from collections.abc import Callable, Mapping
from functools import partial

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.tls import certificate_problem
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.delivery import http_messages
from bodydouble.mock_server.delivery.connections import Connection, Connections, Deadline
from bodydouble.mock_server.delivery.destination_policy import Destination
from bodydouble.mock_server.delivery.http_messages import MAX_RESPONSE_BYTES, ReceivedResponse

TIMEOUT, CONNECTION, TOO_LARGE = "timeout", "connection", "too-large"


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """The result of sending one request.

    Attributes:
        status: HTTP status, or None when no response came.
        headers: of the response, names in lower case.
        body: of the response, cut at a limit.
        duration: milliseconds.
        failure: `timeout`, `connection` or `too-large`; None when a whole response came.
        error: the same as text.
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    duration: float
    failure: str | None = None
    error: str | None = None


def send(
    destination: Destination,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    timeout: float,
    connections: Connections | None = None,
) -> HttpExchange:
    """Send a request and read its response.

    Args:
        target: path and query, which a signature may have extended.
        timeout: seconds for the whole exchange, however slowly the receiver responds.
        connections: opens the connection, and may keep it; None for one that is closed afterwards.
    """
    started, response = monotonic(), ReceivedResponse()
    failure = error = None
    try:
        compose = partial(http_messages.request, method, target, headers, body)
        _exchange(connections, destination, compose, response, Deadline(timeout))
        if response.is_too_large:
            failure, error = TOO_LARGE, f"the response is longer than {MAX_RESPONSE_BYTES} bytes"
    except TimeoutError:
        failure, error = TIMEOUT, f"no whole response within {timeout:g} s"
    except (OSError, http.client.HTTPException, ValueError) as problem:
        failure, error = CONNECTION, _complaint(problem)
    duration = round((monotonic() - started) * 1000, 3)
    received = response.body[:MAX_RESPONSE_BYTES]
    return HttpExchange(response.status, response.headers, received, duration, failure, error)


def _exchange(
    connections: Connections | None,
    destination: Destination,
    compose: Callable[[], bytes],
    response: ReceivedResponse,
    deadline: Deadline,
) -> None:
    pool = connections or Connections()
    connection = pool.take(destination, deadline)
    try:
        request = compose()
        if not _send_over(connection, request, response, deadline):
            connection.close()
            connection = pool.open(destination, deadline)
            _send_over(connection, request, response, deadline)
    except BaseException:
        connection.close()
        raise
    if response.may_continue and connections is not None:
        pool.keep(connection)
    else:
        connection.close()


def _send_over(connection: Connection, request: bytes, response: ReceivedResponse, deadline: Deadline) -> bool:
    # False when the receiver had closed the connection, which was kept, before the request reached it.
    try:
        connection.send(request, deadline)
        http_messages.read_response(connection, response, deadline)
    except (ConnectionError, http.client.RemoteDisconnected):
        if connection.used and not response.has_begun and connection.was_closed_before_the_request():
            return False
        raise
    return True


def _complaint(problem: Exception) -> str:
    about_tls = certificate_problem(problem)
    if about_tls is None or not isinstance(problem, ssl.SSLCertVerificationError):
        return f"{type(problem).__name__}: {problem}"
    return f"{about_tls} (--callback-ca FILE trusts further certificates, --callback-insecure any on loopback)"
