"""What web pages may do: pages of other sites must not change the state of a server that needs no credentials.

A browser sends requests to loopback for every page that is open. It says so itself: in `Origin`, in `Sec-Fetch-Site`,
and in `Host` where a page's own name leads to this machine (DNS rebinding). No other client sends that.
"""

import functools
import ipaddress
import re
from typing import TYPE_CHECKING

from bodydouble.contracts.model.contract import Operation
from bodydouble.mock_server.settings import ANY_ORIGIN, Settings
from bodydouble.mock_server.web.reader_address import BASE_URL, RECEIVED_HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_OWN_SITES = ("same-origin", "none")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_SAFE_ROLES = ("read", "list")
_LOOPBACK_NAME = re.compile(r"(.+\.)?localhost\.?", re.IGNORECASE)


@functools.lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, names this machine wherever it is used."""
    name = re.sub(r":[0-9]*$", "", host)
    if _LOOPBACK_NAME.fullmatch(name):
        return True
    try:
        return ipaddress.ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def changes_state(operation: Operation) -> bool:
    """Whether an operation does more than to read."""
    if operation.laws is not None and operation.laws.role in _SAFE_ROLES:
        return False
    # Alibaba's operations take GET, whatever they do.
    return operation.method not in _SAFE_METHODS or bool(operation.routing)


class BrowserRules:
    """Says what a web page may not do.

    Args:
        settings: the token, without which the rules apply, and the origins that are no other sites.
    """

    def __init__(self, settings: Settings) -> None:
        self._apply = settings.control_token is None
        self._base_url = settings.base_url
        self._origins = frozenset(settings.cors)

    def objection(self, environ: "WSGIEnvironment", operation: Operation, *, control: bool) -> str | None:
        """Why a request for an operation is refused; None if it is not.

        Args:
            control: whether the operation is the control plane's.
        """
        if not self._apply:
            return None
        # The control plane shows credentials, except in its health.
        if control and not operation.public and not self._is_own_host(environ):
            return _other_host(environ)
        return self._foreign(environ) if changes_state(operation) else None

    def objection_to_page(self, environ: "WSGIEnvironment", changes: bool) -> str | None:
        """Why a browser's request for a page is refused; None if it is not.

        Args:
            changes: whether it does more than to show something.
        """
        if self._apply and not self._is_own_host(environ):
            return _other_host(environ)
        # A session's cookie is no permission for other sites.
        return self._foreign(environ) if changes else None

    def _foreign(self, environ: "WSGIEnvironment") -> str | None:
        """What says that another site's page sends a request."""
        origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE", "none")
        if (origin is None and site in _OWN_SITES) or self.allows(origin):
            return None
        if origin is not None and not self._is_own_origin(environ, origin):
            return f"header Origin: {origin} is another site"
        return None if site in _OWN_SITES else f"header Sec-Fetch-Site: {site}"

    @property
    def has_origins(self) -> bool:
        """Whether the operator has named origins."""
        return bool(self._origins)

    def allows(self, origin: str | None) -> bool:
        """Whether the operator lets the pages of an origin use every operation."""
        return ANY_ORIGIN in self._origins or (origin is not None and origin.lower() in self._origins)

    def _is_own_host(self, environ: "WSGIEnvironment") -> bool:
        # A page chooses headers of a proxy at will if it reaches the server without one.
        received, host = environ[RECEIVED_HOST], environ.get("HTTP_HOST", "")
        if not self._is_own(received):
            return False
        # Behind a proxy with TLS no page can have a name that is not the proxy's: its certificate would not fit.
        return self._is_own(host) or environ["wsgi.url_scheme"] == "https"

    def _is_own(self, host: str) -> bool:
        return is_loopback(host) or self._is_base_host(host)

    def _is_base_host(self, host: str) -> bool:
        if self._base_url is None:
            return False
        # Which of the two a client writes depends on the client.
        default = ":443" if self._base_url.startswith("https:") else ":80"
        return host.lower().removesuffix(default) == _authority(self._base_url).removesuffix(default)

    def _is_own_origin(self, environ: "WSGIEnvironment", origin: str) -> bool:
        own, other = _authority(environ[BASE_URL]), _authority(origin)
        if self._is_base_host(other):
            return True
        # All names of loopback lead here, and nothing else listens on the port.
        return is_loopback(own) and is_loopback(other) and _port(own) == _port(other)


def _other_host(environ: "WSGIEnvironment") -> str:
    return f"header Host: {environ.get('HTTP_HOST')} is not this machine; --base-url can name it"


def _authority(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower()


def _port(host: str) -> str:
    match = re.search(r":([0-9]+)$", host)
    return match[1] if match else ""
