"""Writes a site."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from flask import Flask
from flask_frozen import Freezer

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.reference.properties import schema_names
from bodydouble.mock_server.pages.frame import asset_names
from bodydouble.mock_server.pages.guide.library import guides
from bodydouble.mock_server.pages.static_site.application import site_application
from bodydouble.mock_server.pages.static_site.folder import SiteFolder

_OF_A_VENDOR = ("overview", "errors", "contradictions", "laws", "schemas", "yaml", "as_json", "plain_json")
# Nothing is sent from a file, so nothing replaces parts of a page.
_NEEDLESS_ASSETS = frozenset({"htmx.min.js"})
# An endpoint with the values of its URL.
Address = tuple[str, dict[str, str]]


def write_site(contracts: Mapping[str, Contract], path: Path) -> int:
    """Write the reference of contracts and the guides as files.

    Args:
        contracts: by the names of their vendors, in the order in which they are shown.
        path: a folder that is empty, has an earlier site, or does not exist.

    Returns:
        The number of pages.

    Raises:
        FolderError: the folder has something else.
        OSError: a file cannot be written.
    """
    folder = SiteFolder(path)
    folder.begin()
    files = [page.path.as_posix() for page in _freezer(contracts, folder.path).freeze_yield()]
    folder.end(files)
    return sum(name.endswith(".html") for name in files)


def _freezer(contracts: Mapping[str, Contract], path: Path) -> Freezer:
    app = site_application(contracts)
    _configure(app, path)
    # Every address is listed here: a page that no other one links to is written, too.
    freezer = Freezer(app, with_static_files=False, log_url_for=False)
    freezer.register_generator(lambda: _addresses(contracts))
    return freezer


def _configure(app: Flask, path: Path) -> None:
    app.config.update(
        FREEZER_DESTINATION=str(path),
        FREEZER_REMOVE_EXTRA_FILES=False,
        # What a file's name means differs from machine to machine.
        FREEZER_IGNORE_MIMETYPE_WARNINGS=True,
    )


def _addresses(contracts: Mapping[str, Contract]) -> Iterator[Address]:
    yield from (("assets", {"name": name}) for name in asset_names() - _NEEDLESS_ASSETS)
    yield from (("guide.show", {"name": name}) for name in guides())
    for vendor, contract in contracts.items():
        yield from ((f"reference.{endpoint}", {"vendor": vendor}) for endpoint in _OF_A_VENDOR)
        named = {
            "operation": contract.operations,
            "callback": contract.callbacks,
            "lifecycle": contract.lifecycles,
            "schema": schema_names(contract),
        }
        for kind, names in named.items():
            yield from ((f"reference.{kind}", {"vendor": vendor, "name": name}) for name in names)
