"""Requests of this server to itself, over its own socket: what comes back is what a client sees, faults included."""

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from bodydouble.contracts.core.clock import monotonic
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.mock_server.delivery.turns import REQUEST_TURNS
from bodydouble.mock_server.settings import Settings

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
# Seconds for which nothing may come, and for a whole response.
SILENCE, PATIENCE = 30.0, 60.0
MAX_BYTES = 4 << 20
# A request waits in one of the worker's threads for another of them.
_MAX_AT_ONCE = 16


class Busy(Exception):
    """Too many requests wait already."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back.

    Attributes:
        status: None if no response came.
        reason: the words of the status line.
        headers: as they were on the wire, in order.
        body: as far as it came.
        failure: why the response did not come in full; empty if it did.
        duration: milliseconds.
    """

    status: int | None
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    failure: str
    duration: float

    def response(self) -> WireResponse:
        """The response alone; its status is 0 if none came."""
        return WireResponse(self.status or 0, {name.lower(): text for name, text in self.headers}, self.body)


class OwnSocket:
    """Sends requests to the server that runs in this process.

    Args:
        settings: how it is run.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = threading.BoundedSemaphore(_MAX_AT_ONCE)

    def send(self, request: WireRequest, host: str, port: int) -> Outcome:
        """Send a request, and let others have this thread's turn meanwhile.

        Args:
            host: on which the server listens.

        Raises:
            Busy: too many wait already.
        """
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            with REQUEST_TURNS.given_away(), self._pool(_WILDCARDS.get(host, host), port) as pool:
                return _exchange(pool, request)
        finally:
            self._places.release()

    @contextmanager
    def _pool(self, host: str, port: int) -> Iterator[urllib3.HTTPConnectionPool]:
        certificate = self._settings.tls_cert
        kind = urllib3.HTTPConnectionPool if certificate is None else urllib3.HTTPSConnectionPool
        pool = kind(host, self._settings.port or port, maxsize=1, **_trust(certificate))
        try:
            yield pool
        finally:
            pool.close()


def _trust(certificate: str | None) -> dict[str, Any]:
    # No matter who signed it and for which name: it is the server's own.
    if certificate is None:
        return {}
    text = Path(certificate).read_text(encoding="utf-8")
    end = "-----END CERTIFICATE-----"
    first = text[text.index("-----BEGIN CERTIFICATE-----") : text.index(end) + len(end)]
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()
    return {"cert_reqs": "CERT_NONE", "assert_hostname": False, "assert_fingerprint": digest}


def _exchange(pool: urllib3.HTTPConnectionPool, request: WireRequest) -> Outcome:
    began = monotonic()
    target = request.path + (f"?{request.query}" if request.query else "")
    try:
        response = pool.urlopen(
            request.method,
            target,
            body=request.body or None,
            headers=dict(request.headers),
            retries=False,
            redirect=False,
            timeout=SILENCE,
            preload_content=False,
            decode_content=False,
        )
    except (HTTPError, OSError) as error:
        return Outcome(None, "", (), b"", _words(error), _passed(began))
    body, failure = _body(response, began)
    headers = tuple(response.headers.items())
    return Outcome(response.status, response.reason or "", headers, body, failure, _passed(began))


def _body(response: urllib3.BaseHTTPResponse, began: float) -> tuple[bytes, str]:
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := response.read1(65_536):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BYTES:
                return b"".join(pieces), f"more than {MAX_BYTES:,} bytes: the rest was not read"
            if monotonic() - began > PATIENCE:
                return b"".join(pieces), f"it had not ended after {PATIENCE:g} seconds"
    except (HTTPError, OSError) as error:
        return b"".join(pieces), _words(error)
    return b"".join(pieces), ""


def _passed(began: float) -> float:
    return (monotonic() - began) * 1000


def _words(error: Exception) -> str:
    cause = error.__cause__ or error.__context__ or error
    return str(cause) or type(cause).__name__
