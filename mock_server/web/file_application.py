"""Serves result files and uploads, with Flask, which is loaded for the first of them."""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.web.error_responses import ErrorResponses

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class LaterFileApplication:
    """A WSGI application that is made when it has its first request: Flask takes a twelfth of a server's start.

    Args:
        services: prepared.
        errors: responds to what has no route.
    """

    def __init__(self, services: Services, errors: ErrorResponses) -> None:
        self._services, self._errors = services, errors
        self._application: WSGIApplication | None = None
        self._guard = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond with the application's response."""
        return (self._application or self._made())(environ, start_response)

    def _made(self) -> "WSGIApplication":
        with self._guard:
            if self._application is None:
                from bodydouble.mock_server.web.flask_files import flask_files

                self._application = flask_files(self._services, self._errors)
            return self._application
