"""Where the links of a guide lead in the pages."""

import re

from flask import url_for

from bodydouble.mock_server.pages.guide.library import guides
from bodydouble.mock_server.pages.reference.library import the_library

_SPECIFICATION = re.compile(r"\.\./specs/(?P<vendor>[\w-]+)(/(openapi\.yaml)?)?")


def guide_link(target: str) -> str | None:
    """The URL of what a guide names: a guide, or a contract; None for another file of the repository."""
    path, _, anchor = target.partition("#")
    if not path or path.startswith(("http://", "https://")):
        return target
    name = path.removesuffix(".md")
    if name in guides() and name != path:
        return url_for("guide.show", name=name, _anchor=anchor or None)
    specification = _SPECIFICATION.fullmatch(path)
    if specification is not None and specification["vendor"] in the_library().vendors:
        return url_for("reference.overview", vendor=specification["vendor"])
    return None
