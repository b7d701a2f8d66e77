"""Taking secrets and personal data out of what is logged, reported or recorded."""

import re
from collections.abc import Iterable, Mapping

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
        self._headers = frozenset(name.lower() for name in (*wanted, *_ALWAYS))
        alternatives = "|".join(map(re.escape, wanted)) or "(?!)"
        self._query = re.compile(rf"(?i)(^|[&?])({alternatives})=[^&#\s\"]*")
        # JSON inside a JSON string escapes its quotes: the same number of backslashes stands before each of them. In a
        # value one more of each makes an escape. What is cut off in the middle of a value is replaced to its end.
        space = r"(?:\s|\\+[nrt])*"
        value = r'\1"(?:[^"\\]|\1\\\1["\\]|\1\\[^"\\])*(?:\1"|\\*$)|[-+0-9.eE]+'
        self._json = re.compile(rf'(?<!\\)(\\*)"({alternatives})\1"({space}:{space})(?:{value})')

    def query(self, text: str) -> str:
        """A query string, or a URL, without secret values."""
        return self._query.sub(rf"\1\2={REPLACEMENT}", text) if text else text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers without secret values."""
        return {name: REPLACEMENT if name.lower() in self._headers else value for name, value in headers.items()}

    def text(self, text: str) -> str:
        """A body's text without secret values; what is not JSON is left as it is."""
        return self._json.sub(rf'\1"\2\1"\3\1"{REPLACEMENT}\1"', text) if text else text
