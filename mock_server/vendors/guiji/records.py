"""How tasks and public avatars and voices look on the wire: one function for each, for details and lists alike."""

from typing import Any

from bodydouble.mock_server.engine.plans import Plan
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.file_urls import catalogue_file_url
from bodydouble.mock_server.vendor_api.local_time import local_text
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.guiji import NAME, names
from bodydouble.mock_server.vendors.guiji.catalogue import Entry

# "automatically clears synthesized works after 24 hours" (interface page of the vendor's documents), in milliseconds.
WORKS_KEPT = 24 * 3600 * 1000


def failure_reason(view: TaskView) -> str | None:
    """Why a task failed, once it has."""
    return view.failure_reason if view.is_terminal and not view.has_succeeded else None


def scene_id(training: Task) -> int:
    """The `sceneId` of a trained avatar: the sample ids of trained scenes are negative."""
    return -training.number


def _file(view: TaskView, name: str, absent: str | None = None) -> str | None:
    return view.file_url(name) if view.has_files else absent


def _created_and_updated(view: TaskView) -> dict[str, str]:
    return {"createTime": local_text(view.task.created_at), "updateTime": local_text(view.entered_at)}


def authorize_status(view: TaskView) -> int:
    """1 once the consent given for an avatar or a voice has been verified."""
    stored = view.attributes.get("authorization")
    if stored is None:
        return 0
    return int(view.lifecycles[names.AUTHORIZATION].states[Plan.from_json(stored).state(view.now)].code)


def training(view: TaskView) -> dict[str, Any]:
    """A training's record (3.3, 3.4)."""
    return {
        "id": view.task.number,
        "title": view.task.name,
        "videoUrl": view.attributes["video_url"],
        "status": view.code,
        "callbackStatus": view.task.callback_state,
        "comment": failure_reason(view) or "",
        "sceneId": scene_id(view.task) if view.has_succeeded else None,
        **_created_and_updated(view),
        "coverUrl": _file(view, "cover.png", absent=""),
        "authorizeStatus": authorize_status(view),
    }


def voice(view: TaskView) -> dict[str, Any]:
    """A cloned voice's record (4.1, 4.3, 4.4)."""
    expires = view.task.plan.entered(names.VOICE_EXPIRED)
    return {
        "speakerId": view.task.key,
        "ttsName": view.task.name,
        "ttsFeatures": "Original timbre",
        "audioUrl": view.attributes["audio_url"],
        "ttsAudition": _file(view, "audition.wav", absent=""),
        "languages": ["zh", "en"],
        "sex": view.attributes["sex"],
        "status": view.code,
        "authorizeStatus": authorize_status(view),
        "reason": failure_reason(view),
        "expireTime": local_text(expires) if expires is not None and view.has_succeeded else None,
    }


def video(view: TaskView) -> dict[str, Any]:
    """A video's record (5.3, 5.4)."""
    length = view.attributes["duration"] if view.has_succeeded else None
    return {
        "id": view.task.number,
        "videoName": view.task.name,
        "videoFormat": "mp4",
        "duration": None if length is None else seconds_text(length),
        "durationMs": None if length is None else str(length),
        "coverUrl": _file(view, "cover.png"),
        "videoUrl": _file(view, "video.mp4"),
        "srtUrl": _file(view, "subtitles.srt"),
        "synthesisStatus": view.code,
        "failReason": failure_reason(view),
        **_created_and_updated(view),
    }


def audio(view: TaskView) -> dict[str, Any]:
    """An audio's record (6.3, 6.4)."""
    return {
        "id": view.task.number,
        "ttsUrl": _file(view, "audio.wav"),
        "srtUrl": _file(view, "subtitles.srt"),
        "duration": view.attributes["duration"] if view.has_succeeded else None,
        "status": view.code,
    }


def public_avatar(entry: Entry, base_url: str) -> dict[str, Any]:
    """A public avatar's record (2.1)."""
    return {
        "id": entry["id"],
        "sceneName": entry["sceneName"],
        "coverUrl": catalogue_file_url(base_url, NAME, entry["id"], "cover.png"),
        "resolution": entry["resolution"],
    }


def public_voice(entry: Entry, base_url: str, status: int | str) -> dict[str, Any]:
    """A public voice's record (2.2).

    Args:
        status: the code of a voice that is ready.
    """
    return {
        **{name: entry[name] for name in ("speakerId", "ttsName", "ttsFeatures")},
        "audioUrl": catalogue_file_url(base_url, NAME, entry["speakerId"], "sample.wav"),
        "ttsAudition": catalogue_file_url(base_url, NAME, entry["speakerId"], "audition.wav"),
        "languages": entry["languages"],
        "sex": entry["sex"],
        "status": status,
    }


def seconds_text(milliseconds: int) -> str:
    """A length as the vendor writes seconds: a decimal number in a text, without useless zeros."""
    return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".")
