"""The first page: what is served, and what has just happened."""

from flask import Blueprint, Response, render_template

from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.live import live_response


def overview_pages(context: PageContext) -> Blueprint:
    """The pages of the overview."""
    pages = Blueprint("overview", __name__)

    @pages.get("/_mock/")
    def show() -> str:
        return render_template("dashboard/overview.html", **_facts(context))

    @pages.get("/_mock/dashboard/live")
    def live() -> Response:
        return live_response({"facts": render_template("dashboard/overview_facts.html", **_facts(context))})

    return pages


def _facts(context: PageContext) -> dict[str, object]:
    health = context.control.call("getHealth")
    return {"health": health, "workers": context.settings.workers}
