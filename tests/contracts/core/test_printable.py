"""What comes from elsewhere is shown in one line, and holds nothing that a terminal obeys."""

from hypothesis import given
from hypothesis import strategies as st

from bodydouble.contracts.client.report import http_text
from bodydouble.contracts.core.printable import counted, printable
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.violation import MAX_SHOWN_LENGTH, Violation, short_json

CLEARS_THE_SCREEN = "\x1b[2J\x9b2J"


@given(st.text(st.characters()))
def test_every_text_becomes_printable(text: str) -> None:
    assert printable(text).isprintable()


def test_printable_characters_stay_and_others_are_escaped() -> None:
    assert printable("数字人 \U0001f469 é") == "数字人 \U0001f469 é"
    assert printable("a\n\x1b\x85\ud800") == "a\\n\\x1b\\x85\\ud800"
    assert printable("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


def test_a_shown_value_has_one_line_and_is_no_longer_than_allowed() -> None:
    assert short_json(CLEARS_THE_SCREEN) == '"\\x1b[2J\\x9b2J"'
    violation = Violation("body", "/name", "maxLength", "\x1e\u2028" + 100 * "a", 20)
    assert len(str(violation).splitlines()) == 1
    assert len(short_json("\x1b" * 1_000_000)) == MAX_SHOWN_LENGTH
    assert short_json("b" * MAX_SHOWN_LENGTH).endswith("...")
    assert len(short_json([{"a": "b"}] * 100_000)) == MAX_SHOWN_LENGTH


def test_a_value_is_shown_as_json() -> None:
    assert short_json([True, None, {"名": 'x"'}, 1.5]) == '[true, null, {"名": "x\\""}, 1.5]'
    assert str(Violation("body", "/a", "type", None, ("object",))) == "/a: type: got null, expected object"
    assert Violation("body", "/a", "enum", 1, (True, None)).expectation == "true or null"


def test_a_response_is_shown_with_its_lines_and_without_control_characters() -> None:
    response = WireResponse(200, {"content-type": "text/plain"}, f"one\ntwo{CLEARS_THE_SCREEN}".encode())
    assert http_text(response).splitlines()[-2:] == ["one", "two\\x1b[2J\\x9b2J"]


def test_numbers_agree_with_their_nouns() -> None:
    assert [counted(count, "violation") for count in (0, 1, 2)] == ["0 violations", "1 violation", "2 violations"]
