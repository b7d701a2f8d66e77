"""Tokens (vendor's FAQ and public clients; not part of the vendor document)."""

import base64
from typing import Any

from bodydouble.mock_server.store.tokens import ACCESS, REFRESH
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.signed_tokens import signed_in
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.softsugar import NAME
from bodydouble.mock_server.vendors.softsugar.callbacks import callback_url
from bodydouble.mock_server.vendors.softsugar.catalogue import owner
from bodydouble.mock_server.vendors.softsugar.names import Errors

handlers = Handlers[Toolbox]()


@handlers.operation("createToken", transaction=True)
def create_token(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Issue tokens for a signed application id. The time is signed as it was sent; how old it may be is unknown."""
    account = signed_in(
        request,
        tools,
        {name: str(request.body[name]) for name in ("appId", "timestamp")},
        request.body["sign"],
        secret=("app_key", "appKey"),
        error=Errors.signInvalid,
        where="/",
    )
    user = {"id": owner(account), "email": None, "callbackUrl": callback_url(account), "liveCallbackUrl": None}
    return {**_issue(request, tools.sign_in(account)), "user": user, "permissions": [], "roles": []}


@handlers.operation("refreshToken", transaction=True)
def refresh_token(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Issue new tokens for a refresh token, which stays valid until it expires."""
    entry = tools.account_by_key(request.body["appId"])
    if entry is None or entry[0].id != tools.account.id:
        raise ApiError(Errors.tokenInvalid, "/appId: the refresh token was issued to another")
    return _issue(request, tools)


def _issue(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    lives = request.operation.token_lives
    tokens = {purpose: _new_token(tools) for purpose in (ACCESS, REFRESH)}
    for purpose, token in tokens.items():
        tools.issue_token(token, lives[purpose], purpose)
    return {
        "accessToken": tokens[ACCESS],
        "expiresIn": lives[ACCESS],
        "refreshToken": tokens[REFRESH],
        "refreshTokenExpiresIn": lives[REFRESH],
    }


def _new_token(tools: Toolbox) -> str:
    # The vendor's sample decodes to 32 hexadecimal digits and a UUID.
    identifiers, parts = tools.account.own_identifiers, tools.account.token_parts(NAME, "token", tools.next_number())
    text = identifiers.hexadecimal(32, *parts) + identifiers.uuid(*parts)
    return base64.b64encode(text.encode()).decode().rstrip("=")
