"""From the contracts to Flask's rules: every operation is routed as its specification says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from contracts.contract import Operation
from contracts.messages import WireRequest
from mock_server.pipeline import Pipeline
from mock_server.vendor import Answer

CONTROL_PREFIX = "_mock"


@dataclass(slots=True)
class _Route:
    """All operations of one path: by what tells them apart on that path, then by method."""

    pipeline: Pipeline
    operations: dict[str, dict[str, Operation]] = field(default_factory=dict)

    def find(self, wire: WireRequest) -> tuple[Operation | None, list[str]]:
        """The operation that a request is for, or the methods that would have been allowed."""
        routing = self.pipeline.vendor.routing
        method, key = routing(wire) if routing else (wire.method, "")
        by_method = self.operations.get(key, {})
        return by_method.get("GET" if method == "HEAD" else method), sorted(by_method)

    @property
    def methods(self) -> set[str]:
        return {method for by_method in self.operations.values() for method in by_method}


def wire_request() -> WireRequest:
    """The request that Flask is handling, as it was on the wire.

    Raises:
        RequestEntityTooLarge: its body is larger than allowed.
    """
    environ = request.environ
    has_body = "CONTENT_TYPE" in environ or "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
    return _wire_request(request.get_data(cache=False) if has_body else b"")


def _wire_request(body: bytes) -> WireRequest:
    environ = request.environ
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    for key, name in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(key):
            headers[name] = environ[key]
    path = environ.get("RAW_URI") or environ.get("REQUEST_URI") or quote(environ["PATH_INFO"].encode("latin-1"))
    return WireRequest(
        method=environ["REQUEST_METHOD"],
        path=path.partition("?")[0],
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
    )


def flask_response(answer: Answer, body: bytes) -> Response:
    """The Flask response of an answer."""
    headers = dict(answer.headers)
    if body:
        headers.setdefault("Content-Type", answer.content_type)
    return Response(body, answer.status, headers)


def add_routes(app: Flask, pipelines: Iterable[Pipeline]) -> None:
    """Route every operation of every pipeline's contract, and every error to the vendor that it belongs to."""
    prefixes: dict[str, Pipeline] = {}
    for pipeline in pipelines:
        routes: dict[str, _Route] = {}
        for operation in pipeline.vendor.contract.operations.values():
            route = routes.setdefault(operation.path, _Route(pipeline))
            route.operations.setdefault(operation.routing, {})[operation.method] = operation
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

    def __call__(self, **path_values: str) -> Response:
        wire = wire_request()
        operation, allowed = self._route.find(wire)
        if operation is None:
            return flask_response(*_refuse_method_or_path(self._route.pipeline, wire, allowed))
        base_url = f"{request.scheme}://{request.host}"
        return flask_response(*self._route.pipeline.handle(operation, wire, path_values, base_url))


def _refuse_method_or_path(pipeline: Pipeline, wire: WireRequest, allowed: list[str]) -> tuple[Answer, bytes]:
    detail = f"{wire.method} {wire.path}"
    if not allowed:
        return pipeline.refuse("unknown-path", detail, wire, {})
    methods = ", ".join(allowed)
    return pipeline.refuse("wrong-method", f"{detail}: allowed is {methods}", wire, {"Allow": methods})


def _add_error_handlers(app: Flask, prefixes: Mapping[str, Pipeline]) -> None:
    fallback = prefixes[CONTROL_PREFIX]

    def pipeline_and_wire() -> tuple[Pipeline, WireRequest]:
        # The body is left out: it may be what cannot be read.
        wire = _wire_request(b"")
        return prefixes.get(_first_segment(request.path)) or _named(wire) or fallback, wire

    def _named(wire: WireRequest) -> Pipeline | None:
        # A request that names an operation belongs to that operation's vendor even where its path is wrong.
        for pipeline in prefixes.values():
            routing = pipeline.vendor.routing
            if routing is not None and routing(wire)[1] in pipeline.keys:
                return pipeline
        return None

    @app.errorhandler(NotFound)
    @app.errorhandler(MethodNotAllowed)
    def not_routed(error: HTTPException) -> Response:
        allowed = sorted(set(getattr(error, "valid_methods", None) or ()) - {"HEAD"})
        return flask_response(*_refuse_method_or_path(*pipeline_and_wire(), allowed))

    @app.errorhandler(RequestEntityTooLarge)
    def body_too_large(error: RequestEntityTooLarge) -> Response:
        pipeline, wire = pipeline_and_wire()
        limit = f"more than {app.config['MAX_CONTENT_LENGTH']} bytes"
        return flask_response(*pipeline.refuse("body-too-large", limit, wire, {"Connection": "close"}))

    @app.errorhandler(HTTPException)
    def unreadable(error: HTTPException) -> Response:
        pipeline, wire = pipeline_and_wire()
        return flask_response(*pipeline.refuse("malformed-body", error.description or error.name, wire, {}))
