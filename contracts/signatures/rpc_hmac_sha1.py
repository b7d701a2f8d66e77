"""`rpc-hmac-sha1`: Alibaba Cloud's older request signature, in the query (SignatureVersion 1.0).

Rules: what the vendor's Python SDK sends with `signature_algorithm='v2'` (PyPI alibabacloud-tea-openapi 0.4.6).
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlencode

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures.alibaba_access_key import ACCESS_KEY, percent_encoded, signing_now

CREDENTIALS = ACCESS_KEY
METHOD, VERSION = "HMAC-SHA1", "1.0"
SIGNATURE_PARAMETER = "Signature"


def string_to_sign(method: str, signed: Iterable[tuple[str, str]]) -> str:
    """The text that the signature is made from.

    Args:
        signed: decoded parameters; the signature itself is left out.
    """
    pairs = sorted((name, value) for name, value in signed if name != SIGNATURE_PARAMETER)
    query = "&".join(f"{percent_encoded(name)}={percent_encoded(value)}" for name, value in pairs)
    return f"{method}&%2F&{percent_encoded(query)}"


def _signature(method: str, signed: Iterable[tuple[str, str]], secret: str) -> str:
    text = string_to_sign(method, signed)
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


def sign(request: WireRequest, access_key_id: str, secret: str, *, date: str, nonce: str) -> WireRequest:
    """Sign a request.

    Args:
        request: with the parameters Action, Version and Format.
        date: UTC as `2022-01-30T08:00:00Z`.
        nonce: never used before.

    Returns:
        The request with the query parameters that the signature adds.
    """
    added = {
        "AccessKeyId": access_key_id,
        "Timestamp": date,
        "SignatureNonce": nonce,
        "SignatureMethod": METHOD,
        "SignatureVersion": VERSION,
    }
    signature = _signature(request.method, [*request.parameters, *added.items()], secret)
    query = urlencode([*request.query_pairs, *added.items(), (SIGNATURE_PARAMETER, signature)])
    return replace(request, query=query)


sign_request = signing_now(sign)


def verify_request(request: WireRequest, secret: str) -> bool:
    """Whether a request's signature is the right one, compared in constant time. Says nothing about its age."""
    pairs = request.parameters
    received = dict(pairs).get(SIGNATURE_PARAMETER, "")
    return hmac.compare_digest(
        _signature(request.method, pairs, secret).encode(), received.encode("utf-8", "surrogateescape")
    )


def key_id(request: WireRequest) -> str:
    """Whose key a request says that it is signed with.

    Raises:
        ValueError: the request names no key.
    """
    name = dict(request.parameters).get("AccessKeyId")
    if name is None:
        raise ValueError("no AccessKeyId")
    return name
