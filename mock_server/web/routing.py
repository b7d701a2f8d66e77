"""From the contracts to Flask's rules: every operation is routed as its specification says."""

import re
from collections.abc import Iterable, Sequence

from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.path_router import PathRouter
from bodydouble.mock_server.vendor_api.response import Response
from bodydouble.mock_server.web.flask_app import BufferedResponse
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.request_body import IncompleteBody, request_body
from bodydouble.mock_server.web.vendor_paths import VendorPaths
from bodydouble.mock_server.web.wsgi import read_request

# A host that can stand in the URL of a result; any other Host header is not repeated.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


def wire_request(*, with_body: bool = True) -> WireRequest:
    """The request that Flask is handling, as it was on the wire.

    Raises:
        RequestEntityTooLarge: its body is larger than allowed.
        IncompleteBody: the client did not send all of it.
    """
    return read_request(request.environ, request_body() if with_body else b"")


def _base_url(wire: WireRequest) -> str:
    # As the client wrote it: with the external port, if there is a port mapping.
    environ = request.environ
    host = wire.headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"


def flask_response(response: Response, body: bytes) -> FlaskResponse:
    """The Flask response of a response with its encoded body."""
    return BufferedResponse(body, response.status, "application/json", response.headers)


def add_routes(app: Flask, vendors: Iterable[Pipeline], control: Pipeline) -> None:
    """Route every operation of every contract, and every error to the vendor that it belongs to.

    Args:
        control: of the control plane; also rejects requests that belong to no vendor.
    """
    paths = VendorPaths[Pipeline]()
    routers: list[tuple[PathRouter[Operation], Pipeline]] = []
    for pipeline in (*vendors, control):
        for path, operations in _by_path(pipeline.contract).items():
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
    _add_error_handlers(app, paths, routers, control)


def _by_path(contract: Contract) -> dict[str, list[Operation]]:
    by_path: dict[str, list[Operation]] = {}
    for operation in contract.operations.values():
        by_path.setdefault(operation.path, []).append(operation)
    return by_path


class _View:
    def __init__(self, pipeline: Pipeline, router: PathRouter[Operation]) -> None:
        self._pipeline, self._router = pipeline, router

    def __call__(self, **path_values: str) -> FlaskResponse:
        wire = wire_request()
        operation, allowed = self._router.find(wire)
        if operation is None or _has_surplus_slash(wire):
            return flask_response(*_reject_method_or_path(self._pipeline, wire, allowed))
        return flask_response(*self._pipeline.handle(operation, wire, path_values, _base_url(wire)))


def _has_surplus_slash(wire: WireRequest) -> bool:
    # Werkzeug ignores additional slashes at the beginning, and only there. They are a mistake of the client.
    return wire.path.startswith("//")


def _reject_method_or_path(pipeline: Pipeline, wire: WireRequest, allowed: Sequence[str]) -> tuple[Response, bytes]:
    detail = f"{wire.method} {wire.path}"
    if not allowed or _has_surplus_slash(wire):
        return pipeline.reject("unknown-path", detail, wire, {})
    methods = ", ".join(allowed)
    return pipeline.reject("wrong-method", f"{detail}: allowed is {methods}", wire, {"Allow": methods})


def _add_error_handlers(
    app: Flask,
    paths: VendorPaths[Pipeline],
    routers: Sequence[tuple[PathRouter[Operation], Pipeline]],
    control: Pipeline,
) -> None:

    def pipeline_and_wire() -> tuple[Pipeline, WireRequest]:
        # The body is left out: it may be what cannot be read.
        wire = wire_request(with_body=False)
        return paths.owner_of(request.path) or _named(wire) or control, wire

    def _named(wire: WireRequest) -> Pipeline | None:
        # A request that names an operation belongs to that operation's vendor even where its path is wrong.
        return next((pipeline for router, pipeline in routers if router.names(wire)), None)

    @app.errorhandler(NotFound)
    @app.errorhandler(MethodNotAllowed)
    def not_routed(error: HTTPException) -> FlaskResponse:
        allowed = sorted(set(getattr(error, "valid_methods", None) or ()) - {"HEAD"})
        try:
            # The body is of no interest, but left unread it would cost the client its connection.
            wire = wire_request()
        except RequestEntityTooLarge as too_large:
            return body_too_large(too_large)
        except IncompleteBody as incomplete:
            return body_incomplete(incomplete)
        return flask_response(*_reject_method_or_path(pipeline_and_wire()[0], wire, allowed))

    @app.errorhandler(RequestEntityTooLarge)
    def body_too_large(error: RequestEntityTooLarge) -> FlaskResponse:
        pipeline, wire = pipeline_and_wire()
        limit = f"more than {app.config['MAX_CONTENT_LENGTH']} bytes"
        return flask_response(*pipeline.reject("body-too-large", limit, wire, {"Connection": "close"}))

    @app.errorhandler(IncompleteBody)
    def body_incomplete(error: IncompleteBody) -> FlaskResponse:
        pipeline, wire = pipeline_and_wire()
        detail = error.description or error.name
        return flask_response(*pipeline.reject("malformed-body", detail, wire, {"Connection": "close"}))

    @app.errorhandler(HTTPException)
    def unreadable(error: HTTPException) -> FlaskResponse:
        pipeline, wire = pipeline_and_wire()
        return flask_response(*pipeline.reject("malformed-body", error.description or error.name, wire, {}))

    @app.errorhandler(InternalServerError)
    def failed(error: InternalServerError) -> FlaskResponse:
        pipeline, wire = pipeline_and_wire()
        return flask_response(*pipeline.reject("internal-error", type(error.original_exception).__name__, wire, {}))
