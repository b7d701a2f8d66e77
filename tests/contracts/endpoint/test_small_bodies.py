"""Random bodies are made from narrow schemas; limits are covered, and answers judged, by the schemas as they are."""

from typing import Any

from bodydouble.contracts.endpoint.case_generation import derived_document
from bodydouble.contracts.endpoint.small_bodies import MOST_ITEMS, Narrowing
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.loader import load_contract

CREATE = "/v1/{project_id}/2d-digital-human-videos"


def narrowed(schema: dict[str, Any], **schemas: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A body's narrow schema, and the copies of components that it leads to."""
    document = Document("test", {"components": {"schemas": schemas}})
    narrowing = Narrowing(document.resolve)
    return narrowing.body(schema), narrowing.copies


def test_the_first_level_stays_open_and_what_is_below_is_closed_and_short() -> None:
    inner = {"type": "object", "properties": {"names": {"type": "array", "items": {"type": "string"}}}}
    body, _ = narrowed({"type": "object", "properties": {"inner": inner}})
    assert "additionalProperties" not in body
    assert body["properties"]["inner"]["additionalProperties"] is False
    assert body["properties"]["inner"]["properties"]["names"]["maxItems"] == MOST_ITEMS
    assert "maxItems" not in inner["properties"]["names"]


def test_what_a_schema_says_of_further_properties_and_lengths_is_kept() -> None:
    inner = {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}}
    longer = {"type": "array", "minItems": 5, "maxItems": 9, "items": {}}
    shorter = {"type": "array", "maxItems": 1, "items": {}}
    body, _ = narrowed({"type": "object", "properties": {"inner": inner, "longer": longer, "shorter": shorter}})
    found = body["properties"]
    assert found["inner"]["additionalProperties"] == {"type": "string"}
    assert (found["longer"]["maxItems"], found["shorter"]["maxItems"]) == (5, 1)


def test_an_object_stays_open_if_only_a_condition_names_a_property() -> None:
    inner = {
        "type": "object",
        "properties": {"kind": {"type": "string"}},
        "allOf": [{"if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["only_with_a"]}}],
    }
    body, _ = narrowed({"type": "object", "properties": {"inner": inner}})
    assert "additionalProperties" not in body["properties"]["inner"]


def test_components_are_copied_once_even_if_they_hold_themselves() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "value": {}}}
    first = {"$ref": "#/components/schemas/Node"}
    body, copies = narrowed({"type": "object", "properties": {"first": first}}, Node=node)
    assert set(copies) == {"Node.narrow"}
    for holder in (body["properties"]["first"], copies["Node.narrow"]["properties"]["next"]):
        assert holder["$ref"] == "#/components/schemas/Node.narrow"


def test_only_requests_are_narrowed_and_only_when_that_is_asked_for() -> None:
    contract = load_contract("huawei-metastudio")
    whole, narrow = derived_document(contract), derived_document(contract, narrow=True)
    schemas = contract.document.content["components"]["schemas"]
    assert whole["components"]["schemas"] == schemas
    assert {name: narrow["components"]["schemas"][name] for name in schemas} == schemas
    assert narrow["paths"][CREATE]["post"]["responses"] == whole["paths"][CREATE]["post"]["responses"]
    body = narrow["paths"][CREATE]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["anyOf"] == schemas["CreateVideoRequest"]["anyOf"]
    assert body["properties"]["shoot_scripts"]["$ref"] == "#/components/schemas/ShootScripts.narrow"
    assert narrow["components"]["schemas"]["ShootScripts.narrow"]["maxItems"] == MOST_ITEMS
