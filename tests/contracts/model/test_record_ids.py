"""Which identifiers a request and its response name."""

from dataclasses import replace

import pytest

from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.record_ids import created_id
from tests.support.shelf import Shelf


def _created_at(exchange: OperationExchange, place: str) -> OperationExchange:
    laws = exchange.operation.laws
    assert laws is not None
    return replace(exchange, operation=replace(exchange.operation, laws=replace(laws, created=place)))


@pytest.mark.parametrize(
    ("place", "identifier"),
    [("$request.body#/name", "Ann"), ("$request.body#/number", None), ("/data/nothing", None)],
)
def test_an_identifier_may_be_given_by_the_request(place: str, identifier: str | None) -> None:
    assert created_id(_created_at(Shelf().do("addBook", {"name": "Ann"}), place)) == identifier


def test_an_identifier_is_a_text_whatever_the_response_shows() -> None:
    exchange = Shelf().do("addBook", {"name": "Ann"})
    assert created_id(exchange) == str(exchange.content["data"]["id"])
