"""How tasks look on the wire: one function for each kind, for details, lists and callbacks alike."""

from typing import Any

from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Plan
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.local_time import local_text
from bodydouble.mock_server.vendors.guiji.authentication import NAME
from bodydouble.mock_server.web.file_routes import available, task_file_url

TRAINING, VOICE, VIDEO, AUDIO, AUTHORIZATION = "avatarTraining", "voiceClone", "video", "audio", "authorization"
_LIFECYCLES = load_contract(NAME).lifecycles
# "automatically clears synthesized works after 24 hours" (interface page of the vendor's documents), in milliseconds.
WORKS_KEPT = 24 * 3600 * 1000
_AFTER_SUCCESS = ("success", "expired")


def lifecycle(task: Task) -> Lifecycle:
    """The lifecycle of a task."""
    return _LIFECYCLES[task.kind]


def code(task: Task, now: int) -> int | str:
    """The status that the wire shows."""
    return lifecycle(task).states[task.state(now)].code


def succeeded(task: Task, now: int) -> bool:
    """Whether a task's work has ended well, and was not begun anew since."""
    return task.state(now) in _AFTER_SUCCESS


def failure_reason(task: Task, now: int) -> str | None:
    """Why a task failed, once it has."""
    state = task.state(now)
    if state in _AFTER_SUCCESS or not lifecycle(task).states[state].terminal:
        return None
    return task.plan.reason or f"{task.plan.outcome} by the double's plan"


def scene_id(training: Task) -> int:
    """The `sceneId` of a trained avatar: the sample ids of trained scenes are negative."""
    return -training.number


def _file(account: Account, task: Task, now: int, name: str, absent: str | None = None) -> str | None:
    if not available(task, plans.succeeds_at(task.plan, lifecycle(task)), now):
        return absent
    return task_file_url(account, task, name)


def _updated(task: Task, now: int) -> int:
    return task.plan.current(now).at


def authorize_status(task: Task, now: int) -> int:
    """1 once the consent given for an avatar or a voice has been verified."""
    stored = task.attributes.get("authorization")
    if stored is None:
        return 0
    state = Plan.from_json(stored).state(now)
    return int(_LIFECYCLES[AUTHORIZATION].states[state].code)


def training(account: Account, task: Task, now: int) -> dict[str, Any]:
    """A training's record (3.3, 3.4)."""
    return {
        "id": task.number,
        "title": task.name,
        "videoUrl": task.attributes["video_url"],
        "status": code(task, now),
        "callbackStatus": task.callback_state,
        "comment": failure_reason(task, now) or "",
        "sceneId": scene_id(task) if succeeded(task, now) else None,
        "createTime": local_text(task.created_at),
        "updateTime": local_text(_updated(task, now)),
        "coverUrl": _file(account, task, now, "cover.png", absent=""),
        "authorizeStatus": authorize_status(task, now),
    }


def voice(account: Account, task: Task, now: int) -> dict[str, Any]:
    """A cloned voice's record (4.1, 4.3, 4.4)."""
    expires = task.plan.entered("expired")
    return {
        "speakerId": task.key,
        "ttsName": task.name,
        "ttsFeatures": "Original timbre",
        "audioUrl": task.attributes["audio_url"],
        "ttsAudition": _file(account, task, now, "audition.wav", absent=""),
        "languages": ["zh", "en"],
        "sex": task.attributes["sex"],
        "status": code(task, now),
        "authorizeStatus": authorize_status(task, now),
        "reason": failure_reason(task, now),
        "expireTime": local_text(expires) if expires is not None and succeeded(task, now) else None,
    }


def video(account: Account, task: Task, now: int) -> dict[str, Any]:
    """A video's record (5.3, 5.4)."""
    length = task.attributes["duration"] if succeeded(task, now) else None
    return {
        "id": task.number,
        "videoName": task.name,
        "videoFormat": "mp4",
        "duration": None if length is None else seconds_text(length),
        "durationMs": None if length is None else str(length),
        "coverUrl": _file(account, task, now, "cover.png"),
        "videoUrl": _file(account, task, now, "video.mp4"),
        "srtUrl": _file(account, task, now, "subtitles.srt"),
        "synthesisStatus": code(task, now),
        "failReason": failure_reason(task, now),
        "createTime": local_text(task.created_at),
        "updateTime": local_text(_updated(task, now)),
    }


def audio(account: Account, task: Task, now: int) -> dict[str, Any]:
    """An audio's record (6.3, 6.4)."""
    return {
        "id": task.number,
        "ttsUrl": _file(account, task, now, "audio.wav"),
        "srtUrl": _file(account, task, now, "subtitles.srt"),
        "duration": task.attributes["duration"] if succeeded(task, now) else None,
        "status": code(task, now),
    }


def seconds_text(milliseconds: int) -> str:
    """A length as the vendor writes seconds: a decimal number in a text, without useless zeros."""
    return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".")
