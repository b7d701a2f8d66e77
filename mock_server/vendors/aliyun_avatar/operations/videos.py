"""数字人视频合成: avatar videos, made in the background."""

from typing import Any

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.engine.pagination import Page
from bodydouble.mock_server.engine.speech_duration import UNKNOWN_RECORDING, speaking_time
from bodydouble.mock_server.store import accounts, tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.aliyun_avatar import catalogue, records
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import NAME
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import VOICES, Application, Avatar, Size
from bodydouble.mock_server.vendors.aliyun_avatar.operations.common import (
    callback_url,
    find,
    find_avatar,
    require_application,
    require_harmless,
    require_speakable,
    setting,
    spoken,
)

handlers = Handlers()

_SIZES: dict[int, Size] = {1: (720, 1280), 2: (1280, 720), 3: (1080, 1920), 4: (1920, 1080)}
# AlphaFormat; a transparent mp4 has its mask in a video of its own.
_WEBM, _MOV, _MP4 = 1, 2, 3
_EXTENSIONS = {_WEBM: "webm", _MOV: "mov", _MP4: "mp4"}
_WAITING = "waiting"
_ACTIVE = (_WAITING, "running")
_UNLISTED = ("cancelled", "expired")


@handlers.writes("SubmitAudioTo3DAvatarVideoTask")
def submit_audio_3d(request: OperationRequest) -> dict[str, Any]:
    """Let a 3D avatar speak a recording."""
    return _submit_recording(request, "3d")


@handlers.writes("SubmitAudioTo2DAvatarVideoTask")
def submit_audio_2d(request: OperationRequest) -> dict[str, Any]:
    """Let a 2D avatar speak a recording."""
    return _submit_recording(request, "2d")


@handlers.writes("SubmitTextTo3DAvatarVideoTask")
def submit_text_3d(request: OperationRequest) -> dict[str, Any]:
    """Let a 3D avatar speak a text."""
    return _submit_text(request, "3d")


@handlers.writes("SubmitTextTo2DAvatarVideoTask")
def submit_text_2d(request: OperationRequest) -> dict[str, Any]:
    """Let a 2D avatar speak a text."""
    return _submit_text(request, "2d")


@handlers.writes("SubmitAvatarVideoTask")
def submit_customised(request: OperationRequest) -> dict[str, Any]:
    """Make a video in a style that the vendor made for the customer."""
    application = require_application(request)
    wanted = request.query["VideoParams"]
    code = wanted.get("characterCode") or next(iter(application.avatars.values()))
    avatar = find_avatar(request, code, "VideoParams.characterCode")
    require_application(request, f"video{avatar.model}")
    text = wanted.get("text", "")
    require_speakable(text, "VideoParams.text")
    duration = speaking_time(spoken(text)) if text else UNKNOWN_RECORDING
    return _submit(request, application, avatar, {}, duration, text)


def _submit_recording(request: OperationRequest, model: str) -> dict[str, Any]:
    application = require_application(request, f"video{model}")
    avatar = _avatar(request, application, model)
    if not avatar.audio_driven:
        raise ApiError("avatarUnsuitable", f"AvatarInfo.Code: {avatar.code} cannot speak recordings")
    return _submit(request, application, avatar, request.query.get("VideoInfo", {}), UNKNOWN_RECORDING, None)


def _submit_text(request: OperationRequest, model: str) -> dict[str, Any]:
    application = require_application(request, f"video{model}")
    avatar = _avatar(request, application, model)
    text = spoken(request.query["Text"])
    require_harmless(text, "Text")
    speech = request.query.get("AudioInfo", {})
    voice = speech.get("Voice")
    if voice is not None and voice not in VOICES:
        raise ApiError("voiceNotFound", f"AudioInfo.Voice: there is no voice {voice}")
    duration = _spoken_at(speaking_time(text), speech.get("SpeechRate", 0))
    return _submit(request, application, avatar, request.query.get("VideoInfo", {}), duration, text)


def _avatar(request: OperationRequest, application: Application, model: str) -> Avatar:
    code = request.query.get("AvatarInfo", {}).get("Code") or application.avatars[model]
    avatar = find_avatar(request, code, "AvatarInfo.Code")
    if avatar.model != model:
        raise ApiError("avatarUnsuitable", f"AvatarInfo.Code: {code} is a {avatar.model} avatar")
    return avatar


def _spoken_at(duration: int, rate: int) -> int:
    # The vendor's formula for rates, solved for the time: -500 doubles it, 500 halves it.
    return round(duration * (1 - rate * (0.002 if rate < 0 else 0.001)))


def _submit(
    request: OperationRequest,
    application: Application,
    avatar: Avatar,
    video_info: dict[str, Any],
    duration: int,
    text: str | None,
) -> dict[str, Any]:
    size = _frame_size(avatar, video_info.get("Resolution"))
    transparent = video_info.get("IsAlpha", False)
    if transparent and not avatar.alpha:
        raise ApiError("avatarUnsuitable", f"VideoInfo.IsAlpha: {avatar.code} cannot be transparent")
    url = callback_url(request, "Callback")
    _require_free_place(request)
    shown, files = _results(size, duration, text, video_info.get("AlphaFormat", _WEBM) if transparent else None)
    attributes = {
        "app_id": application.app_id,
        "model": avatar.model,
        "duration": duration,
        "shown": shown,
        "files": files,
        "files_valid": records.RESULTS_KEPT,
    }
    if url is not None and "CallbackParams" in request.query:
        attributes["callback_params"] = request.query["CallbackParams"]
    account = request.account
    task = request.services.tasks.create(
        request,
        records.VIDEO,
        key=lambda number: identifiers.seeded_uuid(account.seed, account.id, NAME, "video", number),
        name=request.query["Title"],
        attributes=attributes,
        callback_url=url,
        reserved={"videos": 1},
        quota_case="videoLimitReached",
        category=application.app_id,
    )
    return {"TaskUuid": task.key}


def _frame_size(avatar: Avatar, resolution: int | None) -> Size:
    if resolution is None:
        return avatar.resolution
    size = _SIZES[resolution]
    if size not in avatar.offline:
        known = ", ".join(f"{width}x{height}" for width, height in avatar.offline)
        raise ApiError("avatarUnsuitable", f"VideoInfo.Resolution: {avatar.code} has {known}")
    return size


def _require_free_place(request: OperationRequest) -> None:
    accounts.lock(request.connection, request.account.id)
    most = setting(request, catalogue.CONCURRENT_VIDEOS)
    unsettled = tasks.unsettled(request.connection, request.account.id, request.now)
    active = sum(task.kind == records.VIDEO and task.state(request.now) in _ACTIVE for task in unsettled)
    if active >= most:
        raise ApiError("concurrentVideosExceeded", f"{active} videos wait or are being made, {most} may")


def _results(
    size: Size, duration: int, text: str | None, alpha_format: int | None
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    frame = {"width": size[0], "height": size[1], "duration": duration}
    video = f"video.{_EXTENSIONS[alpha_format or _MP4]}"
    shown = {"VideoUrl": video, "PreviewPic": "preview.png"}
    files: dict[str, dict[str, Any]] = {video: frame, "preview.png": frame}
    if text is not None:
        shown["SubtitlesUrl"] = "subtitles.ass"
        files["subtitles.ass"] = {**frame, "text": text}
    if alpha_format == _MP4:
        shown["AlphaUrl"] = "alpha.mp4"
        files["alpha.mp4"] = frame
    return shown, files


def _find_task(request: OperationRequest) -> Task:
    application = require_application(request)
    key = request.query["TaskUuid"]
    task = find(request, records.VIDEO, key, "taskNotFound", "TaskUuid")
    if task.attributes["app_id"] != application.app_id:
        raise ApiError("taskNotFound", f"TaskUuid: {key} is a task of another application")
    return task


@handlers.reads("GetVideoTaskInfo")
def get_video_task_info(request: OperationRequest) -> dict[str, Any]:
    """Read one task."""
    return records.video(request.account, _find_task(request), request.now)


@handlers.writes("CancelVideoTask")
def cancel_video_task(request: OperationRequest) -> dict[str, Any]:
    """Withdraw a task that still waits; one that does not stays as it is, and the answer says so."""
    task = _find_task(request)
    state = task.state(request.now)
    if state != _WAITING:
        return {"TaskUuid": task.key, "IsCancel": False, "FailReason": f"the task does not wait any more: {state}"}
    request.services.tasks.operate(request, task, refusal="taskNotFound")
    return {"TaskUuid": task.key, "IsCancel": True}


@handlers.reads("QueryVideoTaskInfo")
def query_video_task_info(request: OperationRequest) -> dict[str, Any]:
    """List an application's tasks, without the cancelled and the expired ones."""
    application, query = require_application(request), request.query
    found = [
        task
        for task in tasks.every(request.connection, request.account.id, NAME, records.VIDEO, application.app_id)
        if _is_wanted(task, query, request.now)
    ]
    if query.get("OrderById") == "asc":
        found.reverse()
    page = Page(query.get("PageNo", 1), query.get("PageSize", 10))
    return {
        "PageNo": page.number,
        "PageSize": page.size,
        "TotalCount": len(found),
        "List": [records.video_row(request.account, task, request.now) for task in page.of(found)],
    }


def _is_wanted(task: Task, query: Any, now: int) -> bool:
    state = task.state(now)
    return (
        state not in _UNLISTED
        and query.get("TaskUuid") in (None, task.key)
        and query.get("Title", "") in task.name
        and query.get("Type") in (None, records.TYPES[task.attributes["model"]])
        and query.get("Status") in (None, int(records.code(task, state)))
    )
