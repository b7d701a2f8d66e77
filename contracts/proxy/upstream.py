"""Forwards a request to an endpoint exactly as it came, and reads the response exactly as it comes."""

import contextvars
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import SKIP_HEADER

# RFC 9110, 7.6.1, and older names. Each server on the way responds to `Expect` itself.
HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade", "expect"),
    }
)
CHUNK = 64 * 1024
# urllib3 rewrites percent-encodings of a target, but a signature covers the client's own spelling.
_target: contextvars.ContextVar[str] = contextvars.ContextVar("target")


class UpstreamError(Exception):
    """The endpoint gave no complete response.

    Attributes:
        timed_out: whether it took too long, rather than being unreachable.
    """

    def __init__(self, message: str, *, timed_out: bool) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class _PlainConnection(HTTPConnection):
    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        super().putrequest(method, _target.get(), skip_host, skip_accept_encoding)


class _TlsConnection(HTTPSConnection):
    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        super().putrequest(method, _target.get(), skip_host, skip_accept_encoding)


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """A response whose body has not been read yet.

    Attributes:
        headers: the end-to-end headers, with their order and spelling.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    _response: urllib3.BaseHTTPResponse

    def chunks(self) -> Iterator[bytes]:
        """The body as it comes, content encoding and all.

        Raises:
            UpstreamError: the endpoint interrupted the response.
        """
        try:
            # Whatever has arrived, without waiting for a full chunk: the response may be a stream of events.
            while chunk := self._response.read1(CHUNK, decode_content=False):
                yield chunk
        except urllib3.exceptions.HTTPError as error:
            raise UpstreamError(str(error), timed_out=False) from error

    def close(self) -> None:
        """Close the connection, unless the body was read to its end; then the next request reuses it."""
        self._response.close()


class Upstream:
    """An endpoint.

    Args:
        base_url: scheme, host and port, and a path, if any, that is prepended to every request's.
        timeout: seconds to wait for a connection, and for each part of a response.
        keep_host: send the client's `Host`, which its signature may cover, instead of the endpoint's own.
        verify: whether the endpoint's certificate is verified.

    Raises:
        ValueError: the URL is not an http or https URL with a host.
    """

    def __init__(self, base_url: str, *, timeout: float, keep_host: bool, verify: bool = True) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base_url}: expected http://HOST or https://HOST, with a port and path as needed")
        self._prefix = parts.path.rstrip("/")
        self._host = parts.netloc.rpartition("@")[2]
        # Without a user's name and password, which reports and recordings would show.
        self.base_url = parts._replace(netloc=self._host).geturl().rstrip("/")
        self._keep_host = keep_host
        settings: dict[str, Any] = {"timeout": timeout, "maxsize": 32, "retries": False}
        if parts.scheme == "https":
            self._pool: urllib3.HTTPConnectionPool = _TlsPool(
                parts.hostname, parts.port, cert_reqs="CERT_REQUIRED" if verify else "CERT_NONE", **settings
            )
        else:
            self._pool = _PlainPool(parts.hostname, parts.port, **settings)

    def send(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> UpstreamResponse:
        """Send a request.

        Args:
            target: path and query, as on the wire.
            headers: all of the client's; hop-by-hop headers are removed.

        Raises:
            UpstreamError: there was no response.
        """
        # A request line has no bytes beyond ASCII; a client signs their encoding.
        _target.set(quote(self._prefix + target, safe="".join(map(chr, range(33, 127))), encoding="latin-1"))
        try:
            response = self._pool.urlopen(
                method,
                "/",
                body=body or None,
                headers=self._end_to_end(headers),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            timed_out = isinstance(error, urllib3.exceptions.ReadTimeoutError)
            raise UpstreamError(str(error), timed_out=timed_out) from error
        bound = HOP_BY_HOP | _options([response.headers.get("connection", "")])
        received = tuple((name, value) for name, value in response.headers.items() if name.lower() not in bound)
        return UpstreamResponse(response.status, response.reason or "", received, response)

    def _end_to_end(self, headers: list[tuple[str, str]]) -> urllib3.HTTPHeaderDict:
        bound = HOP_BY_HOP | _options(value for name, value in headers if name.lower() == "connection")
        present = {name.lower() for name, _ in headers}
        # urllib3 must not add headers that the client did not send.
        sent = urllib3.HTTPHeaderDict()
        for name in ("User-Agent", "Accept-Encoding"):
            if name.lower() not in present:
                sent[name] = SKIP_HEADER
        for name, value in headers:
            lower = name.lower()
            if lower not in bound and lower != "content-length":
                sent.add(name, self._host if lower == "host" and not self._keep_host else value)
        return sent

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def _options(values: Iterable[str]) -> set[str]:
    return {option.strip().lower() for value in values for option in value.split(",")}
