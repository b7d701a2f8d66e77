"""The filters of a list: what passes one is shown, and nothing else."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from bodydouble.contracts.core.json_pointer import values_at
from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.list_requests import ListRequests, Part, Values, list_requests
from bodydouble.contracts.endpoint.laws.pages import MOVING, NO_SUCCESS
from bodydouble.contracts.endpoint.laws.results import not_tested, was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.filters import Filter, Variant, selected
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, Record
from bodydouble.contracts.model.violation import short_json

# So many values of each filter are tried.
_MAX_VALUES = 2
_OF_SEVERAL = ("one-of", "one-contained", "all-of", "all-contained")
_NOTHING = ("zq9x7kwv", "zq-9x7kwv-3j", 987_654_321)
_YEAR = re.compile(r"\b\d{4}\b")
_NO_VALUE = "no record has a value to filter by"


def check_filters(context: LawContext, operation: Operation) -> Outcomes:
    """Filter a list by values of its records, each alone and two together, and by a value that none has.

    What is shown and does not pass is seen by the observer of all exchanges; here it is only asked for, and what passes
    and is not shown is found.
    """
    laws = operation.laws
    asked = None if laws is None else list_requests(context, operation, laws)
    whole = None if asked is None else asked.ask(asked.large)
    if laws is None or asked is None or whole is None:
        yield not_tested(operation.id, Law.FILTER, NO_SUCCESS)
        return
    requests = list(_requests(asked, whole.records))
    if not requests:
        yield not_tested(operation.id, Law.FILTER, _NO_VALUE)
    for values in requests:
        yield from _compared(operation, asked, whole, values)


def _requests(asked: ListRequests, records: list[Record]) -> Iterator[Values]:
    tested = [entry for entry in asked.laws.filters if entry.untested is None and entry.field is not None]
    pair: dict[str, Any] = {}
    # Values that one record rarely has both of: if one filter is ignored beside the other, more is shown.
    crossed: dict[str, Any] = {}
    for entry in tested:
        values = list(_values(asked, entry, records))
        several = _several(asked, entry, values)
        yield from ({**asked.large, entry.by: value} for value in (*values, *several))
        if len(pair) < 2 and values:
            crossed[entry.by] = values[-1] if pair else values[0]
            pair[entry.by] = values[0]
        yield from ({**asked.large, entry.by: value} for value in _nothing(asked, entry, records))
        yield from ({**asked.large, **values} for values in _by_variants(asked, entry, records))
    for both in (pair,) if pair == crossed else (pair, crossed):
        if len(both) == 2 and asked.request(both) is not None:
            yield {**asked.large, **both}


def _values(asked: ListRequests, entry: Filter, records: list[Record]) -> Iterator[Any]:
    """Values to filter by, of the records of the list, that the contract allows and some records do not pass."""
    count = 0
    seen: list[Any] = []
    for record in _spread(records):
        for shown in values_at(record, entry.field or "")[:1]:
            value = next((form for form in _forms(entry, shown) if _is_usable(asked, entry, form)), None)
            if value is not None and value not in seen and count < _MAX_VALUES:
                count += 1
                seen.append(value)
                yield value


def _nothing(asked: ListRequests, entry: Filter, records: list[Record]) -> list[Any]:
    """A value that none of the records passes; empty where the contract allows none."""
    choices = asked.choices(entry.by)
    candidates = [*_NOTHING, *choices, *_outside(asked, entry, records), *_state_codes(asked), *range(10)]
    for value in candidates:
        decoded = asked.decoded({entry.by: value}) if _is_usable(asked, entry, value) else None
        if decoded is not None and not any(entry.passes(record, decoded) for record in records):
            return [value]
    return []


def _outside(asked: ListRequests, entry: Filter, records: list[Record]) -> Iterator[Any]:
    """Times that are later, or earlier, than those of all records, in their form or in that of the request."""
    if entry.match in ("from", "until"):
        year = "2099" if entry.match == "from" else "2001"
        shown = (value for record in records for value in values_at(record, entry.field or "")[:1])
        base = asked.decoded(asked.large)
        times = [*list(shown)[:1], None if base is None else entry.value(base)]
        yield from (_YEAR.sub(year, value, count=1) for value in times if isinstance(value, str))


def _state_codes(asked: ListRequests) -> Iterator[Any]:
    role = asked.operation.role
    yield from (state.code for state in role.lifecycle.states.values()) if role is not None else ()


def _several(asked: ListRequests, entry: Filter, values: list[Any]) -> Iterator[Any]:
    """Two values at once, where a filter takes several."""
    if entry.match not in _OF_SEVERAL or len(values) < 2:
        return
    parts = [value[0] if isinstance(value, list) else value for value in values]
    texts = [str(part) for part in parts]
    forms: list[Any] = [parts, texts]
    if entry.separator is not None:
        forms.insert(0, entry.separator.join(texts))
    yield from [form for form in forms if _is_usable(asked, entry, form)][:1]


def _by_variants(asked: ListRequests, entry: Filter, records: list[Record]) -> Iterator[Values]:
    """For each other comparison that a request can choose, a part of a text, which only some comparisons find."""
    shown = (value for record in _spread(records) for value in values_at(record, entry.field or "")[:1])
    text = next((value for value in shown if isinstance(value, str) and len(value) > 1), None)
    for variant in entry.variants if text is not None else ():
        forms: list[dict[str, Any]] = [{}]
        for expression, value in variant.when.items():
            forms = [{**form, expression: wire} for form in forms for wire in (value, [value])]
        # Beside a value that nothing has, only a comparison that wants one of them finds the text.
        several = entry.separator is not None and variant.match in ("one-of", "one-contained")
        part = f"{text}{entry.separator}{_NOTHING[0]}" if several else (text or "")[1:]
        requests = ({**form, entry.by: value} for form in forms for value in (part, [part]))
        chosen = (request for request in requests if _is_chosen(asked, variant, request))
        yield from islice(chosen, 1)


def _is_chosen(asked: ListRequests, variant: Variant, values: Values) -> bool:
    decoded = asked.decoded(values)
    return decoded is not None and variant.is_chosen(decoded)


def _spread(records: list[Record]) -> list[Record]:
    """Records from the middle, the start and the end of a list."""
    places = dict.fromkeys((len(records) // 2, 0, len(records) - 1, 1, len(records) // 3))
    return [records[place] for place in places if 0 <= place < len(records)]


def _is_usable(asked: ListRequests, entry: Filter, value: Any) -> bool:
    decoded = asked.decoded({entry.by: value})
    return decoded is not None and entry.value(decoded) is not None


def _forms(entry: Filter, shown: Any) -> Iterator[Any]:
    """Values of a request that a shown value passes."""
    wire = next((value for value, record in entry.values.items() if record == shown), shown)
    if isinstance(wire, dict | list):
        return
    if entry.match in ("contains", "contains-any-case", "one-contained", "all-contained") and isinstance(wire, str):
        middle = wire[len(wire) // 3 : len(wire) // 3 + 4].strip()
        yield from (part for part in (middle, wire) if part)
    if entry.match == "prefix" and isinstance(wire, str):
        yield wire[:3]
    yield from (wire, [wire], str(wire), [str(wire)])


def _compared(operation: Operation, asked: ListRequests, whole: Part, values: Values) -> Outcomes:
    part = asked.ask(values)
    if part is None or part.exchange.parsed is None:
        return
    yield was_tested(operation.id, Law.FILTER)
    left_out = _left_out(asked, whole, part)
    if left_out is None:
        return
    again, same = asked.ask(asked.large), asked.ask(values)
    if again is None or same is None or again.ids != whole.ids or same.ids != part.ids:
        yield not_tested(operation.id, Law.FILTER, MOVING)
        return
    filters = ", ".join(f"{entry} {short_json(value)}" for entry, value in _shown_values(asked, values).items())
    message = f"{left_out!r} passes {filters}, and is left out"
    yield LawViolation(Law.FILTER, operation.id, message, (whole.exchange, part.exchange))


def _left_out(asked: ListRequests, whole: Part, part: Part) -> str | None:
    """A record that passes the filters of a request, and is not shown."""
    request, records = part.exchange.parsed, asked.laws.records
    if request is None or records is None or not part.is_rest:
        return None
    known = [entry for entry in asked.laws.filters if entry.value(request) is not None]
    # What is selected by without being asked for is the same in both.
    everything = whole.exchange.parsed
    if any(
        (entry.untested or entry.partial) and (everything is None or entry.value(everything) != entry.value(request))
        for entry in known
    ):
        return None
    for record in whole.records:
        identifier = records.id_of(record)
        if identifier is not None and identifier not in part.ids and selected(known, request, record):
            return identifier
    return None


def _shown_values(asked: ListRequests, values: Values) -> Mapping[str, Any]:
    return {entry.by: values[entry.by] for entry in asked.laws.filters if entry.by in values}


FILTERS = ActiveLaw(frozenset({Law.FILTER}), check_filters, after_watch=True)
