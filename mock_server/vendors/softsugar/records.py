"""How tasks, files and bills look on the wire: one function for each kind of row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.local_time import local_text
from bodydouble.mock_server.vendors.softsugar.authentication import NAME
from bodydouble.mock_server.vendors.softsugar.catalogue import OWNER_PHONE, owner
from bodydouble.mock_server.vendors.softsugar.products import (
    AVATAR,
    AVATAR_UPDATE,
    COMPLETED,
    ERROR,
    LEGACY_VOICE,
    LIFECYCLES,
    LIVE,
    NOT_STARTED,
    PREHEATED_FILE,
    PROCESSING,
    QID_VOICE,
    VIDEO,
    View,
    failure_reason,
    file_failure,
    frames_per_second,
    last_frame_index,
    lifecycle,
    product,
    video_name,
)

# In the order of the vendor's table (line 1618), with their parts of the whole time in hundredths, which are invented.
PHASES = {
    "asset_download": 12,
    "parse_json": 1,
    "st_mobile_change_package": 7,
    "preprocess": 5,
    "main_process": 60,
    "postprocess": 8,
    "result_upload": 7,
}
_MAIN_PHASE = "main_process"
MILLISECONDS, SECONDS, COUNT = 1, 2, 3
# Billing has codes of its own: live broadcasts, 37 among the tasks, are 44 there.
BILLING_TYPES = {LEGACY_VOICE: 11, AVATAR: 12, VIDEO: 14, LIVE: 44}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a task: from its submission, or a restart, to its end or the next restart. Times in milliseconds.

    Attributes:
        number: from 0.
        started: when the algorithm began; None before.
        ended: when it was cancelled, completed or failed; None before.
        state: the last state.
    """

    number: int
    started: int | None
    ended: int | None
    state: str


def runs(task: Task, now: int) -> Iterator[Run]:
    """The runs of a task so far, first to last."""
    number, started, ended, state = 0, None, None, task.plan.steps[0].state
    for step in task.plan.steps[1:]:
        if step.at > now:
            break
        if step.state == NOT_STARTED:
            yield Run(number, started, ended, state)
            number, started, ended = number + 1, None, None
        elif step.state == PROCESSING:
            started = step.at
        elif lifecycle().states[step.state].terminal:
            ended = step.at
        state = step.state
    yield Run(number, started, ended, state)


def last_run(task: Task, now: int) -> Run:
    """The present run of a task, or the one that ended it."""
    *_, last = runs(task, now)
    return last


def code(task: Task, now: int) -> int | str:
    """The status that the wire shows."""
    return lifecycle().states[task.state(now)].code


def _text(content: Any) -> str:
    return orjson.dumps(content).decode()


def _time(moment: int | None) -> str | None:
    return None if moment is None else local_text(moment)


def _sub_types(view: View) -> dict[str, Any]:
    return {name: view.fields[name] for name in ("algoSubType1", "algoSubType2", "algoSubType3")}


def _extend_param(view: View) -> str | None:
    if view.algo_type not in (AVATAR, AVATAR_UPDATE):
        return None
    return _text({"faceFeatureId": view.face_feature_id})


def _message(view: View) -> str | None:
    if not view.ended:
        return None
    if view.state == ERROR:
        return _text({"errorMsg": failure_reason(view.task)})
    if view.state == COMPLETED and view.algo_type == VIDEO:
        return _text(_video_message(view))
    if view.state == COMPLETED and view.algo_type in (LEGACY_VOICE, QID_VOICE):
        return _text({"tts resp msg": "task is finished"})
    return _text({})


def _video_message(view: View) -> dict[str, Any]:
    run = last_run(view.task, view.now)
    started, ended = run.started or view.task.created_at, run.ended or view.now
    timing = {
        "avg": ended - started,
        "sum": ended - started,
        "start": f"{local_text(started)}.{started % 1000:03d}",
        "end": f"{local_text(ended)}.{ended % 1000:03d}",
    }
    video = {
        "fps": frames_per_second(view.fields),
        "format": video_name(view.fields).rpartition(".")[2],
        "digital_type": view.fields["algoSubType1"] or "2K",
        "last_frame_index": last_frame_index(view.fields),
    }
    return {"time_info": {"synthesis": timing}, "video_info": video}


def summary(view: View) -> dict[str, Any]:
    """A row of listTasks."""
    run, result = last_run(view.task, view.now), product(view)
    return {
        "id": int(view.task.key),
        "algoType": view.algo_type,
        **_sub_types(view),
        "status": code(view.task, view.now),
        "productParam": None if result is None else _text(result),
        "startTime": _time(run.started),
        "endTime": _time(run.ended),
    }


def task(view: View) -> dict[str, Any]:
    """A row of getTasks."""
    return {
        **summary(view),
        "materialId": view.material_id,
        "materialName": view.task.name,
        "extendParam": _extend_param(view),
        "message": _message(view),
        "algoId": view.algo_id,
        "isDelete": 0,
    }


def detail(view: View, queue_info: str | None) -> dict[str, Any]:
    """A row of listTasksWithQueue.

    Args:
        queue_info: place in the queue and its length, while waiting.
    """
    row = task(view)
    del row["isDelete"]
    return {
        **row,
        "queueInfo": queue_info,
        "taskInfo": _text(view.task.attributes["input"]),
        "submitTime": local_text(view.task.created_at),
        "owner": owner(view.account),
        "ownerPhone": OWNER_PHONE,
    }


def completion(view: View, state: str) -> dict[str, Any]:
    """What the callback says of a task that has ended.

    Args:
        state: in which it ended.
    """
    return {
        "taskId": int(view.task.key),
        "materialId": view.material_id,
        "materialName": view.task.name,
        "algoType": view.algo_type,
        **_sub_types(view),
        "status": lifecycle().states[state].code,
        "taskResult": failure_reason(view.task) if state == ERROR else "",
    }


def preheated_file(view: View, file: dict[str, Any]) -> dict[str, Any]:
    """A row of listPreheatedFiles: a file goes along with its task, and ends in a way of its own."""
    state = view.state
    if file_failure(view.task, file, state) is not None:
        state = ERROR
    return {
        "owner": owner(view.account),
        "taskId": int(view.task.key),
        "fileId": file["fileId"],
        "fileUrl": file["fileUrl"],
        "status": LIFECYCLES[PREHEATED_FILE].states[state].code,
    }


def phases(view: View) -> list[dict[str, Any]]:
    """The phases of a video synthesis so far: together they take the time from its start to its end."""
    run = last_run(view.task, view.now)
    if run.started is None:
        return []
    names = list(PHASES)
    end = run.ended
    if end is not None and run.state != COMPLETED:
        # What fails or is cancelled does so in its main phase.
        names = names[: names.index(_MAIN_PHASE) + 1]
    elif end is None:
        names = names[: names.index(_MAIN_PHASE)]
        edge = lifecycle().timed_edge(PROCESSING, view.task.plan.outcome)
        assert edge is not None
        end = run.started + view.account.tempo.milliseconds(edge)
    parts = sum(PHASES[name] for name in names) if run.ended is not None else sum(PHASES.values())
    rows, done, begun = [], 0, run.started
    for name in names:
        done += PHASES[name]
        ends = run.started + (end - run.started) * done // parts
        if ends > view.now:
            break
        rows.append(
            {
                "id": int(view.task.key),
                "phase": name,
                "startTime": local_text(begun),
                "endTime": local_text(ends),
                "costTime": ends - begun,
            }
        )
        begun = ends
    return rows


def bill(view: View, run: Run) -> dict[str, Any]:
    """The bill of a run that has ended: time of videos and broadcasts, number of models; 0 unless completed."""
    unit, value = MILLISECONDS, view.fields.get("videoDuration", 0)
    if view.algo_type in (LEGACY_VOICE, AVATAR):
        unit, value = COUNT, 1
    elif view.algo_type == LIVE:
        unit, value = SECONDS, ((run.ended or 0) - (run.started or 0)) // 1000
    made, kept = run.state == COMPLETED, view.task.deleted_at is None
    names = view.task.attributes["files"] if made and kept else ()
    result = next((name for name in names if name.endswith((".mp4", ".webm", ".zip"))), None)
    return {
        "id": view.task.number * 100 + run.number,
        "owner": owner(view.account),
        "algoType": BILLING_TYPES[view.algo_type],
        "billingValue": value if made else 0,
        "billingUnit": unit,
        "billingTime": _time(run.ended),
        "taskId": int(view.task.key),
        "taskName": view.task.name,
        "algoId": view.algo_id,
        "status": lifecycle().states[run.state].code,
        "taskIsDelete": 0 if kept else 1,
        "startTime": _time(run.started),
        "endTime": _time(run.ended),
        "resultFile": None if result is None else view.url(result),
        "resultThumb": view.url("thumb.png") if "thumb.png" in names else None,
        **_sub_types(view),
        "algoSubType4": None,
        "message": failure_reason(view.task) if run.state == ERROR and view.state == ERROR else None,
    }


def session_bill(account: Account, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The bill of an interactive live session, which has no task.

    Args:
        entry: of the catalogue.
    """
    ended = account.created_at - entry["age"] * 1000
    length = entry["value"] * 1000
    return {
        "id": entry["id"],
        "owner": owner(account),
        "algoType": entry["algoType"],
        "billingValue": entry["value"],
        "billingUnit": entry["unit"],
        "billingTime": local_text(ended),
        "taskId": entry["taskId"],
        "taskName": None,
        "algoId": identifiers.hexadecimal(32, account.seed, account.id, NAME, "session", entry["id"]),
        "status": lifecycle().states[COMPLETED].code,
        "taskIsDelete": 0,
        "startTime": local_text(ended - length),
        "endTime": local_text(ended),
        "resultFile": None,
        "resultThumb": None,
        "algoSubType1": None,
        "algoSubType2": None,
        "algoSubType3": None,
        "algoSubType4": None,
        "message": entry["message"],
    }
