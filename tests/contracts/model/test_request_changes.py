"""Requests with another value at a runtime expression, in the form that the schema allows."""

import json

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.request_changes import asking_for, parsed, with_value


def test_a_value_in_the_path_and_in_the_query_is_encoded() -> None:
    operation = load_contract("huawei-metastudio").operations["ShowAsset"]
    request = request_of(operation, {"project_id": "p", "asset_id": "old"})
    changed = with_value(operation, request, "$request.path.asset_id", "a/b c")
    assert changed.path == "/v1/p/digital-assets/a%2Fb%20c"
    assert with_value(operation, changed, "$request.query.limit", 7).query == "limit=7"


def test_a_value_in_the_query_takes_the_place_of_another() -> None:
    operation = load_contract("softsugar").operations["cancelTask"]
    request = WireRequest("GET", operation.path, "id=1&x=%20", {}, b"")
    assert with_value(operation, request, "$request.query.id", 2).query == "x=+&id=2"


def test_a_value_in_the_body_leaves_the_others() -> None:
    operation = load_contract("guiji").operations["listVideos"]
    request = WireRequest("POST", operation.path, "", {}, b'{"page": 1}')
    changed = with_value(operation, request, "$request.body#/size", 5)
    assert json.loads(changed.body) == {"page": 1, "size": 5}
    assert changed.headers["content-type"] == "application/json"


def test_a_value_that_the_schema_nests_makes_what_is_around_it() -> None:
    operation = load_contract("guiji").operations["listVideos"]
    request = WireRequest("POST", operation.path, "", {}, b"no JSON")
    assert json.loads(with_value(operation, request, "$request.body#/a/b", 1).body) == {"a": {"b": 1}}


@pytest.mark.parametrize("values", [[7], [7, 8], ["7"]])
def test_identifiers_take_the_form_that_the_schema_allows(values: list[int | str]) -> None:
    operation = load_contract("softsugar").operations["getTasks"]
    request = WireRequest("POST", operation.path, "", {"content-type": "application/json"}, b"{}")
    asking = asking_for(operation, request, "$request.body#/ids", values)
    content = parsed(operation, asking)
    assert content is not None
    assert content.violations == ()
    assert [str(value) for value in json.loads(asking.body)["ids"]] == [str(value) for value in values]
