"""The Flask application of the pages. Nothing that a server's start loads may import it."""

import hashlib
import logging
from functools import cache
from importlib.resources import files

from flask import Flask, Response, abort, make_response, render_template, request, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException, InternalServerError

from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.control_calls import ControlError
from bodydouble.mock_server.pages.dashboard import add_dashboard
from bodydouble.mock_server.pages.formats import FILTERS
from bodydouble.mock_server.pages.gate import add_gate
from bodydouble.mock_server.pages.notices import add_notices
from bodydouble.mock_server.pages.reference import reference_pages
from bodydouble.mock_server.pages.sessions import Sessions

logger = logging.getLogger(__name__)

_ASSETS = files(__package__) / "assets"
_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def page_application(context: PageContext) -> Flask:
    """The application that serves every page under `/_mock/`."""
    app = Flask("bodydouble.pages", static_folder=None, template_folder=None)
    _prepare_templates(app)
    _add_assets(app)
    sessions = Sessions(context.settings.control_token, context.settings.port)
    add_gate(app, context, sessions)
    add_notices(app, sessions)
    add_dashboard(app, context)
    app.register_blueprint(reference_pages(context.contracts))
    _add_errors(app)
    # The layout links to what there is: a static site has no dashboard.
    app.jinja_env.globals["known_endpoints"] = frozenset(app.view_functions)
    app.jinja_env.globals["home"] = "overview.show"
    return app


def _prepare_templates(app: Flask) -> None:
    app.template_folder = str(files(__package__) / "templates")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["asset"] = lambda name: url_for("assets", name=name, v=_asset(name)[1])


@cache
def _asset(name: str) -> tuple[bytes, str]:
    """An asset's content, and what changes with it."""
    content = (_ASSETS / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


@cache
def _asset_names() -> frozenset[str]:
    return frozenset(entry.name for entry in _ASSETS.iterdir())


def _add_assets(app: Flask) -> None:
    @app.route("/_mock/assets/<name>")
    def assets(name: str) -> Response:
        if name not in _asset_names():
            abort(404)
        content, version = _asset(name)
        response = make_response(content)
        response.content_type = f"{_MEDIA_TYPES[name.rpartition('.')[2]]}; charset=utf-8"
        if request.args.get("v") == version:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _add_errors(app: Flask) -> None:
    def show(status: int, title: str, message: str) -> tuple[str, int]:
        return render_template("error.html", status=status, title=title, message=message), status

    @app.errorhandler(ControlError)
    def refused(error: ControlError) -> tuple[str, int]:
        return show(error.status, error.code, error.message)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> tuple[str, int]:
        return show(error.code or 500, error.name, error.description or "")

    @app.errorhandler(InternalServerError)
    def broken(error: InternalServerError) -> tuple[str, int]:
        logger.error("a page failed: %s", request.path, exc_info=error.original_exception)
        return show(500, "The page failed", "The server's log says why.")
