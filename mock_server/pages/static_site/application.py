"""The application whose pages become files: those of the reference and of the guides, and a first page."""

from collections.abc import Mapping

from flask import Flask, Response, render_template

from bodydouble.contracts.model.contract import Contract
from bodydouble.mock_server.pages.frame import add_frame
from bodydouble.mock_server.pages.guide import guide_pages
from bodydouble.mock_server.pages.guide.library import groups
from bodydouble.mock_server.pages.guide.views import summaries
from bodydouble.mock_server.pages.reference import reference_pages
from bodydouble.mock_server.pages.reference.library import the_library
from bodydouble.mock_server.pages.static_site.relative_links import with_relative_links
from bodydouble.mock_server.pages.static_site.search_data import search_script


def site_application(contracts: Mapping[str, Contract]) -> Flask:
    """The application of a site.

    Args:
        contracts: by the names of their vendors, in the order in which they are shown.
    """
    app = Flask("bodydouble.site", static_folder=None, template_folder=None)
    add_frame(app, "", "home", in_files=True)
    # Nobody signs in, and nothing is sent.
    app.jinja_env.globals.update(csrf_token="", signed_in=False, take_notice=lambda: None)
    app.register_blueprint(reference_pages(contracts), url_prefix="/reference")
    app.register_blueprint(guide_pages(), url_prefix="/guide")
    _add_own_pages(app)
    app.after_request(with_relative_links)
    return app


def _add_own_pages(app: Flask) -> None:
    @app.get("/")
    def home() -> str:
        vendors = the_library().vendors.values()
        return render_template("site/home.html", vendors=vendors, groups=groups(), summaries=summaries())

    @app.get("/search-index.js")
    def search_index() -> Response:
        return Response(search_script(), content_type="text/javascript; charset=utf-8")
