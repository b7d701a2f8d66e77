"""The completion webhook (vendor document, lines 1938-1951): where it goes, what it carries, how it is signed."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from bodydouble.contracts.model import extensions
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.response import Json
from bodydouble.mock_server.vendor_api.settings import Objection, SettingRejected, check_callback_url
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.softsugar import NAME, names, records
from bodydouble.mock_server.vendors.softsugar.catalogue import AUTH_KEY, CALLBACK_SIGNATURE, CALLBACK_URL

_SCHEME = "md5-template"
_PARTS = ("authKey", "taskId")
_TIMESTAMP = "timestamp"


def callback_url(account: Account) -> str | None:
    """Where the account's callbacks go; None for nowhere."""
    return account.settings[NAME][CALLBACK_URL] or None


def callback(tools: Toolbox) -> CallbackTarget | None:
    """Where a new task's callbacks go."""
    url = callback_url(tools.account)
    return None if url is None else CallbackTarget(url)


def body(event: CallbackEvent) -> Json:
    """The payload about a task that has ended."""
    if event.state is None:
        raise ValueError(f"{event.callback.id} notifies of the end of a task")
    return records.completion(event.task, event.state)


def signature(event: CallbackEvent) -> Mapping[str, Any] | None:
    """The account's own `x-signature`, or that of the specification."""
    return event.account.settings[NAME][CALLBACK_SIGNATURE] or event.callback.delivery.signature


def signing_parts(event: CallbackEvent) -> Mapping[str, str] | None:
    """What is signed in addition to the time; None, for an unsigned callback, while the account has no AuthKey."""
    auth_key = event.account.settings[NAME][AUTH_KEY]
    if not auth_key or event.subject is None:
        return None
    return dict(zip(_PARTS, (auth_key, event.subject.task.key), strict=True))


def check_settings(settings: Mapping[str, Any], objection_to: Objection) -> None:
    """Reject a URL to which nothing may be sent, and a signature that cannot be computed.

    Raises:
        SettingRejected: saying which of them, and why.
    """
    check_callback_url(settings, CALLBACK_URL, objection_to)
    if settings.get(CALLBACK_SIGNATURE):
        _check_signature(settings[CALLBACK_SIGNATURE])


def _check_signature(signature: Mapping[str, Any]) -> None:
    where = f"/{CALLBACK_SIGNATURE}"
    for problem in extensions.value_errors("x-signature", signature):
        raise SettingRejected(f"{where}{problem}")
    if signature["scheme"] != _SCHEME:
        raise SettingRejected(f"{where}/scheme: callbacks are signed by {_SCHEME}")
    for field in ("content", "timestamp", "signature"):
        if field not in signature:
            raise SettingRejected(f"{where}/{field}: required, but missing")
    _check_template(signature["content"], f"{where}/content")


def _check_template(template: str, where: str) -> None:
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise SettingRejected(f"{where}: {error}") from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in (*_PARTS, _TIMESTAMP) or form or conversion):
            known = ", ".join(f"{{{part}}}" for part in (*_PARTS, _TIMESTAMP))
            raise SettingRejected(f"{where}: knows {known}, not {{{name}}}")


def settings_changed(tools: Toolbox, before: Mapping[str, Any]) -> None:
    """Use a new URL for the tasks that are still in progress."""
    if tools.account.settings[NAME][CALLBACK_URL] != before[CALLBACK_URL]:
        tools.tasks.redirect(names.TASK, callback(tools))
