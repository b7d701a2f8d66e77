"""Reading the specification files."""

from pathlib import Path

import pytest

from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.documents import SpecificationError
from tests.support import specification

SPECS = Path(__file__).parents[3] / "specs"


def test_the_specifications_are_the_folders_that_have_one() -> None:
    assert documents.names() == sorted(path.parent.name for path in SPECS.glob("*/openapi.yaml"))
    assert {"aliyun-avatar", "control", "guiji", "huawei-metastudio", "softsugar"} <= set(documents.names())


def test_the_error_of_an_unknown_name_lists_the_known_names() -> None:
    with pytest.raises(SpecificationError, match=f"called 'nobody'; there are: {', '.join(documents.names())}"):
        documents.load("nobody")


def test_dates_in_a_specification_stay_text() -> None:
    entries = documents.read_yaml("guiji", "examples.yaml")
    assert any("createTime: " in str(entry) or "'2025-" in str(entry) for entry in entries)
    assert not any("datetime" in repr(entry) for entry in entries)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("#/components/schemas/Nobody", "leads nowhere"),
        ("other.yaml#/components", "only references within the document"),
        ("https://example.com/schema", "only references within the document"),
    ],
)
def test_a_reference_must_lead_somewhere_in_the_document(reference: str, words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        specification.document().resolve({"$ref": reference})


def test_a_path_through_references_gives_the_node_and_its_real_path() -> None:
    path = ("paths", "/things", "post", "requestBody", "content", "application/json", "schema", "properties", "name")
    node, real = specification.document().locate(path)
    assert node["maxLength"] == 20
    assert real == ("components", "schemas", "NewThing", "properties", "name")


def test_a_node_at_hand_is_followed_like_a_path() -> None:
    document = specification.document()
    at = ("paths", "/things", "post", "requestBody", "content", "application/json")
    holder, real = document.locate(at)
    assert document.follow(holder["schema"], (*real, "schema")) == document.locate((*at, "schema"))
    assert document.follow(holder, at) == (holder, at)


def test_walking_visits_every_node_with_its_path() -> None:
    visited = dict(nodes({"a": [1, {"b": 2}]}))
    assert visited[("a", 1, "b")] == 2
    assert set(visited) == {(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b")}
