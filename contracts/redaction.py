"""Taking secrets and personal data out of what is logged, reported or recorded."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from contracts.pointers import parts
from contracts.violations import Violation

REPLACEMENT = "[redacted]"
# Whatever a vendor calls its secrets, these headers always hold some.
_ALWAYS = ("authorization", "cookie", "set-cookie", "proxy-authorization")


class Redactor:
    """Replaces the values of sensitive fields in queries, headers and JSON texts, also in JSON inside JSON strings.

    Args:
        names: the sensitive parameters, headers and properties of a contract.
    """

    def __init__(self, names: Iterable[str]) -> None:
        wanted = sorted({*names})
        self._names = frozenset(wanted)
        self._headers = frozenset(name.lower() for name in (*wanted, *_ALWAYS))
        alternatives = "|".join(map(re.escape, wanted)) or "(?!)"
        self._query = re.compile(rf"(?i)(^|[&?])({alternatives})=[^&#\s\"]*")
        self._json = re.compile(
            rf"(\\*\"(?:{alternatives})\\*\"\s*:\s*)(\\*\"(?:[^\"\\]|\\+[^\"\\])*\\*\"|[-0-9.eE+]+)"
        )

    def query(self, text: str) -> str:
        """A query string, or a URL, without secret values."""
        return self._query.sub(rf"\1\2={REPLACEMENT}", text) if text else text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers without secret values."""
        return {name: REPLACEMENT if name.lower() in self._headers else value for name, value in headers.items()}

    def text(self, text: str) -> str:
        """A body's text without secret values; what is not JSON is left as it is."""
        return self._json.sub(rf'\1"{REPLACEMENT}"', text) if text else text

    def value(self, value: Any, *names: str) -> Any:
        """A parsed value that stands below some keys, without secrets."""
        if self._names.intersection(names):
            return REPLACEMENT
        if isinstance(value, dict):
            return {name: self.value(item, str(name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def violation(self, violation: Violation) -> Violation:
        """A violation that does not show secret values."""
        got = None if violation.missing else self.value(violation.got, *parts(violation.pointer))
        return replace(violation, got=got)
