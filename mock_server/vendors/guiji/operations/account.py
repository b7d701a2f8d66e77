"""Access token (interface page of the vendor's documents), and 1. Account Benefits."""

from typing import Any

from bodydouble.mock_server.store.tokens import ACCESS
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.signed_tokens import require_fresh, signature_window, signed_in
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.guiji import NAME
from bodydouble.mock_server.vendors.guiji.names import Errors

handlers = Handlers[Toolbox]()


@handlers.operation("getAccessToken", transaction=True)
def get_access_token(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Issue a token for a signed application id."""
    fields = {name: request.query[name] for name in ("appId", "timestamp")}
    account = signed_in(
        request,
        tools,
        fields,
        request.query["sign"],
        secret=("secret", "secret"),
        error=Errors.signatureInvalid,
        where="query parameter ",
    )
    window, where = signature_window(request.operation.signature), "query parameter timestamp"
    require_fresh(int(fields["timestamp"]), request, window, Errors.signatureInvalid, where)
    own_tools, life = tools.sign_in(account), request.operation.token_lives[ACCESS]
    token = account.own_identifiers.uuid(*account.token_parts(NAME, "token", own_tools.next_number()))
    own_tools.issue_token(token, life)
    # The vendor's own example shows one second less than the life.
    return {"access_token": token, "expires_in": life - 1}


@handlers.operation("getAccountBenefits")
def get_account_benefits(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """1: who the account is, and what is left of its quotas."""
    benefits: dict[str, int] = {}
    for name, (left, total) in tools.quotas.remaining().items():
        benefits[name] = left
        benefits[f"total{name[0].upper()}{name[1:]}"] = total
    identity = 1_000_000 + tools.account.own_identifiers.number(8_000_000, "user")
    return {"user": {"id": identity, "corpId": identity + 1}, "account": benefits}
