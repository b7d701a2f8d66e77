"""Who sends a request: the `access_token` in the query, issued for a signed application id."""

from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import credential, token_account
from bodydouble.mock_server.vendor_api.vendor import ApiError, Credentials, OperationRequest

NAME = "guiji"
TOKEN_PARAMETER = "access_token"
# "expires after 2 hours by default" (interface page of the vendor's documents), in milliseconds.
TOKEN_LIFE = 2 * 3600 * 1000


def authenticate(request: OperationRequest) -> Account:
    """Find the account of the request's token.

    Raises:
        ApiError: accessTokenInvalid or accessTokenExpired.
    """
    text = next((value for name, value in request.wire.query_pairs if name == TOKEN_PARAMETER), "")
    if not text:
        raise ApiError("accessTokenInvalid", f"query parameter {TOKEN_PARAMETER}: required, but missing")
    where = f"query parameter {TOKEN_PARAMETER}"
    return token_account(request, text, where, invalid="accessTokenInvalid", expired="accessTokenExpired")


def new_credentials(account_id: str, seed: int) -> Credentials:
    """Application id and secret of a new account."""
    app_id = credential(account_id, seed, NAME, "app-id")
    return Credentials(app_id, {"app_id": app_id, "secret": credential(account_id, seed, NAME, "secret")})
