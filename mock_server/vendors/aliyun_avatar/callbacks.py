"""The events: their bodies, their signature, and the one that checks the callback address."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import deliveries
from bodydouble.mock_server.store.accounts import Account, next_number
from bodydouble.mock_server.store.deliveries import PENDING, Delivery
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import CallbackEvent, Json, SettingRefused, check_callback_url
from bodydouble.mock_server.vendors.aliyun_avatar import records
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import NAME, tenant_id
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import AMOUNTS, AUTH_KEY, CALLBACK_URL

if TYPE_CHECKING:
    from bodydouble.mock_server.composition import Services

VALIDATION = "callbackUrlValidation"
_EVENT_TYPES = {
    VALIDATION: "VALIDATE",
    "videoTaskStarted": "VIDEO_TASK_STARTED",
    "videoTaskFinished": "VIDEO_TASK_FINISHED",
    "messageFeedback": "MESSAGE_FEEDBACK",
    "avatarTrainingFinished": "AVATAR_TRAINING_FINISHED",
}
_PHASES = {"speaking": "START", "spoken": "END"}


def body(event: CallbackEvent) -> Json:
    """The payload of an event: who and when, and for a task what became of it."""
    content: dict[str, Any] = {
        "eId": event.event_id,
        "tenantId": tenant_id(event.account.id, event.account.seed),
        "eventTime": event.at,
        "eventType": _EVENT_TYPES[event.callback.id],
    }
    if event.task is not None and event.task_state is not None:
        content["data"] = _DATA[event.task.kind](event, event.task, event.task_state)
    return content


def _video(event: CallbackEvent, task: Task, state: str) -> dict[str, Any]:
    data = {
        "appId": task.attributes["app_id"],
        "taskUuid": task.key,
        "type": records.TYPES[task.attributes["model"]],
        "status": int(records.code(task, state)),
    }
    result = records.video_result(event.account, task, state)
    if result is not None:
        data["taskResult"] = result
    if "callback_params" in task.attributes:
        data["callbackParams"] = task.attributes["callback_params"]
    return data


def _message(event: CallbackEvent, task: Task, state: str) -> dict[str, Any]:
    attributes = task.attributes
    return {"sessionId": attributes["session"], "uniqueCode": attributes["unique_code"], "phase": _PHASES[state]}


def _avatar(event: CallbackEvent, task: Task, state: str) -> dict[str, Any]:
    data = {"code": task.key, "makeStatus": records.make_status(state)}
    reason = records.make_failure(task, state)
    return data if reason is None else {**data, "makeFailReason": reason}


_DATA = {records.VIDEO: _video, records.MESSAGE: _message, records.AVATAR: _avatar}


def signing_parts(event: CallbackEvent) -> Mapping[str, str] | None:
    """Tenant and key of the signature; unsigned while the tenant has no key."""
    key = event.account.settings[NAME][AUTH_KEY]
    return {"tenantId": str(tenant_id(event.account.id, event.account.seed)), "authKey": key} if key else None


def check_settings(services: "Services", settings: Mapping[str, Any]) -> None:
    """Refuse a callback address to which nothing may be sent, and amounts below nothing.

    Raises:
        SettingRefused: saying which of them, and why.
    """
    check_callback_url(services, settings, CALLBACK_URL)
    for name in AMOUNTS:
        if settings.get(name, 0) < 0:
            raise SettingRefused(f"/{name}: must be at least 0")


def settings_changed(
    services: "Services", connection: Connection, account: Account, before: Mapping[str, Any], now: int
) -> None:
    """Check a new callback address with an event, as the console does when the address is saved."""
    url = account.settings[NAME][CALLBACK_URL]
    if not url or url == before[CALLBACK_URL]:
        return
    number = next_number(connection, account.id)
    deliveries.add(
        connection,
        Delivery(
            id=identifiers.seeded_uuid(account.seed, account.id, NAME, VALIDATION, number),
            account_id=account.id,
            vendor=NAME,
            callback=VALIDATION,
            task_id=None,
            task_state=None,
            url=url,
            context={},
            body=None,
            state=PENDING,
            created_at=now,
            due_at=now,
            attempts=0,
        ),
    )
