"""What the four callbacks carry (3.2, 4.2, 5.2, 6.2). They are not signed, and tried once."""

from collections.abc import Callable
from typing import Any

from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import CallbackEvent, Json
from bodydouble.mock_server.vendors.guiji import records


def body(event: CallbackEvent) -> Json:
    """The payload of a callback about a task that has ended."""
    if event.task is None:
        raise ValueError(f"{event.callback.id} announces the end of a task")
    task_type, data = _PAYLOADS[event.callback.id]
    return {"taskType": task_type, "data": data(event, event.task)}


def _result(task: Task, now: int) -> str:
    return "success" if records.succeeded(task, now) else "fail"


def _training(event: CallbackEvent, task: Task) -> dict[str, Any]:
    record = records.training(event.account, task, event.at)
    payload = {
        "id": record["id"],
        "result": _result(task, event.at),
        "reason": record["comment"],
        "title": record["title"],
        "coverUrl": record["coverUrl"],
        "authorizeStatus": record["authorizeStatus"],
        "createTime": task.created_at,
        "updateTime": event.at,
    }
    if record["sceneId"] is not None:
        payload["sceneId"] = record["sceneId"]
    return payload


def _voice(event: CallbackEvent, task: Task) -> dict[str, Any]:
    return {**records.voice(event.account, task, event.at), "result": _result(task, event.at)}


def _video(event: CallbackEvent, task: Task) -> dict[str, Any]:
    record = records.video(event.account, task, event.at)
    fields = ("id", "videoName", "duration", "coverUrl", "videoUrl", "failReason", "synthesisStatus")
    return {
        **{name: record[name] for name in fields},
        "result": _result(task, event.at),
        "level": 1,
        "createTime": task.created_at,
        "updateTime": event.at,
    }


def _audio(event: CallbackEvent, task: Task) -> dict[str, Any]:
    record = records.audio(event.account, task, event.at)
    if not records.succeeded(task, event.at):
        return {"id": record["id"], "status": record["status"]}
    return {name: record[name] for name in ("duration", "ttsUrl", "id", "status")}


_PAYLOADS: dict[str, tuple[str, Callable[[CallbackEvent, Task], dict[str, Any]]]] = {
    "avatarTrainingResult": ("video-training", _training),
    "voiceCloneResult": ("voice-clone", _voice),
    "videoResult": ("video-synthesis", _video),
    "audioResult": ("tts-synthesis", _audio),
}
