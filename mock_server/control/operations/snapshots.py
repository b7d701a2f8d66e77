"""Snapshots: an account as one document, and as it was."""

from typing import Any

from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.services.snapshots.document import SnapshotError, SnapshotTooLargeError
from bodydouble.mock_server.store import accounts
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError

handlers = Handlers[ControlToolbox]()


@handlers.operation("readSnapshot", large=True)
def read_snapshot(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Take a snapshot."""
    account_id = account_of(request, tools).id
    try:
        document = tools.snapshots.take(
            account_id, files=request.query.get("files", False), secrets=request.query.get("secrets", False)
        )
    except SnapshotTooLargeError as error:
        raise ApiError(Errors.snapshotTooLarge, str(error)) from error
    if document is None:
        raise ApiError(Errors.accountNotFound, account_id)
    return document


@handlers.operation("restoreSnapshot", large=True)
def restore_snapshot(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Put a snapshot in the place of all that the account has."""
    account_id = account_of(request, tools).id
    try:
        tools.snapshots.require_usable(request.body)
        account = tools.snapshots.restore(account_id, request.body)
    except SnapshotError as error:
        raise ApiError(Errors.snapshotUnusable, str(error)) from error
    if account is None:
        raise ApiError(Errors.accountNotFound, account_id)
    return tools.accounts.describe(
        tools.connection, accounts.get(tools.connection, account_id) or account, request.base_url
    )
