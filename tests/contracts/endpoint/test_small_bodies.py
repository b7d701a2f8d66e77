"""Random bodies are small; limits are covered, and responses validated, by the schemas as they are."""

from typing import Any

from bodydouble.contracts.endpoint.case_generation import derived_document
from bodydouble.contracts.endpoint.small_bodies import MAX_ITEMS, SmallBodies
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.loader import load_contract

CREATE = "/v1/{project_id}/2d-digital-human-videos"


def small_body(schema: dict[str, Any], **schemas: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of small bodies, and the copies of components that it leads to."""
    document = Document("test", {"components": {"schemas": schemas}})
    bodies = SmallBodies(document.resolve)
    return bodies.body(schema), bodies.copies


def test_the_first_level_stays_open_and_what_is_below_is_closed_and_short() -> None:
    inner: dict[str, Any] = {"type": "object", "properties": {"names": {"type": "array", "items": {"type": "string"}}}}
    body, _ = small_body({"type": "object", "properties": {"inner": inner}})
    assert "additionalProperties" not in body
    assert body["properties"]["inner"]["additionalProperties"] is False
    assert body["properties"]["inner"]["properties"]["names"]["maxItems"] == MAX_ITEMS
    assert "maxItems" not in inner["properties"]["names"]


def test_the_schemas_own_limits_on_properties_and_lengths_are_preserved() -> None:
    inner = {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}}
    longer = {"type": "array", "minItems": 5, "maxItems": 9, "items": {}}
    shorter = {"type": "array", "maxItems": 1, "items": {}}
    body, _ = small_body({"type": "object", "properties": {"inner": inner, "longer": longer, "shorter": shorter}})
    properties = body["properties"]
    assert properties["inner"]["additionalProperties"] == {"type": "string"}
    assert (properties["longer"]["maxItems"], properties["shorter"]["maxItems"]) == (5, 1)


def test_an_object_stays_open_if_only_a_condition_names_a_property() -> None:
    inner = {
        "type": "object",
        "properties": {"kind": {"type": "string"}},
        "allOf": [{"if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["only_with_a"]}}],
    }
    body, _ = small_body({"type": "object", "properties": {"inner": inner}})
    assert "additionalProperties" not in body["properties"]["inner"]


def test_components_are_copied_once_even_if_they_hold_themselves() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "value": {}}}
    first = {"$ref": "#/components/schemas/Node"}
    body, copies = small_body({"type": "object", "properties": {"first": first}}, Node=node)
    assert set(copies) == {"Node.small"}
    for holder in (body["properties"]["first"], copies["Node.small"]["properties"]["next"]):
        assert holder["$ref"] == "#/components/schemas/Node.small"


def test_only_requests_get_small_bodies_and_only_on_demand() -> None:
    contract = load_contract("huawei-metastudio")
    whole, small = derived_document(contract), derived_document(contract, small=True)
    schemas = contract.document.content["components"]["schemas"]
    assert whole["components"]["schemas"] == schemas
    assert {name: small["components"]["schemas"][name] for name in schemas} == schemas
    assert small["paths"][CREATE]["post"]["responses"] == whole["paths"][CREATE]["post"]["responses"]
    body = small["paths"][CREATE]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["anyOf"] == schemas["CreateVideoRequest"]["anyOf"]
    assert body["properties"]["shoot_scripts"]["$ref"] == "#/components/schemas/ShootScripts.small"
    assert small["components"]["schemas"]["ShootScripts.small"]["maxItems"] == MAX_ITEMS
