"""Who sends a request: signature version 3 in the header Authorization, or the older one in the query."""

from collections.abc import Mapping

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import acs3_hmac_sha256, rpc_hmac_sha1
from bodydouble.contracts.signatures.acs3_hmac_sha256 import (
    Authorization,
    IncompleteSignatureError,
    UnsupportedAlgorithmError,
)
from bodydouble.mock_server.clock import from_utc_text
from bodydouble.mock_server.engine.identifiers import AccountIdentifiers
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import Credentials, credential_table
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.senders import CredentialLookup, is_printable_ascii, key_account
from bodydouble.mock_server.vendor_api.signed_tokens import require_fresh, signature_window
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, names
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import application_ids, tenant_id
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors

_MAX_NONCE = 128
_KEYS = credential_table(NAME, access_key_id=32, access_key_secret=32)
_AUTHORIZATION = "header Authorization"
_RPC_PARAMETERS = (
    "AccessKeyId",
    "Timestamp",
    "SignatureNonce",
    "SignatureMethod",
    "SignatureVersion",
    rpc_hmac_sha1.SIGNATURE_PARAMETER,
)


def authenticate(request: ReceivedRequest, credentials: CredentialLookup) -> Account:
    """Find the account whose secret signed the request.

    Raises:
        ApiError: incompleteSignature, invalidSignatureMethod, invalidAccessKeyIdNotFound, signatureDoesNotMatch,
            invalidTimeStampFormat, invalidTimeStampExpired or signatureNonceUsed.
    """
    wire = request.wire
    if "authorization" in wire.headers:
        return _authenticate_acs3(request, credentials)
    parameters = dict(wire.parameters)
    if any(name in parameters for name in _RPC_PARAMETERS):
        return _authenticate_rpc(request, credentials, parameters)
    raise ApiError(Errors.incompleteSignature, f"{_AUTHORIZATION}: required, but missing (or a Signature in the query)")


def _authenticate_acs3(request: ReceivedRequest, credentials: CredentialLookup) -> Account:
    wire = request.wire
    authorization = _authorization(wire)
    for name in acs3_hmac_sha256.REQUIRED_HEADERS:
        if not wire.headers.get(name):
            raise ApiError(Errors.incompleteSignature, f"header {name}: required, but missing")
    key = authorization.credential
    account, secret = _account(credentials, key, f"{_AUTHORIZATION}: Credential")
    _verify_acs3(wire, authorization, secret)
    date, nonce = "x-acs-date", "x-acs-signature-nonce"
    signed_at = _signing_time(request, f"header {date}", wire.headers[date])
    _use_nonce(request, credentials, key, f"header {nonce}", wire.headers[nonce], signed_at)
    return account


def _authorization(wire: WireRequest) -> Authorization:
    try:
        return Authorization.from_text(wire.headers["authorization"])
    except UnsupportedAlgorithmError as error:
        raise ApiError(Errors.invalidSignatureMethod, f"{_AUTHORIZATION}: {error}") from error
    except IncompleteSignatureError as error:
        raise ApiError(Errors.incompleteSignature, f"{_AUTHORIZATION}: {error}") from error


def _verify_acs3(wire: WireRequest, authorization: Authorization, secret: str) -> None:
    actual = acs3_hmac_sha256.content_hash(wire.body)
    if wire.headers[acs3_hmac_sha256.CONTENT_HASH_HEADER] != actual:
        detail = f"header {acs3_hmac_sha256.CONTENT_HASH_HEADER}: the hash of the body is {actual}"
        raise ApiError(Errors.signatureDoesNotMatch, detail)
    if not acs3_hmac_sha256.verify(wire, authorization, secret):
        signed = authorization.signed_headers
        detail = (
            f"server string to sign is: {acs3_hmac_sha256.string_to_sign(wire, signed)}\n"
            f"server canonical request is: {acs3_hmac_sha256.canonical_request(wire, signed)}"
        )
        raise ApiError(Errors.signatureDoesNotMatch, detail)


def _authenticate_rpc(
    request: ReceivedRequest, credentials: CredentialLookup, parameters: Mapping[str, str]
) -> Account:
    _check_rpc_form(parameters)
    key = parameters["AccessKeyId"]
    account, secret = _account(credentials, key, "query parameter AccessKeyId")
    if not rpc_hmac_sha1.verify_request(request.wire, secret):
        expected = rpc_hmac_sha1.string_to_sign(request.wire.method, request.wire.parameters)
        raise ApiError(Errors.signatureDoesNotMatch, f"server string to sign is: {expected}")
    signed_at = _signing_time(request, "query parameter Timestamp", parameters["Timestamp"])
    where = "query parameter SignatureNonce"
    _use_nonce(request, credentials, key, where, parameters["SignatureNonce"], signed_at)
    return account


def _check_rpc_form(parameters: Mapping[str, str]) -> None:
    for name in _RPC_PARAMETERS:
        if not parameters.get(name):
            raise ApiError(Errors.incompleteSignature, f"query parameter {name}: required, but missing")
    for name, value, error in (
        ("SignatureMethod", rpc_hmac_sha1.METHOD, Errors.invalidSignatureMethod),
        ("SignatureVersion", rpc_hmac_sha1.VERSION, Errors.incompleteSignature),
    ):
        if parameters[name] != value:
            raise ApiError(error, f"query parameter {name}: must be {value}")


def _account(credentials: CredentialLookup, key: str, where: str) -> tuple[Account, str]:
    account, content = key_account(credentials, key, Errors.invalidAccessKeyIdNotFound, where)
    return account, content["access_key_secret"]


def _window(request: ReceivedRequest) -> int:
    # Both schemes have the same.
    return signature_window(request.contract.security_schemes[names.ACS3].signature)


def _signing_time(request: ReceivedRequest, where: str, text: str) -> int:
    try:
        signed_at = from_utc_text(text)
    except ValueError as error:
        raise ApiError(Errors.invalidTimeStampFormat, f"{where}: must look like 2022-01-30T08:00:00Z") from error
    require_fresh(signed_at, request, _window(request), Errors.invalidTimeStampExpired, where)
    return signed_at


def _use_nonce(
    request: ReceivedRequest, credentials: CredentialLookup, key: str, where: str, nonce: str, signed_at: int
) -> None:
    if not is_printable_ascii(nonce) or len(nonce) > _MAX_NONCE:
        raise ApiError(Errors.incompleteSignature, f"{where}: at most {_MAX_NONCE} printable ASCII characters")
    # When the date itself has expired, the nonce may be forgotten.
    if not credentials.use_nonce(key, nonce, signed_at + _window(request) * 1000):
        raise ApiError(Errors.signatureNonceUsed, f"{where}: {nonce}")


def new_credentials(account_id: str, seed: int) -> Credentials:
    """Access key, tenant and applications of a new account."""
    identifiers, keys = AccountIdentifiers(seed, account_id), _KEYS(account_id, seed)
    applications = {f"app_id_{model}": app_id for model, app_id in application_ids(identifiers).items()}
    derived = {"tenant_id": str(tenant_id(identifiers)), **applications}
    return Credentials(keys.key, {**keys.content, **derived}, frozenset(derived))
