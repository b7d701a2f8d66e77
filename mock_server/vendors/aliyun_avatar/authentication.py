"""Who sends a request: signature version 3 in the header Authorization, or the older one in the query."""

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.documents import read_yaml
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.signatures import acs3_hmac_sha256, rpc_hmac_sha1
from bodydouble.contracts.signatures.acs3_hmac_sha256 import (
    Authorization,
    IncompleteSignatureError,
    UnsupportedAlgorithmError,
)
from bodydouble.mock_server.clock import from_utc_text
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import nonces
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, Account
from bodydouble.mock_server.vendor_api.credentials import credential
from bodydouble.mock_server.vendor_api.vendor import ApiError, Credentials, OperationRequest

NAME = "aliyun-avatar"
# The tenant of the vendor's examples: the default account's own, and open to all, so that examples work for all.
EXAMPLE_TENANT: int = read_yaml(NAME, "catalogue.yaml")["tenantId"]
_LONGEST_NONCE = 128
_RPC_PARAMETERS = (
    "AccessKeyId",
    "Timestamp",
    "SignatureNonce",
    "SignatureMethod",
    "SignatureVersion",
    rpc_hmac_sha1.SIGNATURE_PARAMETER,
)


# Milliseconds that the signer's clock may be off, either way; both schemes have the same.
WINDOW = int((load_contract(NAME).security_schemes["acs3"].signature or {})["window"]) * 1000


def authenticate(request: OperationRequest) -> Account:
    """Find the account whose secret signed the request.

    Raises:
        ApiError: incompleteSignature, invalidSignatureMethod, invalidAccessKeyIdNotFound, signatureDoesNotMatch,
            invalidTimeStampFormat, invalidTimeStampExpired or signatureNonceUsed.
    """
    wire = request.wire
    if "authorization" in wire.headers:
        return _authenticate_acs3(request, wire.headers["authorization"])
    parameters = dict(rpc_hmac_sha1.parameters(wire))
    if any(name in parameters for name in _RPC_PARAMETERS):
        return _authenticate_rpc(request, parameters)
    raise ApiError("incompleteSignature", "header Authorization: required, but missing (or a Signature in the query)")


def _authenticate_acs3(request: OperationRequest, text: str) -> Account:
    wire = request.wire
    try:
        authorization = Authorization.from_text(text)
    except UnsupportedAlgorithmError as error:
        raise ApiError("invalidSignatureMethod", f"header Authorization: {error}") from error
    except IncompleteSignatureError as error:
        raise ApiError("incompleteSignature", f"header Authorization: {error}") from error
    for name in acs3_hmac_sha256.REQUIRED_HEADERS:
        if not wire.headers.get(name):
            raise ApiError("incompleteSignature", f"header {name}: required, but missing")
    account, secret = _account(request, authorization.credential, "header Authorization: Credential")
    actual = acs3_hmac_sha256.content_hash(wire.body)
    if wire.headers[acs3_hmac_sha256.CONTENT_HASH_HEADER] != actual:
        detail = f"header {acs3_hmac_sha256.CONTENT_HASH_HEADER}: the hash of the body is {actual}"
        raise ApiError("signatureDoesNotMatch", detail)
    if not acs3_hmac_sha256.verify(wire, authorization, secret):
        raise ApiError("signatureDoesNotMatch", _acs3_explanation(wire, authorization))
    _use_once(
        request,
        authorization.credential,
        ("header x-acs-date", wire.headers["x-acs-date"]),
        ("header x-acs-signature-nonce", wire.headers["x-acs-signature-nonce"]),
    )
    return account


def _acs3_explanation(wire: WireRequest, authorization: Authorization) -> str:
    signed = authorization.signed_headers
    return (
        f"server string to sign is: {acs3_hmac_sha256.string_to_sign(wire, signed)}\n"
        f"server canonical request is: {acs3_hmac_sha256.canonical_request(wire, signed)}"
    )


def _authenticate_rpc(request: OperationRequest, parameters: dict[str, str]) -> Account:
    for name in _RPC_PARAMETERS:
        if not parameters.get(name):
            raise ApiError("incompleteSignature", f"query parameter {name}: required, but missing")
    if parameters["SignatureMethod"] != rpc_hmac_sha1.METHOD:
        raise ApiError("invalidSignatureMethod", f"query parameter SignatureMethod: must be {rpc_hmac_sha1.METHOD}")
    if parameters["SignatureVersion"] != rpc_hmac_sha1.VERSION:
        raise ApiError("incompleteSignature", f"query parameter SignatureVersion: must be {rpc_hmac_sha1.VERSION}")
    account, secret = _account(request, parameters["AccessKeyId"], "query parameter AccessKeyId")
    if not rpc_hmac_sha1.verify_request(request.wire, secret):
        expected = rpc_hmac_sha1.string_to_sign(request.wire.method, rpc_hmac_sha1.parameters(request.wire))
        raise ApiError("signatureDoesNotMatch", f"server string to sign is: {expected}")
    _use_once(
        request,
        parameters["AccessKeyId"],
        ("query parameter Timestamp", parameters["Timestamp"]),
        ("query parameter SignatureNonce", parameters["SignatureNonce"]),
    )
    return account


def _account(request: OperationRequest, key: str, where: str) -> tuple[Account, str]:
    found = request.services.credential_cache.by_key(NAME, key) if _is_plain(key) else None
    if found is None:
        raise ApiError("invalidAccessKeyIdNotFound", f"{where}: no account has this access key")
    account, credentials = found
    return account, credentials["access_key_secret"]


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _use_once(request: OperationRequest, key: str, date: tuple[str, str], nonce: tuple[str, str]) -> None:
    try:
        moment = from_utc_text(date[1])
    except ValueError as error:
        raise ApiError("invalidTimeStampFormat", f"{date[0]}: must look like 2022-01-30T08:00:00Z") from error
    if abs(moment - request.real) > WINDOW:
        raise ApiError("invalidTimeStampExpired", f"{date[0]}: more than {WINDOW // 1000} s from now")
    if not _is_plain(nonce[1]) or len(nonce[1]) > _LONGEST_NONCE:
        raise ApiError("incompleteSignature", f"{nonce[0]}: at most {_LONGEST_NONCE} printable ASCII characters")
    with request.services.state.main.write() as connection:
        # When the date itself has expired, the nonce may be forgotten.
        unused = nonces.use(connection, NAME, key, nonce[1], moment + WINDOW)
    if not unused:
        raise ApiError("signatureNonceUsed", f"{nonce[0]}: {nonce[1]}")


def tenant_id(account_id: str, seed: int) -> int:
    """The number of an account's tenant."""
    if account_id == DEFAULT_ACCOUNT:
        return EXAMPLE_TENANT
    return 10_000 + identifiers.number(900_000_000, seed, account_id, NAME, "tenant")


def application_ids(account_id: str, seed: int) -> tuple[str, str]:
    """The ids of an account's own applications: one for 2D avatars, one for 3D avatars."""
    return credential(account_id, seed, NAME, "app-id-2d"), credential(account_id, seed, NAME, "app-id-3d")


def new_credentials(account_id: str, seed: int) -> Credentials:
    """Access key, tenant and applications of a new account."""
    key = credential(account_id, seed, NAME, "access-key-id")
    app_id_2d, app_id_3d = application_ids(account_id, seed)
    return Credentials(
        key,
        {
            "access_key_id": key,
            "access_key_secret": credential(account_id, seed, NAME, "access-key-secret"),
            "tenant_id": str(tenant_id(account_id, seed)),
            "app_id_2d": app_id_2d,
            "app_id_3d": app_id_3d,
        },
    )
