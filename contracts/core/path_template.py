"""Path templates."""

import functools
import re
from urllib.parse import unquote

_VARIABLE = re.compile(r"\{([^{}]+)\}")


def match_path(template: str, path: str) -> dict[str, str] | None:
    """The percent-decoded values of a template's variables in a percent-encoded path; None if it does not fit.

    A value holds at least one character and no slash.
    """
    match = _pattern(template).fullmatch(path)
    if match is None:
        return None
    names = _VARIABLE.findall(template)
    return {name: unquote(text, errors="surrogateescape") for name, text in zip(names, match.groups(), strict=True)}


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("([^/]+)".join(re.escape(part) for part in _VARIABLE.split(template)[::2]))
