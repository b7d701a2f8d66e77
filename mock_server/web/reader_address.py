"""The address under which the sender of a request reached this server: the beginning of every URL in the response."""

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from bodydouble.mock_server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# The variable of a request's environment that holds its address.
BASE_URL = "bodydouble.base_url"
# The variable that holds the header Host as it came, whatever a proxy says.
RECEIVED_HOST = "bodydouble.received_host"
# A host that can stand in the URL of a result; any other Host header is not repeated.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~!$&'()*+;=:@%-]+)+")
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]+)\s*(;|,|$)')
_SCHEMES = {"http": "80", "https": "443"}
_MAX_PORT = 65_535
# Names of X-Forwarded-Proto at other proxies, and two headers that only say whether there was TLS.
_SCHEME_HEADERS = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_SCHEME", "HTTP_X_FORWARDED_PROTOCOL")
_TLS_HEADERS = ("HTTP_X_FORWARDED_SSL", "HTTP_FRONT_END_HTTPS")


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
        self._own_segments = own_segments
        self._prefix = "" if self._base_url is None else _path_of(self._base_url)

    def apply(self, environ: "WSGIEnvironment") -> None:
        """Let an environment say how the client reached the server: its host, scheme and BASE_URL."""
        environ[RECEIVED_HOST] = environ.get("HTTP_HOST", "")
        prefix = _believe_proxy(environ) if self._trust_proxy else ""
        self._strip(environ, self._prefix or prefix)
        environ[BASE_URL] = self._base_url or _address(environ) + prefix

    def _strip(self, environ: "WSGIEnvironment", prefix: str) -> None:
        prefix = unquote(prefix, "latin-1")
        if prefix and prefix.split("/")[1] not in self._own_segments:
            _strip(environ, prefix)


def _path_of(base_url: str) -> str:
    return "/".join(["", *base_url.split("/")[3:]])


def _strip(environ: "WSGIEnvironment", prefix: str) -> None:
    path = environ["PATH_INFO"]
    if path != prefix and not path.startswith(f"{prefix}/"):
        return
    # Signatures cover the path that the client knows.
    environ["RAW_URI"] = quote(path.encode("latin-1"))
    environ["PATH_INFO"] = path.removeprefix(prefix) or "/"


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
    scheme = (forwarded.get("proto") or _scheme(environ)).lower()
    if scheme in _SCHEMES:
        environ["wsgi.url_scheme"] = scheme
    host = forwarded.get("host") or _first(environ, "HTTP_X_FORWARDED_HOST")
    if is_host(host):
        environ["HTTP_HOST"] = host
    _add_port(environ, _first(environ, "HTTP_X_FORWARDED_PORT"))
    return _prefix(environ.get("HTTP_X_FORWARDED_PREFIX", ""))


def _scheme(environ: "WSGIEnvironment") -> str:
    names = (name for variable in _SCHEME_HEADERS if (name := _first(environ, variable)))
    has_tls = any(_first(environ, variable).lower() == "on" for variable in _TLS_HEADERS)
    return next(names, "https" if has_tls else "")


def _add_port(environ: "WSGIEnvironment", port: str) -> None:
    host = environ.get("HTTP_HOST", "")
    has_port = re.search(r":[0-9]+$", host) is not None
    is_port = re.fullmatch(r"[0-9]{1,5}", port) is not None and 0 < int(port) <= _MAX_PORT
    if is_port and host and not has_port and port != _SCHEMES[environ["wsgi.url_scheme"]]:
        environ["HTTP_HOST"] = f"{host}:{port}"


def _first(environ: "WSGIEnvironment", variable: str) -> str:
    # The proxy that is next to the client stands first.
    first: str = environ.get(variable, "").split(",")[0]
    return first.strip()


def _forwarded(header: str) -> dict[str, str]:
    """The pairs of the first element of a `Forwarded` header, which the proxy next to the client has written."""
    pairs: dict[str, str] = {}
    # RFC 7239, 4: a pair may be missing between semicolons.
    header, position = re.sub(r"^[\s;]+|(?<=;)[\s;]+", "", header), 0
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
    has_dots = any(unquote(segment) in (".", "..") for segment in prefix.split("/"))
    return prefix if _PREFIX.fullmatch(prefix) and not has_dots else ""
