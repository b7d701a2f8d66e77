"""The pages of the guides; they need those of the reference beside them."""

from collections.abc import Mapping

from flask import Blueprint, abort, render_template
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup

from bodydouble.mock_server.pages.guide.library import groups, guides
from bodydouble.mock_server.pages.guide.links import guide_link
from bodydouble.mock_server.pages.guide.search_entries import guide_entries
from bodydouble.mock_server.pages.reference.library import library_of


def summaries() -> Mapping[str, Markup]:
    """What each guide is about, by its name."""
    # Imported with the first guide that is read: it takes as long as everything else of the pages.
    from bodydouble.mock_server.pages.guide.markdown import rendered_line

    return {name: rendered_line(guide.summary, guide_link) for name, guide in guides().items()}


def guide_pages() -> Blueprint:
    """The list of the guides, and each of them; the search of the reference finds them."""
    pages = Blueprint("guide", __name__, url_prefix="/_mock/guide")
    pages.record_once(_set_up)

    @pages.get("/")
    def index() -> str:
        return render_template("guide/index.html", groups=groups(), summaries=summaries())

    @pages.get("/<name>/")
    def show(name: str) -> str:
        from bodydouble.mock_server.pages.guide.markdown import rendered

        if name not in guides():
            abort(404, f"There is no guide {name}.")
        shown = guides()[name]
        return render_template(
            "guide/show.html", groups=groups(), shown=shown, document=rendered(shown.text, guide_link)
        )

    return pages


def _set_up(state: BlueprintSetupState) -> None:
    library_of(state.app).also_search(guide_entries)
