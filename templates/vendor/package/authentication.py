"""Who sends a request: the key in the header X-Api-Key."""

from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import credential_table
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.senders import CredentialLookup, key_account
from bodydouble.mock_server.vendors.acme_cloud import NAME
from bodydouble.mock_server.vendors.acme_cloud.names import Errors

KEY_HEADER = "x-api-key"


def authenticate(request: ReceivedRequest, credentials: CredentialLookup) -> Account:
    """Find the account of the request's key.

    Raises:
        ApiError: keyInvalid.
    """
    key = request.wire.headers.get(KEY_HEADER, "")
    account, _ = key_account(credentials, key, Errors.keyInvalid, "header X-Api-Key")
    return account


# The key of a new account.
new_credentials = credential_table(NAME, api_key=32)
