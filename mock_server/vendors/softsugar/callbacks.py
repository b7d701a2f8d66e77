"""The completion webhook (vendor document, lines 1938-1951): where it goes, what it carries, how it is signed."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from sqlalchemy import Connection

from bodydouble.contracts.model import extensions
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.vendor import CallbackEvent, Json, SettingRefused, check_callback_url
from bodydouble.mock_server.vendors.softsugar import records
from bodydouble.mock_server.vendors.softsugar.authentication import NAME
from bodydouble.mock_server.vendors.softsugar.catalogue import AUTH_KEY, CALLBACK_SIGNATURE, CALLBACK_URL
from bodydouble.mock_server.vendors.softsugar.products import TASK, View

_SCHEME = "md5-template"
_PARTS = ("authKey", "taskId")
_TIMESTAMP = "timestamp"


def url(account: Account) -> str | None:
    """Where the account's callbacks go; None for nowhere."""
    return account.settings[NAME][CALLBACK_URL] or None


def body(event: CallbackEvent) -> Json:
    """The payload about a task that has ended."""
    if event.task is None or event.task_state is None:
        raise ValueError(f"{event.callback.id} announces the end of a task")
    return records.completion(View(event.account, event.task, event.at, base_url=""), event.task_state)


def signature(event: CallbackEvent) -> Mapping[str, Any] | None:
    """The account's own `x-signature`, or that of the specification."""
    return event.account.settings[NAME][CALLBACK_SIGNATURE] or event.callback.delivery.signature


def signing_parts(event: CallbackEvent) -> Mapping[str, str] | None:
    """What is signed besides the time; None, for an unsigned callback, while the account has no AuthKey."""
    auth_key = event.account.settings[NAME][AUTH_KEY]
    if not auth_key or event.task is None:
        return None
    return dict(zip(_PARTS, (auth_key, event.task.key), strict=True))


def check_settings(services: Services, settings: Mapping[str, Any]) -> None:
    """Refuse a URL to which nothing may be sent, and a signature that cannot be made.

    Raises:
        SettingRefused: saying which of them, and why.
    """
    check_callback_url(services, settings, CALLBACK_URL)
    wanted = settings.get(CALLBACK_SIGNATURE)
    if wanted:
        _check_signature(wanted)


def _check_signature(wanted: Mapping[str, Any]) -> None:
    where = f"/{CALLBACK_SIGNATURE}"
    for problem in extensions.value_errors("x-signature", wanted):
        raise SettingRefused(f"{where}{problem}")
    if wanted["scheme"] != _SCHEME:
        raise SettingRefused(f"{where}/scheme: callbacks are signed by {_SCHEME}")
    for needed in ("content", "timestamp", "signature"):
        if needed not in wanted:
            raise SettingRefused(f"{where}/{needed}: required, but missing")
    try:
        parts = list(Formatter().parse(wanted["content"]))
    except ValueError as error:
        raise SettingRefused(f"{where}/content: {error}") from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in (*_PARTS, _TIMESTAMP) or form or conversion):
            known = ", ".join(f"{{{part}}}" for part in (*_PARTS, _TIMESTAMP))
            raise SettingRefused(f"{where}/content: knows {known}, not {{{name}}}")


def settings_changed(
    services: Services, connection: Connection, account: Account, before: Mapping[str, Any], now: int
) -> None:
    """Let a new URL count for the tasks that are still under way."""
    if account.settings[NAME][CALLBACK_URL] != before[CALLBACK_URL]:
        services.tasks.redirect(connection, account, now, NAME, TASK, url(account))
