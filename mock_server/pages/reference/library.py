"""The references of all contracts, made when they are asked for."""

import threading
from collections.abc import Mapping
from functools import cached_property

from flask import current_app
from flask.sansio.app import App

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.reference.search_index import SearchIndex
from bodydouble.contracts.reference.vendor import VendorReference

_EXTENSION = "bodydouble.reference"


class Library:
    """The references of some contracts, by the names of their vendors.

    Args:
        contracts: in the order in which they are shown.
    """

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self.vendors = {name: VendorReference(contract) for name, contract in contracts.items()}
        self._guard = threading.Lock()

    @cached_property
    def _index(self) -> SearchIndex:
        return SearchIndex(self.vendors.values())

    @property
    def index(self) -> SearchIndex:
        """For full-text search; made for the first search."""
        with self._guard:
            return self._index


def keep_library(app: App, library: Library) -> None:
    """Let the pages of an application find their library."""
    app.extensions[_EXTENSION] = library


def the_library() -> Library:
    """The library of the application whose page is being made."""
    library: Library = current_app.extensions[_EXTENSION]
    return library
