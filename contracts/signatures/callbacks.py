"""Signatures on callbacks as an `x-signature` describes them: what a sender adds, and what a receiver checks.

The schemes that can sign a callback are `md5-template` and `mss-a`. Both work from the mapping in the specification,
the parts of the signature (keys and identifiers of the account, by name), the URL and the time.
"""

import hmac
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import JSON, WireRequest, with_query
from bodydouble.contracts.signatures import md5_template, mss_a

# The headers of every callback, signed or not.
HEADERS: Mapping[str, str] = {"Content-Type": JSON, "User-Agent": "bodydouble"}
# Seconds that a time may be off where the x-signature has no window of its own.
DEFAULT_WINDOW = 300.0
Parts = Mapping[str, str]
# Parts of a template that belong to the callback, not to the account.
TIMESTAMP, BODY = "timestamp", "body"
_ISO_FORMS = {"iso-8601": "%Y-%m-%dT%H:%M:%SZ", "basic-iso-8601": "%Y%m%dT%H%M%SZ"}
_DECIMAL, _HEXADECIMAL = re.compile(r"[0-9]{1,16}"), re.compile(r"[0-9a-f]{1,12}")


class SignatureRejected(ValueError):
    """A callback is not genuine, or not fresh; the message says why, without secrets."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature adds to a callback."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)

    def url(self, url: str) -> str:
        """A URL with the added query parameters at the end of its query."""
        return with_query(url, urlencode(self.query))

    def content(self, body: bytes) -> bytes:
        """A JSON body with the added fields; the very same bytes if there are none."""
        return orjson.dumps({**orjson.loads(body), **self.body}) if self.body else body


@dataclass(frozen=True, slots=True)
class _Scheme:
    value: Callable[[Mapping[str, Any], Parts, str, str, bytes], str]
    parts: Callable[[Mapping[str, Any]], frozenset[str]]
    covers_url: bool
    signature_first: bool


def _md5_value(signature: Mapping[str, Any], parts: Parts, url: str, timestamp: str, body: bytes) -> str:
    content = {**parts, TIMESTAMP: timestamp}
    if BODY in _template_names(signature):
        content[BODY] = body.decode("utf-8", "surrogateescape")
    return md5_template.sign(signature["content"], content)


def _mss_a_value(signature: Mapping[str, Any], parts: Parts, url: str, timestamp: str, body: bytes) -> str:
    return mss_a.sign(url, parts["key"], timestamp)


def _template_names(signature: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(signature.get("content", "")) if name)


_SCHEMES = {
    "md5-template": _Scheme(_md5_value, lambda signature: _template_names(signature) - {TIMESTAMP, BODY}, False, False),
    # The vendor's formula shows the secret before the time.
    "mss-a": _Scheme(_mss_a_value, lambda signature: frozenset({"key"}), True, True),
}


def _scheme(signature: Mapping[str, Any]) -> _Scheme:
    if signature["scheme"] not in _SCHEMES:
        raise ValueError(f"callbacks are not signed by {signature['scheme']}, only by {', '.join(_SCHEMES)}")
    return _SCHEMES[signature["scheme"]]


def required_parts(signature: Mapping[str, Any]) -> frozenset[str]:
    """Names of the account's parts from which a signature is made.

    Raises:
        ValueError: the scheme does not sign callbacks.
    """
    return _scheme(signature).parts(signature)


def covers_body(signature: Mapping[str, Any]) -> bool:
    """Whether a changed body makes a signature wrong."""
    return BODY in _template_names(signature)


def covers_url(signature: Mapping[str, Any]) -> bool:
    """Whether a changed URL makes a signature wrong."""
    return _scheme(signature).covers_url


def sign(signature: Mapping[str, Any], parts: Parts, url: str, now: int, body: bytes = b"") -> Signed:
    """Make the signature of one attempt.

    Args:
        signature: the `x-signature` of the delivery.
        parts: the account's values: keys and identifiers by name.
        url: where the callback goes, as the client named it.
        now: epoch milliseconds; fresh for every attempt.
        body: the exact bytes, for templates that have a `{body}`.

    Raises:
        KeyError: a part is missing.
        ValueError: the scheme does not sign callbacks.
    """
    timestamp = timestamp_text(now, unit(signature))
    return place(signature, timestamp, value(signature, parts, url, timestamp, body))


def value(signature: Mapping[str, Any], parts: Parts, url: str, timestamp: str, body: bytes) -> str:
    """The signature alone, for a time as it is sent; see `sign`."""
    return _scheme(signature).value(signature, parts, url, timestamp, body)


def place(signature: Mapping[str, Any], timestamp: str | None, value: str | None) -> Signed:
    """A time and a signature, unless they are None, in the places that an `x-signature` names."""
    pairs = [(signature["timestamp"], timestamp), (signature["signature"], value)]
    added: dict[str, dict[str, str]] = {"header": {}, "query": {}, "body": {}}
    for placement, text in reversed(pairs) if _scheme(signature).signature_first else pairs:
        if text is not None:
            added[placement["in"]][placement["name"]] = text
    return Signed(added["header"], added["query"], added["body"])


def verify(
    signature: Mapping[str, Any],
    parts: Parts,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    now: int,
    window: float | None = None,
) -> None:
    """Check the signature of a callback; for receivers.

    Args:
        signature: the `x-signature` of the delivery.
        parts: the account's values: keys and identifiers by name.
        url: the receiver's public URL, with the query with which it was called.
        headers: names in lower case.
        body: the exact bytes.
        now: epoch milliseconds on the receiver's clock.
        window: seconds that the time may be off, either way; None for the signature's own, or DEFAULT_WINDOW.

    Raises:
        SignatureRejected: the callback is not genuine, or not fresh.
    """
    request = WireRequest("", "", url.partition("#")[0].partition("?")[2], headers, body)
    timestamp = _find(request, signature["timestamp"], "timestamp")
    received = _find(request, signature["signature"], "signature")
    sent_at = timestamp_value(timestamp, unit(signature))
    if sent_at is None:
        raise SignatureRejected(f"the timestamp is not a time in {unit(signature)}")
    allowed = window if window is not None else signature.get("window", DEFAULT_WINDOW)
    if abs(now - sent_at) > allowed * 1000:
        raise SignatureRejected(f"the timestamp is more than {allowed:g} seconds off")
    added = {signature[part]["name"] for part in ("timestamp", "signature") if signature[part]["in"] == "query"}
    expected = value(signature, parts, _without(url, added), timestamp, body)
    if not hmac.compare_digest(expected.encode(), received.encode("utf-8", "surrogateescape")):
        raise SignatureRejected("the signature is wrong")


def _find(request: WireRequest, placement: Mapping[str, Any], what: str) -> str:
    name = placement["name"]
    values: list[str] = []
    if placement["in"] == "header":
        values = [text for header, text in request.headers.items() if header == name.lower()]
    elif placement["in"] == "query":
        values = [text for key, text in request.query_pairs if key == name]
    else:
        try:
            content = parse(request.body)
        except JsonTextError:
            content = None
        if isinstance(content, dict) and isinstance(content.get(name), str):
            values = [content[name]]
    if len(values) != 1:
        raise SignatureRejected(f"the {what} is {'missing' if not values else 'there more than once'}")
    return values[0]


def _without(url: str, names: set[str]) -> str:
    address, _, query = url.partition("#")[0].partition("?")
    pairs = [pair for pair in query.split("&") if pair and pair.partition("=")[0] not in names]
    return f"{address}?{'&'.join(pairs)}" if pairs else address


def unit(signature: Mapping[str, Any]) -> str:
    unit: str = signature["timestamp"].get("unit", "milliseconds")
    return unit


def timestamp_text(now: int, unit: str) -> str:
    """Write a time, in epoch milliseconds, in one of the units of `x-signature`."""
    if unit == "milliseconds":
        return str(now)
    if unit == "seconds":
        return str(now // 1000)
    if unit == "hexadecimal-seconds":
        return format(now // 1000, "x")
    return datetime.fromtimestamp(now / 1000, UTC).strftime(_ISO_FORMS[unit])


def timestamp_value(text: str, unit: str) -> int | None:
    """The epoch milliseconds that a timestamp means; None if it is not one."""
    if unit == "hexadecimal-seconds":
        return int(text, 16) * 1000 if _HEXADECIMAL.fullmatch(text) else None
    if unit in _ISO_FORMS:
        try:
            return int(datetime.strptime(text, _ISO_FORMS[unit]).replace(tzinfo=UTC).timestamp() * 1000)
        except ValueError:
            return None
    if not _DECIMAL.fullmatch(text):
        return None
    return int(text) * (1000 if unit == "seconds" else 1)
