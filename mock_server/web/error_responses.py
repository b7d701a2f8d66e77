"""Errors that no operation's pipeline meets: no operation, a body that cannot be read. In the form of the vendor."""

from collections.abc import Sequence

from flask import Flask, current_app, request
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
from bodydouble.contracts.model.path_router import PathRouter
from bodydouble.mock_server.web.flask_app import flask_response
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.request_body import IncompleteBody, wire_request
from bodydouble.mock_server.web.vendor_paths import VendorPaths

_CLOSE = {"Connection": "close"}


class ErrorResponses:
    """Responds to errors as the vendor does that the request is meant for.

    Args:
        paths: which vendor a path belongs to.
        routers: of all paths, each with its vendor's pipeline.
        control: rejects what is no vendor's.
    """

    def __init__(
        self,
        paths: VendorPaths[Pipeline],
        routers: Sequence[tuple[PathRouter[Operation], Pipeline]],
        control: Pipeline,
    ) -> None:
        self._paths, self._routers, self._control = paths, routers, control

    def register(self, app: Flask) -> None:
        """Let an application respond so."""
        app.register_error_handler(NotFound, self._not_routed)
        app.register_error_handler(MethodNotAllowed, self._not_routed)
        app.register_error_handler(RequestEntityTooLarge, self._too_large)
        app.register_error_handler(IncompleteBody, self._incomplete)
        app.register_error_handler(HTTPException, self._unreadable)
        app.register_error_handler(InternalServerError, self._failed)

    def _pipeline(self, wire: WireRequest) -> Pipeline:
        # A request that names an operation belongs to that operation's vendor even where its path is wrong.
        named = (pipeline for router, pipeline in self._routers if router.names(wire))
        return self._paths.owner_of(request.path) or next(named, None) or self._control

    def _reject(self, condition: str, detail: str, headers: dict[str, str]) -> FlaskResponse:
        # The body is left out: it may be what cannot be read.
        wire = wire_request(with_body=False)
        return flask_response(*self._pipeline(wire).reject(condition, detail, wire, headers))

    def _not_routed(self, error: HTTPException) -> FlaskResponse:
        allowed = sorted(set(getattr(error, "valid_methods", None) or ()) - {"HEAD"})
        try:
            # The body is of no interest, but left unread it would cost the client its connection.
            wire = wire_request()
        except RequestEntityTooLarge as too_large:
            return self._too_large(too_large)
        except IncompleteBody as incomplete:
            return self._incomplete(incomplete)
        return reject_method_or_path(self._pipeline(wire_request(with_body=False)), wire, allowed)

    def _too_large(self, error: RequestEntityTooLarge) -> FlaskResponse:
        return self._reject("body-too-large", f"more than {current_app.config['MAX_CONTENT_LENGTH']} bytes", _CLOSE)

    def _incomplete(self, error: IncompleteBody) -> FlaskResponse:
        return self._reject("malformed-body", error.description or error.name, _CLOSE)

    def _unreadable(self, error: HTTPException) -> FlaskResponse:
        return self._reject("malformed-body", error.description or error.name, {})

    def _failed(self, error: InternalServerError) -> FlaskResponse:
        return self._reject("internal-error", type(error.original_exception).__name__, {})


def has_surplus_slash(wire: WireRequest) -> bool:
    """Whether a path begins with several slashes, which Werkzeug overlooks. A client that sends them has a mistake."""
    return wire.path.startswith("//")


def reject_method_or_path(pipeline: Pipeline, wire: WireRequest, allowed: Sequence[str]) -> FlaskResponse:
    """Respond to a request for a path, or a method of a path, that the vendor does not have.

    Args:
        allowed: the methods of the path; empty for an unknown one.
    """
    detail = f"{wire.method} {wire.path}"
    if not allowed or has_surplus_slash(wire):
        return flask_response(*pipeline.reject("unknown-path", detail, wire, {}))
    methods = ", ".join(allowed)
    detail = f"{detail}: allowed is {methods}"
    return flask_response(*pipeline.reject("wrong-method", detail, wire, {"Allow": methods}))
