"""The platform's assets and templates, which all accounts share, and what a new account starts with."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.documents import read_yaml
from bodydouble.mock_server.clock import from_rfc3339
from bodydouble.mock_server.engine.sizes import Size, parse_size
from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.vendors.huawei_metastudio import NAME

SYSTEM, CUSTOMIZATION = "SYSTEM", "CUSTOMIZATION"
VIDEO_DRAFT, SYSTEM_TEMPLATE = "VIDEO_DRAFT", "SYSTEM_VIDEO_TEMPLET"
# Invented: since when the platform has had its assets and templates.
RELEASED = from_rfc3339("2024-01-01T00:00:00Z")

_CONTENT: dict[str, Any] = read_yaml(NAME, "catalogue.yaml")
# The fields of an asset in the catalogue that are not the same on the wire.
_INTERNAL_FIELDS = frozenset(
    ("asset_id", "asset_name", "asset_source", "asset_state", "resolution", "sample_text", "style_id", "files")
)


@dataclass(frozen=True, slots=True)
class CatalogueAsset:
    """An asset of the catalogue.

    Attributes:
        id: its `asset_id`.
        content: what the wire shows of it, without its id, name, state, times and files.
        source: SYSTEM or CUSTOMIZATION.
        files: names, types and roles.
        resolution: width and height of an avatar, a picture or a video, in pixels; None for what has none.
        sample_text: what a voice's sample says.
        style_id: what the filter of that name compares with; None for most.
    """

    id: str
    name: str
    content: Mapping[str, Any]
    source: str
    files: tuple[Mapping[str, str], ...]
    resolution: Size | None
    sample_text: str
    style_id: str | None


def _asset(entry: Mapping[str, Any]) -> CatalogueAsset:
    return CatalogueAsset(
        id=entry["asset_id"],
        name=entry["asset_name"],
        content={name: value for name, value in entry.items() if name not in _INTERNAL_FIELDS},
        source=entry["asset_source"],
        files=tuple(entry["files"]),
        resolution=parse_size(entry["resolution"]) if "resolution" in entry else None,
        sample_text=entry.get("sample_text", ""),
        style_id=entry.get("style_id"),
    )


def _scripts(catalog: str) -> dict[str, dict[str, Any]]:
    return {
        entry["script_id"]: {
            name: value for name, value in entry.items() if name not in ("script_id", "script_catalog")
        }
        for entry in _CONTENT["video_scripts"]
        if entry["script_catalog"] == catalog
    }


ASSETS = {entry["asset_id"]: _asset(entry) for entry in _CONTENT["assets"]}
SYSTEM_ASSETS = [key for key, asset in ASSETS.items() if asset.source == SYSTEM]
OWN_ASSETS = [key for key, asset in ASSETS.items() if asset.source == CUSTOMIZATION]
OWN_FILES: dict[str, dict[str, Any]] = {entry["file_id"]: entry for entry in _CONTENT["files"]}
TEMPLATES, DRAFTS = _scripts(SYSTEM_TEMPLATE), _scripts(VIDEO_DRAFT)


def file(key: str, name: str) -> Mapping[str, Any] | None:
    """What a file of the catalogue is like; None if there is no such file."""
    asset = ASSETS.get(key)
    if asset is None or all(file["file_name"] != name for file in asset.files):
        return None
    meta = asset.content["asset_extra_meta"]
    seconds = meta.get("audio_meta", meta.get("video_meta", {})).get("duration", 2)
    file = {"duration": speaking_time(asset.sample_text) if asset.sample_text else seconds * 1000}
    if asset.resolution is not None:
        file["width"], file["height"] = asset.resolution
    return file
