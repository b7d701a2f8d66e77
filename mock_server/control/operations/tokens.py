"""Access tokens, for vendors whose tokens come from a service that is not part of their API."""

from typing import Any

from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.store import tokens
from bodydouble.mock_server.store.accounts import next_number
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError

handlers = Handlers[ControlToolbox]()

_LENGTH = 64


@handlers.operation("issueToken", transaction=True)
def issue_token(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Issue a token for an account at one vendor."""
    account, vendor = account_of(request, tools), request.body["vendor"]
    if vendor not in tools.vendors:
        raise ApiError(Errors.vendorNotFound, f"/vendor: {vendor}")
    number = next_number(tools.connection, account.id)
    token = account.own_identifiers.hexadecimal(_LENGTH, *account.token_parts(vendor, "token", number))
    expires_at = account.clock.now(request.wall_ms) + int(request.body["seconds"]) * 1000
    tokens.add(tools.connection, account.id, vendor, token, expires_at)
    return {"vendor": vendor, "token": token, "expires_at": expires_at}
