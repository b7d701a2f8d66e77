"""What the four callbacks carry (3.2, 4.2, 5.2, 6.2). They are not signed, and tried once."""

from collections.abc import Callable
from typing import Any

from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.response import Json
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.guiji import records
from bodydouble.mock_server.vendors.guiji.names import NAMES


def body(event: CallbackEvent) -> Json:
    """The payload of a callback about a task that has ended."""
    task_type, data = _PAYLOADS[event.callback.id]
    return {"taskType": task_type, "data": data(event.task)}


def _result(view: TaskView) -> str:
    return "success" if view.has_succeeded else "fail"


def _times(view: TaskView) -> dict[str, int]:
    return {"createTime": view.task.created_at, "updateTime": view.now}


def _training(view: TaskView) -> dict[str, Any]:
    record = records.training(view)
    payload = {
        "id": record["id"],
        "result": _result(view),
        "reason": record["comment"],
        "title": record["title"],
        "coverUrl": record["coverUrl"],
        "authorizeStatus": record["authorizeStatus"],
        **_times(view),
    }
    if record["sceneId"] is not None:
        payload["sceneId"] = record["sceneId"]
    return payload


def _voice(view: TaskView) -> dict[str, Any]:
    return {**records.voice(view), "result": _result(view)}


def _video(view: TaskView) -> dict[str, Any]:
    record = records.video(view)
    fields = ("id", "videoName", "duration", "coverUrl", "videoUrl", "failReason", "synthesisStatus")
    return {**{name: record[name] for name in fields}, "result": _result(view), "level": 1, **_times(view)}


def _audio(view: TaskView) -> dict[str, Any]:
    record = records.audio(view)
    fields = ("duration", "ttsUrl", "id", "status") if view.has_succeeded else ("id", "status")
    return {name: record[name] for name in fields}


_PAYLOADS: dict[str, tuple[str, Callable[[TaskView], dict[str, Any]]]] = {
    NAMES.callback("avatarTrainingResult"): ("video-training", _training),
    NAMES.callback("voiceCloneResult"): ("voice-clone", _voice),
    NAMES.callback("videoResult"): ("video-synthesis", _video),
    NAMES.callback("audioResult"): ("tts-synthesis", _audio),
}
