"""The look that pages and reports have in common: one stylesheet, on top of modern-normalize, and an icon."""

from importlib.resources import files

FOLDER = files(__package__)
# In the order in which a page has them.
STYLESHEETS = ("modern-normalize.css", "pages.css")
ICON = "icon.svg"


def stylesheet() -> str:
    """All styles, for a page that is a single file."""
    return "\n".join(_text(name) for name in STYLESHEETS)


def icon() -> str:
    """The icon, as an element for a page that is a single file."""
    return _text(ICON)


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
