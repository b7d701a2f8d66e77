"""The public materials, and what a new account finds: tasks, bills of live sessions, use of voices."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from bodydouble.contracts.model.documents import read_yaml
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, Account
from bodydouble.mock_server.vendors.softsugar.authentication import NAME
from bodydouble.mock_server.web.file_routes import catalogue_file_url

Entry = Mapping[str, Any]
Material = Callable[[Entry, str], dict[str, Any]]

_CONTENT: dict[str, Any] = read_yaml(NAME, "catalogue.yaml")
TASKS: list[Entry] = _CONTENT["tasks"]
TASK_FIELDS: dict[str, Any] = _CONTENT["taskFields"]
SESSION_BILLS: list[Entry] = _CONTENT["bills"]
VOICE_BILLS: list[Entry] = _CONTENT["voiceBills"]
OWNER_PHONE: str = _CONTENT["account"]["ownerPhone"]
TENANT: str = _CONTENT["account"]["tenant"]
_DEFAULT_OWNER: int = _CONTENT["account"]["owner"]

CALLBACK_URL, AUTH_KEY, CALLBACK_SIGNATURE = "callback_url", "auth_key", "callback_signature"
# What the vendor's administrator sets for an account. The signature is an `x-signature` in place of the invented one
# of the specification, for whoever knows the vendor's own rule; empty for the specification's.
SETTINGS: dict[str, Any] = {CALLBACK_URL: "", AUTH_KEY: "", CALLBACK_SIGNATURE: {}}
AVATARS, QID_VOICES, LEGACY_VOICES = "avatars", "qidVoices", "legacyVoices"
VIDEO_TEMPLATES, LIVE_SCRIPTS = "videoTemplates", "liveScripts"
_THUMBNAIL = {"width": 360, "height": 640}


def owner(account: Account) -> int:
    """The account's number, as tasks and bills show it."""
    if account.id == DEFAULT_ACCOUNT:
        return _DEFAULT_OWNER
    return 1000 + identifiers.number(2**31 - 1000, account.seed, account.id, NAME, "owner")


def materials(chapter: str, base_url: str) -> list[dict[str, Any]]:
    """The records of one of the five public catalogues, newest first.

    Args:
        base_url: how the reader reaches this server.
    """
    record = _RECORDS[chapter]
    entries = sorted(_CONTENT[chapter], key=lambda entry: (entry["createTime"], entry["id"]), reverse=True)
    return [record(entry, base_url) for entry in entries]


def file(key: str, name: str) -> Mapping[str, Any] | None:
    """What a file of a catalogue is like; None if no record shows it.

    Args:
        key: catalogue and id, as in `avatars-13`.
    """
    chapter, _, number = key.rpartition("-")
    entry = next((entry for entry in _CONTENT.get(chapter, ()) if str(entry["id"]) == number), None)
    if chapter not in _RECORDS or entry is None:
        return None
    return _files(chapter, entry).get(name)


def _files(chapter: str, entry: Entry) -> dict[str, dict[str, Any]]:
    if chapter == AVATARS:
        return {"thumb.png": _THUMBNAIL, "avatar.zip": _THUMBNAIL}
    if chapter in (QID_VOICES, LEGACY_VOICES):
        return {"thumb.png": _THUMBNAIL, "sample.wav": {"duration": speaking_time(entry["sampleText"])}}
    script = {"content": {"name": entry["materialName"], "text": entry["sampleText"]}}
    if chapter == LIVE_SCRIPTS:
        return {"thumb.png": _THUMBNAIL, "script.json": script}
    width, height = (int(side) for side in entry["resolution"].split("x"))
    video = {"duration": entry["duration"], "width": width, "height": height}
    return {"thumb.png": _THUMBNAIL, "template.json": script, "example.mp4": video}


def _url(chapter: str, entry: Entry, base_url: str, name: str) -> str:
    return catalogue_file_url(base_url, NAME, f"{chapter}-{entry['id']}", name)


def _common(chapter: str, entry: Entry, base_url: str) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "materialName": entry["materialName"],
        "thumbnailUrl": _url(chapter, entry, base_url, "thumb.png"),
        "desc": entry["desc"],
        "createTime": entry["createTime"],
        "updateTime": entry["updateTime"],
    }


def _avatar(entry: Entry, base_url: str) -> dict[str, Any]:
    params = {name: entry[name] for name in ("faceFeatureId", "gender", "avatarType")}
    return {
        **_common(AVATARS, entry, base_url),
        "pkgUrl": _url(AVATARS, entry, base_url, "avatar.zip"),
        "extendParam": orjson.dumps(params).decode(),
    }


def _qid_voice(entry: Entry, base_url: str) -> dict[str, Any]:
    names = ("qid", "voiceName", "languages", "speedRatio", "pitchOffset", "volume", "gender")
    sample = {"sampleUrl": _url(QID_VOICES, entry, base_url, "sample.wav")}
    params = {**{name: entry[name] for name in names}, **sample}
    return {**_common(QID_VOICES, entry, base_url), "extendParam": params}


def _legacy_voice(entry: Entry, base_url: str) -> dict[str, Any]:
    names = ("vendorId", "voiceId", "voiceName", "language", "speedRatio", "pitchOffset", "volume")
    return {**_common(LEGACY_VOICES, entry, base_url), "extendParam": {name: entry[name] for name in names}}


def _video_template(entry: Entry, base_url: str) -> dict[str, Any]:
    return {
        **_common(VIDEO_TEMPLATES, entry, base_url),
        "pkgUrl": _url(VIDEO_TEMPLATES, entry, base_url, "template.json"),
        "extendUrl": _url(VIDEO_TEMPLATES, entry, base_url, "example.mp4"),
    }


def _live_script(entry: Entry, base_url: str) -> dict[str, Any]:
    pkg_url = _url(LIVE_SCRIPTS, entry, base_url, "script.json")
    return {**_common(LIVE_SCRIPTS, entry, base_url), "pkgUrl": pkg_url, "extendUrl": None}


_RECORDS: dict[str, Material] = {
    AVATARS: _avatar,
    QID_VOICES: _qid_voice,
    LEGACY_VOICES: _legacy_voice,
    VIDEO_TEMPLATES: _video_template,
    LIVE_SCRIPTS: _live_script,
}
