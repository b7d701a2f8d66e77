"""The order of creation, which no record shows, against a small endpoint."""

from dataclasses import replace
from typing import Any

import pytest

from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.creation_orders import MIN_GAP, check_creation_order
from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.sorting import Sorting
from tests.support.shelf import Fault, Shelf, shelf_contract

BOOK = {"name": "Emma", "shelf": "north", "pages": 300}


def outcomes(gap: float, fault: Fault | None = None, *acts: tuple[str, Any]) -> list[Any]:
    """What is said about a list that states the order of creation, after two creates with seconds between them."""
    shelf = Shelf({} if fault is None else {"listBooks": fault})
    shelf.do("addBook", BOOK)
    shelf.do("addBook", {**BOOK, "name": "Persuasion"})
    for name, body in acts:
        shelf.do(name, body, id=101)
    contract, listing = shelf_contract(), shelf_contract().operations["listBooks"]
    assert listing.laws is not None
    laws = replace(listing.laws, sort=Sorting("$request.body#/sortBy", creation=True, default_descending=True))
    times = [(index * (gap + 1), index * (gap + 1) + 1) for index in range(len(shelf.sent))]
    context = LawContext(
        contract, contract.operations, EndpointOptions(), shelf.sent, shelf.call, lambda *_: False, times=times
    )
    return list(check_creation_order(context, listing, laws))


def turned(data: Any, request: Any) -> Any:
    return {**data, "records": data["records"][::-1]}


def test_the_order_in_which_records_were_created_is_right() -> None:
    (result,) = outcomes(MIN_GAP)
    assert result.law is Law.ORDER
    assert not isinstance(result, LawViolation)


def test_another_order_than_that_of_creation_is_noticed() -> None:
    _, violation = outcomes(MIN_GAP, turned)
    assert violation.message == "the newest comes first, and '102' was created after '101'"
    assert [exchange.operation.id for exchange in violation.exchanges] == ["addBook", "addBook", "listBooks"]


@pytest.mark.parametrize(("gap", "acts"), [(MIN_GAP - 0.2, ()), (MIN_GAP, (("changeBook", BOOK),))])
def test_nothing_is_said_where_the_order_is_not_certain(gap: float, acts: tuple[tuple[str, Any], ...]) -> None:
    assert outcomes(gap, turned, *acts) == []
