"""Reading JSON text."""

import json

import orjson
import pytest

from bodydouble.contracts.core.strict_json import MAX_DEPTH, JsonTextError, parse, repeated_keys


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        (b"", "json", "not an empty one"),
        (b"  \n", "json", "not an empty one"),
        (b"{", "json", "line 1 column"),
        (b"[1, 2] 3", "json", "line 1 column 8"),
        (b"NaN", "json", "JSON text"),
        (b'{"a": Infinity}', "json", "JSON text"),
        (b'{"a": -Infinity}', "json", "JSON text"),
        (b"'single'", "json", "JSON text"),
        (b'"\xff"', "encoding", "byte 1 is not"),
        ('{"a": "ä"}'.encode("latin-1"), "encoding", "byte 7 is not"),
        (rb'"\ud800"', "json", "JSON text"),
        ('"\ud800"', "encoding", "UTF-8 text"),
        (b"[" * 10_000 + b"]" * 10_000, "depth", f"{MAX_DEPTH} nested"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "depth", f"{MAX_DEPTH} nested"),
        (b"[" * 1020 + b"9" * 20 + b"]" * 1020, "depth", f"{MAX_DEPTH} nested"),
        (b"9" * 400, "number", "double"),
        (b"1e400", "number", "double"),
    ],
)
def test_text_that_is_not_json_is_rejected_with_its_rule(text: bytes | str, rule: str, words: str) -> None:
    with pytest.raises(JsonTextError, match=words) as rejection:
        parse(text)
    assert rejection.value.rule == rule
    assert words in rejection.value.expected


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(["[{" * 200, {"]" * 200: "9" * 30}]),
        json.dumps(['"[' * 200, "\\" * 3 + '"[', "[" * 200 + "\\"]),
        "[" * MAX_DEPTH + "]" * MAX_DEPTH,
        json.dumps([[]] * 1000),
    ],
)
def test_what_stands_in_strings_is_not_nested_and_no_number(text: str) -> None:
    assert parse(text) == json.loads(text)


@pytest.mark.parametrize("before", ['"]"', '"\\\\"', r'"\\\"]"', r'"a\n"'])
def test_text_that_nests_too_deep_between_strings_is_rejected(before: str) -> None:
    depth = MAX_DEPTH + 1
    text = f"[{before}," * depth + "1" + "]" * depth
    json.loads(text)
    with pytest.raises(JsonTextError, match="nested"):
        parse(text)


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, -(2**63)])
def test_integers_within_64_bits_are_exact(number: int) -> None:
    assert parse(f'{{"n": [{number}]}}') == {"n": [number]}
    assert isinstance(parse(str(number)), int)


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, -(2**63) - 1000, 10**25, -(10**25), 10**300])
def test_integers_beyond_64_bits_become_doubles_beyond_64_bits(number: int) -> None:
    double = parse(f'{{"n": [{number}]}}')["n"][0]
    assert isinstance(double, float)
    assert double > 2**64 - 1 or double < -(2**63)
    assert abs(double - number) <= abs(number) / 2**50
    assert orjson.loads(orjson.dumps(double)) == double


@pytest.mark.parametrize("value", [None, True, 0.5, "Grüße 世界 \U0001f600", "", [], {}, {"a": [{"b": None}]}])
def test_json_is_read(value: object) -> None:
    assert parse(json.dumps(value)) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


def test_as_many_levels_as_stated_are_parsed() -> None:
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(JsonTextError, match=f"{MAX_DEPTH} nested"):
        parse("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        (b'{"a": 1, "b": {"a": 1}}', []),
        (b'{"a": 1, "a": 1}', ["/a"]),
        (b'{"a": 1, "\\u0061": 2}', ["/a"]),
        (b'{"x": [{"a": 1}, {"a": 1, "b": 2, "a": 3, "b": 4}]}', ["/x/1/a", "/x/1/b"]),
        (b'["a", "a"]', []),
        (b'{"a": "{\\"b\\": 1, \\"b\\": 2}"}', []),
    ],
)
def test_keys_that_an_object_repeats_are_seen(text: bytes, pointers: list[str]) -> None:
    assert repeated_keys(text) == pointers
