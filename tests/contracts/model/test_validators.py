"""Compiled validators, and JSON documents inside strings."""

import json
from typing import Any

import pytest

from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.validators import Validator, ValidatorFactory
from bodydouble.contracts.model.violation import Violation
from tests.support import specification


def carrier(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}


QUERY = {"type": "object", "required": ["tts_query"], "properties": {"tts_query": {"type": "string", "minLength": 1}}}
VOICES = {
    "type": "object",
    "required": ["voice_content"],
    "properties": {"voice_content": {"type": "array", "items": QUERY}},
}
SCHEMAS: dict[str, Any] = {
    "Body": {"type": "object", "properties": {"param": {"$ref": "#/components/schemas/Param"}}},
    "Param": carrier({"$ref": "#/components/schemas/Voices"}),
    "Voices": VOICES,
    "List": {"type": "array", "items": {"type": "object", "properties": {"text": carrier(QUERY)}}},
    "Twice": {"type": "object", "properties": {"outer": carrier({"properties": {"inner": carrier(QUERY)}})}},
    "Combined": {"allOf": [{"type": "object"}, {"properties": {"param": carrier(QUERY)}}]},
    "Recursive": {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Recursive"}}},
}


def validator(schema: dict[str, Any] | str) -> Validator:
    schemas = dict(SCHEMAS)
    if isinstance(schema, dict):
        schemas["This"] = schema
    name = schema if isinstance(schema, str) else "This"
    document = Document("validators", {"components": {"schemas": schemas}})
    return ValidatorFactory(document).at(("components", "schemas", name))


@pytest.mark.parametrize(
    ("schema", "instance", "pointer", "rule", "expected"),
    [
        ({"type": "integer"}, "1", "", "type", ["integer"]),
        ({"properties": {"a": {"maximum": 3}}}, {"a": 4}, "/a", "maximum", 3),
        ({"properties": {"a": {"pattern": "^x$"}}}, {"a": "y"}, "/a", "pattern", "^x$"),
        ({"properties": {"a": {"enum": [1, 2]}}}, {"a": 3}, "/a", "enum", [1, 2]),
        ({"properties": {"a": {"const": 1}}}, {"a": 3}, "/a", "const", 1),
        ({"items": {"minLength": 2}}, ["ab", "c"], "/1", "minLength", 2),
        ({"required": ["a/b"]}, {}, "/a~1b", "required", "a value"),
    ],
)
def test_a_violation_names_the_place_the_rule_and_what_was_expected(
    schema: dict[str, Any], instance: object, pointer: str, rule: str, expected: object
) -> None:
    (violation,) = validator(schema).violations(instance)
    assert not validator(schema).is_valid(instance)
    assert (violation.part, violation.pointer, violation.rule, violation.expected) == ("body", pointer, rule, expected)


def test_of_several_branches_the_intended_one_is_explained() -> None:
    success = {"required": ["code", "data"], "properties": {"code": {"const": 0}, "data": {"type": "integer"}}}
    failure = {"required": ["code", "message"], "properties": {"code": {"minimum": 1}}}
    (violation,) = validator({"oneOf": [success, failure]}).violations({"code": 0, "data": "x"})
    assert (violation.pointer, violation.rule) == ("/data", "type")
    (violation,) = validator({"oneOf": [success, failure]}).violations({"code": 5})
    assert (violation.pointer, violation.rule) == ("/message", "required")


def test_when_every_branch_only_lacks_something_all_are_named() -> None:
    violations = validator({"anyOf": [{"required": ["text"]}, {"required": ["audioUrl"]}]}).violations({})
    assert [(violation.pointer, violation.rule) for violation in violations] == [
        ("/text", "required"),
        ("/audioUrl", "required"),
    ]


@pytest.mark.parametrize(
    ("schema", "instance", "pointer", "rule"),
    [
        ("Body", {"param": '{"voice_content": [{"tts_query": ""}]}'}, "/param/voice_content/0/tts_query", "minLength"),
        ("Body", {"param": '{"voice_content": [{}]}'}, "/param/voice_content/0/tts_query", "required"),
        ("Body", {"param": "{"}, "/param", "json"),
        ("Body", {"param": "[" * 2000}, "/param", "depth"),
        ("Body", {"param": "NaN"}, "/param", "json"),
        ("List", [{"text": '{"tts_query": "a"}'}, {"text": "{}"}], "/1/text/tts_query", "required"),
        ("Twice", {"outer": json.dumps({"inner": "{}"})}, "/outer/inner/tts_query", "required"),
        ("Combined", {"param": "{}"}, "/param/tts_query", "required"),
    ],
)
def test_pointers_lead_into_the_document_inside_a_string(
    schema: str, instance: object, pointer: str, rule: str
) -> None:
    assert not validator(schema).is_valid(instance)
    (violation,) = validator(schema).violations(instance)
    assert (violation.pointer, violation.rule) == (pointer, rule)


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ("Body", {}),
        ("Body", {"param": ""}),
        ("Body", {"param": '{"voice_content": [{"tts_query": "Hello."}]}'}),
        ("List", [{"text": '{"tts_query": "a"}'}, {}]),
        ("Twice", {"outer": json.dumps({"inner": json.dumps({"tts_query": "a"})})}),
        ("Recursive", {"child": {"child": {}}}),
    ],
)
def test_valid_documents_inside_strings_are_accepted(schema: str, instance: object) -> None:
    assert validator(schema).is_valid(instance)
    assert validator(schema).violations(instance) == ()


def test_a_carrier_that_is_not_a_string_is_left_to_the_outer_schema() -> None:
    (violation,) = validator("Body").violations({"param": {"voice_content": []}})
    assert (violation.pointer, violation.rule) == ("/param", "type")


def test_a_schema_is_compiled_once_wherever_it_is_referred_to() -> None:
    document = Document("validators", {"components": {"schemas": SCHEMAS}})
    factory = ValidatorFactory(document)
    schemas = ("components", "schemas")
    assert factory.at((*schemas, "Body", "properties", "param")) is factory.at((*schemas, "Param"))


@pytest.mark.parametrize(
    ("violation", "text"),
    [
        (Violation("body", "/a/0", "type", "x", ["integer"]), '/a/0: type: got "x", expected integer'),
        (Violation("body", "", "json", "", "a JSON document"), 'body: json: got "", expected a JSON document'),
        (Violation("query", "/page", "required", None, "a value"), "query parameter page: required, but missing"),
        (Violation("status", "", "status", 500, "200"), "status: got 500, expected 200"),
    ],
)
def test_a_violation_is_written_for_people(violation: Violation, text: str) -> None:
    assert str(violation) == text


def test_a_long_value_is_shortened_where_it_is_shown() -> None:
    text = str(Violation("body", "/a", "maxLength", "x" * 5000, 10))
    assert len(text) < 200
    assert "..." in text


def envelope() -> Validator:
    content = specification.content()
    code, data = {"type": "integer", "const": 0}, {"type": "object", "properties": {"at": {"type": "string"}}}
    succeeded = {"code": code, "success": {"const": True}, "data": {"type": "array", "items": data}}
    failed = {"code": {"type": "integer", "minimum": 1}, "success": {"const": False}, "data": {"type": "null"}}
    content["components"]["schemas"] |= {
        "Failed": {"type": "object", "required": ["code"], "properties": failed},
        "Succeeded": {"allOf": [{"type": "object", "required": ["code"], "properties": succeeded}]},
        "Either": {"oneOf": [{"$ref": "#/components/schemas/Succeeded"}, {"$ref": "#/components/schemas/Failed"}]},
    }
    return specification.contract(content).schemas.at(("components", "schemas", "Either"))


@pytest.mark.parametrize(
    ("instance", "places"),
    [
        ({"code": 0, "success": True, "data": [{"at": 5}] * 5}, [f"/data/{index}/at" for index in range(5)]),
        ({"code": 0, "success": False, "data": []}, ["/success"]),
        ({"code": 0, "success": True, "data": None}, ["/data"]),
        ({"code": "0", "success": True, "data": []}, ["/code", "/code"]),
        ({"code": 7, "success": False, "data": []}, ["/data"]),
    ],
)
def test_the_branch_whose_constants_fit_is_meant(instance: object, places: list[str]) -> None:
    assert [violation.pointer for violation in envelope().violations(instance)] == places


def test_a_text_differs_from_the_number_that_it_looks_like() -> None:
    violation = Violation("body", "/code", "enum", 200, [0, "0"])
    assert str(violation) == '/code: enum: got 200, expected 0 or "0"'
    assert str(Violation("body", "/code", "const", 0, "0")) == '/code: const: got 0, expected "0"'
    assert str(Violation("body", "/code", "type", 0, "string")) == "/code: type: got 0, expected string"
