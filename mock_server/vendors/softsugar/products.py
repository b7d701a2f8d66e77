"""Task results: the nine cases of `productParam` (vendor document, lines 1019-1278), and their files."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.task_runtime import Files
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.softsugar import NAME, names
from bodydouble.mock_server.vendors.softsugar.catalogue import TENANT

Fields = Mapping[str, Any]

LEGACY_VOICE, AVATAR, VIDEO, AVATAR_UPDATE, FACE_SWAP, LIVE, QID_VOICE = 11, 12, 14, 18, 20, 37, 41
FILLER_SPEECH, PREHEATING, PREHEATING_DELETION, TRANSCODING = 42, 43, 45, 46
# The field of a task's texts that are the ids of its files.
FILE_ID = "file_id"
# The type of a task is divided into these.
SUB_TYPES = ("algoSubType1", "algoSubType2", "algoSubType3")

# "valid for 7 days" (vendor document, line 1030), in milliseconds.
RESULT_LIFE = 7 * 24 * 3600 * 1000
DEFAULT_VIDEO_DURATION = 10_000
# At these frame rates no transcoding is needed (vendor document, line 1272).
ACCEPTED_RATES = range(22, 29)
# A video's rate is read from its name, since the mock server fetches nothing.
_RATE = re.compile(r"(\d{1,3})fps", re.IGNORECASE)
_SIZES = {"2K": {"width": 1080, "height": 1920}, "4K": {"width": 2160, "height": 3840}}
# The two forms of a model, with the number that ends the id of each (vendor document, lines 1117 and 1124).
_FORMS = {"common": 1, "origin": 0}
_SEVERAL_VIDEOS = "multi"


def complete(fields: Fields) -> dict[str, Any]:
    """The fields of a new task, with the defaults of its type for those left out."""
    # JSON has but one kind of number: 14.0 is an integer too.
    whole = {name: int(fields[name]) for name in ("algoType", "materialId", "videoDuration") if name in fields}
    return {**dict.fromkeys(SUB_TYPES), **_product(whole).defaults, **fields, **whole}


def files(fields: Fields) -> Files:
    """The result files of a task.

    Args:
        fields: complete.
    """
    return _product(fields).files(fields)


def product(view: TaskView) -> dict[str, Any] | None:
    """The result of a task: null while unfinished; how files and voices failed, and `{}` for other failures."""
    if not view.is_terminal:
        return None
    case = _product(view.attributes)
    return case.result(view) if view.state == names.TASK_COMPLETED or case.explains_failure else {}


def sub_types(view: TaskView) -> dict[str, Any]:
    """The sub-types of a task, as its records show them."""
    return {name: view.attributes[name] for name in SUB_TYPES}


def arbitrary_id(view: TaskView, name: str, length: int = 32) -> str:
    """A hexadecimal identifier that belongs to a task."""
    return view.account.identifiers.hexadecimal(length, NAME, name, view.task.number)


def face_feature_id(view: TaskView) -> str:
    """The `faceFeatureId` of an avatar."""
    return str(view.attributes.get("faceFeatureId") or f"{arbitrary_id(view, 'face feature')}_s1")


def makes_one_avatar(fields: Fields) -> bool:
    """Whether a task makes an avatar of one video, rather than of several."""
    return bool(fields["algoType"] == AVATAR and fields["algoSubType2"] != _SEVERAL_VIDEOS)


def _size(fields: Fields) -> dict[str, int]:
    return _SIZES.get(fields["algoSubType1"], _SIZES["2K"])


def video_name(fields: Fields) -> str:
    """The name of a synthesised video; its format is the second sub-type."""
    return "video.webm" if fields["algoSubType2"] == "webm" else "video.mp4"


def frames_per_second(fields: Fields) -> float:
    """The rate of a synthesised video: its third sub-type."""
    rate = fields["algoSubType3"] or ""
    return float(rate) if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", rate) else 25.0


def last_frame_index(fields: Fields) -> int:
    """The number of the last frame of a synthesised video."""
    return int(fields["videoDuration"] * frames_per_second(fields) / 1000)


def _video_files(fields: Fields) -> Files:
    size = _size(fields)
    return {video_name(fields): {"duration": fields["videoDuration"], **size}, "thumb.png": size}


def _video(view: TaskView) -> dict[str, Any]:
    return {
        "duration": view.attributes["videoDuration"],
        "lastFrameIndex": last_frame_index(view.attributes),
        **sub_types(view),
        "thumbPath": view.file_url("thumb.png"),
        "videoPath": view.file_url(video_name(view.attributes)),
    }


def _face_swap_files(fields: Fields) -> Files:
    size = _size(fields)
    return {"video.mp4": {"duration": DEFAULT_VIDEO_DURATION, **size}, "thumb.png": size}


def _face_swap(view: TaskView) -> dict[str, Any]:
    return {"thumbPath": view.file_url("thumb.png"), "pkgPath": view.file_url("video.mp4")}


_MODEL = {".png": "thumbPath", ".zip": "pkgPath", "_user.json": "userJson", "_result.json": "avatarResultJson"}


def _model_count(fields: Fields) -> int:
    return 2 if fields["algoSubType2"] == _SEVERAL_VIDEOS else 1


def _model_file(index: int, form: str, end: str) -> str:
    return f"{index}_{form}{end}"


def _avatar_files(fields: Fields) -> Files:
    size = _size(fields)
    return {"thumb.png": size} | {
        name: {"content": {}} if name.endswith(".json") else size
        for index in range(_model_count(fields))
        for name in (f"{index}_source.mp4", *(_model_file(index, form, end) for form in _FORMS for end in _MODEL))
    }


def _avatar(view: TaskView) -> dict[str, Any]:
    models = [_model(view, index) for index in range(_model_count(view.attributes))]
    return {"thumbPath": view.file_url("thumb.png"), "multi": models}


def _model(view: TaskView, index: int) -> dict[str, Any]:
    model: dict[str, Any] = {"videoUrl": view.file_url(f"{index}_source.mp4")}
    for form, number in _FORMS.items():
        urls = {name: view.file_url(_model_file(index, form, end)) for end, name in _MODEL.items()}
        model[form] = {**urls, "faceFeatureId": f"{face_feature_id(view)}_{len(_FORMS) * index + number}"}
    return model


def _avatar_update_files(fields: Fields) -> Files:
    size = _size(fields)
    return {"thumb.png": size, "avatar.zip": size, "user.json": {"content": {}}}


def _avatar_update(view: TaskView) -> dict[str, Any]:
    size = view.attributes["algoSubType1"]
    return {
        "thumbPath": view.file_url("thumb.png"),
        "pkgPath": view.file_url("avatar.zip"),
        "modelInfo": size if size in _SIZES else "2K",
        "userJson": view.file_url("user.json"),
    }


_TRAINING_ENDS = {
    names.TASK_COMPLETED: ("task is finished", "deployment", 5),
    names.TASK_CANCELLED: ("task is cancelled", "training", 9),
    names.TASK_ERROR: ("", "training", 9),
}


def _voice(view: TaskView, *names: str) -> dict[str, Any]:
    voice = {
        "id": f"ttsId{view.task.number}",
        "qid": f"VQ1fQv:AEA_{arbitrary_id(view, 'qid', 24)}",
        "name": view.task.name,
        "gender": 0,
        "language": "zh-CN",
        "languages": ["zh-CN", "en-US"],
        "vendor_id": 1,
        **view.attributes.get("voice", {}),
    }
    return {name: voice[name] for name in names}


def _training(view: TaskView) -> dict[str, Any]:
    message, stage, stage_status = _TRAINING_ENDS[view.state]
    updated = datetime.fromtimestamp(view.entered_at / 1000, UTC)
    return {
        "taskId": f"tts-{view.task.key}",
        "taskStatus": view.code,
        "msg": message or view.failure_reason,
        "stage": stage,
        "stageStatus": stage_status,
        "sampleAudioUrl": view.file_url("sample.wav") if view.state == names.TASK_COMPLETED else "",
        "tenant": TENANT,
        "updatedTime": f"{updated:%Y-%m-%dT%H:%M:%S}.{updated.microsecond * 1000:09d}Z",
    }


def _legacy_voice(view: TaskView) -> dict[str, Any]:
    # Without modelUrl, which is not offered outside the vendor's network (vendor document, line 1178).
    return {**_training(view), "voice": _voice(view, "id", "name", "gender", "language", "vendor_id")}


def _qid_voice(view: TaskView) -> dict[str, Any]:
    # Languages are returned only when the task is completed (vendor document, line 1192).
    languages = ("languages",) if view.state == names.TASK_COMPLETED else ()
    voice = _voice(view, "qid", "name", "gender", *languages)
    return {**_training(view), "voice": voice, "taskType": view.attributes["taskType"]}


def file_failure(view: TaskView, file: Fields) -> str | None:
    """Why one of a task's files failed; None if it did not."""
    if view.state == names.TASK_ERROR:
        return str(file.get("reason") or view.failure_reason)
    return file.get("reason") if view.state == names.TASK_COMPLETED else None


def all_fail(files_of_task: Sequence[Fields]) -> bool:
    """Whether none of some files succeeds, so that their task fails."""
    return all("reason" in file for file in files_of_task)


def _preheating(view: TaskView) -> dict[str, Any]:
    failures = ((file, file_failure(view, file)) for file in view.attributes["files"])
    # Files that succeeded are not shown (vendor document, line 1229).
    details = [{"fileId": file.get("fileId", ""), "warmingResult": reason} for file, reason in failures if reason]
    return {"fileWarmingDetails": details} if details else {}


def _rate(file: Fields) -> int | None:
    match = _RATE.search(file["fileUrl"].partition("?")[0].rpartition("/")[2])
    return int(match[1]) if match else None


def _needs_transcoding(file: Fields) -> bool:
    return "reason" not in file and _rate(file) not in ACCEPTED_RATES


def _transcoded_name(index: int) -> str:
    return f"{index}_25fps.mp4"


def _transcoding_files(fields: Fields) -> Files:
    return {_transcoded_name(index): {} for index, file in enumerate(fields["files"]) if _needs_transcoding(file)}


def _transcoding(view: TaskView) -> dict[str, Any]:
    details = [_transcoded_file(view, index, file) for index, file in enumerate(view.attributes["files"])]
    return {"fileTranscodeDetails": details}


def _transcoded_file(view: TaskView, index: int, file: Fields) -> dict[str, Any]:
    reason, detail = file_failure(view, file), {"fileUrl": file["fileUrl"], "transcodeResult": False}
    if reason is not None:
        return {**detail, "msg": reason}
    if not _needs_transcoding(file):
        return {**detail, "msg": f"FPS {_rate(file)}.0 is within [22,28], no transcoding needed"}
    url = view.file_url(_transcoded_name(index))
    return {**detail, "transcodeResult": True, "fileTranscodeUrl": url, "msg": "transcoded to 25 FPS"}


@dataclass(frozen=True, slots=True)
class _Product:
    # What is special about the tasks of a type: their results and files, whether there is a result for a task that did
    # not complete, and defaults of their fields.
    result: Callable[[TaskView], dict[str, Any]] = lambda view: {}
    files: Callable[[Fields], Files] = lambda fields: {}
    explains_failure: bool = False
    defaults: Fields = field(default_factory=dict)


_VIDEO_DEFAULTS = {**dict(zip(SUB_TYPES, ("2K", "mp4", "25"), strict=True)), "videoDuration": DEFAULT_VIDEO_DURATION}
_VOICE_FILES: Files = {"sample.wav": {}}
_AVATAR_DEFAULTS = {"algoSubType1": "2K"}
_PRODUCTS = {
    VIDEO: _Product(_video, _video_files, defaults=_VIDEO_DEFAULTS),
    AVATAR: _Product(_avatar, _avatar_files, defaults=_AVATAR_DEFAULTS),
    AVATAR_UPDATE: _Product(_avatar_update, _avatar_update_files, defaults=_AVATAR_DEFAULTS),
    LEGACY_VOICE: _Product(_legacy_voice, lambda fields: _VOICE_FILES, explains_failure=True),
    FACE_SWAP: _Product(_face_swap, _face_swap_files),
    QID_VOICE: _Product(_qid_voice, lambda fields: _VOICE_FILES, explains_failure=True, defaults={"taskType": "TTS6"}),
    PREHEATING: _Product(_preheating, explains_failure=True, defaults={"files": []}),
    TRANSCODING: _Product(_transcoding, _transcoding_files, explains_failure=True, defaults={"files": []}),
}


def _product(fields: Fields) -> _Product:
    return _PRODUCTS.get(fields["algoType"], _Product())
