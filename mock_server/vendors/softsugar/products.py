"""What tasks come to: the nine cases of `productParam` (vendor document, lines 1019-1278), and their files."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendors.softsugar.authentication import NAME
from bodydouble.mock_server.vendors.softsugar.catalogue import TENANT
from bodydouble.mock_server.web.file_routes import task_file_url

TASK, PREHEATED_FILE = "task", "preheatedFile"
LEGACY_VOICE, AVATAR, VIDEO, AVATAR_UPDATE, FACE_SWAP, LIVE, QID_VOICE = 11, 12, 14, 18, 20, 37, 41
FILLER_SPEECH, PREHEATING, PREHEATING_DELETION, TRANSCODING = 42, 43, 45, 46
NOT_STARTED, WAITING, PROCESSING = "notStarted", "waiting", "processing"
CANCELLED, COMPLETED, ERROR = "cancelled", "completed", "error"
LIFECYCLES = load_contract(NAME).lifecycles

# "valid for 7 days" (vendor document, line 1030), in milliseconds.
RESULTS_KEPT = 7 * 24 * 3600 * 1000
DEFAULT_VIDEO_DURATION = 10_000
# At these frame rates no transcoding is needed (vendor document, line 1272).
RATES_KEPT = range(22, 29)
# A video's rate is read from its name, since the double fetches nothing.
_RATE = re.compile(r"(\d{1,3})fps", re.IGNORECASE)
_SIZES = {"2K": {"width": 1080, "height": 1920}, "4K": {"width": 2160, "height": 3840}}
_FORMS = ("common", "origin")


@dataclass(frozen=True, slots=True)
class View:
    """A task as somebody sees it.

    Attributes:
        now: epoch milliseconds on the account's clock.
        base_url: how whoever reads it reaches this server.
    """

    account: Account
    task: Task
    now: int
    base_url: str

    @property
    def algo_type(self) -> int:
        """The type, in the codes of tasks."""
        return int(self.task.attributes["fields"]["algoType"])

    @property
    def fields(self) -> Mapping[str, Any]:
        """What was said of it when it was made; taskFields of the catalogue."""
        return self.task.attributes["fields"]  # type: ignore[no-any-return]

    @property
    def material_id(self) -> int:
        """The id of what it makes; the same number as its own, unless it was given another."""
        return int(self.fields.get("materialId", self.task.key))

    @property
    def face_feature_id(self) -> str:
        """Of an avatar."""
        return str(self.fields.get("faceFeatureId") or f"{self._arbitrary('face feature', 32)}_s1")

    @property
    def voice(self) -> dict[str, Any]:
        """What a voice model is like."""
        return {
            "id": f"ttsId{self.task.number}",
            "qid": f"VQ1fQv:AEA_{self._arbitrary('qid', 24)}",
            "name": self.task.name,
            "gender": 0,
            "language": "zh-CN",
            "languages": ["zh-CN", "en-US"],
            "vendor_id": 1,
            **self.fields.get("voice", {}),
        }

    @property
    def algo_id(self) -> str:
        """Its id inside the algorithm."""
        return self._arbitrary("algorithm", 32)

    def _arbitrary(self, name: str, length: int) -> str:
        return identifiers.hexadecimal(length, self.account.seed, self.account.id, NAME, name, self.task.number)

    @property
    def state(self) -> str:
        """The name of its state."""
        return self.task.state(self.now)

    @property
    def ended(self) -> bool:
        """Whether it is cancelled, completed or in error."""
        return lifecycle().states[self.state].terminal

    def url(self, name: str) -> str:
        """The URL of one of its files."""
        return task_file_url(self.account, self.task, name, self.base_url)


def lifecycle() -> Lifecycle:
    """The lifecycle of all tasks."""
    return LIFECYCLES[TASK]


def failure_reason(task: Task) -> str:
    """Why a task whose plan is to fail fails."""
    return task.plan.reason or f"{task.plan.outcome} by the double's plan"


def complete(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a new task, with what has to be known of its type and was left out."""
    defaults: dict[str, Any] = {"algoSubType1": None, "algoSubType2": None, "algoSubType3": None}
    # JSON has but one kind of number: 14.0 is an integer too.
    whole = {name: int(fields[name]) for name in ("algoType", "materialId", "videoDuration") if name in fields}
    algo_type = whole["algoType"]
    if algo_type == VIDEO:
        defaults.update(algoSubType1="2K", algoSubType2="mp4", algoSubType3="25", videoDuration=DEFAULT_VIDEO_DURATION)
    elif algo_type in (AVATAR, AVATAR_UPDATE):
        defaults.update(algoSubType1="2K")
    elif algo_type in (PREHEATING, TRANSCODING):
        defaults.update(files=[])
    elif algo_type == QID_VOICE:
        defaults.update(taskType="TTS6")
    return {**defaults, **fields, **whole}


def files(fields: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The result files of a task, for its `files` attribute.

    Args:
        fields: complete.
    """
    algo_type = fields["algoType"]
    size = _SIZES.get(fields["algoSubType1"], _SIZES["2K"])
    if algo_type == VIDEO:
        return {video_name(fields): {"duration": fields["videoDuration"], **size}, "thumb.png": size}
    if algo_type == FACE_SWAP:
        return {"video.mp4": {"duration": DEFAULT_VIDEO_DURATION, **size}, "thumb.png": size}
    if algo_type == AVATAR:
        return {"thumb.png": size} | {
            name: {"content": {}} if name.endswith(".json") else size
            for index in range(_model_count(fields))
            for name in (f"{index}_source.mp4", *(_model_file(index, form, end) for form in _FORMS for end in _MODEL))
        }
    if algo_type == AVATAR_UPDATE:
        return {"thumb.png": size, "avatar.zip": size, "user.json": {"content": {}}}
    if algo_type in (LEGACY_VOICE, QID_VOICE):
        return {"sample.wav": {}, "model.zip": {}}
    if algo_type == TRANSCODING:
        return {_transcoded_name(index): {} for index, file in enumerate(fields["files"]) if _needs_transcoding(file)}
    return {}


def video_name(fields: Mapping[str, Any]) -> str:
    """The name of a synthesised video; its format is the second sub-type."""
    return "video.webm" if fields["algoSubType2"] == "webm" else "video.mp4"


def frames_per_second(fields: Mapping[str, Any]) -> float:
    """The rate of a synthesised video: its third sub-type."""
    rate = fields["algoSubType3"] or ""
    return float(rate) if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", rate) else 25.0


def last_frame_index(fields: Mapping[str, Any]) -> int:
    """The number of the last frame of a synthesised video."""
    return int(fields["videoDuration"] * frames_per_second(fields) / 1000)


def product(view: View) -> dict[str, Any] | None:
    """The result of a task: null while unfinished; how files and voices failed, and `{}` for other failures."""
    if not view.ended:
        return None
    make, when_failed = _CASES.get(view.algo_type, (_nothing, False))
    return make(view) if view.state == COMPLETED or when_failed else {}


def _nothing(view: View) -> dict[str, Any]:
    return {}


def _video(view: View) -> dict[str, Any]:
    return {
        "duration": view.fields["videoDuration"],
        "lastFrameIndex": last_frame_index(view.fields),
        "algoSubType1": view.fields["algoSubType1"],
        "algoSubType2": view.fields["algoSubType2"],
        "algoSubType3": view.fields["algoSubType3"],
        "thumbPath": view.url("thumb.png"),
        "videoPath": view.url(video_name(view.fields)),
    }


_MODEL = {".png": "thumbPath", ".zip": "pkgPath", "_user.json": "userJson", "_result.json": "avatarResultJson"}


def _model_count(fields: Mapping[str, Any]) -> int:
    return 2 if fields["algoSubType2"] == "multi" else 1


def _model_file(index: int, form: str, end: str) -> str:
    return f"{index}_{form}{end}"


def _avatar(view: View) -> dict[str, Any]:
    models = []
    for index in range(_model_count(view.fields)):
        model: dict[str, Any] = {"videoUrl": view.url(f"{index}_source.mp4")}
        for form in _FORMS:
            urls = {field: view.url(_model_file(index, form, end)) for end, field in _MODEL.items()}
            model[form] = {**urls, "faceFeatureId": f"{view.face_feature_id}_{index}"}
        models.append(model)
    return {"thumbPath": view.url("thumb.png"), "multi": models}


def _avatar_update(view: View) -> dict[str, Any]:
    size = view.fields["algoSubType1"]
    return {
        "thumbPath": view.url("thumb.png"),
        "pkgPath": view.url("avatar.zip"),
        "modelInfo": size if size in _SIZES else "2K",
        "userJson": view.url("user.json"),
    }


def _face_swap(view: View) -> dict[str, Any]:
    return {"thumbPath": view.url("thumb.png"), "pkgPath": view.url("video.mp4")}


_TRAINING_ENDS = {
    COMPLETED: ("task is finished", "deployment", 5),
    CANCELLED: ("task is cancelled", "training", 9),
    ERROR: ("", "training", 9),
}


def _training(view: View) -> dict[str, Any]:
    message, stage, stage_status = _TRAINING_ENDS[view.state]
    updated = datetime.fromtimestamp(view.task.plan.current(view.now).at / 1000, UTC)
    return {
        "taskId": f"tts-{view.task.key}",
        "taskStatus": lifecycle().states[view.state].code,
        "msg": message or failure_reason(view.task),
        "stage": stage,
        "stageStatus": stage_status,
        "sampleAudioUrl": view.url("sample.wav") if view.state == COMPLETED else "",
        "tenant": TENANT,
        "updatedTime": f"{updated:%Y-%m-%dT%H:%M:%S}.{updated.microsecond * 1000:09d}Z",
    }


def _legacy_voice(view: View) -> dict[str, Any]:
    voice = {name: view.voice[name] for name in ("id", "name", "gender", "language", "vendor_id")}
    model = {"modelUrl": view.url("model.zip")} if view.state == COMPLETED else {}
    return {**_training(view), "voice": voice, **model}


def _qid_voice(view: View) -> dict[str, Any]:
    # Languages are returned only when the task is completed (vendor document, line 1192).
    names = ("qid", "name", "gender", "languages") if view.state == COMPLETED else ("qid", "name", "gender")
    voice = {name: view.voice[name] for name in names}
    return {**_training(view), "voice": voice, "taskType": view.fields["taskType"]}


def file_failure(task: Task, file: Mapping[str, Any], state: str) -> str | None:
    """Why one of a task's files failed, in a state of the task; None if it did not."""
    if state == ERROR:
        return str(file.get("reason") or failure_reason(task))
    return file.get("reason") if state == COMPLETED else None


def all_fail(files_of_task: Sequence[Mapping[str, Any]]) -> bool:
    """Whether none of some files succeeds, so that their task fails."""
    return all("reason" in file for file in files_of_task)


def _preheating(view: View) -> dict[str, Any]:
    failures = ((file, file_failure(view.task, file, view.state)) for file in view.fields["files"])
    # Files that succeeded are not shown (vendor document, line 1229).
    details = [{"fileId": file.get("fileId", ""), "warmingResult": reason} for file, reason in failures if reason]
    return {"fileWarmingDetails": details} if details else {}


def _rate(file: Mapping[str, Any]) -> int | None:
    found = _RATE.search(file["fileUrl"].partition("?")[0].rpartition("/")[2])
    return int(found[1]) if found else None


def _needs_transcoding(file: Mapping[str, Any]) -> bool:
    return "reason" not in file and _rate(file) not in RATES_KEPT


def _transcoded_name(index: int) -> str:
    return f"{index}_25fps.mp4"


def _transcoding(view: View) -> dict[str, Any]:
    details = []
    for index, file in enumerate(view.fields["files"]):
        reason = file_failure(view.task, file, view.state)
        detail = {"fileUrl": file["fileUrl"], "transcodeResult": False}
        if reason is not None:
            detail["msg"] = reason
        elif _needs_transcoding(file):
            detail |= {"transcodeResult": True, "fileTranscodeUrl": view.url(_transcoded_name(index))}
            detail["msg"] = "transcoded to 25 FPS"
        else:
            detail["msg"] = f"FPS {_rate(file)}.0 is within [22,28], no transcoding needed"
        details.append(detail)
    return {"fileTranscodeDetails": details}


# By type: the case, and whether it has something to say of a task that did not complete.
_CASES: dict[int, tuple[Callable[[View], dict[str, Any]], bool]] = {
    VIDEO: (_video, False),
    AVATAR: (_avatar, False),
    AVATAR_UPDATE: (_avatar_update, False),
    LEGACY_VOICE: (_legacy_voice, True),
    FACE_SWAP: (_face_swap, False),
    QID_VOICE: (_qid_voice, True),
    PREHEATING: (_preheating, True),
    TRANSCODING: (_transcoding, True),
}
