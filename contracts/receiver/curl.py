"""A callback as a shell line that sends it again, with a signature that is made when the line runs.

A recorded signature would be stale within minutes, and must not be shown. So the line makes its own; it takes the
account's keys from shell variables of their names.
"""

import re
import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bodydouble.contracts.core.shell import word
from bodydouble.contracts.core.wire import query_joint
from bodydouble.contracts.receiver.signature_variants import SignatureVariant
from bodydouble.contracts.signatures import mss_a
from bodydouble.contracts.signatures.callbacks import covers_body, required_parts

_DATES = {"iso-8601": "+%Y-%m-%dT%H:%M:%SZ", "basic-iso-8601": "+%Y%m%dT%H%M%SZ"}


def curl(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    signature: Mapping[str, Any] | None,
    variant: SignatureVariant,
) -> str:
    """The line.

    Args:
        url: where the callback goes, without what the signature adds.
        headers: all but the signature's.
        signature: the `x-signature`; None for an unsigned callback.
    """
    text = word(body.decode())
    before: list[str] = []
    options = [f"-H {word(f'{name}: {value}')}" for name, value in headers.items()]
    target, data = word(url + variant.query_after(url)), text
    if signature is not None:
        before, added = _signing(signature, variant, url, text)
        options += [f'-H "{name}: {value}"' for place, name, value in added if place == "header"]
        query = "&".join(f"{name}={value}" for place, name, value in added if place == "query")
        if query:
            joint = query_joint(url)
            target = f'{word(url + joint)}"{query}{variant.query_after(url + joint + query)}"'
        fields = ",".join(f'\\"{name}\\":\\"{value}\\"' for place, name, value in added if place == "body")
        if fields:
            data = f'{word(body.decode()[:-1] + ",")}"{fields}"' + "'}'"
    return "; ".join([*before, " ".join(["curl -sS -i -X", method, target, *options, "--data-binary", data])])


def _signing(
    signature: Mapping[str, Any], variant: SignatureVariant, url: str, body: str
) -> tuple[list[str], list[tuple[str, str, str]]]:
    before: list[str] = []
    unit = signature["timestamp"].get("unit", "milliseconds")
    computed = variant.replaced is None and "signature" not in variant.omitted
    if "timestamp" not in variant.omitted or (computed and variant.signed_age is None):
        before.append(f"timestamp={_time(unit, variant.age)}")
    value = "$signature" if variant.replaced is None else variant.replaced
    if computed:
        before += [f"{name}={word(value)}" for name, value in variant.parts(required_parts(signature)).items()]
        signed = "timestamp"
        if variant.signed_age is not None:
            before.append(f"signed={_time(unit, variant.signed_age)}")
            signed = "signed"
        if covers_body(signature):
            before.append(f"body={body if variant.signed_body is None else word(variant.signed_body.decode())}")
        before.append(f"signature={_value(signature, url, signed)}")
    added = []
    if "signature" not in variant.omitted:
        added.append((signature["signature"]["in"], signature["signature"]["name"], value))
    if "timestamp" not in variant.omitted:
        added.append((signature["timestamp"]["in"], signature["timestamp"]["name"], "$timestamp"))
    return before, [(place, name if place != "query" else quote(name), text) for place, name, text in added]


def _time(unit: str, age: float) -> str:
    seconds = f"$(( $(date +%s) - {round(age)} ))" if age else "$(date +%s)"
    if unit == "milliseconds":
        return f"{seconds}000"
    if unit == "hexadecimal-seconds":
        return f"$(printf %x {seconds})"
    return f"$(date -u -d @{seconds} {_DATES[unit]})" if unit in _DATES else seconds


def _value(signature: Mapping[str, Any], url: str, timestamp: str) -> str:
    if signature["scheme"] == "mss-a":
        text = word(mss_a.signed_text(url, "")) + f'"${timestamp}"'
        return f'$(printf %s {text} | openssl dgst -sha256 -hmac "$key" -r | cut -c1-64)'
    pieces = []
    for literal, name, _, _ in string.Formatter().parse(signature["content"]):
        pieces.append(re.sub(r'([\\"$`])', r"\\\1", literal))
        if name:
            pieces.append(f"${{{timestamp if name == 'timestamp' else name}}}")
    return f'$(printf %s "{"".join(pieces)}" | md5sum | cut -c1-32)'
