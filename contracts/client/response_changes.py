"""Responses that differ in a single place from one that the client has handled.

A failure early in the client's code hides later ones; in these responses, only the change can cause a failure.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

from bodydouble.contracts.client.response_generation import ResponseKind
from bodydouble.contracts.core.json_mutations import ABSENT, nodes, replaced, single_changes
from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.core.wire import WireResponse

# Values of one place that are remembered, to be tried in another response.
MAX_SEEN_VALUES = 10
# Handled responses, of different states, from which fields are taken away. The richest of them is changed further.
MAX_STATES = 4
# What clients forget most often.
_FORGOTTEN = (ABSENT, None)


class ResponseChanges:
    """Records the responses of one kind that a client gets, and changes those that it has handled."""

    def __init__(self, kind: ResponseKind) -> None:
        self._kind = kind
        self._handled: set[bytes] = set()
        # By the state, as enumerations tell it: how rich the richest handled document is, and the document.
        self._states: dict[frozenset[tuple[Path, str]], tuple[tuple[int, int], Any]] = {}
        # What the contract describes: generated responses consist of unknown fields for the greater part.
        self._described: set[Path] = set()
        # By the place of an enumeration, documents with each of its members there.
        self._members: dict[Path, list[Any]] = {}
        self._seen: dict[Path, dict[str, Any]] = {}

    def record(self, response: WireResponse, *, handled: bool) -> None:
        """Record a response, and whether the client handled it."""
        if not response.body:
            return
        document = parse(response.body)
        described = {_place_in_all_items(path) for path in self._kind.described(document)}
        self._described |= described
        if handled:
            self._handled.add(response.body)
            self._record_members(document, (len(described), -len(response.body)))
        for path, value in nodes(document):
            if not isinstance(value, dict | list) and len(self._seen.setdefault(path, {})) < MAX_SEEN_VALUES:
                self._seen[path][json.dumps(value)] = value

    def responses(self, seed: int, most: int) -> list[WireResponse]:
        """The changed responses that the contract allows, at most so many, the most telling ones first."""
        responses: dict[bytes, WireResponse] = {}
        for document in self._documents(seed) if self._handled else ():
            if len(responses) >= most:
                break
            response = self._kind.with_body(document, self._kind.headers)
            if response is not None and response.body not in self._handled:
                responses[response.body] = response
        return list(responses.values())

    def _record_members(self, document: Any, richness: tuple[int, int]) -> None:
        opened, others = self._kind.opened(document), self._kind.members(document)
        state = frozenset((path, json.dumps(member)) for path, member in others)
        if state not in self._states or richness > self._states[state][0]:
            self._states[state] = (richness, document)
        members: dict[Path, list[Any]] = {}
        for path, member in others:
            place = _place_in_all_items(path)
            if place not in self._members:
                members.setdefault(place, []).append(self._kind.encoded(replaced(opened, path, member)))
        self._members |= members

    def _documents(self, seed: int) -> Iterator[Any]:
        # Each member of an enumeration comes first, so that none is missed.
        for documents in self._members.values():
            yield from documents
        # A contract may allow in one state what it forbids in another: a video that is ready has its duration.
        richest = sorted(self._states.values(), key=lambda state: state[0], reverse=True)
        seen = {path: [None, *values.values()] for path, values in self._seen.items()}
        generator = random.Random(seed)
        others: list[Any] = []
        for _, document in richest[:MAX_STATES]:
            changes = list(single_changes(document, seen))
            generator.shuffle(changes)
            # Fields of the contract come before those that were made up.
            changes.sort(key=lambda change: _place_in_all_items(change[0]) not in self._described)
            for path, value in changes:
                if value not in _FORGOTTEN:
                    others.append((document, path, value))
                elif _place_in_all_items(path) in self._described:
                    yield replaced(document, path, value)
        for document, path, value in others:
            yield replaced(document, path, value)


def _place_in_all_items(path: Path) -> Path:
    # A place in one item of a list stands for that in all of them.
    return tuple("*" if isinstance(part, int) else part for part in path)
