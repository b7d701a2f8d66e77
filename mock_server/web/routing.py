"""From the contracts to Flask's rules: every operation is routed as its specification says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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
from bodydouble.contracts.model.contract import Operation
from bodydouble.mock_server.vendor_api.vendor import Response
from bodydouble.mock_server.web.flask_app import BufferedResponse
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.request_body import IncompleteBody, request_body
from bodydouble.mock_server.web.wsgi import read_request

CONTROL_PREFIX = "_mock"
# What can stand in the URL of a result; anything else that a client calls its host is not repeated.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


@dataclass(slots=True)
class _Route:
    """All operations of one path: by what tells them apart on that path, then by method."""

    pipeline: Pipeline
    operations: dict[str, dict[str, Operation]] = field(default_factory=dict)

    def find(self, wire: WireRequest) -> tuple[Operation | None, list[str]]:
        """The operation that a request is for, or the methods that would have been allowed."""
        routing = self.pipeline.vendor.routing
        by_method = self.operations.get(routing(wire) if routing else "", {})
        return by_method.get("GET" if wire.method == "HEAD" else wire.method), sorted(by_method)

    @property
    def methods(self) -> set[str]:
        return {method for by_method in self.operations.values() for method in by_method}


def wire_request(*, with_body: bool = True) -> WireRequest:
    """The request that Flask is handling, as it was on the wire.

    Raises:
        RequestEntityTooLarge: its body is larger than allowed.
        IncompleteBody: the client did not send all of it.
    """
    return read_request(request.environ, request_body() if with_body else b"")


def _base_url(wire: WireRequest) -> str:
    # As the client wrote it: the port of the outside, where there is a port mapping in between.
    environ = request.environ
    host = wire.headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"


def flask_response(answer: Response, body: bytes) -> FlaskResponse:
    """The Flask response of an answer."""
    return BufferedResponse(body, answer.status, answer.content_type, answer.headers)


def add_routes(app: Flask, pipelines: Iterable[Pipeline]) -> None:
    """Route every operation of every pipeline's contract, and every error to the vendor that it belongs to."""
    prefixes: dict[str, Pipeline] = {}
    for pipeline in pipelines:
        routes: dict[str, _Route] = {}
        for operation in pipeline.vendor.contract.operations.values():
            route = routes.setdefault(operation.path, _Route(pipeline))
            by_method = route.operations.setdefault(operation.routing, {})
            by_method.update(dict.fromkeys(operation.methods, operation))
            prefixes[_first_segment(operation.path)] = pipeline
        for path, route in routes.items():
            app.add_url_rule(
                path.replace("{", "<").replace("}", ">"),
                endpoint=f"{pipeline.vendor.name} {path}",
                view_func=_View(route),
                methods=list(route.methods),
                provide_automatic_options=False,
            )
    _add_error_handlers(app, prefixes)


def _first_segment(path: str) -> str:
    return path.split("/", 2)[1]


class _View:
    def __init__(self, route: _Route) -> None:
        self._route = route

    def __call__(self, **path_values: str) -> FlaskResponse:
        wire = wire_request()
        operation, allowed = self._route.find(wire)
        if operation is None or _has_surplus_slash(wire):
            return flask_response(*_refuse_method_or_path(self._route.pipeline, wire, allowed))
        return flask_response(*self._route.pipeline.handle(operation, wire, path_values, _base_url(wire)))


def _has_surplus_slash(wire: WireRequest) -> bool:
    # Werkzeug overlooks slashes at the beginning, and only there. A client that sends them has a mistake.
    return wire.path.startswith("//")


def _refuse_method_or_path(pipeline: Pipeline, wire: WireRequest, allowed: list[str]) -> tuple[Response, bytes]:
    detail = f"{wire.method} {wire.path}"
    if not allowed or _has_surplus_slash(wire):
        return pipeline.refuse("unknown-path", detail, wire, {})
    methods = ", ".join(allowed)
    return pipeline.refuse("wrong-method", f"{detail}: allowed is {methods}", wire, {"Allow": methods})


def _add_error_handlers(app: Flask, prefixes: Mapping[str, Pipeline]) -> None:
    fallback = prefixes[CONTROL_PREFIX]

    def pipeline_and_wire() -> tuple[Pipeline, WireRequest]:
        # The body is left out: it may be what cannot be read.
        wire = wire_request(with_body=False)
        return prefixes.get(_first_segment(request.path)) or _named(wire) or fallback, wire

    def _named(wire: WireRequest) -> Pipeline | None:
        # A request that names an operation belongs to that operation's vendor even where its path is wrong.
        for pipeline in prefixes.values():
            routing = pipeline.vendor.routing
            if routing is not None and routing(wire) in pipeline.keys:
                return pipeline
        return None

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
        return flask_response(*_refuse_method_or_path(pipeline_and_wire()[0], wire, allowed))

    @app.errorhandler(RequestEntityTooLarge)
    def body_too_large(error: RequestEntityTooLarge) -> FlaskResponse:
        pipeline, wire = pipeline_and_wire()
        limit = f"more than {app.config['MAX_CONTENT_LENGTH']} bytes"
        return flask_response(*pipeline.refuse("body-too-large", limit, wire, {"Connection": "close"}))

    @app.errorhandler(IncompleteBody)
    def body_incomplete(error: IncompleteBody) -> FlaskResponse:
        pipeline, wire = pipeline_and_wire()
        detail = error.description or error.name
        return flask_response(*pipeline.refuse("malformed-body", detail, wire, {"Connection": "close"}))

    @app.errorhandler(HTTPException)
    def unreadable(error: HTTPException) -> FlaskResponse:
        pipeline, wire = pipeline_and_wire()
        return flask_response(*pipeline.refuse("malformed-body", error.description or error.name, wire, {}))

    @app.errorhandler(InternalServerError)
    def failed(error: InternalServerError) -> FlaskResponse:
        pipeline, wire = pipeline_and_wire()
        return flask_response(*pipeline.refuse("internal-error", type(error.original_exception).__name__, wire, {}))
