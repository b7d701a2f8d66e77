"""Redacting secrets and personal data in what is logged, reported or recorded."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from bodydouble.contracts.core import json_pointer
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.body_encoding import UnreadableBodyError, body_text
from bodydouble.contracts.redaction.text_forms import (
    Put,
    SensitiveNames,
    in_addresses,
    in_assignments,
    in_elements,
    in_members,
    in_pairs,
    in_parts,
    in_random_words,
    without_letter_escapes,
)

REPLACEMENT = "[redacted]"
# Shorter values are too likely to stand in a text by chance.
MIN_SECRET_LENGTH = 6
# Shorter texts hold no name together with something that looks like a secret.
MIN_HIDING_LENGTH = 20
# Whatever a vendor calls its secrets, these headers always hold some.
_SENSITIVE_HEADERS = ("authorization", "cookie", "set-cookie", "proxy-authorization")
# Longer bodies are not looked into; the mock server accepts none.
MAX_DECODED = 16 * 1024 * 1024


class FieldRedactor:
    """Replaces the values of sensitive fields in queries, headers, JSON texts and other bodies.

    Args:
        names: the sensitive parameters, headers and properties of a contract.
        personal: those of them that hold personal data, which are no credentials.

    Attributes:
        names: the same.
    """

    def __init__(self, names: Iterable[str], personal: Iterable[str] = ()) -> None:
        unique = sorted({*names})
        self.names = frozenset(unique)
        self._personal = frozenset(personal)
        self._lower = frozenset(name.lower() for name in (*unique, *_SENSITIVE_HEADERS))
        self._sensitive = SensitiveNames(self._lower)

    def of_credentials(self) -> "FieldRedactor":
        """The redactor of credentials only: what they have as values is secret wherever it stands."""
        return FieldRedactor(self.names - self._personal)

    def is_sensitive(self, name: str) -> bool:
        """Whether a parameter, header or property of this name holds a secret, in whatever case and encoding."""
        return name in self._sensitive

    def query(self, text: str) -> str:
        """A query string, or a URL, without secret values."""
        return in_pairs(text, self._sensitive, _redact) if text else text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers without secret values."""
        return {name: REPLACEMENT if name.lower() in self._lower else value for name, value in headers.items()}

    def text(self, text: str) -> str:
        """A text without secret values; of what is not JSON, only what looks like it is replaced."""
        if '"' not in text:
            return text
        try:
            content = orjson.loads(text)
            if self._is_harmless(content, _has_forms(text)):
                return text
            redacted = self.value(content)
            return text if redacted == content else orjson.dumps(redacted).decode()
        except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
            return self._members(text, _redact)

    def _is_harmless(self, value: Any, has_forms: bool) -> bool:
        # Right for most, and many times faster than to make the value anew: no name is sensitive, no string holds JSON
        # or another form.
        if isinstance(value, str):
            return '"' not in value and not (has_forms and self._may_hide(value))
        if isinstance(value, dict):
            if not self._sensitive.has_none_of(value.keys()) or ("value" in value and self._names_its_value(value)):
                return False
            value = value.values()
        elif not isinstance(value, list):
            return True
        elif self._is_pair(value):
            return False
        # No generator, which would cost more than the rest.
        for item in value:  # noqa: SIM110
            if not self._is_harmless(item, has_forms):
                return False
        return True

    def _may_hide(self, text: str) -> bool:
        # Whether a string has a password of a URL, a key, or a sensitive name, perhaps encoded twice, in another form.
        return _has_forms(text) and (
            "@" in text or "-----BEGIN" in text or "%25" in text or self._sensitive.mentioned_in(text)
        )

    def _is_pair(self, value: list[Any]) -> bool:
        # `["X-Auth-Token", "abc"]`
        return len(value) == 2 and isinstance(value[0], str) and value[0].lower() in self._lower

    def _names_its_value(self, value: Mapping[str, Any]) -> bool:
        # `{"name": "X-Auth-Token", "value": "abc"}`, as lists of headers and parameters have them.
        names = (value.get(key) for key in ("name", "key", "field", "parameter"))
        return any(isinstance(name, str) and name.lower() in self._lower for name in names)

    def _members(self, text: str, put: Put) -> str:
        plain = without_letter_escapes(text)
        redacted = in_members(plain, self._sensitive, lambda value: _quoted(value, put))
        return text if redacted == plain else redacted

    def body_text(self, text: str, put: Put | None = None, limit: int | None = None) -> str:
        """The text of a body without secret values: JSON, a form of either kind, XML, or lines with names and values.

        Args:
            put: what stands in the place of a value that is not in JSON.
            limit: characters; more of a text that is not JSON is left away.
        """
        if _is_json(text):
            return self.text(text)
        text = text[:limit]
        collecting, put = put is not None, put or _redact
        # JSON first: the other forms would find its names and values, too, but not all of a value.
        redacted = self._lines(in_parts(self._members(text, put), self._sensitive, put), put)
        # A form that is none of these may have the name, and somewhere the value.
        if collecting or not self._sensitive.mentioned_in(text):
            return redacted
        return in_random_words(redacted, put)

    def _lines(self, text: str, put: Put) -> str:
        names = self._sensitive
        text = in_addresses(in_pairs(text, names, put), put)
        return in_assignments(in_elements(text, names, put), names, _once(put))

    def body(self, body: bytes, headers: Mapping[str, str]) -> str:
        """A body as text without secret values; what cannot be read, and may hold some, is only described.

        Args:
            headers: of the message, names in lower case: they say how the body is encoded.
        """
        if not body:
            return ""
        try:
            return self.body_text(body_text(body, headers, MAX_DECODED))
        except UnreadableBodyError as error:
            return f"[{len(body)} bytes: {error}]"

    def value(self, value: Any, *names: str) -> Any:
        """A JSON value, which stands below some keys, without secret values."""
        if any(map(self.is_sensitive, names)):
            return REPLACEMENT
        return self._plain(value)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, dict):
            return self._object(value)
        if not isinstance(value, list):
            return value
        return [value[0], REPLACEMENT] if self._is_pair(value) else [self._plain(item) for item in value]

    def _object(self, value: dict[Any, Any]) -> dict[Any, Any]:
        sensitive = self._sensitive
        plain = {name: REPLACEMENT if str(name) in sensitive else self._plain(item) for name, item in value.items()}
        return {**plain, "value": REPLACEMENT} if "value" in value and self._names_its_value(value) else plain

    def _string(self, text: str) -> str:
        # JSON, or a form with names and values.
        redacted = self.text(text)
        if redacted != text or not self._may_hide(text) or _is_json(text):
            return redacted
        redacted = self._lines(text, _redact)
        hides_more = redacted == text and len(text) > MIN_HIDING_LENGTH and self._sensitive.mentioned_in(text)
        return in_random_words(text, _redact) if hides_more else redacted

    def violation(self, violation: Violation) -> Violation:
        """A violation that does not show a secret value."""
        if violation.missing:
            return violation
        if any(part.lower() in self._lower for part in json_pointer.parts(violation.pointer)):
            return replace(violation, got=REPLACEMENT)
        return replace(violation, got=self.value(violation.got))


def _redact(value: str) -> str:
    return REPLACEMENT if value else value


def _has_forms(text: str) -> bool:
    # Whether something in a text, which may be JSON, looks like a pair, an element, a line or a password in a URL.
    # These look-ups cost less than one search with an expression.
    return (
        "=" in text
        or "<" in text
        or "%3" in text
        or "@" in text
        or "-----BEGIN" in text
        or (": " in text and text.count(": ") > text.count('": '))
    )


def _quoted(value: str, put: Put) -> str:
    # A value of JSON stays one, at its depth within strings.
    marks = re.match(r'\\*"', value)
    replacement = put(value.strip('\\"'))
    if marks is not None:
        return f"{marks[0]}{replacement}{marks[0]}"
    return f'"{replacement}"'


def _once(put: Put) -> Put:
    # What another form has replaced stays as it is, with what follows it.
    def put_unless_done(value: str) -> str:
        done = value == REPLACEMENT or value.startswith((f"{REPLACEMENT}&", f"{REPLACEMENT}#"))
        return value if done else put(value)

    return put_unless_done


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
