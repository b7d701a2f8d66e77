"""The public materials, and what a new account starts with: tasks, bills of live sessions, use of voices."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.documents import read_yaml
from bodydouble.mock_server.engine.identifiers import AccountIdentifiers
from bodydouble.mock_server.engine.sizes import parse_size
from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, Account
from bodydouble.mock_server.store.task_runtime import Files
from bodydouble.mock_server.vendor_api.file_urls import catalogue_file_url
from bodydouble.mock_server.vendors.softsugar import NAME

Entry = Mapping[str, Any]

_CONTENT: dict[str, Any] = read_yaml(NAME, "catalogue.yaml")
TASKS: list[Entry] = _CONTENT["tasks"]
TASK_FIELDS: dict[str, Any] = _CONTENT["taskFields"]
SESSION_BILLS: list[Entry] = _CONTENT["bills"]
VOICE_BILLS: list[Entry] = _CONTENT["voiceBills"]
OWNER_PHONE: str = _CONTENT["account"]["ownerPhone"]
TENANT: str = _CONTENT["account"]["tenant"]

CALLBACK_URL, AUTH_KEY, CALLBACK_SIGNATURE = "callback_url", "auth_key", "callback_signature"
# What the vendor's administrator sets for an account. The signature is an `x-signature` in place of the invented one
# of the specification, for users who know the vendor's own rule; empty for the specification's.
SETTINGS: dict[str, Any] = {CALLBACK_URL: "", AUTH_KEY: "", CALLBACK_SIGNATURE: {}}
_THUMBNAIL = {"width": 360, "height": 640}


def owner(account: Account) -> int:
    """The account's number, as tasks and bills show it."""
    return _owner(account.own_identifiers)


def account_names(identifiers: AccountIdentifiers) -> tuple[tuple[str, int], ...]:
    """What names an account in its tasks: its number, in the requests that name it."""
    return (("accountId", _owner(identifiers)),)


def _owner(identifiers: AccountIdentifiers) -> int:
    if identifiers.account_id == DEFAULT_ACCOUNT:
        return int(_CONTENT["account"]["owner"])
    return 1000 + identifiers.number(2**31 - 1000, NAME, "owner")


@dataclass(frozen=True, slots=True)
class Material:
    """An entry of one of the five public catalogues."""

    chapter: str
    entry: Entry

    @property
    def key(self) -> str:
        """What names it in the URLs of its files, as in `avatars-13`."""
        return f"{self.chapter}-{self.entry['id']}"

    @property
    def files(self) -> Files:
        """What each of its files is like."""
        return {"thumb.png": _THUMBNAIL, **_CHAPTERS[self.chapter].files(self.entry)}

    def url(self, base_url: str, name: str) -> str:
        """The URL of one of its files."""
        return catalogue_file_url(base_url, NAME, self.key, name)

    def fields(self, *names: str) -> dict[str, Any]:
        """Some of its fields, as the catalogue has them."""
        return {name: self.entry[name] for name in names}

    def record(self, base_url: str) -> dict[str, Any]:
        """Its row in the lists of its chapter."""
        return {
            **self.fields("id", "materialName"),
            "thumbnailUrl": self.url(base_url, "thumb.png"),
            **self.fields("desc", "createTime", "updateTime"),
            **_CHAPTERS[self.chapter].details(self, base_url),
        }


@dataclass(frozen=True, slots=True)
class _Chapter:
    # What the materials of a catalogue have in addition to the fields and the thumbnail of all.
    details: Callable[[Material, str], dict[str, Any]]
    files: Callable[[Entry], Files]


def _avatar(material: Material, base_url: str) -> dict[str, Any]:
    parameters = orjson.dumps(material.fields("faceFeatureId", "gender", "avatarType")).decode()
    return {"pkgUrl": material.url(base_url, "avatar.zip"), "extendParam": parameters}


def _qid_voice(material: Material, base_url: str) -> dict[str, Any]:
    fields = material.fields("qid", "voiceName", "languages", "speedRatio", "pitchOffset", "volume", "gender")
    return {"extendParam": {**fields, "sampleUrl": material.url(base_url, "sample.wav")}}


def _legacy_voice(material: Material, base_url: str) -> dict[str, Any]:
    names = ("vendorId", "voiceId", "voiceName", "language", "speedRatio", "pitchOffset", "volume")
    return {"extendParam": material.fields(*names)}


def _voice_files(entry: Entry) -> Files:
    return {"sample.wav": {"duration": speaking_time(entry["sampleText"])}}


def _video_template(material: Material, base_url: str) -> dict[str, Any]:
    return {"pkgUrl": material.url(base_url, "template.json"), "extendUrl": material.url(base_url, "example.mp4")}


def _video_template_files(entry: Entry) -> Files:
    width, height = parse_size(entry["resolution"])
    video = {"duration": entry["duration"], "width": width, "height": height}
    return {"template.json": _script(entry), "example.mp4": video}


def _live_script(material: Material, base_url: str) -> dict[str, Any]:
    return {"pkgUrl": material.url(base_url, "script.json"), "extendUrl": None}


def _script(entry: Entry) -> dict[str, Any]:
    return {"content": {"name": entry["materialName"], "text": entry["sampleText"]}}


_CHAPTERS = {
    "avatars": _Chapter(_avatar, lambda entry: {"avatar.zip": _THUMBNAIL}),
    "qidVoices": _Chapter(_qid_voice, _voice_files),
    "legacyVoices": _Chapter(_legacy_voice, _voice_files),
    "videoTemplates": _Chapter(_video_template, _video_template_files),
    "liveScripts": _Chapter(_live_script, lambda entry: {"script.json": _script(entry)}),
}
# By catalogue, newest first.
MATERIALS = {
    chapter: [
        Material(chapter, entry)
        for entry in sorted(_CONTENT[chapter], key=lambda entry: (entry["createTime"], entry["id"]), reverse=True)
    ]
    for chapter in _CHAPTERS
}
_FILES = {material.key: material.files for materials in MATERIALS.values() for material in materials}


def file(key: str, name: str) -> Mapping[str, Any] | None:
    """What a file of a material is like; None if no record shows it."""
    return _FILES.get(key, {}).get(name)
