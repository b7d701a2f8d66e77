"""What is secret in one part of an exchange is in no part of its redacted form."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.redaction.exchange import ExchangeRedactor
from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

TOKEN = "a-token-of-an-account"
EXCHANGE = RecordedExchange(
    WireRequest("GET", f"/tokens/{TOKEN}", "page=1", {"authorization": f"Bearer {TOKEN}"}, b""),
    WireResponse(200, {}, json.dumps({"token": TOKEN, "inner": json.dumps({"token": "another-token"})}).encode()),
    datetime(2026, 1, 1, tzinfo=UTC),
    0.1,
)
REDACTOR = ExchangeRedactor(FieldRedactor(["token"]), EXCHANGE)


def test_a_secret_of_a_header_is_taken_out_of_path_and_message() -> None:
    assert REDACTOR.text(EXCHANGE.request.path) == f"/tokens/{REPLACEMENT}"
    assert REDACTOR.text(f"signed for {TOKEN}") == f"signed for {REPLACEMENT}"


def test_a_secret_of_an_inner_document_is_taken_out_everywhere() -> None:
    assert REDACTOR.value({"note": "another-token", "list": [1, None]}) == {"note": REPLACEMENT, "list": [1, None]}


def test_headers_and_signed_urls_lose_their_secrets_only() -> None:
    assert REDACTOR.headers({"Authorization": "x", "Accept": "*/*"}) == {
        "Authorization": REPLACEMENT,
        "Accept": "*/*",
    }
    assert REDACTOR.query("page=1&Signature=abc") == f"page=1&Signature={REPLACEMENT}"


def test_the_names_of_headers_that_a_signature_lists_are_no_secrets() -> None:
    signed = "ACS3-HMAC-SHA256 Credential=an-access-key,SignedHeaders=accept;host;x-acs-date,Signature=abcdef123456"
    headers = {"accept": "*/*", "host": "h", "x-acs-date": "now", "authorization": signed}
    redactor = ExchangeRedactor(
        FieldRedactor(["token"]), replace(EXCHANGE, request=replace(EXCHANGE.request, headers=headers))
    )
    assert redactor.headers(headers) == {**headers, "authorization": REPLACEMENT}
    assert redactor.text("Credential an-access-key, SignedHeaders accept") == (
        f"Credential {REPLACEMENT}, SignedHeaders accept"
    )


def test_base64_with_its_padding_is_no_name_of_a_parameter() -> None:
    headers = {"authorization": "Basic dXNlcjpwYXNzd29yZA=="}
    redactor = ExchangeRedactor(
        FieldRedactor(["token"]), replace(EXCHANGE, request=replace(EXCHANGE.request, headers=headers))
    )
    assert redactor.text("sent dXNlcjpwYXNzd29yZA in full") == f"sent {REPLACEMENT} in full"
