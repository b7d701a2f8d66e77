"""Schemas as trees: merged, opened once, with anchors that stay."""

from typing import Any

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.reference.schema_node import SchemaNode
from bodydouble.contracts.reference.vendor import VendorReference
from tests.support import specification


def tree(schema: dict[str, Any], **components: Any) -> SchemaNode:
    document = specification.content()
    document.setdefault("components", {}).setdefault("schemas", {}).update({"Shown": schema, **components})
    return VendorReference(specification.contract(document)).schema("Shown")


def names(node: SchemaNode) -> list[str]:
    return [field.name for field in node.fields]


def test_all_parts_of_a_merged_schema_are_one_object() -> None:
    node = tree(
        {
            "allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"required": ["data"], "properties": {"data": {"type": "integer", "description": "Mine."}}},
            ]
        },
        Base={
            "type": "object",
            "required": ["code"],
            "properties": {"code": {"type": "integer"}, "data": {"description": "Any."}},
        },
    )
    assert names(node) == ["code", "data"]
    data = node.fields[1]
    assert (data.types, data.required, data.description, data.more) == (("integer",), True, "Mine.", "Any.")


def test_a_component_is_opened_once_and_a_circle_ends() -> None:
    circle = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Shown"}, "name": {}}}
    node = tree(circle)
    assert names(node) == ["next", "name"]
    assert (node.fields[0].seen, node.fields[0].fields) == ("field", ())


def test_fields_of_several_forms_have_anchors_of_their_own() -> None:
    form = {"type": "object", "properties": {"code": {"type": "integer"}}}
    node = tree({"oneOf": [{"title": "one", **form}, {"title": "two", **form}]})
    assert [choice.label for choice in node.choices] == ["one", "two"]
    assert [choice.node.fields[0].anchor for choice in node.choices] == ["field.code", "field.code~2"]


def test_json_in_a_text_is_opened_in_place() -> None:
    inner = {"type": "object", "properties": {"width": {"type": "integer"}}}
    text = {"type": "string", "contentMediaType": "application/json", "contentSchema": inner}
    field = tree({"type": "object", "properties": {"size": text}}).fields[0]
    assert field.types == ("string",)
    assert field.inner is not None
    assert field.inner.fields[0].anchor == "field.size.width"


def test_null_as_an_alternative_is_no_choice() -> None:
    node = tree({"anyOf": [{"type": "object", "properties": {"a": {}}}, {"type": "null"}]})
    assert (node.nullable, node.choices, names(node)) == (True, (), ["a"])


def test_alternatives_of_constants_are_members() -> None:
    node = tree({"type": "integer", "oneOf": [{"const": 1, "title": "seconds"}, {"const": 2, "title": "minutes"}]})
    assert [(member.value, member.meaning) for member in node.members] == [(1, "seconds"), (2, "minutes")]
    assert (node.choices, node.open) == ((), False)


def test_a_list_of_members_that_is_not_closed_says_so() -> None:
    node = tree({"type": "string", "anyOf": [{"enum": ["ASR5", "TTS3"]}, {"title": "other"}]})
    assert ([member.value for member in node.members], node.open) == (["ASR5", "TTS3"], True)


def test_a_condition_shows_what_it_demands() -> None:
    node = tree(
        {
            "type": "object",
            "properties": {"kind": {"enum": ["a", "b"]}},
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["extra"], "properties": {"extra": {"type": "string"}}},
        }
    )
    [choice] = node.choices
    assert (choice.kind, choice.label, choice.node.fields[0].required) == ("if", 'If kind is "a"', True)


def test_items_share_the_anchor_of_their_list() -> None:
    node = tree({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}})
    assert node.type_words == "array of object"
    assert node.item is not None
    assert (node.item.anchor, node.item.fields[0].anchor) == ("", "field.id")


def test_a_contradiction_stands_beside_its_field() -> None:
    vendor = VendorReference(load_contract("softsugar"))
    code = next(field for field in vendor.schema("Success").fields if field.name == "code")
    assert [decision.subject for decision in code.decisions] == ["type of code"]
    assert code.decisions[0].emit == "an integer"
