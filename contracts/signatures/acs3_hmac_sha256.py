"""`acs3-hmac-sha256`: Alibaba Cloud's request signature version 3, in the header Authorization.

Rules: help.aliyun.com document 159972, and what the vendor's Python SDK sends (PyPI alibabacloud-tea-openapi 0.4.6).
"""

import hashlib
import hmac
from dataclasses import replace

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures.alibaba_access_key import ACCESS_KEY, percent_encoded, signing_now

CREDENTIALS = ACCESS_KEY
ALGORITHM = "ACS3-HMAC-SHA256"
CONTENT_HASH_HEADER = "x-acs-content-sha256"
# The headers that every signature covers.
REQUIRED_HEADERS = (
    "host",
    "x-acs-action",
    CONTENT_HASH_HEADER,
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
)


class UnsupportedAlgorithmError(ValueError):
    """The header Authorization names another algorithm."""


class IncompleteSignatureError(ValueError):
    """The header Authorization is not of its form, or does not cover what it must; the message says which."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """The parts of the header Authorization.

    Attributes:
        credential: the access key id.
        signed_headers: names in lower case, in the order in which they were signed.
        signature: 64 hexadecimal digits.
    """

    credential: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def from_text(cls, text: str) -> "Authorization":
        """Read the header's value; blanks after the commas are allowed.

        Raises:
            UnsupportedAlgorithmError: it is of another algorithm.
            IncompleteSignatureError: a part is missing, or a header that must be signed is not.
        """
        algorithm, _, rest = text.strip().partition(" ")
        if algorithm != ALGORITHM:
            raise UnsupportedAlgorithmError(f"must begin with {ALGORITHM}, not with {algorithm[:40]!r}")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        for name in ("Credential", "SignedHeaders", "Signature"):
            if not parts.get(name):
                raise IncompleteSignatureError(f"{name}= is missing")
        signed = tuple(parts["SignedHeaders"].lower().split(";"))
        unsigned = [name for name in REQUIRED_HEADERS if name not in signed]
        if unsigned:
            raise IncompleteSignatureError(f"SignedHeaders must name {', '.join(unsigned)}")
        return cls(parts["Credential"], signed, parts["Signature"])

    def to_text(self) -> str:
        """The header's value."""
        signed = ";".join(self.signed_headers)
        return f"{ALGORITHM} Credential={self.credential},SignedHeaders={signed},Signature={self.signature}"


def content_hash(body: bytes) -> str:
    """What the header x-acs-content-sha256 must say of a body."""
    return hashlib.sha256(body).hexdigest()


def canonical_request(request: WireRequest, signed_headers: tuple[str, ...]) -> str:
    """The request in canonical form, of which both sides make the same hash.

    The query is decoded and encoded anew, because clients encode it differently.
    """
    query = "&".join(f"{percent_encoded(name)}={percent_encoded(value)}" for name, value in sorted(request.query_pairs))
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed_headers)
    claimed = request.headers.get(CONTENT_HASH_HEADER, "")
    return "\n".join((request.method, request.path or "/", query, headers, ";".join(signed_headers), claimed))


def string_to_sign(request: WireRequest, signed_headers: tuple[str, ...]) -> str:
    """The text that the signature is made from."""
    canonical = canonical_request(request, signed_headers).encode()
    return f"{ALGORITHM}\n{hashlib.sha256(canonical).hexdigest()}"


def _signature(request: WireRequest, signed_headers: tuple[str, ...], secret: str) -> str:
    return hmac.new(secret.encode(), string_to_sign(request, signed_headers).encode(), hashlib.sha256).hexdigest()


def sign(request: WireRequest, access_key_id: str, secret: str, *, date: str, nonce: str) -> WireRequest:
    """Sign a request.

    Args:
        request: with the headers host, x-acs-action and x-acs-version; every further header is signed as well, except
            those that HTTP libraries add by themselves.
        date: UTC as `2022-01-30T08:00:00Z`.
        nonce: never used before.

    Returns:
        The request with the headers that the signature adds.
    """
    headers = {
        **request.headers,
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        CONTENT_HASH_HEADER: content_hash(request.body),
    }
    prepared = replace(request, headers=headers)
    signed = tuple(
        sorted(name for name in headers if name.startswith("x-acs-") or name in ("host", "content-type", "accept"))
    )
    authorization = Authorization(access_key_id, signed, _signature(prepared, signed, secret))
    return replace(prepared, headers={**headers, "authorization": authorization.to_text()})


sign_request = signing_now(sign)


def verify_request(request: WireRequest, secret: str) -> bool:
    """Whether a request's signature is the right one, compared in constant time. Says nothing about its age.

    It does not check that the body has the hash that was signed: see `content_hash`.

    Raises:
        ValueError: the header Authorization is missing or not of this scheme.
    """
    return verify(request, Authorization.from_text(request.headers.get("authorization", "")), secret)


def key_id(request: WireRequest) -> str:
    """Whose key a request says that it is signed with; raises what `verify_request` raises."""
    return Authorization.from_text(request.headers.get("authorization", "")).credential


def verify(request: WireRequest, authorization: Authorization, secret: str) -> bool:
    """The same of an authorization that has been read already."""
    expected = _signature(request, authorization.signed_headers, secret)
    return hmac.compare_digest(expected.encode(), authorization.signature.encode("utf-8", "surrogateescape"))
