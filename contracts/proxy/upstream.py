"""Forwards a request to an endpoint exactly as it came, and reads the response exactly as it comes."""

import contextvars
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import SKIP_HEADER

from bodydouble.contracts.core.tls import Trust, certificate_problem, pool_options
from bodydouble.contracts.proxy.company_proxies import company_proxy

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
# What would end the target, or the line. Bytes beyond ASCII are forwarded as they came.
_PRINTABLE = "".join(map(chr, range(33, 127)))
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")


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

    def _encode_request(self, request: str) -> bytes:
        return request.encode("latin-1")


class _TlsConnection(HTTPSConnection):
    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        super().putrequest(method, _target.get(), skip_host, skip_accept_encoding)

    def _encode_request(self, request: str) -> bytes:
        return request.encode("latin-1")


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
        ca: file of certificates that are trusted in addition to the system's.
        own_address: `HOST:PORT` of this proxy, which the environment may name as the proxy for all programs.

    Attributes:
        base_url: without user name and password.
        through: the proxy of the environment through which the endpoint is reached, without user name and password;
            empty if there is none.

    Raises:
        ValueError: the URL is not an http or https URL with a host; the environment names a proxy of another kind; or
            the file has no certificates.
        OSError: the file cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float,
        keep_host: bool,
        verify: bool = True,
        ca: Path | None = None,
        own_address: str = "",
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base_url}: expected http://HOST or https://HOST, with a port and path as needed")
        self._prefix = quote(parts.path.rstrip("/"), safe=_PRINTABLE)
        self._host = parts.netloc.rpartition("@")[2]
        # Without a user's name and password, which reports and recordings would show.
        self.base_url = parts._replace(netloc=self._host).geturl().rstrip("/")
        self._keep_host = keep_host
        proxy = company_proxy(parts.scheme, parts.hostname, parts.port, own_address)
        self.through = "" if proxy is None else proxy.url
        # A proxy gets the whole URL of what is not encrypted.
        self._origin = f"{parts.scheme}://{self._host}" if proxy is not None and parts.scheme == "http" else ""
        settings: dict[str, Any] = {"timeout": timeout, "maxsize": 32, "retries": False}
        settings |= pool_options(Trust(ca, verify))
        if proxy is None:
            self._manager = urllib3.PoolManager(**settings)
        else:
            self._manager = urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, **settings)
        self._manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        self._pool = self._manager.connection_from_host(parts.hostname, parts.port, parts.scheme)
        self._url = f"{parts.scheme}://{self._host}/"

    def send(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> UpstreamResponse:
        """Send a request.

        Args:
            target: path and query, as on the wire, each byte as the character of its number.
            headers: all of the client's; hop-by-hop headers are removed.

        Raises:
            UpstreamError: there was no response.
        """
        whole = self._origin + self._prefix + target
        _target.set(_UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", whole))
        try:
            response = self._pool.urlopen(
                method,
                self._url,
                body=body or None,
                headers=self._end_to_end(headers),
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            timed_out = isinstance(error, urllib3.exceptions.ReadTimeoutError)
            raise UpstreamError(certificate_problem(error) or str(error), timed_out=timed_out) from error
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
        self._manager.clear()


def _options(values: Iterable[str]) -> set[str]:
    return {option.strip().lower() for value in values for option in value.split(",")}
