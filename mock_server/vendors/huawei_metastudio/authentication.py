"""Who sends a request: a token in `X-Auth-Token`, or else a signature made with an access key and its secret."""

from urllib.parse import unquote

from bodydouble.contracts.signatures import sdk_hmac_sha256
from bodydouble.mock_server.clock import from_basic_text
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import credential, credential_table
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.senders import CredentialLookup, key_account, token_account
from bodydouble.mock_server.vendor_api.signed_tokens import is_fresh, signature_window
from bodydouble.mock_server.vendors.huawei_metastudio import NAME, names
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors

TOKEN_HEADER = "x-auth-token"
PROJECT_HEADER = "x-project-id"
# Without them, a signature could be used at another time or for another service.
ALWAYS_SIGNED = ("host", sdk_hmac_sha256.DATE_HEADER)


def authenticate(request: ReceivedRequest, credentials: CredentialLookup) -> Account:
    """Find the account of a request, by its token if it has one, and check the project that the request names.

    Raises:
        ApiError: unauthorized, tokenInvalid, tokenExpired, signatureMismatch, accessKeyUnknown, signatureExpired or
            projectMismatch.
    """
    headers = request.wire.headers
    if headers.get(TOKEN_HEADER):
        text, where = headers[TOKEN_HEADER], "header X-Auth-Token"
        invalid, expired = Errors.tokenInvalid, Errors.tokenExpired
        account = token_account(request, credentials, text, where, invalid=invalid, expired=expired)
    elif headers.get("authorization"):
        account = _by_signature(request, credentials, headers["authorization"])
    else:
        raise ApiError(Errors.unauthorized, "neither header X-Auth-Token nor header Authorization")
    _require_project(request, account)
    return account


def _by_signature(request: ReceivedRequest, credentials: CredentialLookup, text: str) -> Account:
    try:
        authorization = sdk_hmac_sha256.Authorization.from_text(text)
    except ValueError as error:
        raise _mismatch(str(error)) from error
    account, keys = key_account(credentials, authorization.access, Errors.accessKeyUnknown, "header Authorization")
    for name in ALWAYS_SIGNED:
        if name not in authorization.signed_headers:
            raise _mismatch(f"SignedHeaders must name {name}")
    _require_fresh(request)
    if not sdk_hmac_sha256.verify(request.wire, authorization, keys["secret_key"]):
        signed = sdk_hmac_sha256.canonical_request(request.wire, authorization.signed_headers)
        raise _mismatch(f"the server's canonical request is {signed!r}")
    return account


def _mismatch(detail: str) -> ApiError:
    return ApiError(Errors.signatureMismatch, f"header Authorization: {detail}")


def _require_fresh(request: ReceivedRequest) -> None:
    text = request.wire.headers.get(sdk_hmac_sha256.DATE_HEADER, "")
    window = signature_window(request.contract.security_schemes[names.SIGNED_REQUEST].signature)
    try:
        timestamp_ms = from_basic_text(text)
    except ValueError as error:
        raise ApiError(Errors.signatureExpired, "header X-Sdk-Date: expected a time as YYYYMMDDTHHMMSSZ") from error
    if not is_fresh(timestamp_ms, request, window):
        raise ApiError(Errors.signatureExpired, f"header X-Sdk-Date: {text} is more than {window // 60} minutes off")


def _require_project(request: ReceivedRequest, account: Account) -> None:
    own = project_id(account.id, account.seed)
    # Counted from the end: the client may know the path with a prefix.
    place = 2 - len(request.operation.path.split("/"))
    in_path = unquote(request.wire.path.split("/")[place])
    if in_path != own:
        raise ApiError(Errors.projectMismatch, "path parameter project_id: not the project of the credentials")
    if request.wire.headers.get(PROJECT_HEADER, own) != own:
        raise ApiError(Errors.projectMismatch, "header X-Project-Id: not the project of the credentials")


def project_id(account_id: str, seed: int) -> str:
    """The project of an account; each account has one."""
    return credential(account_id, seed, NAME, "project-id")


# An access key, its secret and the project.
new_credentials = credential_table(NAME, derived=frozenset({"project_id"}), access_key=20, secret_key=40, project_id=32)
