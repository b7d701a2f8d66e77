"""Shrinking a JSON document as long as it still fails, or does whatever else it is kept for.

Hypothesis could shrink what it has generated, but by making hundreds of documents anew from their schema; going on from
the document itself takes a tenth of the time, and leaves nothing that could go.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from bodydouble.contracts.core.json_mutations import ABSENT, nodes, replaced

MAX_TRIALS = 500
# Longer texts are halved first.
MAX_TRIMMED_LENGTH = 30
# What holds so many others loses half of them first.
MIN_HALVED_LENGTH = 4


def shrink(document: Any, still: Callable[[Any], bool], limit: int = MAX_TRIALS) -> Any:
    """The smallest document that can be reached by taking away and simplifying, one place at a time.

    Args:
        still: whether a document behaves like the first; asked at most `limit` times.
    """
    trials = limit
    candidates = _simpler(document)
    while trials and (candidate := next(candidates, None)) is not None:
        trials -= 1
        if still(candidate):
            document, candidates = candidate, _simpler(candidate)
    return document


def _simpler(document: Any) -> Iterator[Any]:
    places = [(path, node) for path, node in nodes(document) if path]
    for path, node in places:
        for half in _halves(node):
            yield replaced(document, path, half)
    for path, _ in places:
        yield replaced(document, path, ABSENT)
    for path, node in places:
        for value in _smaller(node):
            yield replaced(document, path, value)


def _halves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | dict) and len(value) >= MIN_HALVED_LENGTH:
        items = list(value.items() if isinstance(value, dict) else value)
        yield type(value)()
        yield type(value)(items[: len(items) // 2])
        yield type(value)(items[len(items) // 2 :])


def _smaller(value: Any) -> Iterator[Any]:
    trials = list(_trials(value))
    size = _size(value)
    yield from (trial for trial in sorted(trials, key=_size) if _size(trial) < size)


def _trials(value: Any) -> Iterator[Any]:
    if value is None or isinstance(value, bool):
        return
    yield None
    if isinstance(value, str):
        # As long as it is, too: its length may be what matters.
        yield from ("", "0", value[: len(value) // 2], value[len(value) // 2 :], "0" * len(value))
        if len(value) <= MAX_TRIMMED_LENGTH:
            yield from (value[:index] + value[index + 1 :] for index in range(len(value)))
    elif isinstance(value, int | float):
        yield from (0, 1, -1, int(value) // 10)
    else:
        yield type(value)()


def _size(value: Any) -> tuple[int, str]:
    text = json.dumps(value)
    return len(text), text
