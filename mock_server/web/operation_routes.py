"""Serves every operation of every contract, routed as its specification says; another application serves the rest.

Flask's own way from a request to a view, and back, took as long as all of an operation's work.
"""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from bodydouble.contracts.core.path_template import PathTable
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.path_router import PathRouter
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.web.browsers import BrowserRules
from bodydouble.mock_server.web.error_responses import Encoded, ErrorResponses, reject_method_or_path
from bodydouble.mock_server.web.faults.damaged_response import send_damaged
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.reader_address import BASE_URL
from bodydouble.mock_server.web.request_body import UnreadableBody, request_body
from bodydouble.mock_server.web.vendor_paths import VendorPaths
from bodydouble.mock_server.web.wsgi import decoded_path, read_request, send_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

# With the limit of a body.
_Route = tuple[Pipeline, PathRouter[Operation], int]

_FOREIGN = "foreignOrigin"


def operation_routes(
    vendors: Iterable[Pipeline],
    control: Pipeline,
    settings: Settings,
    others: "Callable[[ErrorResponses], WSGIApplication]",
) -> "WSGIApplication":
    """An application that serves every operation, and every error in the form of the vendor that it belongs to.

    Args:
        control: of the control plane; also rejects requests that belong to no vendor.
        settings: the limit of a body, and what web pages may do.
        others: makes the application that serves what is no operation; it responds to errors in the same way.
    """
    paths = VendorPaths[Pipeline]()
    routers: dict[str, _Route] = {}
    for pipeline in (*vendors, control):
        for path, operations in pipeline.contract.operations_by_path.items():
            routers[path] = (pipeline, PathRouter(operations), _max_body_bytes(pipeline, operations, settings))
            paths.add(path, pipeline)
    routes = [(pipeline, router) for pipeline, router, _ in routers.values()]
    errors = ErrorResponses(paths, routes, control, settings.max_body_bytes)
    return _OperationRoutes(PathTable(routers), errors, control, settings, others(errors))


def _max_body_bytes(pipeline: Pipeline, operations: Iterable[Operation], settings: Settings) -> int:
    handlers = pipeline.vendor.handlers
    is_large = any(handlers[operation.id].large for operation in operations)
    return settings.max_snapshot_bytes if is_large else settings.max_body_bytes


class _OperationRoutes:
    def __init__(
        self,
        routers: PathTable[_Route],
        errors: ErrorResponses,
        control: Pipeline,
        settings: Settings,
        others: "WSGIApplication",
    ) -> None:
        self._routers, self._errors, self._control = routers, errors, control
        self._browsers = BrowserRules(settings)
        self._others = others

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        match = self._routers.find(decoded_path(environ))
        if match is None:
            return self._others(environ, start_response)
        try:
            response, body = self._serve(environ, *match)
        except UnreadableBody as error:
            response, body = self._errors.unreadable(environ, error)
        except Exception as error:
            logger.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            response, body = self._errors.failed(environ, error)
        if response.faults:
            return send_damaged(environ, start_response, response, body, send_response)
        return send_response(environ, start_response, response, body)

    def _serve(self, environ: "WSGIEnvironment", route: _Route, path_values: dict[str, str]) -> Encoded:
        pipeline, router, max_body_bytes = route
        wire = read_request(environ, request_body(environ, max_body_bytes))
        operation, allowed = router.find(wire)
        if operation is not None:
            return self._handle(environ, pipeline, operation, wire, path_values)
        # A static path that lacks the method may be the value of a template that has it; frameworks see it so.
        methods = set(allowed)
        for (pipeline, router, _), path_values in self._routers.every(decoded_path(environ)):
            operation, allowed = router.find(wire)
            if operation is not None:
                return self._handle(environ, pipeline, operation, wire, path_values)
            methods.update(allowed)
        return reject_method_or_path(pipeline, wire, sorted(methods))

    def _handle(
        self,
        environ: "WSGIEnvironment",
        pipeline: Pipeline,
        operation: Operation,
        wire: WireRequest,
        path_values: dict[str, str],
    ) -> Encoded:
        objection = self._browsers.objection(environ, operation, control=pipeline is self._control)
        if objection is not None:
            return self._control.refuse(_FOREIGN, objection, wire)
        return pipeline.handle(operation, wire, path_values, environ[BASE_URL])
