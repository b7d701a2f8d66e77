"""Which requests are for pages; a browser that opens the server's address gets the first one."""

import io
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Operation
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.vendor_api.response import Response
from bodydouble.mock_server.web.browsers import BrowserRules
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.reader_address import BASE_URL
from bodydouble.mock_server.web.request_body import BodyTooLarge, UnreadableBody, request_body
from bodydouble.mock_server.web.wsgi import read_request, send_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HOME = "/_mock/"
# What may be opened without a page's name, by browsers only: to other clients these paths are unknown, or a vendor's.
_DOORS = ("/", "/_mock", _HOME)
# The first segments under /_mock/ that are pages; the control plane has no operation there.
SEGMENTS = frozenset({"assets", "dashboard", "guide", "login", "logout", "reference"})


class PageRoutes:
    """A WSGI application that serves the pages, and leaves the rest to another one.

    Flask and the templates are loaded for the first page.

    Args:
        application: serves the rest.
        services: prepared.
        control: the control plane's pipeline.
    """

    def __init__(self, application: "WSGIApplication", services: Services, control: Pipeline) -> None:
        self._application, self._services, self._control = application, services, control
        self._rules = BrowserRules(services.settings)
        self._pages: WSGIApplication | None = None
        self._guard = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond with a page, or with the other application's response."""
        path = environ["PATH_INFO"]
        if path in _DOORS:
            if not _is_visit(environ):
                return self._application(environ, start_response)
            if path != _HOME:
                location = urlsplit(environ[BASE_URL]).path + _HOME
                start_response("303 See Other", [("Location", location), ("Content-Length", "0")])
                return []
        elif not path.startswith(_HOME) or path.split("/", 3)[2] not in SEGMENTS:
            return self._application(environ, start_response)
        try:
            prepared = self._prepared(environ)
        except UnreadableBody as error:
            condition = "body-too-large" if isinstance(error, BodyTooLarge) else "malformed-body"
            wire = read_request(environ, b"")
            response, body = self._control.reject(condition, str(error), wire, {"Connection": "close"})
            return send_response(environ, start_response, response, body)
        return (self._pages or self._load())(prepared, start_response)

    def _prepared(self, environ: "WSGIEnvironment") -> "WSGIEnvironment":
        body = request_body(environ, self._services.settings.max_body_bytes)
        # The prefix under which a proxy serves this server begins every link.
        prefix = urlsplit(environ[BASE_URL]).path.rstrip("/")
        return {**environ, "SCRIPT_NAME": prefix, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}

    def _load(self) -> "WSGIApplication":
        with self._guard:
            if self._pages is None:
                from bodydouble.mock_server.pages.application import page_application
                from bodydouble.mock_server.pages.context import PageContext
                from bodydouble.mock_server.pages.control_calls import ControlCalls

                services = self._services
                contracts = {name: vendor.contract for name, vendor in services.vendors.items()}
                contracts[self._control.contract.vendor] = self._control.contract
                calls = ControlCalls(self._control.contract, self._handle, services.settings.control_token)
                rules = self._rules.objection_to_page
                self._pages = page_application(PageContext(contracts, calls, services.settings, rules, _address))
            return self._pages

    def _handle(
        self, operation: Operation, wire: WireRequest, path_values: Mapping[str, str], base_url: str, changes: bool
    ) -> tuple[Response, bytes]:
        return self._control.handle(operation, wire, path_values, base_url, recorded=changes)


def _address(environ: "WSGIEnvironment") -> str:
    address: str = environ[BASE_URL]
    return address.rstrip("/")


def _is_visit(environ: "WSGIEnvironment") -> bool:
    """Whether a person opens an address; Alibaba's operations are at `/`, with parameters."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not environ.get("QUERY_STRING")
        and "text/html" in environ.get("HTTP_ACCEPT", "")
    )
