"""JSON pointers (RFC 6901), as used in reports and as fragments of references."""

import functools
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

# Keys and indexes that lead from a value to one below it.
Path = tuple[str | int, ...]


def pointer(path: Iterable[str | int]) -> str:
    """Write a path of keys and indexes as a JSON pointer; the empty path is the empty string."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def parts(text: str) -> list[str]:
    """Split a JSON pointer, or a `#/...` reference, into its unescaped keys."""
    return list(_parts(text))


# The same few hundred references are followed thousands of times while a contract is loaded.
@functools.lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[str, ...]:
    text = unquote(text.removeprefix("#")) if text.startswith("#") else text
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def reference(path: Iterable[str | int]) -> str:
    """Write a path as a URI fragment (`#/...`), percent-encoded as `$ref` needs it."""
    return "#" + "".join(_part_of_reference(str(part)) for part in path)


# The same few hundred keys lead to all that is referred to.
@functools.lru_cache(maxsize=4096)
def _part_of_reference(part: str) -> str:
    return quote(pointer([part]), safe="/~!$&'()*+,;=:@-._")


def lookup(document: Any, text: str) -> Any:
    """Return what a pointer or a `#/...` reference leads to.

    Raises:
        LookupError: the pointer leads nowhere.
    """
    current = document
    for part in _parts(text):
        if isinstance(current, list):
            try:
                current = current[int(part)]
            except ValueError as error:
                raise LookupError(f"{text}: {part!r} is not an index") from error
        elif isinstance(current, dict):
            current = current[part]
        else:
            raise LookupError(f"{text}: nothing below {part!r}")
    return current


def value_at(document: Any, text: str) -> Any:
    """What a pointer leads to; None if it leads nowhere."""
    try:
        return lookup(document, text)
    except LookupError:
        return None


def values_at(document: Any, text: str) -> list[Any]:
    """All values that a pointer leads to, in which `*` stands for every item of a list; nulls are left out."""
    head, star, rest = text.partition("/*")
    values = value_at(document, head)
    if not star:
        return [] if values is None else [values]
    return [value for item in (values if isinstance(values, list) else ()) for value in values_at(item, rest)]
