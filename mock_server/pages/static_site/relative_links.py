"""Links that work wherever the files of a site are: relative, to files instead of folders."""

import posixpath
import re

from flask import Response, request

# Quotes in text are escaped everywhere, so only attributes look like this.
_LINK = re.compile(r'(?<= )(?P<attribute>href|src|action)="(?P<path>/[^"#?]*)')


def with_relative_links(response: Response) -> Response:
    """A response whose links from the top have become relative ones; other media than HTML stay as they are."""
    if response.mimetype == "text/html":
        text = response.get_data(as_text=True)
        response.set_data(
            _LINK.sub(lambda link: f'{link["attribute"]}="{relative_link(link["path"], request.path)}', text)
        )
    return response


def relative_link(path: str, page: str) -> str:
    """The link from a page to a path.

    Args:
        path: from the top; that of a folder ends with `/`, and means its `index.html`.
        page: the path of the page that has the link.
    """
    file = f"{path}index.html" if path.endswith("/") else path
    return posixpath.relpath(file, posixpath.dirname(page))
