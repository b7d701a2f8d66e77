"""Signing callbacks as their `x-delivery` says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.signatures import md5_template, mss_a
from mock_server.clock import utc_text


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature adds to a callback."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


def sign(signature: Mapping[str, Any], parts: Mapping[str, str], url: str, now: int) -> Signed:
    """Make the signature of one attempt.

    Args:
        signature: the `x-signature` of the delivery.
        parts: the vendor's values: keys and identifiers by name.
        url: where the callback goes, as the client gave it.
        now: epoch milliseconds on the account's clock; fresh for every attempt.
    """
    timestamp = timestamp_text(now, signature["timestamp"].get("unit", "milliseconds"))
    value = _signature(signature, {**parts, "timestamp": timestamp}, url)
    added: dict[str, dict[str, str]] = {"header": {}, "query": {}, "body": {}}
    added[signature["signature"]["in"]][signature["signature"]["name"]] = value
    added[signature["timestamp"]["in"]][signature["timestamp"]["name"]] = timestamp
    return Signed(added["header"], added["query"], added["body"])


def _signature(signature: Mapping[str, Any], parts: Mapping[str, str], url: str) -> str:
    scheme = signature["scheme"]
    if scheme == "md5-template":
        return md5_template.sign(signature["content"], parts)
    if scheme == "mss-a":
        return mss_a.sign(url, parts["key"], parts["timestamp"])
    raise ValueError(f"callbacks cannot be signed with the scheme {scheme!r}")


def timestamp_text(now: int, unit: str) -> str:
    """Write a time in one of the units of `x-signature`."""
    if unit == "milliseconds":
        return str(now)
    if unit == "seconds":
        return str(now // 1000)
    if unit == "hexadecimal-seconds":
        return format(now // 1000, "x")
    if unit == "basic-iso-8601":
        return utc_text(now).replace("-", "").replace(":", "")
    return utc_text(now)
