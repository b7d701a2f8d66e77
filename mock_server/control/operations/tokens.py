"""Access tokens, for vendors whose tokens come from a service that is not part of their API."""

from typing import Any

from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import tokens
from bodydouble.mock_server.store.accounts import next_number
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest

handlers = Handlers()

_LENGTH = 64


@handlers.writes("issueToken")
def issue_token(request: OperationRequest) -> dict[str, Any]:
    """Issue a token for an account at one vendor."""
    account, vendor = account_of(request), request.body["vendor"]
    if vendor not in request.services.vendors:
        raise ApiError("vendorNotFound", f"/vendor: {vendor}")
    number = next_number(request.connection, account.id)
    token = identifiers.hexadecimal(_LENGTH, account.seed, account.id, vendor, "token", number)
    expires_at = account.clock.now(request.real) + int(request.body["seconds"]) * 1000
    tokens.add(request.connection, account.id, vendor, token, expires_at)
    return {"vendor": vendor, "token": token, "expires_at": expires_at}
