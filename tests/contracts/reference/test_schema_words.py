"""Keywords of schemas in words, and what descriptions say of the members of enumerations."""

from typing import Any

import pytest

from bodydouble.contracts.reference.schema_words import in_words, limits, meaning_of, members, without_meanings


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minLength": 1, "maxLength": 64}, ["at least 1 character", "at most 64 characters"]),
        ({"format": "int64", "minimum": 0, "maximum": 2**63 - 1}, ["format int64", "at least 0"]),
        ({"minimum": -(2**31), "maximum": 2**31 - 1}, []),
        ({"minLength": 0, "pattern": "^a$", "default": "a"}, ["pattern ^a$", 'default "a"']),
        ({"not": {"const": "0"}}, ['not "0"']),
        ({"maximum": 100_000}, ["at most 100,000"]),
    ],
)
def test_limits_are_words(schema: dict[str, Any], words: list[str]) -> None:
    assert list(limits(schema)) == words


@pytest.mark.parametrize(
    ("value", "description", "meaning"),
    [
        (2, "The voice's sex. 1: male; 2: female.", "female"),
        ("H264", "`H264`: H.264 in an MP4 file. `VP8`: VP8 in a WebM file.", "H.264 in an MP4 file"),
        ("NONE", "`NONE` (by default): unknown. `CN`: Chinese.", "unknown (by default)"),
        (12, "Codes: 11 voice model, 12 avatar model, 14 video synthesis.", "avatar model"),
        (30, "30 ASR (recognition) or 31 TTS (synthesis); as a number.", "ASR (recognition)"),
        ("开机", "As a word: 开机 (on), 开机中 (starting).", "on"),
        (None, "1: male; null: not given.", "not given"),
        (-1, "-1: editing; 1: queued.", "editing"),
        (1, "-1: editing; 1: queued.", "queued"),
        ("GXH", "Regional: `DBH` north-east, `GXH` Guangxi.", "Guangxi"),
        ("2d", "Kind of model. `2d` or `3d`.", ""),
        ("CHAT", "`VIDEO`, `CHAT`: see `SupportedService`.", ""),
        (3, "1: male; 2: female.", ""),
        ("a.b", "axb: something else.", ""),
    ],
)
def test_the_meaning_of_a_member_is_read_from_the_description(value: Any, description: str, meaning: str) -> None:
    assert meaning_of(value, description) == meaning


def test_a_description_does_not_repeat_what_stands_with_the_members() -> None:
    text = "State of a voice. 0: pending; 1: training. Never both."
    assert without_meanings(text, [0, 1]) == "State of a voice. Never both."


def test_a_constant_is_an_enumeration_of_one_member() -> None:
    assert [member.value for member in members({"const": "sign"}, "")] == ["sign"]


def test_a_condition_is_words() -> None:
    condition = {"properties": {"auth_type": {"const": "MSS_A"}}, "required": ["auth_type"]}
    assert in_words(condition) == 'auth_type is "MSS_A"'
    assert in_words({"required": ["a", "b"]}) == "a is there and b is there"
