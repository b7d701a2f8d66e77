"""The references of all contracts, made when they are asked for."""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from flask import current_app
from flask.sansio.app import App

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.reference.search_index import Entry, SearchIndex
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
        self._others: list[Callable[[], Iterable[Entry]]] = []

    def also_search(self, entries: Callable[[], Iterable[Entry]]) -> None:
        """Let the search look into more than the contracts.

        Args:
            entries: makes them, for the first search.
        """
        self._others.append(entries)

    @cached_property
    def _index(self) -> SearchIndex:
        others = (entry for entries in self._others for entry in entries())
        return SearchIndex(self.vendors.values(), others)

    @property
    def index(self) -> SearchIndex:
        """For full-text search; made for the first search."""
        with self._guard:
            return self._index


def keep_library(app: App, library: Library) -> None:
    """Let the pages of an application find their library."""
    app.extensions[_EXTENSION] = library


def library_of(app: App) -> Library:
    """The library of an application."""
    library: Library = app.extensions[_EXTENSION]
    return library


def the_library() -> Library:
    """The library of the application whose page is being made."""
    return library_of(current_app)
