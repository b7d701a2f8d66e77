"""Secrets that a tester has seen are in nothing that it shows."""

import base64
import json
from collections.abc import Callable

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets

REQUEST = WireRequest("GET", "/tokens", "", {}, b"")


def known() -> KnownSecrets:
    return KnownSecrets({"secret": "se/cret+value", "short": "abc"}, FieldRedactor(["token"]))


@pytest.mark.parametrize("text", ["se/cret+value", "se%2Fcret%2Bvalue"])
def test_a_credential_is_replaced_however_it_is_written(text: str) -> None:
    assert known().text(f"before {text} after") == f"before {REPLACEMENT} after"


def test_a_short_value_is_not_a_secret() -> None:
    assert known().text("abc") == "abc"


def test_a_value_that_a_response_issues_is_a_secret_and_a_repeated_value_is_not() -> None:
    secrets = known()
    issued = {"data": [{"token": "issued-token"}], "echo": {"token": "sent-token"}}
    request = WireRequest("GET", "/tokens", "token=sent-token", {}, b"")
    secrets.remember_response(request, WireResponse(200, {}, json.dumps(issued).encode()))
    assert secrets.text("issued-token and sent-token") == f"{REPLACEMENT} and sent-token"


def test_a_response_without_json_issues_nothing() -> None:
    secrets = known()
    secrets.remember_response(REQUEST, WireResponse(200, {}, b"token: not json"))
    assert secrets.text("not json") == "not json"


LONG = "s3cret-0123456789abcdef"
FORMS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 for URLs, of base64": lambda text: base64.urlsafe_b64encode(
        base64.b64encode(f"{{{text}}}".encode())
    ).decode(),
    "hexadecimal digits": lambda text: text.encode().hex(),
    "percent-encoded twice": lambda text: "".join(f"%25{ord(letter):02X}" for letter in text),
    "escapes of JSON": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "escapes of XML": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    "capital letters": str.upper,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [LONG, "A&b<c>\"d'"])
def test_a_secret_is_replaced_in_every_form_that_the_journal_knows(form: str, value: str) -> None:
    written = FORMS[form](value)
    secrets = KnownSecrets({"secret": value}, FieldRedactor([]))
    if value == LONG or form != "capital letters":
        # What pads base64 says nothing.
        assert secrets.text(f"before {written} after").replace("=", "") == f"before {REPLACEMENT} after"
        assert written.rstrip("=") not in secrets.with_placeholders(written)
    else:
        # A short value in the other case is too likely another word.
        assert secrets.text(written) == written


@pytest.mark.parametrize("written", ["A&amp;b&lt;c&gt;dd", "A&b<c>dd"])
def test_a_secret_is_replaced_in_xml(written: str) -> None:
    secrets = KnownSecrets({"secret": "A&b<c>dd"}, FieldRedactor([]))
    assert secrets.text(f"<x>{written}</x>") == f"<x>{REPLACEMENT}</x>"
