"""What the recommended rules of Spectral and Redocly ask, where a specification once broke them.

`make lint-specs` runs the tools themselves.
"""

import pytest

from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from tests.support.schemas import content, schemas

NAMES = documents.names()


@pytest.mark.parametrize("name", NAMES)
def test_it_says_who_wrote_it_and_under_which_license(name: str) -> None:
    info = content(name)["info"]
    assert info["contact"]["name"]
    assert info["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}


@pytest.mark.parametrize("name", NAMES)
def test_every_list_says_what_is_in_it(name: str) -> None:
    # The type is one, or a list of them.
    lists = [(path, schema) for path, schema in schemas(name) if "array" in str(schema.get("type"))]
    assert [pointer(path) for path, schema in lists if "items" not in schema] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_conditional_schema_declares_what_it_requires(name: str) -> None:
    undeclared = [
        f"{pointer(path)}: {field}"
        for path, schema in schemas(name)
        if path[-1] in ("then", "else")
        for field in schema.get("required", ())
        if field not in schema.get("properties", {})
    ]
    assert undeclared == []


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_and_callback_below_paths_has_a_response_that_refuses(name: str) -> None:
    unrefused = [
        pointer(path)
        for path, node in nodes(content(name)["paths"])
        if path[-1:] == ("responses",) and not any(str(status).startswith("4") for status in node)
    ]
    assert unrefused == []


@pytest.mark.parametrize("name", NAMES)
def test_what_refuses_a_callback_acknowledges_nothing(name: str) -> None:
    for callback in load_contract(name).callbacks.values():
        assert {status[0] for status in callback.acknowledgements} <= {"2", "d"}, callback.id


@pytest.mark.parametrize("name", NAMES)
def test_every_tag_is_declared_once_and_every_operation_id_is_unique(name: str) -> None:
    tags = [tag["name"] for tag in content(name)["tags"]]
    assert len(set(tags)) == len(tags)
    ids = [
        node["operationId"]
        for _, node in nodes(content(name))
        if isinstance(node, dict) and "operationId" in node and "responses" in node
    ]
    assert len(set(ids)) == len(ids)
