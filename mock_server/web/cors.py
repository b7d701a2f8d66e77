"""Cross-origin requests: which web pages may read responses, and the preflights that browsers send for them.

Files and uploads are open to every page, as in an object storage: their URLs cannot be guessed. Operations are open to
the origins that the operator names.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from bodydouble.mock_server.settings import ANY_ORIGIN, Settings
from bodydouble.mock_server.vendor_api.file_urls import PREFIX
from bodydouble.mock_server.web.browsers import BrowserRules

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

_FILE_METHODS = "GET, HEAD, PUT"
# Seconds for which a browser may remember a preflight.
_MAX_AGE = "600"


class Cors:
    """A WSGI application that adds what browsers ask for to the responses of another one.

    Args:
        application: responds.
        settings: the origins.
    """

    def __init__(self, application: "WSGIApplication", settings: Settings) -> None:
        self._application = application
        self._rules = BrowserRules(settings)
        self._any = ANY_ORIGIN in settings.cors

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond with the other application's response, or to a preflight."""
        origin = environ.get("HTTP_ORIGIN")
        # Files say so to everybody: a browser may have stored one for a page's <img>, before a script asks for it.
        is_file = environ["PATH_INFO"].startswith(f"{PREFIX}/")
        if not is_file and (origin is None or not self._rules.allows(origin)):
            return self._application(environ, self._varying(start_response))
        added = self._headers(origin or "", is_file)
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            start_response("204 No Content", added + _preflight(environ, is_file))
            return []
        return self._application(environ, _adding(start_response, added, exposing=True))

    def _headers(self, origin: str, is_file: bool) -> Headers:
        if is_file or self._any:
            return [("Access-Control-Allow-Origin", ANY_ORIGIN)]
        # Clients that always send cookies are blocked without it; nothing here reads cookies.
        credentials = ("Access-Control-Allow-Credentials", "true")
        return [("Access-Control-Allow-Origin", origin), credentials, ("Vary", "Origin")]

    def _varying(self, start_response: "StartResponse") -> "StartResponse":
        # A cache must not give a page the response that was made for another sender.
        named = not self._any and self._rules.has_origins
        return _adding(start_response, [("Vary", "Origin")]) if named else start_response


def _preflight(environ: "WSGIEnvironment", is_file: bool) -> Headers:
    methods = _FILE_METHODS if is_file else environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"]
    headers = [("Access-Control-Allow-Methods", methods), ("Access-Control-Max-Age", _MAX_AGE)]
    requested = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
    if requested:
        headers.append(("Access-Control-Allow-Headers", requested))
    # Browsers ask before a page of the internet reaches into a private network.
    if environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true":
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return headers


def _adding(start_response: "StartResponse", added: Headers, *, exposing: bool = False) -> "StartResponse":
    def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
        # By name, because `*` stands for itself in a request with credentials.
        names = ", ".join(sorted({name for name, _ in headers} | {"Date"}))
        exposed = [("Access-Control-Expose-Headers", names)] if exposing else []
        return start_response(status, [*headers, *added, *exposed], *error)

    return start
