"""The index of the search as a script: a page that is opened as a file may load no other form of data."""

import json
from collections.abc import Iterable
from typing import Any

from bodydouble.contracts.reference.search_index import KINDS, MAX_QUERY_LENGTH, MAX_TERMS, Entry
from bodydouble.mock_server.pages.reference.library import the_library
from bodydouble.mock_server.pages.reference.links import place_url
from bodydouble.mock_server.pages.reference.prose import EXCERPT_LENGTH
from bodydouble.mock_server.pages.reference.search_words import KIND_LABELS, MAX_SHOWN


def search_script() -> str:
    """The script, which gives the index to `assets/search.js`."""
    text = json.dumps(_index(the_library().index.entries), ensure_ascii=False, separators=(",", ":"))
    return f"window.searchIndex={text};\n"


def _index(entries: Iterable[Entry]) -> dict[str, Any]:
    """Each entry as a list; names and pages that many entries have are numbers in it."""
    vendors, pages = _Numbers(), _Numbers()
    rows = [_row(entry, vendors, pages) for entry in entries]
    return {
        "kinds": [KIND_LABELS[kind] for kind in KINDS],
        "limits": {"query": MAX_QUERY_LENGTH, "terms": MAX_TERMS, "shown": MAX_SHOWN, "excerpt": EXCERPT_LENGTH},
        "vendors": list(vendors),
        "pages": list(pages),
        "entries": rows,
    }


def _row(entry: Entry, vendors: "_Numbers", pages: "_Numbers") -> list[Any]:
    path, _, anchor = place_url(entry.vendor, entry.place).partition("#")
    page = pages.of(f"{path.removeprefix('/')}index.html")
    return [KINDS.index(entry.kind), vendors.of(entry.vendor), page, anchor, entry.title, entry.within, entry.text]


class _Numbers(dict[str, int]):
    """Texts by the order in which they came."""

    def of(self, text: str) -> int:
        return self.setdefault(text, len(self))
