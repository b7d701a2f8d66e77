"""Taking secrets and personal data out of what is logged, reported or recorded."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from contracts.json_text import JsonTextError, parse
from contracts.messages import WireRequest, WireResponse

REPLACEMENT = "[redacted]"
# Whatever a vendor calls its secrets, these headers always hold some.
_ALWAYS = ("authorization", "cookie", "set-cookie", "proxy-authorization", "x-auth-token", "x-security-token")
# Parameters of pre-signed URLs, which let anyone in who has the URL.
_SIGNED_URL = (
    *("Signature", "AccessKeyId", "OSSAccessKeyId", "security-token", "x-oss-signature", "x-oss-credential"),
    *("X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token"),
)
# Shorter values are too likely to stand in a text by chance.
SHORTEST_SECRET = 6


class Redactor:
    """Replaces the values of sensitive fields in queries, headers and JSON texts, also in JSON inside JSON strings.

    Args:
        names: the sensitive parameters, headers and properties of a contract.
    """

    def __init__(self, names: Iterable[str]) -> None:
        wanted = sorted({*names})
        self.names = frozenset(wanted)
        self._headers = frozenset(name.lower() for name in (*wanted, *_ALWAYS))
        self._parameters = frozenset(name.lower() for name in (*wanted, *_SIGNED_URL))
        alternatives = "|".join(map(re.escape, wanted)) or "(?!)"
        parameters = "|".join(map(re.escape, (*wanted, *_SIGNED_URL)))
        self._query = re.compile(rf"(?i)(^|[&?])({parameters})=[^&#\s\"]*")
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

    def value(self, value: Any) -> Any:
        """A parsed JSON value without secret values, whatever their type; looks into strings that hold JSON or URLs."""
        if isinstance(value, dict):
            return {
                name: REPLACEMENT if name in self.names and item is not None else self.value(item)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, str):
            inner = json_inside(value)
            return self.query(value) if inner is None else compact(self.value(inner))
        return value

    def secrets(self, request: WireRequest, response: WireResponse | None) -> frozenset[str]:
        """The secret values that an exchange shows in sensitive places, so that they can be taken out of all others."""
        found = {*self._in_headers(request.headers), *self._in_query(request.query), *self._in_body(request.body)}
        if response is not None:
            found.update(self._in_headers(response.headers), self._in_body(response.body))
        return frozenset(one for one in found if len(one) >= SHORTEST_SECRET and one != REPLACEMENT)

    def _in_headers(self, headers: Mapping[str, str]) -> Iterator[str]:
        for name, value in headers.items():
            if name.lower() in self._headers:
                # `Bearer abc` is a scheme and a secret; `X Credential=a, Signature=b` has its secrets behind `=`.
                yield from re.split(r"[\s,;=]+", value)[1:] or [value]
                yield value

    def _in_query(self, query: str) -> Iterator[str]:
        for name, value in parse_qsl(query, errors="surrogateescape"):
            if name.lower() in self._parameters:
                yield value

    def _in_body(self, body: bytes) -> Iterator[str]:
        try:
            yield from self._in_value(parse(body), sensitive=False)
        except JsonTextError:
            return

    def _in_value(self, value: Any, *, sensitive: bool) -> Iterator[str]:
        if isinstance(value, dict):
            for name, item in value.items():
                yield from self._in_value(item, sensitive=sensitive or name in self.names)
        elif isinstance(value, list):
            for item in value:
                yield from self._in_value(item, sensitive=sensitive)
        elif isinstance(value, str):
            inner = json_inside(value)
            if inner is not None:
                yield from self._in_value(inner, sensitive=sensitive)
            elif sensitive:
                yield value


def without(text: str, secrets: Iterable[str]) -> str:
    """A text in which none of some secret values is left, longer ones taken out first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, REPLACEMENT)
    return text


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
