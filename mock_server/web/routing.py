"""From the contracts to Flask's rules: every operation is routed as its specification says."""

import functools
import re
from collections.abc import Iterable

from flask import Flask, request
from flask import Response as FlaskResponse

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.path_router import PathRouter
from bodydouble.mock_server.web.error_responses import ErrorResponses, has_surplus_slash, reject_method_or_path
from bodydouble.mock_server.web.flask_app import flask_response
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.request_body import wire_request
from bodydouble.mock_server.web.vendor_paths import VendorPaths

# A host that can stand in the URL of a result; any other Host header is not repeated.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


@functools.lru_cache(maxsize=1024)
def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None


def _base_url(wire: WireRequest) -> str:
    # As the client wrote it: with the external port, if there is a port mapping.
    environ = request.environ
    host = wire.headers.get("host", "")
    if not _is_host(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"


def add_routes(app: Flask, vendors: Iterable[Pipeline], control: Pipeline) -> None:
    """Route every operation of every contract, and every error to the vendor that it belongs to.

    Args:
        control: of the control plane; also rejects requests that belong to no vendor.
    """
    paths = VendorPaths[Pipeline]()
    routers: list[tuple[PathRouter[Operation], Pipeline]] = []
    for pipeline in (*vendors, control):
        for path, operations in pipeline.contract.operations_by_path.items():
            router = PathRouter(operations)
            app.add_url_rule(
                path.replace("{", "<").replace("}", ">"),
                endpoint=f"{pipeline.vendor.name} {path}",
                view_func=_View(pipeline, router),
                methods=list(router.methods),
                provide_automatic_options=False,
            )
            routers.append((router, pipeline))
            paths.add(path, pipeline)
    ErrorResponses(paths, routers, control).register(app)


class _View:
    def __init__(self, pipeline: Pipeline, router: PathRouter[Operation]) -> None:
        self._pipeline, self._router = pipeline, router

    def __call__(self, **path_values: str) -> FlaskResponse:
        wire = wire_request()
        operation, allowed = self._router.find(wire)
        if operation is None or has_surplus_slash(wire):
            return reject_method_or_path(self._pipeline, wire, allowed)
        return flask_response(*self._pipeline.handle(operation, wire, path_values, _base_url(wire)))
