"""Path templates."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar
from urllib.parse import unquote

_VARIABLE = re.compile(r"\{([^{}]+)\}")
Value = TypeVar("Value")


def match_path(template: str, path: str) -> dict[str, str] | None:
    """The percent-decoded values of a template's variables in a percent-encoded path; None if it does not fit.

    A value holds at least one character and no slash.
    """
    match = _compiled(template).fullmatch(path)
    if match is None:
        return None
    return decoded(_values(template, match))


def decoded(values: Mapping[str, str]) -> dict[str, str]:
    """The percent-decoded values of a percent-encoded path."""
    return {name: unquote(text, errors="surrogateescape") for name, text in values.items()}


def _pattern(template: str) -> str:
    return "([^/]+)".join(re.escape(part) for part in _VARIABLE.split(template)[::2])


@functools.cache
def _compiled(template: str) -> re.Pattern[str]:
    return re.compile(_pattern(template))


class PathTable(Generic[Value]):
    """Finds what belongs to the template that a path fits.

    A template without variables comes before all others; of two with variables, the one whose first different segment
    is literal.

    Args:
        templates: what belongs to each template.
    """

    def __init__(self, templates: Mapping[str, Value]) -> None:
        self._in_order = sorted(templates, key=lambda template: ["{" in part for part in template.split("/")])
        self._templates = templates
        self._static = {template: value for template, value in templates.items() if "{" not in template}
        by_depth: dict[int, list[str]] = {}
        for template in self._in_order:
            if template not in self._static:
                by_depth.setdefault(template.count("/"), []).append(template)
        self._by_depth = {depth: _Alternatives(among, templates) for depth, among in by_depth.items()}

    def find(self, path: str) -> tuple[Value, dict[str, str]] | None:
        """What belongs to the template that a path fits, and the values of its variables as they stand in the path."""
        value = self._static.get(path)
        if value is not None:
            return value, {}
        alternatives = self._by_depth.get(path.count("/"))
        return alternatives.find(path) if alternatives is not None else None

    def every(self, path: str) -> Iterator[tuple[Value, dict[str, str]]]:
        """The same for all templates that a path fits, in the order in which `find` prefers them."""
        for template in self._in_order:
            match = _compiled(template).fullmatch(path)
            if match is not None:
                yield self._templates[template], _values(template, match)


def _values(template: str, match: re.Match[str]) -> dict[str, str]:
    return dict(zip(_VARIABLE.findall(template), match.groups(), strict=True))


class _Alternatives(Generic[Value]):
    # One pattern for all templates: an empty group after each of them tells which one has matched.
    def __init__(self, templates: list[str], values: Mapping[str, Value]) -> None:
        self._found: dict[int, tuple[Value, list[str], int]] = {}
        last = 0
        for template in templates:
            names = _VARIABLE.findall(template)
            first, last = last, last + len(names) + 1
            self._found[last] = (values[template], names, first)
        self._pattern = re.compile("|".join(f"{_pattern(template)}()" for template in templates))

    def find(self, path: str) -> tuple[Value, dict[str, str]] | None:
        match = self._pattern.fullmatch(path)
        if match is None or match.lastindex is None:
            return None
        value, names, first = self._found[match.lastindex]
        return value, dict(zip(names, match.groups()[first:], strict=False))
