"""Server and accounts."""

from typing import Any

from bodydouble.mock_server.services.accounts import AccountExistsError
from bodydouble.mock_server.store import accounts, quotas
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest, SettingRefused

handlers = Handlers()


def account_of(request: OperationRequest) -> Account:
    """The account that the path names.

    Raises:
        ApiError: accountNotFound.
    """
    account_id = request.path["accountId"]
    account = accounts.get(request.connection, account_id)
    if account is None:
        raise ApiError("accountNotFound", account_id)
    return account


def _describe(request: OperationRequest, account: Account) -> dict[str, Any]:
    return request.services.accounts.describe(request.connection, account, request.base_url)


@handlers.reads("getHealth")
def get_health(request: OperationRequest) -> dict[str, Any]:
    """Say that the server is ready, and what it serves."""
    vendors = request.services.vendors
    return {
        "status": "ready",
        "vendors": sorted(vendors),
        "operations": sum(len(vendor.contract.operations) for vendor in vendors.values()),
        "callbacks": sum(len(vendor.contract.callbacks) for vendor in vendors.values()),
        "pace": request.services.settings.pace,
    }


@handlers.reads("listAccounts")
def list_accounts(request: OperationRequest) -> dict[str, Any]:
    """List all accounts."""
    return {"accounts": accounts.all_ids(request.connection)}


@handlers.reads("createAccount")
def create_account(request: OperationRequest) -> dict[str, Any]:
    """Make an account."""
    wanted = request.body or {}
    try:
        account = request.services.accounts.create(
            wanted.get("id"),
            seed=wanted.get("seed"),
            frozen_at=wanted.get("frozen_at"),
            pace=wanted.get("pace"),
            settings=known_settings(request, wanted.get("settings", {})),
        )
    except AccountExistsError as error:
        raise ApiError("accountExists", str(error)) from error
    return _describe(request, account)


@handlers.reads("getAccount")
def get_account(request: OperationRequest) -> dict[str, Any]:
    """Show an account."""
    return _describe(request, account_of(request))


@handlers.writes("updateAccount")
def update_account(request: OperationRequest) -> dict[str, Any]:
    """Change an account's pace and settings."""
    account = account_of(request)
    if "pace" in request.body:
        accounts.set_pace(request.connection, account.id, request.body["pace"])
    changes = known_settings(request, request.body.get("settings", {}))
    if changes:
        request.services.accounts.change_settings(request.connection, account, changes, request.real)
    return _describe(request, account_of(request))


@handlers.reads("deleteAccount")
def delete_account(request: OperationRequest) -> None:
    """Delete an account."""
    request.services.accounts.delete(account_of(request).id)


@handlers.reads("resetAccount")
def reset_account(request: OperationRequest) -> dict[str, Any]:
    """Bring an account back to its first day."""
    request.services.accounts.reset(account_of(request).id)
    return _describe(request, account_of(request))


@handlers.writes("setQuota")
def set_quota(request: OperationRequest) -> dict[str, Any]:
    """Change a quota's total."""
    account, vendor, quota = account_of(request), request.path["vendor"], request.path["quota"]
    if not quotas.set_total(request.connection, account.id, vendor, quota, int(request.body["total"])):
        raise ApiError("quotaNotFound", f"{vendor} {quota}")
    return _describe(request, account)


def known_settings(request: OperationRequest, settings: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Settings, held to what the vendors have.

    Raises:
        ApiError: settingUnusable, if there is no such vendor or setting, or it is of another type.
    """
    for name, chosen in settings.items():
        vendor = request.services.vendors.get(name)
        if vendor is None:
            raise ApiError("settingUnusable", f"/settings/{name}: there is no such vendor")
        for setting, value in chosen.items():
            if setting not in vendor.settings:
                known = ", ".join(vendor.settings) or "none"
                raise ApiError("settingUnusable", f"/settings/{name}/{setting}: unknown; {name} has {known}")
            # For Python, true is an integer, too.
            wanted = type(vendor.settings[setting])
            if type(value) is not wanted:
                raise ApiError("settingUnusable", f"/settings/{name}/{setting}: must be of type {wanted.__name__}")
        try:
            vendor.check_settings(request.services, chosen)
        except SettingRefused as error:
            raise ApiError("settingUnusable", f"/settings/{name}{error}") from error
    return settings
