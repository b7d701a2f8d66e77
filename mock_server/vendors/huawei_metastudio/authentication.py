"""Who sends a request: a token in `X-Auth-Token`, or else a signature made with an access key and its secret."""

from urllib.parse import unquote

from bodydouble.contracts.signatures import sdk_hmac_sha256
from bodydouble.mock_server.clock import from_basic_text
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import credential, token_account
from bodydouble.mock_server.vendor_api.vendor import ApiError, Credentials, OperationRequest

NAME = "huawei-metastudio"
TOKEN_HEADER = "x-auth-token"
PROJECT_HEADER = "x-project-id"
# "15 minutes" (API request signing guide of the vendor), in milliseconds.
WINDOW = 15 * 60 * 1000
# Without them, a signature could be used at another time or another service.
ALWAYS_SIGNED = ("host", sdk_hmac_sha256.DATE_HEADER)


def authenticate(request: OperationRequest) -> Account:
    """Find the account of a request, by token if there is one, and hold its project to the account's.

    Raises:
        ApiError: unauthorized, tokenInvalid, tokenExpired, signatureMismatch, accessKeyUnknown, signatureExpired or
            projectMismatch.
    """
    headers = request.wire.headers
    if headers.get(TOKEN_HEADER):
        text = headers[TOKEN_HEADER]
        account = token_account(request, text, "header X-Auth-Token", invalid="tokenInvalid", expired="tokenExpired")
    elif headers.get("authorization"):
        account = _by_signature(request, headers["authorization"])
    else:
        raise ApiError("unauthorized", "neither header X-Auth-Token nor header Authorization")
    _require_project(request, account)
    return account


def _by_signature(request: OperationRequest, text: str) -> Account:
    try:
        authorization = sdk_hmac_sha256.Authorization.from_text(text)
    except ValueError as error:
        raise ApiError("signatureMismatch", f"header Authorization: {error}") from error
    found = request.services.credential_cache.by_key(NAME, authorization.access)
    if found is None:
        raise ApiError("accessKeyUnknown", "header Authorization: no account has this access key")
    for name in ALWAYS_SIGNED:
        if name not in authorization.signed_headers:
            raise ApiError("signatureMismatch", f"header Authorization: SignedHeaders must name {name}")
    account, credentials = found
    _require_fresh(request)
    if not sdk_hmac_sha256.verify(request.wire, authorization, credentials["secret_key"]):
        signed = sdk_hmac_sha256.canonical_request(request.wire, authorization.signed_headers)
        raise ApiError("signatureMismatch", f"header Authorization: the server's canonical request is {signed!r}")
    return account


def _require_fresh(request: OperationRequest) -> None:
    text = request.wire.headers.get(sdk_hmac_sha256.DATE_HEADER, "")
    try:
        moment = from_basic_text(text)
    except ValueError as error:
        raise ApiError("signatureExpired", "header X-Sdk-Date: expected a time as YYYYMMDDTHHMMSSZ") from error
    if abs(request.real - moment) > WINDOW:
        raise ApiError("signatureExpired", f"header X-Sdk-Date: {text} is more than {WINDOW // 60_000} minutes off")


def _require_project(request: OperationRequest, account: Account) -> None:
    own = project_id(account.id, account.seed)
    in_path = unquote(request.wire.path.split("/")[2])
    if in_path != own:
        raise ApiError("projectMismatch", "path parameter project_id: not the project of the credentials")
    if request.wire.headers.get(PROJECT_HEADER, own) != own:
        raise ApiError("projectMismatch", "header X-Project-Id: not the project of the credentials")


def project_id(account_id: str, seed: int) -> str:
    """The one project of an account."""
    return credential(account_id, seed, NAME, "project-id")


def new_credentials(account_id: str, seed: int) -> Credentials:
    """Access key, secret key and project of a new account."""
    access_key = credential(account_id, seed, NAME, "access-key", 20)
    return Credentials(
        access_key,
        {
            "access_key": access_key,
            "secret_key": credential(account_id, seed, NAME, "secret-key", 40),
            "project_id": project_id(account_id, seed),
        },
    )
