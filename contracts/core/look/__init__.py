"""The look that pages and reports have in common: one stylesheet, on top of modern-normalize."""

from importlib.resources import files

FOLDER = files(__package__)
# In the order in which a page has them.
STYLESHEETS = ("modern-normalize.css", "pages.css")


def stylesheet() -> str:
    """All of it, for a page that is a single file."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLESHEETS)
