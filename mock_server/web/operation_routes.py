"""Serves every operation of every contract, routed as its specification says; Flask serves everything else.

Flask's own way from a request to a view, and back, took as long as all of an operation's work.
"""

import functools
import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import HTTPException

from bodydouble.contracts.core.path_template import PathTable
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.path_router import PathRouter
from bodydouble.mock_server.web.error_responses import Encoded, ErrorResponses, reject_method_or_path
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.request_body import request_body
from bodydouble.mock_server.web.vendor_paths import VendorPaths
from bodydouble.mock_server.web.wsgi import decoded_path, read_request, send_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

_Route = tuple[Pipeline, PathRouter[Operation]]

# A host that can stand in the URL of a result; any other Host header is not repeated.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


def add_operations(app: Flask, vendors: Iterable[Pipeline], control: Pipeline, max_body_bytes: int) -> None:
    """Let an application serve every operation, and every error in the form of the vendor that it belongs to.

    Args:
        control: of the control plane; also rejects requests that belong to no vendor.
        max_body_bytes: of a request.
    """
    paths = VendorPaths[Pipeline]()
    routers: dict[str, _Route] = {}
    for pipeline in (*vendors, control):
        for path, operations in pipeline.contract.operations_by_path.items():
            routers[path] = (pipeline, PathRouter(operations))
            paths.add(path, pipeline)
    errors = ErrorResponses(paths, list(routers.values()), control, max_body_bytes)
    errors.register(app)
    app.wsgi_app = _OperationRoutes(  # type: ignore[method-assign]
        PathTable(routers), errors, max_body_bytes, app.wsgi_app
    )


class _OperationRoutes:
    def __init__(
        self,
        routers: PathTable[_Route],
        errors: ErrorResponses,
        max_body_bytes: int,
        others: "WSGIApplication",
    ) -> None:
        self._routers, self._errors, self._max_body_bytes = routers, errors, max_body_bytes
        self._others = others

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        match = self._routers.find(decoded_path(environ))
        if match is None:
            return self._others(environ, start_response)
        try:
            response, body = self._serve(environ, *match)
        except HTTPException as error:
            response, body = self._errors.unreadable(environ, error)
        except Exception as error:
            logger.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            response, body = self._errors.failed(environ, error)
        return send_response(environ, start_response, response, body)

    def _serve(self, environ: "WSGIEnvironment", route: _Route, path_values: dict[str, str]) -> Encoded:
        wire = read_request(environ, request_body(environ, self._max_body_bytes))
        pipeline, router = route
        operation, allowed = router.find(wire)
        if operation is not None:
            return pipeline.handle(operation, wire, path_values, _base_url(environ, wire))
        # A static path that lacks the method may be the value of a template that has it; frameworks see it so.
        methods = set(allowed)
        for (pipeline, router), path_values in self._routers.every(decoded_path(environ)):
            operation, allowed = router.find(wire)
            if operation is not None:
                return pipeline.handle(operation, wire, path_values, _base_url(environ, wire))
            methods.update(allowed)
        return reject_method_or_path(pipeline, wire, sorted(methods))


@functools.lru_cache(maxsize=1024)
def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None


def _base_url(environ: "WSGIEnvironment", wire: WireRequest) -> str:
    # As the client wrote it: with the external port, if there is a port mapping.
    host = wire.headers.get("host", "")
    if not _is_host(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"
