"""The events: their bodies, their signature, and the one that checks the callback address."""

from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.response import Json
from bodydouble.mock_server.vendor_api.settings import Objection, SettingRejected, check_callback_url
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, names, records
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import AMOUNTS, AUTH_KEY, CALLBACK_URL, tenant_id
from bodydouble.mock_server.vendors.aliyun_avatar.names import NAMES

VALIDATION = NAMES.callback("callbackUrlValidation")
_EVENT_TYPES = {
    VALIDATION: "VALIDATE",
    NAMES.callback("videoTaskStarted"): "VIDEO_TASK_STARTED",
    NAMES.callback("videoTaskFinished"): "VIDEO_TASK_FINISHED",
    NAMES.callback("messageFeedback"): "MESSAGE_FEEDBACK",
    NAMES.callback("avatarTrainingFinished"): "AVATAR_TRAINING_FINISHED",
}


def body(event: CallbackEvent) -> Json:
    """The payload of an event: who and when, and for a task what became of it."""
    content: dict[str, Any] = {
        "eId": event.event_id,
        "tenantId": tenant_id(event.account.own_identifiers),
        "eventTime": event.at,
        "eventType": _EVENT_TYPES[event.callback.id],
    }
    if event.subject is not None and event.state is not None:
        # The state that was entered: at a high pace, the task may have left it in the same millisecond.
        content["data"] = _DATA[event.subject.task.kind](event.subject, event.state)
    return content


def _video(view: TaskView, state: str) -> dict[str, Any]:
    attributes = view.attributes
    data = {
        "appId": attributes["app_id"],
        "taskUuid": view.task.key,
        "type": records.TYPES[attributes["model"]],
        "status": int(view.lifecycle.states[state].code),
    }
    result = records.video_result(view, state)
    if result is not None:
        data["taskResult"] = result
    if "callback_params" in attributes:
        data["callbackParams"] = attributes["callback_params"]
    return data


def _message(view: TaskView, state: str) -> dict[str, Any]:
    attributes = view.attributes
    phase = view.lifecycle.states[state].code
    return {"sessionId": attributes["session"], "uniqueCode": attributes["unique_code"], "phase": phase}


def _avatar(view: TaskView, state: str) -> dict[str, Any]:
    data = {"code": view.task.key, "makeStatus": records.make_status(state)}
    reason = records.make_failure(view, state)
    return data if reason is None else {**data, "makeFailReason": reason}


_DATA: dict[str, Callable[[TaskView, str], dict[str, Any]]] = {
    names.VIDEO: _video,
    names.MESSAGE: _message,
    names.AVATAR: _avatar,
}


def signing_parts(event: CallbackEvent) -> Mapping[str, str] | None:
    """Tenant and key of the signature; unsigned while the tenant has no key."""
    key = event.account.settings[NAME][AUTH_KEY]
    return {"tenantId": str(tenant_id(event.account.own_identifiers)), "authKey": key} if key else None


def check_settings(settings: Mapping[str, Any], objection_to: Objection) -> None:
    """Reject a callback address to which nothing may be sent, and amounts below nothing.

    Raises:
        SettingRejected: saying which of them, and why.
    """
    check_callback_url(settings, CALLBACK_URL, objection_to)
    for name in AMOUNTS:
        if settings.get(name, 0) < 0:
            raise SettingRejected(f"/{name}: must be at least 0")


def settings_changed(tools: Toolbox, before: Mapping[str, Any]) -> None:
    """Check a new callback address with an event, as the console does when the address is saved."""
    url = tools.account.settings[NAME][CALLBACK_URL]
    if url and url != before[CALLBACK_URL]:
        tools.notify(VALIDATION, url, NAME, VALIDATION)
