"""How tasks, files and bills look on the wire: one function for each kind of row."""

from collections.abc import Mapping
from typing import Any

import orjson

from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendor_api.local_time import local_text
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.softsugar import NAME, names, products, timing
from bodydouble.mock_server.vendors.softsugar.catalogue import OWNER_PHONE, owner
from bodydouble.mock_server.vendors.softsugar.runs import Run, last_run

MILLISECONDS, SECONDS, COUNT = 1, 2, 3
# Billing has codes of its own: live broadcasts, 37 among the tasks, are 44 there.
BILLING_TYPES = {products.LEGACY_VOICE: 11, products.AVATAR: 12, products.VIDEO: 14, products.LIVE: 44}


def _text(content: Any) -> str:
    return orjson.dumps(content).decode()


def _time(timestamp_ms: int | None) -> str | None:
    return None if timestamp_ms is None else local_text(timestamp_ms)


def _run_times(run: Run) -> dict[str, str | None]:
    return {"startTime": _time(run.started), "endTime": _time(run.ended)}


def _extend_param(view: TaskView) -> str | None:
    # The id of the one avatar that a finished job made; of several videos, each model has its own (D117).
    if view.state not in (names.TASK_COMPLETED, names.TASK_ERROR) or not products.makes_one_avatar(view.attributes):
        return None
    return _text({"faceFeatureId": products.face_feature_id(view)})


def _message(view: TaskView) -> str:
    if view.state == names.TASK_ERROR:
        return _text({"errorMsg": view.failure_reason})
    algo_type = view.attributes["algoType"] if view.state == names.TASK_COMPLETED else None
    if algo_type in (products.LEGACY_VOICE, products.QID_VOICE):
        return _text({"tts resp msg": "task is finished"})
    return _text(_video_message(view) if algo_type == products.VIDEO else {})


def _video_message(view: TaskView) -> dict[str, Any]:
    fields = view.attributes
    video = {
        "fps": products.frames_per_second(fields),
        "format": products.video_name(fields).rpartition(".")[2],
        "digital_type": fields["algoSubType1"] or "2K",
        "last_frame_index": products.last_frame_index(fields),
    }
    return {"time_info": timing.time_info(view), "video_info": video}


def _material(view: TaskView) -> dict[str, Any]:
    # The id of what a task makes is the same number as its own, unless it was given another.
    material_id = int(view.attributes.get("materialId", view.task.key))
    return {"materialId": material_id, "materialName": view.task.name}


def summary(view: TaskView) -> dict[str, Any]:
    """A row of listTasks."""
    result = products.product(view)
    return {
        "id": int(view.task.key),
        "algoType": view.attributes["algoType"],
        **products.sub_types(view),
        "status": view.code,
        "productParam": None if result is None else _text(result),
        **_run_times(last_run(view)),
    }


def task(view: TaskView) -> dict[str, Any]:
    """A row of getTasks."""
    return {**_details(view), "isDelete": 0}


def _details(view: TaskView) -> dict[str, Any]:
    return {
        **summary(view),
        **_material(view),
        "extendParam": _extend_param(view),
        "message": _message(view),
        "algoId": products.arbitrary_id(view, "algorithm"),
    }


def task_with_queue(view: TaskView, queue_info: str | None) -> dict[str, Any]:
    """A row of listTasksWithQueue.

    Args:
        queue_info: place in the queue and its length, while waiting.
    """
    return {
        **_details(view),
        "queueInfo": queue_info,
        "taskInfo": _text(_input_of(view)),
        "submitTime": local_text(view.task.created_at),
        "owner": owner(view.account),
        "ownerPhone": OWNER_PHONE,
    }


def _input_of(view: TaskView) -> Mapping[str, Any]:
    # The tasks of the catalogue are stored without it: it follows from the rest of them.
    fields = view.attributes
    chosen: Mapping[str, Any] | None = fields.get("input")
    return task_input(view.account, view.task.name, fields) if chosen is None else chosen


def task_input(account: Account, name: str, fields: products.Fields) -> dict[str, Any]:
    """What `taskInfo` shows of a task that no request of the vendor has created.

    Args:
        fields: complete.
    """
    algo_type = fields["algoType"]
    if algo_type not in (products.AVATAR, products.AVATAR_UPDATE):
        return {"task": {"materialName": name, **fields}}
    job = {"accountId": owner(account), "materialName": name, "assetScale": 1.0, "existTaskId": 0}
    operation = "create2DAvatarModel" if algo_type == products.AVATAR else "rebuild2DAvatarModelVideo"
    return {operation: {**job, "firstCreate": algo_type == products.AVATAR}}


def completion(view: TaskView, state: str) -> dict[str, Any]:
    """What the callback says of a task that has ended.

    Args:
        state: in which it ended.
    """
    return {
        "taskId": int(view.task.key),
        **_material(view),
        "algoType": view.attributes["algoType"],
        **products.sub_types(view),
        "status": view.lifecycle.states[state].code,
        "taskResult": view.failure_reason if state == names.TASK_ERROR else "",
    }


def preheated_file(view: TaskView, file: Mapping[str, Any]) -> dict[str, Any]:
    """A row of listPreheatedFiles: a file goes along with its task, and ends in a way of its own."""
    state = view.state if products.file_failure(view, file) is None else names.TASK_ERROR
    return {
        "owner": owner(view.account),
        "taskId": int(view.task.key),
        "fileId": file["fileId"],
        "fileUrl": file["fileUrl"],
        "status": view.lifecycles[names.PREHEATED_FILE].states[state].code,
    }


def bill(view: TaskView, run: Run) -> dict[str, Any]:
    """The bill of a run that has ended: time of videos and broadcasts, number of models; 0 unless completed."""
    unit, value = _usage(view, run)
    is_deleted = view.task.deleted_at is not None
    files = () if is_deleted or run.state != names.TASK_COMPLETED else view.task.runtime.files
    result = next((name for name in files if name.endswith((".mp4", ".webm", ".zip"))), None)
    return {
        "id": view.task.number * 100 + run.number,
        "owner": owner(view.account),
        "algoType": BILLING_TYPES[view.attributes["algoType"]],
        "billingValue": value,
        "billingUnit": unit,
        "billingTime": _time(run.ended),
        "taskId": int(view.task.key),
        "taskName": view.task.name,
        "algoId": products.arbitrary_id(view, "algorithm"),
        "status": view.lifecycle.states[run.state].code,
        "taskIsDelete": int(is_deleted),
        # What ended before the algorithm began has no start of its own, but a bill has to have one (D121).
        "startTime": _time(run.started or run.ended),
        "endTime": _time(run.ended),
        "resultFile": None if result is None else view.file_url(result),
        "resultThumb": view.file_url("thumb.png") if "thumb.png" in files else None,
        **products.sub_types(view),
        "algoSubType4": None,
        "message": view.failure_reason if run.state == view.state == names.TASK_ERROR else None,
    }


def _usage(view: TaskView, run: Run) -> tuple[int, int]:
    unit, value = MILLISECONDS, view.attributes.get("videoDuration", 0)
    if view.attributes["algoType"] in (products.LEGACY_VOICE, products.AVATAR):
        unit, value = COUNT, 1
    elif view.attributes["algoType"] == products.LIVE:
        unit, value = SECONDS, ((run.ended or 0) - (run.started or 0)) // 1000
    return unit, value if run.state == names.TASK_COMPLETED else 0


def session_bill(account: Account, entry: Mapping[str, Any], status: int | str) -> dict[str, Any]:
    """The bill of an interactive live session, which has no task.

    Args:
        entry: of the catalogue.
        status: the code of a completed task.
    """
    ended = account.created_at - entry["age"] * 1000
    return {
        "id": entry["id"],
        "owner": owner(account),
        "algoType": entry["algoType"],
        "billingValue": entry["value"],
        "billingUnit": entry["unit"],
        "billingTime": local_text(ended),
        "taskId": entry["taskId"],
        "taskName": None,
        "algoId": account.identifiers.hexadecimal(32, NAME, "session", entry["id"]),
        "status": status,
        "taskIsDelete": 0,
        "startTime": local_text(ended - entry["value"] * 1000),
        "endTime": local_text(ended),
        "resultFile": None,
        "resultThumb": None,
        **dict.fromkeys((*products.SUB_TYPES, "algoSubType4")),
        "message": entry["message"],
    }
