"""Signing in with an application id and an MD5 signature, for vendors that issue tokens for one."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from bodydouble.contracts.signatures import md5_template
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.request import OperationRequest, ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox


def signed_in(
    request: OperationRequest,
    tools: Toolbox,
    fields: Mapping[str, str],
    signature: str,
    *,
    secret: tuple[str, str],
    error: Enum,
    where: str,
) -> Account:
    """The account of a signed application id; the template is the `x-signature` of the operation.

    Args:
        fields: the signed ones, by their names in the template, `appId` among them.
        signature: as the request gives it.
        secret: the name of the secret in the account's credentials, and in the template.
        error: the error case when no account has the application id, or the signature is another.
        where: what stands before a field's name in the message.

    Raises:
        ApiError: of the case `error`.
    """
    entry = tools.account_by_key(fields["appId"])
    declared = request.operation.signature
    if entry is None or declared is None:
        raise ApiError(error, f"{where}appId: no account has it")
    account, credentials = entry
    name, part = secret
    if not md5_template.verify(declared["content"], {**fields, part: credentials[name]}, signature):
        signed = declared["content"].format_map({**fields, part: f"<{part}>"})
        raise ApiError(error, f"{where}sign: must be the md5 of {signed}")
    return account


def signature_window(signature: Mapping[str, Any] | None) -> int:
    """How many seconds the signer's clock may be off, either way, by an `x-signature`."""
    return int((signature or {})["window"])


def require_fresh(timestamp_ms: int, request: ReceivedRequest, window: int, error: Enum, where: str) -> None:
    """Require a request to have been signed within a window in seconds; see `is_fresh`.

    Raises:
        ApiError: of the case `error`.
    """
    if not is_fresh(timestamp_ms, request, window):
        raise ApiError(error, f"{where}: more than {window} s from now")


def is_fresh(timestamp_ms: int, request: ReceivedRequest, window: float) -> bool:
    """Whether a request was signed not longer ago, and not more in the future, than a window in seconds.

    Compared on the real clock: the client that signed has a real clock.
    """
    return abs(timestamp_ms - request.wall_ms) <= window * 1000
