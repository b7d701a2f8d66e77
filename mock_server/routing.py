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


@dataclass(slots=True)
class _Route:
    """All operations of one path: by method, then by what tells them apart on that path."""

    pipeline: Pipeline
    operations: dict[str, dict[str, Operation]] = field(default_factory=dict)

    def operation(self, wire: WireRequest) -> Operation | None:
        candidates = self.operations["GET" if wire.method == "HEAD" else wire.method]
        routing = self.pipeline.vendor.routing
        return candidates.get(routing(wire) if routing else "")


def wire_request() -> WireRequest:
    """The request that Flask is handling, as it was on the wire.

    Raises:
        RequestEntityTooLarge: its body is larger than allowed.
    """
    environ = request.environ
    headers = {
        key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")
    }
    for key, name in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(key):
            headers[name] = environ[key]
    path = environ.get("RAW_URI") or environ.get("REQUEST_URI") or quote(environ["PATH_INFO"].encode("latin-1"))
    return WireRequest(
        method=environ["REQUEST_METHOD"],
        path=path.partition("?")[0],
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=request.get_data(cache=False),
    )


def flask_response(answer: Answer, body: bytes) -> Response:
    """The Flask response of an answer."""
    headers = dict(answer.headers)
    headers.setdefault("Content-Type", answer.content_type)
    return Response(body, answer.status, headers)


def add_routes(app: Flask, pipelines: Iterable[Pipeline]) -> None:
    """Route every operation of every pipeline's contract, and every error to the vendor that it belongs to."""
    prefixes: dict[str, Pipeline] = {}
    for pipeline in pipelines:
        routes: dict[str, _Route] = {}
        for operation in pipeline.vendor.contract.operations.values():
            route = routes.setdefault(operation.path, _Route(pipeline))
            route.operations.setdefault(operation.method, {})[operation.routing] = operation
            prefixes[_first_segment(operation.path)] = pipeline
        for path, route in routes.items():
            app.add_url_rule(
                path.replace("{", "<").replace("}", ">"),
                endpoint=f"{pipeline.vendor.name} {path}",
                view_func=_View(route),
                methods=list(route.operations),
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
        operation = self._route.operation(wire)
        if operation is None:
            return flask_response(*self._route.pipeline.refuse("unknown-path", f"{wire.method} {wire.path}", wire, {}))
        base_url = f"{request.scheme}://{request.host}"
        return flask_response(*self._route.pipeline.handle(operation, wire, path_values, base_url))


def _add_error_handlers(app: Flask, prefixes: Mapping[str, Pipeline]) -> None:
    fallback = prefixes["_mock"]

    def refuse(condition: str, detail: str, headers: Mapping[str, str]) -> Response:
        pipeline = prefixes.get(_first_segment(request.path), fallback)
        wire = WireRequest(request.method, request.path, request.query_string.decode("latin-1"), {}, b"")
        return flask_response(*pipeline.refuse(condition, detail, wire, headers))

    @app.errorhandler(NotFound)
    def unknown_path(error: NotFound) -> Response:
        return refuse("unknown-path", f"{request.method} {request.path}", {})

    @app.errorhandler(MethodNotAllowed)
    def wrong_method(error: MethodNotAllowed) -> Response:
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return refuse("wrong-method", f"{request.method} {request.path}: allowed is {allowed}", {"Allow": allowed})

    @app.errorhandler(RequestEntityTooLarge)
    def body_too_large(error: RequestEntityTooLarge) -> Response:
        return refuse("body-too-large", f"more than {app.config['MAX_CONTENT_LENGTH']} bytes", {"Connection": "close"})

    @app.errorhandler(HTTPException)
    def unreadable(error: HTTPException) -> Response:
        return refuse("malformed-body", error.description or error.name, {})
