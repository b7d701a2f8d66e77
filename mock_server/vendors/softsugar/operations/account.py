"""Tokens (vendor's FAQ and public clients; not part of the vendor document)."""

import base64
from typing import Any

from bodydouble.contracts.signatures import md5_template
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import accounts, tokens
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.softsugar import callbacks
from bodydouble.mock_server.vendors.softsugar.authentication import NAME, REFRESH_TOKEN_LIFE, TOKEN_LIFE
from bodydouble.mock_server.vendors.softsugar.catalogue import owner

handlers = Handlers()


@handlers.writes("createToken")
def create_token(request: OperationRequest) -> dict[str, Any]:
    """Issue tokens for a signed application id. The time is signed as it was sent; how old it may be is unknown."""
    app_id, timestamp = request.body["appId"], str(request.body["timestamp"])
    found = accounts.by_key(request.connection, NAME, app_id)
    signature = request.operation.signature
    if found is None or signature is None:
        raise ApiError("signInvalid", "/appId: no account has it")
    account, credentials = found
    parts = {"appId": app_id, "timestamp": timestamp, "appKey": credentials["app_key"]}
    if not md5_template.verify(signature["content"], parts, request.body["sign"]):
        signed = signature["content"].format_map({**parts, "appKey": "<appKey>"})
        raise ApiError("signInvalid", f"/sign: must be the md5 of {signed}")
    request.enter(account)
    user = {
        "id": owner(account),
        "email": None,
        "callbackUrl": callbacks.url(account),
        "liveCallbackUrl": None,
    }
    return {**_issue(request), "user": user, "permissions": [], "roles": []}


@handlers.writes("refreshToken")
def refresh_token(request: OperationRequest) -> dict[str, Any]:
    """Issue new tokens for a refresh token, which stays good until it expires."""
    found = accounts.by_key(request.connection, NAME, request.body["appId"])
    if found is None or found[0].id != request.account.id:
        raise ApiError("tokenInvalid", "/appId: the refresh token was issued to another")
    return _issue(request)


def _issue(request: OperationRequest) -> dict[str, Any]:
    lives = {tokens.ACCESS: TOKEN_LIFE, tokens.REFRESH: REFRESH_TOKEN_LIFE}
    made = {}
    for purpose, life in lives.items():
        made[purpose] = _new_token(request)
        tokens.add(request.connection, request.account.id, NAME, made[purpose], request.now + life, purpose)
    return {
        "accessToken": made[tokens.ACCESS],
        "expiresIn": TOKEN_LIFE // 1000,
        "refreshToken": made[tokens.REFRESH],
        "refreshTokenExpiresIn": REFRESH_TOKEN_LIFE // 1000,
    }


def _new_token(request: OperationRequest) -> str:
    # The vendor's sample decodes to 32 hexadecimal digits and a UUID.
    account = request.account
    seed = (account.seed, account.id, NAME, "token", accounts.next_number(request.connection, account.id))
    text = identifiers.hexadecimal(32, *seed) + identifiers.seeded_uuid(*seed)
    return base64.b64encode(text.encode()).decode().rstrip("=")
