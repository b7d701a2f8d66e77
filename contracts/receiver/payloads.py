"""Payloads of callbacks: valid ones of every kind, and valid ones that a careless receiver breaks on."""

import json
import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import schemathesis
from hypothesis import strategies as st

from bodydouble.contracts.core.json_mutations import (
    HOSTILE_VALUES,
    UNKNOWN_FIELD,
    UNKNOWN_VALUES,
    leaves,
    whole_numbers,
    with_values,
)
from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.model.derived_document import CALLBACK_PATH, callback_document
from bodydouble.contracts.receiver.state_notifications import StateNotification

MOST_MUTATIONS = 4
# A place in a payload, and a value to put there.
Mutation = tuple[str, Any]


def encode(payload: Any) -> bytes:
    """A payload as the bytes that are sent."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


class Payloads:
    """Makes payloads of one contract's callbacks for one account.

    Args:
        keys: the account's values by name; those that payloads show are put into them.
    """

    def __init__(self, contract: Contract, keys: Mapping[str, str]) -> None:
        self._contract = contract
        self._keys = keys

    def valid(self, callback: Callback) -> st.SearchStrategy[Any]:
        """Payloads that keep the callback's schema, made by schemathesis."""
        schema = schemathesis.openapi.from_dict(callback_document(self._contract, callback))
        cases = schema[CALLBACK_PATH][callback.method].as_strategy()
        payloads = cases.map(lambda case: self._owned(callback, whole_numbers(case.body)))
        return payloads.filter(lambda payload: _sendable(callback, payload))

    def unusual(self, callback: Callback) -> tuple[Any, ...]:
        """The example, made unpleasant in one way that the schema allows: an unknown field, an odd text, an extreme."""
        base = self.example(callback)
        found = (self._mutated(callback, base, [mutation]) for mutation in self._mutations(callback, base))
        return tuple({encode(payload): payload for payload in found}.values())

    def hostile(self, callback: Callback) -> st.SearchStrategy[Any]:
        """The example, made unpleasant in several such ways."""
        base = self.example(callback)
        chosen = st.lists(st.sampled_from(self._mutations(callback, base)), min_size=2, max_size=MOST_MUTATIONS)
        return chosen.map(lambda mutations: self._mutated(callback, base, mutations))

    def example(self, callback: Callback) -> Any:
        """The example of the specification, of this account and about a task that no other payload is about."""
        payload = self._owned(callback, callback.example)
        for place in (callback.event.id, callback.event.task):
            if place is not None:
                payload = _fresh(callback, payload, place)
        return payload

    def announcing(self, announcement: StateNotification, task: Any, moment: int) -> Any:
        """The payload of a new event that announces a state.

        Args:
            task: id of the task; None for a new one.
            moment: when the task entered the state, epoch milliseconds.
        """
        callback = announcement.callback
        values = dict(announcement.values)
        if callback.event.time is not None:
            values[callback.event.time] = moment
        if task is not None and callback.event.task is not None:
            values[callback.event.task] = task
        return with_values(self.example(callback), values)

    def _owned(self, callback: Callback, payload: Any) -> Any:
        for place, name in callback.event.account.items():
            if name in self._keys:
                payload = _first_valid(callback, payload, place, _readings(self._keys[name]))
        return payload

    def _mutations(self, callback: Callback, base: Any) -> list[Mutation]:
        """The ways in which a payload may be changed and still keeps the schema."""
        paths = [path for path, _ in leaves(base)]
        objects = dict.fromkeys(path[:-1] for path in paths if isinstance(path[-1], str))
        values = [(pointer(path), value) for path in paths for value in HOSTILE_VALUES]
        values += [(pointer((*path, UNKNOWN_FIELD)), value) for path in objects for value in UNKNOWN_VALUES]
        return [mutation for mutation in values if self._mutated(callback, base, [mutation]) != base]

    def _mutated(self, callback: Callback, base: Any, mutations: Sequence[Mutation]) -> Any:
        for place, value in mutations:
            changed = with_values(base, {place: value})
            if _sendable(callback, changed):
                base = changed
        return self._owned(callback, base)


def _sendable(callback: Callback, payload: Any) -> bool:
    try:
        received = parse(encode(payload))
    except (JsonTextError, UnicodeEncodeError):
        return False
    return callback.request.is_valid(received)


def _fresh(callback: Callback, payload: Any, place: str) -> Any:
    # Not from the seed: a receiver remembers what it has seen in an earlier run.
    number = secrets.randbelow(10**12) + 10**12
    return _first_valid(callback, payload, place, iter((number, str(uuid.uuid4()), uuid.uuid4().hex, str(number))))


def _readings(text: str) -> Iterator[Any]:
    if text.isascii() and text.isdigit():
        yield int(text)
    yield text


def _first_valid(callback: Callback, payload: Any, place: str, values: Iterator[Any]) -> Any:
    for value in values:
        changed = with_values(payload, {place: value})
        if callback.request.is_valid(changed):
            return changed
    raise ValueError(f"{callback.id}: no value fits {place}")
