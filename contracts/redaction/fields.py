"""Redacting secrets and personal data in what is logged, reported or recorded."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import orjson

from bodydouble.contracts.core import json_pointer
from bodydouble.contracts.model.violation import Violation

REPLACEMENT = "[redacted]"
# Shorter values are too likely to stand in a text by chance.
MIN_SECRET_LENGTH = 6
# Whatever a vendor calls its secrets, these headers always hold some.
_SENSITIVE_HEADERS = ("authorization", "cookie", "set-cookie", "proxy-authorization")
_PARAMETER = re.compile(r"(?P<before>^|[&?])(?P<name>[^=&?#\s\"]+)=[^&#\s\"]*")


class FieldRedactor:
    """Replaces the values of sensitive fields in queries, headers and JSON texts, also in JSON inside JSON strings.

    Args:
        names: the sensitive parameters, headers and properties of a contract.

    Attributes:
        names: the same.
    """

    def __init__(self, names: Iterable[str]) -> None:
        unique = sorted({*names})
        self.names = frozenset(unique)
        self._lower = frozenset(name.lower() for name in (*unique, *_SENSITIVE_HEADERS))
        alternatives = "|".join(map(re.escape, unique)) or "(?!)"
        self._mention = re.compile(rf"(?:{alternatives})\\*\"")
        # JSON inside a JSON string escapes its quotes: the same number of backslashes stands before each of them. In a
        # value one more of each makes an escape. What is cut off in the middle of a value is replaced to its end.
        space = r"(?:\s|\\+[nrt])*"
        value = r'\1"(?:[^"\\]|\1\\\1["\\]|\1\\[^"\\])*(?:\1"|\\*$)|[-+0-9.eE]+'
        self._json = re.compile(rf'(?<!\\)(\\*)"({alternatives})\1"({space}:{space})(?:{value})')

    def query(self, text: str) -> str:
        """A query string, or a URL, without secret values."""
        return _PARAMETER.sub(self._parameter, text) if text else text

    def _parameter(self, match: re.Match[str]) -> str:
        # A name may be written with percent signs and still be that name.
        if unquote_plus(match["name"]).lower() not in self._lower:
            return match[0]
        return f"{match['before']}{match['name']}={REPLACEMENT}"

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers without secret values."""
        return {name: REPLACEMENT if name.lower() in self._lower else value for name, value in headers.items()}

    def text(self, text: str) -> str:
        """A body's text without secret values; of what is not JSON, only what looks like it is replaced."""
        if '"' not in text or not self._mention.search(text):
            return text
        try:
            return orjson.dumps(self.value(orjson.loads(text))).decode()
        except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
            return self._json.sub(rf'\1"\2\1"\3\1"{REPLACEMENT}\1"', text)

    def value(self, value: Any, *names: str) -> Any:
        """A JSON value, which stands below some keys, without secret values."""
        if self.names.intersection(names):
            return REPLACEMENT
        if isinstance(value, dict):
            return {name: self.value(item, str(name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def violation(self, violation: Violation) -> Violation:
        """A violation that does not show a secret value."""
        if violation.missing:
            return violation
        if any(part.lower() in self._lower for part in json_pointer.parts(violation.pointer)):
            return replace(violation, got=REPLACEMENT)
        return replace(violation, got=self.value(violation.got))
