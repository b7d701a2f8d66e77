"""What is remembered of redacted messages: it follows from the text and the vendor alone, and is bounded."""

from collections.abc import Mapping

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.store.entry_redaction import MAX_REMEMBERED, EntryRedactor, Message, ShownMessage

REDACTORS = {"first": FieldRedactor(["secret"]), "second": FieldRedactor(["code"])}


def message(vendor: str, text: str, headers: Mapping[str, str], *, routed: bool = True) -> Message:
    body = f'{{"secret": "{text}", "code": "{text}"}}'.encode()
    request = WireRequest("POST", "/path", f"secret={text}&code={text}", headers, body)
    return Message(vendor, request, WireResponse(200, {}, body), (), routed, failed=False)


def shown(redactor: EntryRedactor, vendor: str, text: str, **headers: str) -> ShownMessage:
    return redactor.shown(message(vendor, text, headers))


def test_a_message_that_comes_again_is_shown_as_before_and_as_its_vendor_says() -> None:
    redactor = EntryRedactor(REDACTORS, lambda text, account_id: frozenset())
    for _ in range(3):
        first, second = shown(redactor, "first", "abcdef", code="x"), shown(redactor, "second", "abcdef", code="x")
        assert (first.query, second.query) == ("secret=[redacted]&code=abcdef", "secret=abcdef&code=[redacted]")
        assert (first.headers, second.headers) == ({"code": "x"}, {"code": "[redacted]"})
        for body in (first.request_body, first.response_body):
            assert '"abcdef"' in body
            assert body.index("[redacted]") < body.index("abcdef")


def test_issued_values_are_taken_out_of_a_message_that_was_remembered_before_they_were_issued() -> None:
    issued: set[str] = set()
    redactor = EntryRedactor(REDACTORS, lambda text, account_id: frozenset(issued))
    assert "abcdef" in str(shown(redactor, "first", "abcdef", other="abcdef"))
    issued.add("abcdef")
    assert "abcdef" not in str(shown(redactor, "first", "abcdef", other="abcdef"))


def test_the_names_of_headers_that_a_signature_lists_are_shown() -> None:
    redactor = EntryRedactor({"first": FieldRedactor(["authorization"])}, lambda text, account_id: frozenset())
    signature = "SDK-HMAC Access=key-1234, SignedHeaders=content-type;host, Signature=0123456789abcdef"
    headers = {"authorization": signature, "content-type": "application/json", "host": "127.0.0.1"}
    request = WireRequest("POST", "/path", "", headers, b'{"text": "key-1234 0123456789abcdef"}')
    failed = Message("first", request, WireResponse(400, {}, b"{}"), (), routed=True, failed=True)
    seen = redactor.shown(failed)
    assert seen.headers == {"authorization": "[redacted]", "content-type": "application/json", "host": "127.0.0.1"}
    assert "key-1234" not in seen.request_body


class CountingRedactor(FieldRedactor):
    """Counts the texts that it has to look at."""

    looks = 0

    def query(self, text: str) -> str:
        """A query string without secret values."""
        self.looks += text.startswith("secret=")
        return super().query(text)


@pytest.mark.parametrize(("length", "looks"), [(10, 1), (5_000, 3)])
def test_the_texts_that_are_remembered_are_few_and_short(length: int, looks: int) -> None:
    counting = CountingRedactor(["secret"])
    redactor = EntryRedactor({"first": counting}, lambda text, account_id: frozenset())
    for _ in range(3):
        shown(redactor, "first", "x" * length)
    assert counting.looks == looks
    for number in range(MAX_REMEMBERED):
        shown(redactor, "first", str(number))
    before = counting.looks
    shown(redactor, "first", "x" * length)
    assert counting.looks == before + 1, "it was forgotten for those that came later"
