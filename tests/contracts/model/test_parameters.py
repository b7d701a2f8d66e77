"""From text on the wire to typed values."""

from typing import Any

import pytest

from bodydouble.contracts.core.strict_json import JsonTextError
from bodydouble.contracts.model.parameters import Parameter, decode_scalar
from tests.support import specification


def parameter(schema: dict[str, Any], **node: Any) -> Parameter:
    content = specification.content()
    node = {"name": "p", "in": "query", "schema": schema, **node}
    content["paths"]["/things"]["post"]["parameters"] = [node]
    return specification.contract(content).operations["createThing"].parameters[0]


def json_parameter(schema: dict[str, Any]) -> Parameter:
    content = specification.content()
    node = {"name": "p", "in": "query", "content": {"application/json": {"schema": schema}}}
    content["paths"]["/things"]["post"]["parameters"] = [node]
    return specification.contract(content).operations["createThing"].parameters[0]


@pytest.mark.parametrize(
    ("text", "types", "value"),
    [
        ("5", "integer", 5),
        ("-5", "integer", -5),
        ("+5", "integer", 5),
        ("005", "integer", 5),
        ("9" * 400, "integer", int("9" * 400)),
        ("9" * 5000, "integer", "9" * 5000),
        ("5.0", "integer", "5.0"),
        ("", "integer", ""),
        ("५", "integer", "५"),
        ("1_000", "integer", "1_000"),
        ("5.5", "number", 5.5),
        ("1e3", "number", 1000.0),
        ("inf", "number", "inf"),
        ("true", "boolean", True),
        ("True", "boolean", True),
        ("False", "boolean", False),
        ("TRUE", "boolean", "TRUE"),
        ("1", "boolean", "1"),
        ("5", "string", "5"),
        ("5", "integer string", "5"),
        ("5", "integer boolean", 5),
        ("true", "integer boolean", True),
        ("x", "", "x"),
    ],
)
def test_a_text_becomes_a_value_of_its_schemas_type_or_stays_a_text(text: str, types: str, value: object) -> None:
    decoded = decode_scalar(text, frozenset(types.split()))
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize(
    ("texts", "exploded", "value"),
    [
        (["1,2,3"], True, [1, 2, 3]),
        (["1", "2"], True, [1, 2]),
        (["1,2", "3"], False, [1, 2, 3]),
        (["1", "2"], False, [1, 2]),
        (["1", ""], False, [1, ""]),
        (["1,2", "3"], True, ["1,2", 3]),
        (["1,x"], True, [1, "x"]),
        (["7"], True, [7]),
    ],
)
def test_an_array_comes_separated_by_commas_or_repeated(texts: list[str], exploded: bool, value: object) -> None:
    assert parameter({"type": "array", "items": {"type": "integer"}}, explode=exploded).decode(texts) == value


def test_of_a_repeated_scalar_the_last_one_counts() -> None:
    assert parameter({"type": "integer"}).decode(["1", "2"]) == 2


def test_json_in_a_parameter_is_parsed_and_its_pointers_lead_into_it() -> None:
    holder = json_parameter({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}})
    assert holder.holds_json
    assert holder.decode(['{"a": 1}']) == {"a": 1}
    (violation,) = holder.violations({"a": "x"})
    assert (violation.part, violation.pointer, violation.rule) == ("query", "/p/a", "type")
    with pytest.raises(JsonTextError):
        holder.decode(["{"])


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({"type": "integer"}, {"integer"}),
        ({"type": ["integer", "null"]}, {"integer", "null"}),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"integer", "string"}),
        ({"enum": [1, 2]}, {"integer"}),
        ({"const": 1}, {"integer"}),
        ({"const": "1"}, set()),
    ],
)
def test_the_types_of_a_parameter_are_read_from_its_schema(schema: dict[str, Any], types: set[str]) -> None:
    assert parameter(schema).types == types
