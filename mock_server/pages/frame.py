"""What all pages have in common, those of the server and those in files: templates, filters and assets."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from flask import Flask, Response, abort, make_response, request, url_for
from jinja2 import StrictUndefined

from bodydouble.contracts.core import look
from bodydouble.mock_server.pages.formats import FILTERS

_ASSETS = files(__package__) / "assets"
_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def add_frame(app: Flask, prefix: str, home: str, *, in_files: bool) -> None:
    """Prepare an application for its pages.

    Args:
        app: gets the frame.
        prefix: that begins the URLs of assets.
        home: endpoint of the first page.
        in_files: whether the pages become files, which no server stands behind.
    """
    app.template_folder = str(files(__package__) / "templates")
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(FILTERS)
    # The layout links to what there is: a site of files has no dashboard.
    environment.globals.update(
        asset=_file_url if in_files else _versioned_url,
        home=home,
        in_files=in_files,
        known_endpoints=app.view_functions,
    )
    app.add_url_rule(f"{prefix}/assets/<name>", "assets", _show_asset)


def _versioned_url(name: str) -> str:
    return url_for("assets", name=name, v=_asset(name)[1])


def _file_url(name: str) -> str:
    return url_for("assets", name=name)


@cache
def _sources() -> Mapping[str, Traversable]:
    own = {entry.name: entry for entry in _ASSETS.iterdir()}
    return own | {name: look.FOLDER / name for name in (*look.STYLESHEETS, look.ICON)}


def asset_names() -> frozenset[str]:
    """The files that pages load."""
    return frozenset(_sources())


@cache
def _asset(name: str) -> tuple[bytes, str]:
    """An asset's content, and what changes with it."""
    content = _sources()[name].read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def _show_asset(name: str) -> Response:
    if name not in _sources():
        abort(404)
    content, version = _asset(name)
    response = make_response(content)
    response.content_type = f"{_MEDIA_TYPES[name.rpartition('.')[2]]}; charset=utf-8"
    if request.args.get("v") == version:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
