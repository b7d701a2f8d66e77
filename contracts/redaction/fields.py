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
    in_assignments,
    in_elements,
    in_members,
    in_pairs,
    in_parts,
    without_letter_escapes,
)

REPLACEMENT = "[redacted]"
# Shorter values are too likely to stand in a text by chance.
MIN_SECRET_LENGTH = 6
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
            if self._is_harmless(content):
                return text
            redacted = self.value(content)
            return text if redacted == content else orjson.dumps(redacted).decode()
        except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
            return self._members(text, _redact)

    def _is_harmless(self, value: Any) -> bool:
        # Right for most, and many times faster than to make the value anew: no name is sensitive, no string holds JSON.
        if isinstance(value, str):
            return '"' not in value
        if isinstance(value, dict):
            if not self._sensitive.has_none_of(value.keys()):
                return False
            value = value.values()
        elif not isinstance(value, list):
            return True
        # No generator, which would cost more than the rest.
        for item in value:  # noqa: SIM110
            if not self._is_harmless(item):
                return False
        return True

    def _members(self, text: str, put: Put) -> str:
        plain = without_letter_escapes(text)
        redacted = in_members(plain, self._sensitive, lambda value: _quoted(value, put))
        return text if redacted == plain else redacted

    def body_text(self, text: str, put: Put | None = None) -> str:
        """The text of a body without secret values: JSON, a form of either kind, XML, or lines with names and values.

        Args:
            put: what stands in the place of a value that is not in JSON.
        """
        if _is_json(text):
            return self.text(text)
        put, names = put or _redact, self._sensitive
        # JSON first: the other forms would find its names and values, too, but not all of a value.
        text = in_parts(self._members(text, put), names, put)
        return in_assignments(in_elements(in_pairs(text, names, put), names, put), names, _once(put))

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
            return self.text(value) if '"' in value else value
        if isinstance(value, dict):
            sensitive = self._sensitive
            return {name: REPLACEMENT if str(name) in sensitive else self._plain(item) for name, item in value.items()}
        return [self._plain(item) for item in value] if isinstance(value, list) else value

    def violation(self, violation: Violation) -> Violation:
        """A violation that does not show a secret value."""
        if violation.missing:
            return violation
        if any(part.lower() in self._lower for part in json_pointer.parts(violation.pointer)):
            return replace(violation, got=REPLACEMENT)
        return replace(violation, got=self.value(violation.got))


def _redact(value: str) -> str:
    return REPLACEMENT if value else value


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
