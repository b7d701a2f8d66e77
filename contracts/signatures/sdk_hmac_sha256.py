"""`sdk-hmac-sha256`: a request signed with an access key and its secret, as Huawei Cloud's SDK does it.

Source: PyPI huaweicloudsdkcore 3.1.219, signer. The signature covers method, path, query, chosen headers and the raw
body; the key is the secret itself.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote_from_bytes, unquote_to_bytes

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest

ALGORITHM = "SDK-HMAC-SHA256"
CREDENTIALS = ("access_key", "secret_key")
DATE_HEADER = "x-sdk-date"
CONTENT_HASH_HEADER = "x-sdk-content-sha256"
_UNRESERVED = "-_.~"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Access=(?P<access>[^,\s]+) *, *SignedHeaders=(?P<headers>[^,\s]+) *, *Signature=(?P<signature>\S+)"
)


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the header `Authorization` says.

    Attributes:
        access: the access key.
        signed_headers: names in lower case, as they were listed.
        signature: hexadecimal.
    """

    access: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def from_text(cls, text: str) -> "Authorization":
        """Read the header's value.

        Raises:
            ValueError: it is not of this scheme's form.
        """
        match = _AUTHORIZATION.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"expected {ALGORITHM} Access=..., SignedHeaders=..., Signature=...")
        return cls(match["access"], tuple(match["headers"].lower().split(";")), match["signature"])

    def to_text(self) -> str:
        """The header's value."""
        names = ";".join(self.signed_headers)
        return f"{ALGORITHM} Access={self.access}, SignedHeaders={names}, Signature={self.signature}"


def canonical_request(request: WireRequest, signed_headers: Sequence[str]) -> str:
    """The text whose digest is signed.

    Args:
        signed_headers: names in lower case.
    """
    return "\n".join(
        (
            request.method,
            _path(request.path),
            _query(request.query),
            "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed_headers),
            ";".join(signed_headers),
            _content_hash(request),
        )
    )


def string_to_sign(request: WireRequest, signed_headers: Sequence[str]) -> str:
    """The text that is signed."""
    digest = hashlib.sha256(_bytes(canonical_request(request, signed_headers))).hexdigest()
    return f"{ALGORITHM}\n{request.headers.get(DATE_HEADER, '')}\n{digest}"


def sign(request: WireRequest, access_key: str, secret_key: str, signed_headers: Sequence[str]) -> Authorization:
    """Sign a request; the text of the result is the value of its header `Authorization`.

    Args:
        request: with all signed headers, `x-sdk-date` among them.
        signed_headers: names in lower case.
    """
    names = tuple(sorted(signed_headers))
    signature = hmac.new(secret_key.encode(), _bytes(string_to_sign(request, names)), hashlib.sha256).hexdigest()
    return Authorization(access_key, names, signature)


def sign_request(request: WireRequest, credentials: Mapping[str, str]) -> WireRequest:
    """Sign a request now, as the vendor's own client does.

    Args:
        request: with the header host.
        credentials: with `access_key` and `secret_key`.
    """
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(clock.now()))
    dated = replace(request, headers={**request.headers, DATE_HEADER: date})
    signed = [name for name in ("content-type", "host", DATE_HEADER) if name in dated.headers]
    authorization = sign(dated, credentials["access_key"], credentials["secret_key"], signed)
    return replace(dated, headers={**dated.headers, "authorization": authorization.to_text()})


def verify_request(request: WireRequest, secret: str) -> bool:
    """Whether a request's signature is the right one, compared in constant time. Says nothing about its age.

    Raises:
        ValueError: the header Authorization is missing or not of this scheme.
    """
    return verify(request, Authorization.from_text(request.headers.get("authorization", "")), secret)


def key_id(request: WireRequest) -> str:
    """Whose key a request says that it is signed with; raises what `verify_request` raises."""
    return Authorization.from_text(request.headers.get("authorization", "")).access


def verify(request: WireRequest, authorization: Authorization, secret: str) -> bool:
    """The same of an authorization that has been read already."""
    text = _bytes(string_to_sign(request, authorization.signed_headers))
    expected = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), _bytes(authorization.signature))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _encoded(raw: bytes) -> str:
    return quote_from_bytes(raw, safe=_UNRESERVED)


def _path(path: str) -> str:
    # Decoded first and split after that: an encoded slash becomes a real one.
    segments = [_encoded(segment) for segment in unquote_to_bytes(path).split(b"/")]
    joined = "/".join(segments)
    return joined if joined.endswith("/") else joined + "/"


def _query(query: str) -> str:
    # A plus sign is itself here, not a space.
    pairs = [part.partition("=") for part in query.split("&") if part]
    decoded = sorted((unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in pairs)
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in decoded)


def _content_hash(request: WireRequest) -> str:
    declared = request.headers.get(CONTENT_HASH_HEADER)
    if declared is not None and request.body:
        return declared.strip()
    return hashlib.sha256(request.body).hexdigest()
