"""The Flask application of result files and uploads. Nothing that a server's start loads may import it."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound

from bodydouble.contracts.core.wire import JSON
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.web.error_responses import Encoded, ErrorResponses
from bodydouble.mock_server.web.file_counts import count_files
from bodydouble.mock_server.web.file_routes import add_file_routes
from bodydouble.mock_server.web.request_body import UnreadableBody
from bodydouble.mock_server.web.upload_routes import add_upload_routes


def flask_files(services: Services, errors: ErrorResponses) -> Flask:
    """The application.

    Args:
        services: prepared.
        errors: responds to what the application cannot serve.
    """
    app = Flask("bodydouble", static_folder=None)
    app.url_map.merge_slashes = False
    _register(app, errors)
    add_file_routes(app, services)
    add_upload_routes(app, services)
    count_files(app, services.traffic)
    return app


def _register(app: Flask, errors: ErrorResponses) -> None:
    def not_routed(error: HTTPException) -> Response:
        return _response(errors.not_routed(request.environ, getattr(error, "valid_methods", None) or ()))

    def other(error: HTTPException) -> Response:
        return _response(errors.unreadable(request.environ, UnreadableBody(error.description or error.name)))

    def unreadable(error: UnreadableBody) -> Response:
        return _response(errors.unreadable(request.environ, error))

    def failed(error: InternalServerError) -> Response:
        return _response(errors.failed(request.environ, error.original_exception or error))

    app.register_error_handler(NotFound, not_routed)
    app.register_error_handler(MethodNotAllowed, not_routed)
    app.register_error_handler(HTTPException, other)
    app.register_error_handler(UnreadableBody, unreadable)
    app.register_error_handler(InternalServerError, failed)


def _response(encoded: Encoded) -> Response:
    response, body = encoded
    return Response(body, response.status, response.headers, content_type=JSON)
