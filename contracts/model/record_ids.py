"""The identifiers of records in a request and in its response, as `x-laws` of the operation says."""

from typing import Any

from bodydouble.contracts.core.json_pointer import value_at
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import Record
from bodydouble.contracts.model.request_values import requested


def created_id(exchange: OperationExchange) -> str | None:
    """The identifier that a create, or its request, has given, as text; None if there is none."""
    laws, parsed = exchange.operation.laws, exchange.parsed
    if laws is None or laws.created is None:
        return None
    if laws.created.startswith("/"):
        value = value_at(exchange.content, laws.created)
    else:
        value = None if parsed is None else requested(laws.created, parsed)
    return None if value is None or isinstance(value, dict | list) else as_text(value)


def target_ids(exchange: OperationExchange) -> tuple[str, ...]:
    """The identifiers of the records that a request changes, copies or deletes, as text."""
    laws, parsed = exchange.operation.laws, exchange.parsed
    return () if laws is None or parsed is None else laws.target_ids(parsed)


def requested_ids(exchange: OperationExchange) -> tuple[str, ...]:
    """The identifiers of the records that a request asks for, as text."""
    laws, parsed = exchange.operation.laws, exchange.parsed
    if laws is None or laws.records is None or parsed is None:
        return ()
    return laws.records.requested_ids(parsed)


def shown_records(exchange: OperationExchange) -> list[Record]:
    """The records that a successful response shows."""
    laws = exchange.operation.laws
    if laws is None or laws.records is None or exchange.response_class.failed:
        return []
    return laws.records.of(exchange.content) or []


def identified_records(exchange: OperationExchange) -> list[tuple[str, Record]]:
    """The records that a successful response shows, each with its identifier as text.

    Where a response shows one record without an identifier, it is the one that was asked for.
    """
    laws, records = exchange.operation.laws, shown_records(exchange)
    if laws is None or laws.records is None:
        return []
    asked = requested_ids(exchange)
    if len(asked) == len(records) == 1 and laws.records.id_of(records[0]) is None:
        return [(asked[0], records[0])]
    ids = ((laws.records.id_of(record), record) for record in records)
    return [(identifier, record) for identifier, record in ids if identifier is not None]


def shown_ids(exchange: OperationExchange) -> list[str]:
    """The identifiers of the records that a successful response shows, as text."""
    laws = exchange.operation.laws
    if laws is None or laws.records is None:
        return []
    ids = (laws.records.id_of(record) for record in shown_records(exchange))
    return [identifier for identifier in ids if identifier is not None]


def as_text(value: Any) -> str:
    """A value as text; JSON has but one kind of number, so that 14.0 is 14."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
