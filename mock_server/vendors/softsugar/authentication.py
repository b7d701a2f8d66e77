"""Who sends a request: the token in `Authorization: Bearer`, issued for a signed application id."""

from bodydouble.mock_server.store import tokens
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import credential, token_account
from bodydouble.mock_server.vendor_api.vendor import ApiError, Credentials, OperationRequest

NAME = "softsugar"
SCHEME = "Bearer "
REFRESH_OPERATION = "refreshToken"
# 8 hours by default (the vendor's table, as a public client quotes it), in milliseconds.
TOKEN_LIFE = 8 * 3600 * 1000
# Not published; a week, in milliseconds.
REFRESH_TOKEN_LIFE = 7 * 24 * 3600 * 1000


def authenticate(request: OperationRequest) -> Account:
    """Find the account of the request's token: an access token, or for refreshToken a refresh token.

    Raises:
        ApiError: tokenMissing, tokenInvalid or tokenExpired.
    """
    header = request.wire.headers.get("authorization", "")
    text = header.removeprefix(SCHEME).strip()
    if not header.startswith(SCHEME) or not text:
        raise ApiError("tokenMissing", "header Authorization: required, in the form Bearer <token>")
    purpose = tokens.REFRESH if request.operation.id == REFRESH_OPERATION else tokens.ACCESS
    return token_account(
        request, text, "header Authorization", invalid="tokenInvalid", expired="tokenExpired", purpose=purpose
    )


def new_credentials(account_id: str, seed: int) -> Credentials:
    """Application id and key of a new account."""
    app_id = credential(account_id, seed, NAME, "app-id")
    return Credentials(app_id, {"app_id": app_id, "app_key": credential(account_id, seed, NAME, "app-key")})
