"""Who sends a request: the token in `Authorization: Bearer`, issued for a signed application id."""

from bodydouble.mock_server.store import tokens
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import credential_table
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.senders import CredentialLookup, issued_token_account
from bodydouble.mock_server.vendors.softsugar import NAME, names
from bodydouble.mock_server.vendors.softsugar.names import Errors

SCHEME = "Bearer "


def authenticate(request: ReceivedRequest, credentials: CredentialLookup) -> Account:
    """Find the account of the request's token: an access token, or for refreshToken a refresh token.

    Raises:
        ApiError: tokenMissing, tokenInvalid or tokenExpired.
    """
    header = request.wire.headers.get("authorization", "")
    text, where = header.removeprefix(SCHEME).strip(), "header Authorization"
    if not header.startswith(SCHEME) or not text:
        raise ApiError(Errors.tokenMissing, f"{where}: required, in the form Bearer <token>")
    purpose = tokens.REFRESH if request.operation.id == names.REFRESH_TOKEN else tokens.ACCESS
    return issued_token_account(request, credentials, text, where, purpose)


# An application id and its key.
new_credentials = credential_table(NAME, app_id=32, app_key=32)
