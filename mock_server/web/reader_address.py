"""The address under which the sender of a request reached this server: the beginning of every URL in the response."""

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from bodydouble.mock_server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# The variable of a request's environment that holds its address.
BASE_URL = "bodydouble.base_url"
# A host that can stand in the URL of a result; any other Host header is not repeated.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~!$&'()*+;=:@%-]+)+")
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]+)\s*(;|,|$)')
_SCHEMES = {"http": "80", "https": "443"}


@functools.lru_cache(maxsize=1024)
def is_host(text: str) -> bool:
    """Whether a text is a host, with or without a port."""
    return _HOST.fullmatch(text) is not None


class ReaderAddress:
    """Finds out under which address a request reached the server.

    Args:
        settings: the operator's choice: one address for all, or a proxy that is trusted.
        own_segments: the first segments of paths that the server has itself; none of them is taken for a prefix.
    """

    def __init__(self, settings: Settings, own_segments: frozenset[str]) -> None:
        self._base_url, self._trust_proxy = settings.base_url, settings.trust_proxy
        prefix = "" if self._base_url is None else _path_of(self._base_url)
        self._stripped = "" if prefix.split("/")[1:2] and prefix.split("/")[1] in own_segments else prefix

    def apply(self, environ: "WSGIEnvironment") -> None:
        """Let an environment say how the client reached the server: its host, scheme and BASE_URL."""
        prefix = _believe_proxy(environ) if self._trust_proxy else ""
        if self._stripped and environ["PATH_INFO"].startswith(self._stripped + "/"):
            _strip(environ, self._stripped)
        environ[BASE_URL] = self._base_url or _address(environ) + prefix


def _path_of(base_url: str) -> str:
    return "/".join(["", *base_url.split("/")[3:]])


def _strip(environ: "WSGIEnvironment", prefix: str) -> None:
    # Signatures cover the path that the client knows.
    environ["RAW_URI"] = quote(environ["PATH_INFO"].encode("latin-1"))
    environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(prefix)


def _address(environ: "WSGIEnvironment") -> str:
    # As the client wrote it: with the external port, if there is a port mapping.
    host = environ.get("HTTP_HOST", "")
    if not is_host(host):
        name = environ["SERVER_NAME"]
        host = f"{f'[{name}]' if ':' in name else name}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"


def _believe_proxy(environ: "WSGIEnvironment") -> str:
    """Take scheme and host from a proxy's headers; returns the prefix that the proxy has removed from the path."""
    forwarded = _forwarded(environ.get("HTTP_FORWARDED", ""))
    scheme = (forwarded.get("proto") or _first(environ, "HTTP_X_FORWARDED_PROTO")).lower()
    if scheme in _SCHEMES:
        environ["wsgi.url_scheme"] = scheme
    host = forwarded.get("host") or _first(environ, "HTTP_X_FORWARDED_HOST")
    if is_host(host):
        environ["HTTP_HOST"] = host
    _add_port(environ, _first(environ, "HTTP_X_FORWARDED_PORT"))
    return _prefix(environ.get("HTTP_X_FORWARDED_PREFIX", ""))


def _add_port(environ: "WSGIEnvironment", port: str) -> None:
    host = environ.get("HTTP_HOST", "")
    has_port = re.search(r":[0-9]+$", host) is not None
    if port.isascii() and port.isdigit() and host and not has_port and port != _SCHEMES[environ["wsgi.url_scheme"]]:
        environ["HTTP_HOST"] = f"{host}:{port}"


def _first(environ: "WSGIEnvironment", variable: str) -> str:
    # The proxy that is next to the client stands first.
    first: str = environ.get(variable, "").split(",")[0]
    return first.strip()


def _forwarded(header: str) -> dict[str, str]:
    """The pairs of the first element of a `Forwarded` header, which the proxy next to the client has written."""
    pairs: dict[str, str] = {}
    position = 0
    while (match := _PAIR.match(header, position)) is not None:
        value = match[2]
        pairs[match[1].lower()] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        if match[3] != ";":
            break
        position = match.end()
    return pairs


def _prefix(header: str) -> str:
    # Each proxy on the way may have removed a part; the first in the header removed the first in the path.
    prefix = "".join(part.strip().rstrip("/") for part in header.split(","))
    return prefix if _PREFIX.fullmatch(prefix) else ""
