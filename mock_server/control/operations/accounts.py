"""Server and accounts."""

from dataclasses import asdict
from typing import Any

from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.services.accounts import AccountExistsError
from bodydouble.mock_server.services.setting_rules import check_settings
from bodydouble.mock_server.store import accounts, quotas
from bodydouble.mock_server.store.accounts import REAL_CLOCK, Account
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.settings import SettingRejected

handlers = Handlers[ControlToolbox]()


def account_of(request: OperationRequest, tools: ControlToolbox) -> Account:
    """The account that the path names.

    Raises:
        ApiError: accountNotFound.
    """
    account_id = request.path["accountId"]
    account = accounts.get(tools.connection, account_id)
    if account is None:
        raise ApiError(Errors.accountNotFound, account_id)
    return account


def _describe(request: OperationRequest, tools: ControlToolbox, account: Account) -> dict[str, Any]:
    return tools.accounts.describe(tools.connection, account, request.base_url)


@handlers.operation("getHealth")
def get_health(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Say that the server is ready, and what it serves."""
    vendors = tools.vendors
    # Also the thread that looks after the others may have died.
    tools.background.check()
    requests, attempts = tools.monitoring.served()
    return {
        "status": "ready",
        "vendors": sorted(vendors),
        "operations": sum(len(vendor.contract.operations) for vendor in vendors.values()),
        "callbacks": sum(len(vendor.contract.callbacks) for vendor in vendors.values()),
        "pace": tools.settings.pace,
        "workers": tools.settings.workers,
        "requests": requests,
        "attempts": attempts,
        "background": [asdict(report) for report in tools.background.reports()],
    }


@handlers.operation("listAccounts")
def list_accounts(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """List all accounts."""
    return {"accounts": accounts.all_ids(tools.connection)}


@handlers.operation("createAccount")
def create_account(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Make an account."""
    new_account = request.body or {}
    try:
        account = tools.accounts.create(
            new_account.get("id"),
            seed=_integer(new_account.get("seed")),
            frozen_at=_integer(new_account.get("frozen_at")),
            pace=new_account.get("pace"),
            settings=known_settings(tools, new_account.get("settings", {})),
            callback_clock=new_account.get("callback_clock", REAL_CLOCK),
        )
    except AccountExistsError as error:
        raise ApiError(Errors.accountExists, str(error)) from error
    return tools.accounts.describe_new(account, request.base_url)


def _integer(number: float | None) -> int | None:
    # In JSON Schema 7.0 is an integer, too.
    return None if number is None else int(number)


@handlers.operation("getAccount")
def get_account(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Show an account."""
    return _describe(request, tools, account_of(request, tools))


@handlers.operation("updateAccount", transaction=True)
def update_account(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Change an account's pace, settings and callback clock."""
    account = account_of(request, tools)
    if "pace" in request.body:
        accounts.set_pace(tools.connection, account.id, request.body["pace"])
    if "callback_clock" in request.body:
        accounts.set_callback_clock(tools.connection, account.id, request.body["callback_clock"])
    changes = known_settings(tools, request.body.get("settings", {}))
    if changes:
        tools.accounts.change_settings(tools.connection, account, changes, request.wall_ms)
    return _describe(request, tools, account_of(request, tools))


@handlers.operation("deleteAccount")
def delete_account(request: OperationRequest, tools: ControlToolbox) -> None:
    """Delete an account."""
    tools.accounts.delete(account_of(request, tools).id)


@handlers.operation("resetAccount")
def reset_account(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Bring an account back to its initial state."""
    tools.accounts.reset(account_of(request, tools).id)
    return _describe(request, tools, account_of(request, tools))


@handlers.operation("setQuota", transaction=True)
def set_quota(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Change a quota's total."""
    account, vendor, quota = account_of(request, tools), request.path["vendor"], request.path["quota"]
    if not quotas.set_total(tools.connection, account.id, vendor, quota, int(request.body["total"])):
        raise ApiError(Errors.quotaNotFound, f"{vendor} {quota}")
    return _describe(request, tools, account)


def known_settings(tools: ControlToolbox, settings: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Settings, validated against those of the vendors.

    Raises:
        ApiError: settingUnusable, if there is no such vendor or setting, or it is of another type.
    """
    try:
        check_settings(settings, tools.vendors, tools.objection_to)
    except SettingRejected as error:
        raise ApiError(Errors.settingUnusable, f"/settings{error}") from error
    return settings
