"""The values that a create or an update was given: changed for each request, and compared with what reads show."""

import json
import random
from collections.abc import Iterator, Mapping
from string import ascii_lowercase
from typing import Any

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.record_requests import is_valid
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.filters import text
from bodydouble.contracts.model.laws import Record
from bodydouble.contracts.model.request_changes import parsed, with_value
from bodydouble.contracts.model.request_values import requested

# The fields whose texts mean nothing to the endpoint.
_NAMING = ("name", "title", "description", "comment", "remark")
_MAX_SHOWN = 80
_VARIANT_LENGTH = 5


def varied(operation: Operation, request: WireRequest, variant: str) -> WireRequest:
    """A request whose names and descriptions, as far as reads show them, are others; the rest stays as it is.

    Args:
        variant: a short text that no other variant has.
    """
    laws, content = operation.laws, parsed(operation, request)
    if laws is None or content is None:
        return request
    for expression in laws.keeps.values():
        value = requested(expression, content)
        if not plain_name(expression).endswith(_NAMING) or not isinstance(value, str):
            continue
        for form in (f"{value} {variant}", f"{value}{variant}", value[: -len(variant)] + variant, variant):
            changed = with_value(operation, request, expression, form)
            if is_valid(operation, changed):
                request = changed
                break
    return request


def new_variant(chance: random.Random) -> str:
    """A short text that hardly any other variant has."""
    return "".join(chance.choice(ascii_lowercase) for _ in range(_VARIANT_LENGTH))


def lost_values(change: OperationExchange, record: Record) -> Iterator[str]:
    """What a record does not show of the values that a create or an update was given, as messages."""
    laws, content = change.operation.laws, change.parsed
    if laws is None or content is None:
        return
    for place, value in laws.given_values(content).items():
        shown = _shown(record, place)
        if shown is not _NOTHING and not _is_kept(value, shown):
            yield f"{place} is {_brief(shown)}, although {change.operation.id} was given {_brief(value)}"


def kept_part(change: OperationExchange, record: Record) -> dict[str, Any]:
    """What a record shows where an operation keeps values, by place."""
    laws = change.operation.laws
    places = (*laws.keeps, *laws.sets) if laws is not None else ()
    return {place: shown for place in places if (shown := _shown(record, place)) is not _NOTHING}


_NOTHING = object()


def _shown(record: Record, place: str) -> Any:
    try:
        return lookup(record, place)
    except LookupError:
        return _NOTHING


def _is_kept(value: Any, shown: Any) -> bool:
    if isinstance(value, Mapping):
        # A read may add defaults.
        return isinstance(shown, Mapping) and all(
            name not in shown or item is None or _is_kept(item, shown[name]) for name, item in value.items()
        )
    if isinstance(value, list):
        return isinstance(shown, list) and len(value) == len(shown) and all(map(_is_kept, value, shown))
    if shown is None:
        return bool(value == "")
    number = _number(value)
    return text(value) == text(shown) or (number is not None and number == _number(shown))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _brief(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= _MAX_SHOWN else written[:_MAX_SHOWN] + "..."
