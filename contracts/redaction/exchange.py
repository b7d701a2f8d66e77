"""Redacting a whole exchange: what is secret in one part of it is taken out of all parts.

A `FieldRedactor` knows the names of sensitive fields. Vendors also repeat secrets where no field is named: a path, a
message that shows the text to sign, a URL that is itself a credential. So what stands in a sensitive field of an
exchange is taken out of all its other places, too.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from bodydouble.contracts.core.json_pointer import parts, pointer
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.body_encoding import UnreadableBodyError, body_text
from bodydouble.contracts.redaction.fields import MAX_DECODED, MIN_SECRET_LENGTH, REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.redaction.value_forms import decoded, without_values

# Parameters of URLs that are signed in advance.
_SIGNED_URL = FieldRedactor(
    (
        *("Signature", "AccessKeyId", "OSSAccessKeyId", "security-token", "x-oss-signature", "x-oss-credential"),
        *("X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token"),
    )
)

# The name of a parameter of a header, before its value; the end of base64 is none.
_PARAMETER = re.compile(r"(?<![^\s,;])[A-Za-z][\w-]*(?==[^=\s,;])")
# More secrets than these are redacted only as whole words, of this kind, and in no other form: to search for each takes
# their number times the length of the text.
_MAX_SEARCHED = 200
_WORD = re.compile(r"[^\s\"'&=;,<>(){}\[\]:\\/?#|%]+")


class ExchangeRedactor:
    """Redacts one exchange. What is secret is found in every form that `value_forms` knows.

    Args:
        redactor: that knows the sensitive names.
        exchange: whose secrets must appear nowhere.
        further: secrets that are known from elsewhere.
    """

    def __init__(
        self, redactor: FieldRedactor, exchange: RecordedExchange, further: frozenset[str] = frozenset()
    ) -> None:
        self._redactor = redactor
        # The longest first: a secret may begin like another.
        secrets = sorted(secrets_of(redactor, exchange) | further, key=len, reverse=True)
        self._words = frozenset(filter(_WORD.fullmatch, secrets[_MAX_SEARCHED:]))
        self._secrets = [secret for secret in secrets if secret not in self._words]

    def text(self, text: str) -> str:
        """A text, which may be a URL or hold JSON, without secrets."""
        return self._without(_SIGNED_URL.query(self._redactor.query(self._redactor.text(text))))

    def body_text(self, text: str) -> str:
        """The text of a body without secrets; of JSON, the inner documents are taken apart, too."""
        try:
            return compact(self.value(parse(text)))
        except JsonTextError:
            return self._without(_SIGNED_URL.query(self._redactor.body_text(text)))

    def query(self, text: str) -> str:
        """A query string without secrets."""
        return self._without(_SIGNED_URL.query(self._redactor.query(text)))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers without secrets, which may also stand in their names."""
        return {self._without(name): self.text(value) for name, value in self._redactor.headers(headers).items()}

    def value(self, value: Any) -> Any:
        """A JSON value without secrets, whatever their type; looks into strings that hold JSON or URLs."""
        if isinstance(value, dict):
            return {self._without(name): self._member(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, str):
            inner = json_inside(value)
            return self.text(value) if inner is None else compact(self.value(inner))
        return value

    def _member(self, name: str, value: Any) -> Any:
        return REPLACEMENT if self._redactor.is_sensitive(name) and value is not None else self.value(value)

    def violation(self, violation: Violation) -> Violation:
        """A violation that shows no secret."""
        shown = self._redactor.violation(violation)
        path = pointer([self._without(part) for part in parts(shown.pointer)])
        return replace(shown, pointer=path, got=shown.got if shown.missing else self.value(shown.got))

    def _without(self, text: str) -> str:
        text = without_values(text, self._secrets, REPLACEMENT)
        if not self._words:
            return text
        return _WORD.sub(lambda match: REPLACEMENT if match[0] in self._words else match[0], text)


def secrets_of(redactor: FieldRedactor, exchange: RecordedExchange) -> frozenset[str]:
    """The values of the sensitive fields of an exchange."""
    secrets = {
        *_in_headers(redactor, exchange.request.headers),
        *_in_query(redactor, exchange.request.query),
        *_in_body(redactor, exchange.request.body, exchange.request.headers),
    }
    if exchange.response is not None:
        secrets.update(
            _in_headers(redactor, exchange.response.headers),
            _in_body(redactor, exchange.response.body, exchange.response.headers),
        )
    # A field may itself hold a secret that is encoded over again.
    secrets.update([decoded(secret) for secret in secrets])
    return frozenset(secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH and secret != REPLACEMENT)


def _in_headers(redactor: FieldRedactor, headers: Mapping[str, str]) -> Iterator[str]:
    for name, shown in redactor.headers(headers).items():
        if shown == REPLACEMENT:
            # `Bearer abc` is a scheme and a secret; `X Credential=a, Signature=b` has its secrets behind `=`. It may
            # also list the headers that are signed.
            words = re.split(r"[\s,;=]+", headers[name])[1:]
            names = {*_PARAMETER.findall(headers[name]), *map(str.lower, headers)}
            yield from (word for word in words if word not in names)
            yield headers[name]
            yield from _basic_password(headers[name])


def _basic_password(value: str) -> Iterator[str]:
    scheme, _, coded = value.partition(" ")
    if scheme.lower() == "basic":
        try:
            yield base64.b64decode(coded).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return


def _in_query(redactor: FieldRedactor, query: str) -> Iterator[str]:
    for name, value in parse_qsl(query, errors="surrogateescape"):
        if redactor.is_sensitive(name):
            yield value


def _in_body(redactor: FieldRedactor, body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    try:
        text = body_text(body, headers, MAX_DECODED)
    except UnreadableBodyError:
        return
    try:
        yield from _in_value(redactor, parse(text), sensitive=False)
    except JsonTextError:
        # A form, perhaps.
        values: list[str] = []

        def note(value: str) -> str:
            values.append(value)
            return value

        redactor.body_text(text, note)
        yield from values
        yield from map(unquote_plus, values)


def _in_value(redactor: FieldRedactor, value: Any, *, sensitive: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _in_value(redactor, item, sensitive=sensitive or redactor.is_sensitive(name))
    elif isinstance(value, list):
        for item in value:
            yield from _in_value(redactor, item, sensitive=sensitive)
    elif isinstance(value, str):
        inner = json_inside(value)
        if inner is not None:
            yield from _in_value(redactor, inner, sensitive=sensitive)
        elif sensitive:
            yield value


def json_inside(text: str) -> Any:
    """The JSON object or array that a string holds, or None if it holds none."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return parse(text)
    except JsonTextError:
        return None


def compact(value: Any) -> str:
    """Write a value as JSON text without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
