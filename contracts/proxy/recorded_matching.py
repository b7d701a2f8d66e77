"""Which recorded request a request is like: method, path, query and body are compared; of the headers, what calls an
operation by its name.

What was redacted in the recording matches everything, and so do credentials. What differs in every run (signatures,
their times and nonces) is ignored by name.
"""

import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import FORM, WireRequest, media_type
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.redaction.exchange import json_inside
from bodydouble.contracts.redaction.fields import REPLACEMENT

# Headers that say which operation a request is for, where all have the same path.
_NAMING_HEADERS = ("x-acs-action", "x-amz-target", "soapaction")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What of a request is compared.

    Attributes:
        ignored: parameters and fields that are not, in lower case.
        credentials: query parameters of which only the presence is.
    """

    ignored: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()

    @classmethod
    def of(cls, contract: Contract | None, further: Iterable[str] = ()) -> "Comparison":
        """What a contract knows of signatures and credentials.

        Args:
            further: parameters and fields that are not compared, either.
        """
        schemes = () if contract is None else contract.security_schemes.values()
        signing = () if contract is None else _signing_names(contract)
        return cls(
            frozenset(name.lower() for name in (*further, *signing)),
            frozenset(scheme.parameter for scheme in schemes if scheme.location == "query"),
        )


@dataclass(frozen=True)
class ComparedRequest:
    """What is compared of a request.

    Attributes:
        method: upper case.
        path: its segments, percent-decoded.
        headers: those that call an operation by its name.
        query: values by name, in order; without what is ignored.
        body: the JSON value, the values of a form by name, or the text; None if there is none.
        is_known: whether the body was recorded; else it is like every other.
    """

    method: str
    path: list[str]
    headers: dict[str, str]
    query: dict[str, list[str]]
    body: Any
    is_known: bool = True

    @functools.cached_property
    def key(self) -> str:
        """A text that two requests share only if nothing that is compared differs."""
        return json.dumps([self.method, self.path, self.headers, self.query, self.body, self.is_known], sort_keys=True)


def compared(request: WireRequest, comparison: Comparison, *, is_known: bool = True) -> ComparedRequest:
    """What is compared of a request.

    Args:
        is_known: whether the body is here.
    """
    ignored = comparison.ignored
    query = _by_name(request.query_pairs, ignored)
    query |= {name: [REPLACEMENT] * len(query[name]) for name in comparison.credentials & query.keys()}
    segments = [unquote(segment, errors="replace") for segment in request.path.split("/")]
    headers = {name: request.headers[name] for name in _NAMING_HEADERS if name in request.headers}
    return ComparedRequest(
        request.method, segments, headers, query, _without(_body(request, ignored), ignored), is_known
    )


def differences(recorded: ComparedRequest, request: ComparedRequest) -> list[str]:
    """Where a request differs from a recorded one, in words without values; empty if it is like it."""
    places = ["method"] * (recorded.method != request.method)
    places += ["path"] * (not _is_like(recorded.path, request.path))
    places += [f"header {name}" for name in _NAMING_HEADERS if recorded.headers.get(name) != request.headers.get(name)]
    for name in sorted(recorded.query.keys() | request.query.keys()):
        if not _is_like(recorded.query.get(name, _ABSENT), request.query.get(name, _ABSENT)):
            places.append(f"query {name}{_how(name in recorded.query, name in request.query)}")
    if recorded.is_known:
        places += [f"body {place}".strip() for place in _body_differences(recorded.body, request.body, ())]
    return places


def likeness(recorded: ComparedRequest, request: ComparedRequest) -> tuple[bool, float, int]:
    """How near a recorded request is to one that it is not like; greater is nearer."""
    paths = SequenceMatcher(None, "/".join(recorded.path), "/".join(request.path)).ratio()
    return recorded.method == request.method, paths, -len(differences(recorded, request))


def wildcards(recorded: ComparedRequest) -> int:
    """How many places of a recorded request match everything."""
    return recorded.key.count(REPLACEMENT) + (not recorded.is_known)


def _signing_names(contract: Contract) -> Iterator[str]:
    signatures = [scheme.signature for scheme in contract.security_schemes.values()]
    signatures += [operation.signature for operation in contract.operations.values()]
    for signature in filter(None, signatures):
        yield from (str(part["name"]) for part in signature.values() if isinstance(part, dict) and "name" in part)


def _by_name(pairs: list[tuple[str, str]], ignored: frozenset[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.lower() not in ignored:
            values.setdefault(name, []).append(value)
    return values


def _body(request: WireRequest, ignored: frozenset[str]) -> Any:
    if not request.body:
        return None
    text = request.body.decode("utf-8", "replace")
    if media_type(request.headers) == FORM:
        return _by_name(parse_qsl(text, keep_blank_values=True, errors="replace"), ignored)
    try:
        return parse(request.body)
    except JsonTextError:
        return text


def _without(value: Any, ignored: frozenset[str]) -> Any:
    """A JSON value without ignored fields, in which JSON texts are values, too."""
    if isinstance(value, dict):
        return {name: _without(item, ignored) for name, item in value.items() if name.lower() not in ignored}
    if isinstance(value, list):
        return [_without(item, ignored) for item in value]
    inner = json_inside(value) if isinstance(value, str) else None
    return value if inner is None else _without(inner, ignored)


def _is_like(recorded: Any, value: Any) -> bool:
    if recorded is _ABSENT or value is _ABSENT:
        return recorded is value
    if isinstance(recorded, list) and isinstance(value, list):
        return len(recorded) == len(value) and all(map(_is_like, recorded, value))
    if isinstance(recorded, str) and REPLACEMENT in recorded:
        return recorded == REPLACEMENT or _pattern(recorded).fullmatch(str(value)) is not None
    # In JSON, 1 is not true, but 1.0 is 1.
    return bool(recorded == value) and isinstance(recorded, bool) == isinstance(value, bool)


@functools.lru_cache(maxsize=10_000)
def _pattern(recorded: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, recorded.split(REPLACEMENT))), re.DOTALL)


def _body_differences(recorded: Any, value: Any, at: tuple[str | int, ...]) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(value, dict):
        for name in sorted(recorded.keys() | value.keys()):
            if name in recorded and name in value:
                yield from _body_differences(recorded[name], value[name], (*at, name))
            else:
                yield pointer((*at, name)) + _how(name in recorded, name in value)
    elif isinstance(recorded, list) and isinstance(value, list) and len(recorded) == len(value):
        for index, (item, other) in enumerate(zip(recorded, value, strict=True)):
            yield from _body_differences(item, other, (*at, index))
    elif not _is_like(recorded, value):
        yield pointer(at)


def _how(is_recorded: bool, is_sent: bool) -> str:
    if is_recorded and is_sent:
        return ""
    return " (only in the recording)" if is_recorded else " (not in the recording)"


def shown(request: WireRequest) -> str:
    """Method and path of a recorded request, for a message."""
    return f"{request.method} {request.path.replace(quote(REPLACEMENT), REPLACEMENT)}"
