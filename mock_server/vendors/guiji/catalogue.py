"""The public avatars and voices, and what a new account has bought."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.model.documents import read_yaml
from bodydouble.mock_server.vendors.guiji import NAME

Entry = Mapping[str, Any]

_CONTENT: dict[str, Any] = read_yaml(NAME, "catalogue.yaml")
QUOTAS: dict[str, int] = _CONTENT["benefits"]
# Avatars by the `sceneId` that goes into a video, voices by their `speakerId`.
AVATARS: dict[int, Entry] = {entry["id"]: entry for entry in _CONTENT["avatars"]}
VOICES: dict[str, Entry] = {entry["speakerId"]: entry for entry in _CONTENT["voices"]}
