"""Snapshots: an account as one document, and as it was."""

from typing import Any

from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of, known_settings
from bodydouble.mock_server.control.operations.scenarios import check_scenario
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.services import scenario_rules
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
        _require_settings(tools, request.body["settings"])
        _require_scenarios(request, tools)
        account = tools.snapshots.restore(account_id, request.body)
    except SnapshotError as error:
        raise ApiError(Errors.snapshotUnusable, str(error)) from error
    if account is None:
        raise ApiError(Errors.accountNotFound, account_id)
    return tools.accounts.describe(
        tools.connection, accounts.get(tools.connection, account_id) or account, request.base_url
    )


def _require_settings(tools: ControlToolbox, settings: dict[str, dict[str, Any]]) -> None:
    try:
        known_settings(tools, settings)
    except ApiError as error:
        raise ApiError(Errors.snapshotUnusable, error.detail) from error


def _require_scenarios(request: OperationRequest, tools: ControlToolbox) -> None:
    body = request.contract.operations["addScenario"].request_body
    schema = body.json if body is not None else None
    for index, scenario in enumerate(request.body["scenarios"]):
        place = f"/scenarios/{index}"
        values = scenario_rules.body_of(scenario)
        violations = schema.violations(values) if schema is not None else ()
        if violations:
            violation = violations[0]
            detail = f"{place}{violation.pointer}: {violation.rule}: expected {violation.expected}"
            raise ApiError(Errors.snapshotUnusable, detail)
        try:
            check_scenario(tools, values)
        except ApiError as error:
            raise ApiError(Errors.snapshotUnusable, f"{place}{error.detail}") from error
