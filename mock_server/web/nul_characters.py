"""Refuses the character NUL: not every database can store it, and on each of them a request has the same response."""

from collections.abc import Iterator
from typing import Any

from bodydouble.contracts.core.json_mutations import leaves
from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ParsedRequest
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.exchange import json_inside

NUL = "\x00"
# What a request with the character contains, however it is written; nearly all requests contain none of these.
_SPELLINGS = (NUL, "%00", "u0000")
_BODY_SPELLINGS = tuple(spelling.encode() for spelling in _SPELLINGS)
_RULE, _EXPECTED = "pattern", r"^[^\x00]*$"


def nul_violation(wire: WireRequest, parsed: ParsedRequest) -> Violation | None:
    """The first place of a request that has the character, also within JSON in a string; or None."""
    if not _may_have_it(wire):
        return None
    parts = (("path", parsed.path), ("query", parsed.query), ("header", parsed.headers), ("body", parsed.body))
    return next(
        (Violation(part, place, _RULE, text, _EXPECTED) for part, value in parts for place, text in _in(value)), None
    )


def _may_have_it(wire: WireRequest) -> bool:
    # All texts at once, which is many times faster; that spellings may lie across two of them does no harm.
    texts = "\n".join((wire.path, wire.query, *wire.headers.values()))
    return any(spelling in texts for spelling in _SPELLINGS) or any(
        spelling in wire.body for spelling in _BODY_SPELLINGS
    )


def _in(value: Any) -> Iterator[tuple[str, str]]:
    for path, leaf in leaves(value):
        if isinstance(leaf, str):
            inner = json_inside(leaf)
            if NUL in leaf or (inner is not None and any(_in(inner))):
                yield pointer(path), leaf
