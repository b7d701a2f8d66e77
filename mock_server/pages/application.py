"""The Flask application of the pages. Nothing that a server's start loads may import it."""

import logging

from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError

from bodydouble.mock_server.pages.callers import callers
from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.control_calls import ControlError
from bodydouble.mock_server.pages.dashboard import add_dashboard
from bodydouble.mock_server.pages.frame import add_frame
from bodydouble.mock_server.pages.gate import add_gate
from bodydouble.mock_server.pages.guide import guide_pages
from bodydouble.mock_server.pages.live import add_pauses
from bodydouble.mock_server.pages.notices import add_notices
from bodydouble.mock_server.pages.reference import reference_pages
from bodydouble.mock_server.pages.sessions import Sessions
from bodydouble.mock_server.pages.try_it import try_it_pages

logger = logging.getLogger(__name__)


def page_application(context: PageContext) -> Flask:
    """The application that serves every page under `/_mock/`."""
    app = Flask("bodydouble.pages", static_folder=None, template_folder=None)
    add_frame(app, "/_mock", "overview.show", in_files=False)
    sessions = Sessions(context.settings.control_token, context.settings.port)
    add_gate(app, context, sessions)
    add_notices(app, sessions)
    add_pauses(app)
    add_dashboard(app, context)
    app.register_blueprint(reference_pages(context.contracts, callers(context)))
    app.register_blueprint(try_it_pages(context))
    app.register_blueprint(guide_pages())
    _add_errors(app)
    return app


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
