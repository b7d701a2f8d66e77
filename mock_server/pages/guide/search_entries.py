"""What the search of the reference finds in the guides: each guide, and each part of it with its heading."""

from collections.abc import Iterator

from bodydouble.contracts.reference.places import Place
from bodydouble.contracts.reference.search_index import Entry
from bodydouble.mock_server.pages.guide.library import Guide, guides


def guide_entries() -> Iterator[Entry]:
    """The entries of all guides."""
    for guide in guides().values():
        yield from _entries(guide)


def _entries(guide: Guide) -> Iterator[Entry]:
    # Imported for the first search: it takes as long as everything else of the pages.
    from bodydouble.mock_server.pages.guide.markdown import sections

    for section in sections(guide.text):
        if section.heading is None:
            yield Entry("guide", "", guide.title, "", section.text, Place("guide", guide.name))
        else:
            place = Place("guide", guide.name, section.heading.anchor)
            yield Entry("guide", "", section.heading.text, guide.title, section.text, place)
