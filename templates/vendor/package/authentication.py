"""Who sends a request: the key in the header X-Api-Key."""

from bodydouble.mock_server.vendors.acme_cloud import NAME
from bodydouble.mock_server.vendors.acme_cloud.names import Errors

from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.credentials import CredentialLookup, Credentials, credential
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError

KEY_HEADER = "x-api-key"


def authenticate(request: ReceivedRequest, credentials: CredentialLookup) -> Account:
    """Find the account of the request's key.

    Raises:
        ApiError: keyInvalid.
    """
    key = request.wire.headers.get(KEY_HEADER, "")
    found = credentials.by_key(key) if key.isascii() else None
    if found is None:
        raise ApiError(Errors.keyInvalid, "header X-Api-Key: no account has this key")
    return found[0]


def new_credentials(account_id: str, seed: int) -> Credentials:
    """The key of a new account."""
    key = credential(account_id, seed, NAME, "api-key")
    return Credentials(key, {"api_key": key})
