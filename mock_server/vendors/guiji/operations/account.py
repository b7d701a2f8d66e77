"""Access token (interface page of the vendor's documents), and 1. Account Benefits."""

from typing import Any

from bodydouble.contracts.signatures import md5_template
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import accounts, tokens
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.guiji.authentication import NAME, TOKEN_LIFE

handlers = Handlers()


@handlers.writes("getAccessToken")
def get_access_token(request: OperationRequest) -> dict[str, Any]:
    """Issue a token for a signed application id."""
    app_id, timestamp = request.query["appId"], request.query["timestamp"]
    found = accounts.by_key(request.connection, NAME, app_id)
    signature = request.operation.signature
    if found is None or signature is None:
        raise ApiError("signatureInvalid", "query parameter appId: no account has it")
    account, credentials = found
    parts = {"appId": app_id, "timestamp": timestamp, "secret": credentials["secret"]}
    if not md5_template.verify(signature["content"], parts, request.query["sign"]):
        signed = signature["content"].format_map({**parts, "secret": "<secret>"})
        raise ApiError("signatureInvalid", f"query parameter sign: must be the md5 of {signed}")
    if abs(int(timestamp) - request.real) > signature["window"] * 1000:
        raise ApiError("signatureInvalid", f"query parameter timestamp: more than {signature['window']} s from now")
    request.enter(account)
    number = accounts.next_number(request.connection, account.id)
    token = identifiers.seeded_uuid(account.seed, account.id, NAME, "token", number)
    tokens.add(request.connection, account.id, NAME, token, request.now + TOKEN_LIFE)
    # The vendor's own example shows one second less than the life.
    return {"access_token": token, "expires_in": TOKEN_LIFE // 1000 - 1}


@handlers.reads("getAccountBenefits")
def get_account_benefits(request: OperationRequest) -> dict[str, Any]:
    """1: who the account is, and what is left of its quotas."""
    account = request.account
    quotas = request.services.tasks.remaining(request.connection, account, NAME, request.now)
    benefits: dict[str, int] = {}
    for name, (left, total) in quotas.items():
        benefits[name] = left
        benefits[f"total{name[0].upper()}{name[1:]}"] = total
    identity = 1_000_000 + identifiers.number(8_000_000, account.seed, account.id, "user")
    return {"user": {"id": identity, "corpId": identity + 1}, "account": benefits}
