"""Who sends a request: the `access_token` in the query, issued for a signed application id."""

from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import credential_table
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.senders import CredentialLookup, issued_token_account, token_errors
from bodydouble.mock_server.vendors.guiji import NAME

TOKEN_PARAMETER = "access_token"


def authenticate(request: ReceivedRequest, credentials: CredentialLookup) -> Account:
    """Find the account of the request's token.

    Raises:
        ApiError: accessTokenInvalid or accessTokenExpired.
    """
    text = next((value for name, value in request.wire.query_pairs if name == TOKEN_PARAMETER), "")
    where = f"query parameter {TOKEN_PARAMETER}"
    if not text:
        raise ApiError(token_errors(request.contract)["invalid"], f"{where}: required, but missing")
    return issued_token_account(request, credentials, text, where)


# An application id and its secret.
new_credentials = credential_table(NAME, app_id=32, secret=32)
