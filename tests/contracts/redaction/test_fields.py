"""Taking secrets out."""

import json

import pytest

from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor

REDACTOR = FieldRedactor(["access_token", "secret", "authorizeText", "idNumber"])
PLAIN = "keep me"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("access_token=abc&page=1", "access_token=[redacted]&page=1"),
        ("page=1&ACCESS_TOKEN=abc", "page=1&ACCESS_TOKEN=[redacted]"),
        ("https://example.com/a?secret=s%20t#top", "https://example.com/a?secret=[redacted]#top"),
        ("my_secret=1", "my_secret=1"),
        ("", ""),
    ],
)
def test_queries_and_urls(text: str, expected: str) -> None:
    assert REDACTOR.query(text) == expected


@pytest.mark.parametrize("name", ["Authorization", "COOKIE", "set-cookie", "Access_Token"])
def test_headers_by_name_whatever_the_case(name: str) -> None:
    assert REDACTOR.headers({name: "abc", "Accept": PLAIN}) == {name: REPLACEMENT, "Accept": PLAIN}


@pytest.mark.parametrize("value", ["plain", 'with "quotes" and \\', "ü\n", 12345678901, -1.5e3])
def test_json_values_at_any_depth(value: object) -> None:
    text = json.dumps({"deep": [{"secret": value, "other": PLAIN}], "authorizeText": value})
    redacted = REDACTOR.text(text)
    assert json.loads(redacted) == {
        "deep": [{"secret": REPLACEMENT, "other": PLAIN}],
        "authorizeText": REPLACEMENT,
    }


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_json_inside_strings_at_any_level(levels: int) -> None:
    text = json.dumps({"secret": 'the "one"', "other": PLAIN})
    for _ in range(levels):
        text = json.dumps({"param": text})
    content = json.loads(REDACTOR.text(text))
    for _ in range(levels):
        content = json.loads(content["param"])
    assert content == {"secret": REPLACEMENT, "other": PLAIN}


def test_a_value_that_was_cut_off_is_replaced_to_its_end() -> None:
    assert "hidden" not in REDACTOR.text('{"a": 1, "secret": "hidden\\\\" hid')


def test_a_pretty_printed_inner_document() -> None:
    text = json.dumps({"param": json.dumps({"secret": "hidden", "other": PLAIN}, indent=2).replace(": ", ":\n")})
    assert json.loads(json.loads(REDACTOR.text(text))["param"]) == {"secret": REPLACEMENT, "other": PLAIN}


def test_a_text_of_backslashes_takes_no_time() -> None:
    assert REDACTOR.text("\\" * 1_000_000) == "\\" * 1_000_000


def test_text_that_is_not_json_is_unchanged() -> None:
    assert REDACTOR.text("secret is a word") == "secret is a word"


def test_without_sensitive_names_nothing_changes() -> None:
    assert FieldRedactor([]).text('{"secret": "s"}') == '{"secret": "s"}'
    assert FieldRedactor([]).query("secret=s") == "secret=s"
