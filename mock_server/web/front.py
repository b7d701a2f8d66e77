"""What happens to every request before it is routed: is it HTTP, how did its sender reach us, may a page see it."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.web.cors import Cors
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.reader_address import ReaderAddress
from bodydouble.mock_server.web.request_body import draining
from bodydouble.mock_server.web.request_log import begin_request
from bodydouble.mock_server.web.wsgi import read_request, send_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


# RFC 9112, 3.2: a host by RFC 3986, with or without a port.
_HOST_FIELD = re.compile(r"([A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")


class Front:
    """A WSGI application that prepares requests for another one.

    Args:
        application: responds.
        settings: how clients reach the server.
        own_segments: the first segments of the paths that the server has.
        control: rejects what is no request.
    """

    def __init__(
        self, application: "WSGIApplication", settings: Settings, own_segments: frozenset[str], control: Pipeline
    ) -> None:
        self._application = Cors(application, settings)
        self._addresses = ReaderAddress(settings, own_segments)
        self._control = control

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond with the other application's response."""
        begin_request(environ)
        problem = _problem(environ)
        if problem is not None:
            # What follows on the connection cannot be told apart from the rest of this request.
            wire = read_request(environ, b"")
            response, body = self._control.reject("malformed-body", problem, wire, {"Connection": "close"})
            return send_response(environ, start_response, response, body)
        self._addresses.apply(environ)
        return draining(environ, self._application(environ, start_response))


def _problem(environ: "WSGIEnvironment") -> str | None:
    """What makes a request unusable, by RFC 9112, sections 3.2 and 3.2.4; None if nothing does."""
    path, host = environ["PATH_INFO"], environ.get("HTTP_HOST", "")
    if not path.startswith("/") and not (path == "*" and environ["REQUEST_METHOD"] == "OPTIONS"):
        return f"request target: must be a path that begins with /, or an absolute URL; got {path or 'an authority'}"
    if not host and environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
        return "header Host: missing"
    if "," in host:
        return "header Host: must occur once, and name one host"
    return f"header Host: {host} is no host" if host and _HOST_FIELD.fullmatch(host) is None else None
