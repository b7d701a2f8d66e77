"""Avatar videos (数字人视频合成), made in the background."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.sizes import Size
from bodydouble.mock_server.engine.speech_duration import UNKNOWN_RECORDING, speaking_time, without_tags
from bodydouble.mock_server.store.task_runtime import Files
from bodydouble.mock_server.vendor_api import listing
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Cost, Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, catalogue, names, records
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import Application, Avatar
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors
from bodydouble.mock_server.vendors.aliyun_avatar.operations import common

handlers = Handlers[Toolbox]()

_SIZES: dict[int, Size] = {1: (720, 1280), 2: (1280, 720), 3: (1080, 1920), 4: (1920, 1080)}
# AlphaFormat; a transparent mp4 has its mask in a video of its own.
_WEBM, _MOV, _MP4 = 1, 2, 3
_EXTENSIONS = {_WEBM: "webm", _MOV: "mov", _MP4: "mp4"}
_MODELS = {names.RECORDING_2D: "2d", names.RECORDING_3D: "3d", names.SPEECH_2D: "2d", names.SPEECH_3D: "3d"}


@dataclass(frozen=True, slots=True)
class _Order:
    """A video that is asked for: `info` is the parameter VideoInfo, `duration` in milliseconds, no text a recording."""

    application: Application
    avatar: Avatar
    info: Mapping[str, Any]
    duration: int
    text: str | None = None

    def size(self) -> Size:
        resolution = self.info.get("Resolution")
        if resolution is None:
            return self.avatar.resolution
        size = _SIZES[resolution]
        if size not in self.avatar.offline:
            known = ", ".join(f"{width}x{height}" for width, height in self.avatar.offline)
            raise ApiError(Errors.avatarUnsuitable, f"VideoInfo.Resolution: {self.avatar.code} has {known}")
        return size

    def alpha_format(self) -> int | None:
        if not self.info.get("IsAlpha", False):
            return None
        if not self.avatar.alpha:
            raise ApiError(Errors.avatarUnsuitable, f"VideoInfo.IsAlpha: {self.avatar.code} cannot be transparent")
        return int(self.info.get("AlphaFormat", _WEBM))


@handlers.operation(names.RECORDING_2D, transaction=True)
@handlers.operation(names.RECORDING_3D, transaction=True)
def submit_recording(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Let an avatar speak a recording."""
    application, avatar = _application_and_avatar(request, tools)
    if not avatar.audio_driven:
        raise ApiError(Errors.avatarUnsuitable, f"AvatarInfo.Code: {avatar.code} cannot speak recordings")
    common.require_format(request.query["Url"], ("wav",), "Url")
    return _submit(request, tools, _Order(application, avatar, request.query.get("VideoInfo", {}), UNKNOWN_RECORDING))


@handlers.operation(names.SPEECH_2D, transaction=True)
@handlers.operation(names.SPEECH_3D, transaction=True)
def submit_speech(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Let an avatar speak a text."""
    application, avatar = _application_and_avatar(request, tools)
    text = without_tags(request.query["Text"])
    common.require_harmless(text, "Text")
    speech = request.query.get("AudioInfo", {})
    voice = speech.get("Voice")
    if voice is not None and voice not in catalogue.VOICES:
        raise ApiError(Errors.voiceNotFound, f"AudioInfo.Voice: there is no voice {voice}")
    duration = _at_rate(speaking_time(text), speech.get("SpeechRate", 0))
    return _submit(request, tools, _Order(application, avatar, request.query.get("VideoInfo", {}), duration, text))


@handlers.operation("SubmitAvatarVideoTask", transaction=True)
def submit_customised(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Make a video in a style that the vendor made for the customer."""
    application = common.require_application(request)
    parameters = request.query["VideoParams"]
    code = parameters.get("characterCode") or next(iter(application.avatars.values()))
    avatar = common.find_avatar(tools, code, "VideoParams.characterCode")
    common.require_application(request, f"video{avatar.model}")
    text = parameters.get("text", "")
    plain = common.require_speakable(text, "VideoParams.text")
    duration = speaking_time(plain) if text else UNKNOWN_RECORDING
    return _submit(request, tools, _Order(application, avatar, {}, duration, text))


def _application_and_avatar(request: OperationRequest, tools: Toolbox) -> tuple[Application, Avatar]:
    model = _MODELS[request.operation.id]
    application = common.require_application(request, f"video{model}")
    code = request.query.get("AvatarInfo", {}).get("Code") or application.avatars[model]
    avatar = common.find_avatar(tools, code, "AvatarInfo.Code")
    if avatar.model != model:
        raise ApiError(Errors.avatarUnsuitable, f"AvatarInfo.Code: {code} is a {avatar.model} avatar")
    return application, avatar


def _at_rate(duration: int, rate: int) -> int:
    # The vendor's formula for rates, solved for the time: -500 doubles it, 500 halves it.
    return round(duration * (1 - rate * (0.002 if rate < 0 else 0.001)))


def _submit(request: OperationRequest, tools: Toolbox, order: _Order) -> dict[str, Any]:
    common.require_format(order.info.get("BackgroundImageUrl"), common.PICTURE_FORMATS, "VideoInfo.BackgroundImageUrl")
    shown, files = _results(order)
    target, app_id = common.callback(request, "Callback"), order.application.app_id
    _require_free_place(request, tools)
    attributes = {"app_id": app_id, "model": order.avatar.model, "duration": order.duration, "shown": shown}
    if target is not None and "CallbackParams" in request.query:
        attributes["callback_params"] = request.query["CallbackParams"]
    task = tools.tasks.create(
        names.VIDEO,
        key=lambda number: tools.account.identifiers.uuid(NAME, "video", number),
        name=request.query["Title"],
        attributes=attributes,
        files=files,
        files_valid=records.RESULTS_VALID,
        callback=target,
        cost=Cost({names.QUOTA_VIDEOS: 1}, Errors.videoLimitReached),
        category=app_id,
    )
    return {"TaskUuid": task.key}


def _results(order: _Order) -> tuple[dict[str, str], Files]:
    # The fields of the result with the names of their files, and the files.
    (width, height), alpha_format = order.size(), order.alpha_format()
    frame = {"width": width, "height": height, "duration": order.duration}
    video = f"video.{_EXTENSIONS[alpha_format or _MP4]}"
    shown = {"VideoUrl": video, "PreviewPic": "preview.png"}
    files: dict[str, dict[str, Any]] = {video: frame, "preview.png": frame}
    if order.text is not None:
        shown["SubtitlesUrl"] = "subtitles.ass"
        files["subtitles.ass"] = {**frame, "text": order.text}
    if alpha_format == _MP4:
        shown["AlphaUrl"] = "alpha.mp4"
        files["alpha.mp4"] = frame
    return shown, files


def _require_free_place(request: OperationRequest, tools: Toolbox) -> None:
    tools.lock_account()
    limit = common.setting(request, catalogue.CONCURRENT_VIDEOS)
    active = tools.tasks.count_at_work(names.VIDEO)
    if active >= limit:
        raise ApiError(Errors.concurrentVideosExceeded, f"{active} videos wait or are being made, {limit} may")


def _find_video(request: OperationRequest, tools: Toolbox) -> TaskView:
    application = common.require_application(request)
    key = request.query["TaskUuid"]
    view = tools.tasks.find(names.VIDEO, key, Errors.taskNotFound, "TaskUuid")
    if view.attributes["app_id"] != application.app_id:
        raise ApiError(Errors.taskNotFound, f"TaskUuid: {key} is a task of another application")
    return view


@handlers.operation("GetVideoTaskInfo")
def get_video_task_info(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Read one task."""
    return records.video(_find_video(request, tools))


@handlers.operation("CancelVideoTask", transaction=True)
def cancel_video_task(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Withdraw a task that still waits; another stays as it is, and the response says so."""
    view = _find_video(request, tools)
    record = {"TaskUuid": view.task.key}
    if view.state != names.VIDEO_WAITING:
        return {**record, "IsCancel": False, "FailReason": f"the task does not wait any more: {view.state}"}
    tools.tasks.operate(view.task, error=Errors.taskNotFound)
    return {**record, "IsCancel": True}


@handlers.operation("QueryVideoTaskInfo")
def query_video_task_info(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """List an application's tasks, without those in the states that the contract leaves out."""
    app_id = common.require_application(request).app_id
    page = listing.page_of_tasks(request, tools, names.VIDEO, records.video_row, category=app_id, shown=int)
    return common.page_response(request, *page)
