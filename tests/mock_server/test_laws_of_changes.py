"""What operations declare of creates in `x-laws` is true of the mock server, and bounds of progress are generous."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bodydouble.contracts.core.json_pointer import value_at
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.filters import is_same
from bodydouble.contracts.model.laws import Law, OperationLaws, Record, Records
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.request_changes import asking_for, with_value
from bodydouble.contracts.model.request_changes import parsed as request_values
from bodydouble.contracts.model.request_values import requested
from tests.support.operation_caller import OperationCaller
from tests.support.vendor_support import vendors

# They need parameters that their contract does not mark as required; the vendor's own tests call them.
_UNMARKED = {"StartInstance"}
# Times that a bound of progress is longer than the work is expected to take.
_MARGIN = 10


class _Creation:
    # A create that has succeeded, and the reads and lists of its resource.

    def __init__(self, operation: Operation, caller: OperationCaller) -> None:
        assert operation.laws is not None
        assert operation.laws.created is not None
        self.laws: OperationLaws = operation.laws
        self.caller = caller
        self.exchange = caller.call(operation, caller.successful_request(operation))
        self.id = str(value_at(self.exchange.content, operation.laws.created))

    def own(self) -> list[Record]:
        # The records that reads and lists show of what was created.
        return [
            record
            for _, records, rows in self.shown()
            for record in rows
            if records.id is None or records.id_of(record) == self.id
        ]

    def shown(self) -> Iterator[tuple[OperationLaws, Records, list[Record]]]:
        # By each read of the record, and by the first page of each list.
        for operation in self.caller.contract.operations.values():
            laws = operation.laws
            if laws is None or laws.records is None or laws.resource != self.laws.resource:
                continue
            if laws.role in ("read", "list"):
                content = self.caller.call(operation, self._request(operation, laws.records)).content
                yield laws, laws.records, laws.records.of(content) or []

    def _request(self, operation: Operation, records: Records) -> WireRequest:
        request = self.caller.successful_request(operation)
        if records.asked is not None:
            return asking_for(operation, request, records.asked, [self.id])
        return self._selecting(operation, request) if operation.laws is not None else request

    def _selecting(self, operation: Operation, request: WireRequest) -> WireRequest:
        # A list that the example filters by something else would not show what was created.
        values, record = request_values(operation, request), self._read()
        for entry in operation.laws.filters if operation.laws is not None else ():
            asked = None if values is None else entry.value(values)
            shown = None if entry.field is None or record is None else value_at(record, entry.field)
            if asked is not None and shown is not None and entry.match == "equal":
                request = with_value(operation, request, entry.by, shown)
        return request

    def _read(self) -> Record | None:
        for operation in self.caller.contract.operations.values():
            laws = operation.laws
            if laws is None or laws.resource != self.laws.resource or laws.role != "read" or laws.records is None:
                continue
            if laws.records.asked is not None:
                rows = laws.records.of(self.caller.call(operation, self._request(operation, laws.records)).content)
                if rows:
                    return rows[0]
        return None


def _creates() -> list[Any]:
    return [
        pytest.param(name, operation, id=f"{name}-{operation.id}")
        for name in vendors()
        for operation in load_contract(name).operations.values()
        if operation.laws is not None and Law.CREATED_SHOWN in operation.laws.declared and operation.id not in _UNMARKED
    ]


@pytest.mark.parametrize(("vendor", "operation"), _creates())
def test_what_is_created_is_new_and_shown_with_its_values(
    callers: Callable[[str], OperationCaller], vendor: str, operation: Operation
) -> None:
    first, second = (_Creation(operation, callers(vendor)) for _ in range(2))
    assert first.id != second.id
    records, parsed = second.own(), second.exchange.parsed
    assert records, f"nothing shows {second.id}"
    assert parsed is not None
    for place, expression in second.laws.keeps.items():
        value = requested(expression, parsed)
        places = [shown for record in records if (shown := value_at(record, place)) is not None]
        assert value is None or all(is_same(shown, value) for shown in places), (place, value, places)


def _is_listed_by_creation(name: str, operation: Operation) -> bool:
    lists = (other.laws for other in load_contract(name).operations.values() if other.laws is not None)
    ordered = {laws.resource for laws in lists if laws.sort is not None and laws.sort.by_creation}
    return operation.laws is not None and operation.laws.resource in ordered


@pytest.mark.parametrize(("vendor", "operation"), [case for case in _creates() if _is_listed_by_creation(*case.values)])
def test_a_list_in_the_order_of_creation_shows_the_latest_where_it_says(
    callers: Callable[[str], OperationCaller], vendor: str, operation: Operation
) -> None:
    created = [_Creation(operation, callers(vendor)) for _ in range(2)]
    for laws, records, rows in created[-1].shown():
        if laws.sort is not None and laws.sort.by_creation:
            ids = [identifier for row in rows if (identifier := records.id_of(row)) in {each.id for each in created}]
            latest_first = [each.id for each in reversed(created)]
            assert ids == (latest_first if laws.sort.default_descending else latest_first[::-1])


@pytest.mark.parametrize(
    ("name", "lifecycle"),
    [
        pytest.param(name, operation.role.lifecycle, id=f"{name}-{operation.id}")
        for name in vendors()
        for operation in load_contract(name).operations.values()
        if operation.laws is not None and operation.role is not None and Law.PROGRESS in operation.laws.declared
    ],
)
def test_work_that_goes_on_has_a_generous_bound(name: str, lifecycle: Any) -> None:
    for edge in lifecycle.edges:
        if edge.after is not None and edge.paced:
            assert (lifecycle.states[edge.source].at_most or 0) >= _MARGIN * edge.after, edge
