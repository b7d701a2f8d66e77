"""The public avatars and voices, and what a new account has bought."""

from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.model.documents import read_yaml
from bodydouble.mock_server.vendor_api.file_urls import catalogue_file_url
from bodydouble.mock_server.vendors.guiji import NAME

_CONTENT: dict[str, Any] = read_yaml(NAME, "catalogue.yaml")
QUOTAS: dict[str, int] = _CONTENT["benefits"]


@dataclass(frozen=True, slots=True)
class PublicAvatar:
    """A ready-made avatar; `scene_id` goes into a video's `sceneId`."""

    scene_id: int
    name: str
    resolution: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its videos in pixels."""
        width, height = self.resolution.split("x")
        return int(width), int(height)

    def record(self, base_url: str) -> dict[str, Any]:
        """Its row in the list of public avatars."""
        return {
            "id": self.scene_id,
            "sceneName": self.name,
            "coverUrl": catalogue_file_url(base_url, NAME, self.scene_id, "cover.png"),
            "resolution": self.resolution,
        }


@dataclass(frozen=True, slots=True)
class PublicVoice:
    """A ready-made voice."""

    speaker_id: str
    name: str
    features: str
    languages: tuple[str, ...]
    sex: int

    def record(self, base_url: str) -> dict[str, Any]:
        """Its row in the list of public voices."""
        return {
            "speakerId": self.speaker_id,
            "ttsName": self.name,
            "ttsFeatures": self.features,
            "audioUrl": catalogue_file_url(base_url, NAME, self.speaker_id, "sample.wav"),
            "ttsAudition": catalogue_file_url(base_url, NAME, self.speaker_id, "audition.wav"),
            "languages": list(self.languages),
            "sex": self.sex,
            "status": 2,
        }


AVATARS = {
    entry["id"]: PublicAvatar(entry["id"], entry["sceneName"], entry["resolution"]) for entry in _CONTENT["avatars"]
}
VOICES = {
    entry["speakerId"]: PublicVoice(
        entry["speakerId"], entry["ttsName"], entry["ttsFeatures"], tuple(entry["languages"]), entry["sex"]
    )
    for entry in _CONTENT["voices"]
}
