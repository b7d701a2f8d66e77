"""Flask without the features that this server never uses: sessions, hosts in routing, streamed responses."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter

from bodydouble.contracts.core.wire import JSON
from bodydouble.mock_server.vendor_api.response import Response as VendorResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _NoSessions(SessionInterface):
    """Gives every request the same session, which cannot store anything."""

    _session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._session


class Application(Flask):
    """The Flask application.

    Rules match on path and method alone. Working out host and subdomain for each request cost as much as matching.
    """

    session_interface = _NoSessions()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """The object that matches a request's path against the rules."""
        if request is None:
            return super().create_url_adapter(request)
        environ = request.environ
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
        return MapAdapter(
            self.url_map,
            server_name=environ["SERVER_NAME"],
            script_name="/",
            subdomain="",
            url_scheme=environ["wsgi.url_scheme"],
            path_info=path,
            default_method=environ["REQUEST_METHOD"],
            query_args=environ["QUERY_STRING"],
        )


class BufferedResponse(Response):
    """A response with its complete body, which is passed to the server as a list.

    A server sends a list at once, where it asks an iterator for one chunk after the other.
    """

    def __init__(self, body: bytes, status: int, content_type: str | None, headers: Mapping[str, str]) -> None:
        super().__init__(body, status, headers, content_type=content_type)
        self._body = body
        if not body:
            del self.headers["Content-Type"]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond to a request."""
        if environ["REQUEST_METHOD"] == "HEAD" or not self._body:
            return super().__call__(environ, start_response)
        start_response(self.status, [*self.headers.to_wsgi_list(), ("Content-Length", str(len(self._body)))])
        return [self._body]


def flask_response(response: VendorResponse, body: bytes) -> Response:
    """The Flask response of a response with its encoded body."""
    return BufferedResponse(body, response.status, JSON, response.headers)
