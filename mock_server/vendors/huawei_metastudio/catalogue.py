"""The platform's assets and templates, which all accounts share, and what a new account finds as its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from bodydouble.contracts.model.documents import read_yaml
from bodydouble.mock_server.clock import from_rfc3339, utc_text
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.store import resources
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import NAME
from bodydouble.mock_server.web.file_routes import catalogue_file_url

if TYPE_CHECKING:
    from bodydouble.mock_server.composition import Services

SYSTEM, CUSTOMIZATION = "SYSTEM", "CUSTOMIZATION"
VIDEO_DRAFT, SYSTEM_TEMPLATE = "VIDEO_DRAFT", "SYSTEM_VIDEO_TEMPLET"
SCRIPT = "videoScript"
# Invented: since when the platform has had its assets and templates.
RELEASED = from_rfc3339("2024-01-01T00:00:00Z")

_CONTENT: dict[str, Any] = read_yaml(NAME, "catalogue.yaml")
# What the catalogue says of an asset besides what the wire shows of it.
_OUR_FIELDS = ("asset_source", "asset_state", "resolution", "sample_text", "style_id", "files")


@dataclass(frozen=True, slots=True)
class CatalogueAsset:
    """An asset of the catalogue.

    Attributes:
        content: what the wire shows of it, without its state, times and files.
        source: SYSTEM or CUSTOMIZATION.
        files: names, types and roles.
        resolution: width and height of an avatar, a picture or a video, in pixels; None for what has none.
        sample_text: what a voice's sample says.
        style_id: what the filter of that name finds; None for most.
    """

    content: Mapping[str, Any]
    source: str
    files: tuple[Mapping[str, str], ...]
    resolution: tuple[int, int] | None
    sample_text: str
    style_id: str | None

    @property
    def id(self) -> str:
        """Its `asset_id`."""
        return str(self.content["asset_id"])

    def file_records(self, base_url: str) -> list[dict[str, Any]]:
        """Its files, as an asset's details show them."""
        return [
            {
                "file_id": identifiers.hexadecimal(32, "file", self.id, file["file_name"]),
                **file,
                "download_url": catalogue_file_url(base_url, NAME, self.id, file["file_name"]),
                "state": "CREATED",
            }
            for file in self.files
        ]

    def record(self, base_url: str) -> dict[str, Any]:
        """Its details, for an asset of the platform."""
        return {
            **self.content,
            "create_time": utc_text(RELEASED),
            "update_time": utc_text(RELEASED),
            "asset_state": "ACTIVED",
            "files": self.file_records(base_url),
        }

    def file(self, name: str) -> dict[str, Any] | None:
        """What one of its files is like; None if it has none of that name."""
        if all(file["file_name"] != name for file in self.files):
            return None
        meta = self.content["asset_extra_meta"]
        seconds = meta.get("audio_meta", meta.get("video_meta", {})).get("duration", 2)
        file = {"duration": speaking_time(self.sample_text) if self.sample_text else seconds * 1000}
        if self.resolution is not None:
            file["width"], file["height"] = self.resolution
        return file


def _asset(entry: Mapping[str, Any]) -> CatalogueAsset:
    width, _, height = entry.get("resolution", "").partition("x")
    return CatalogueAsset(
        content={name: value for name, value in entry.items() if name not in _OUR_FIELDS},
        source=entry["asset_source"],
        files=tuple(entry["files"]),
        resolution=(int(width), int(height)) if width else None,
        sample_text=entry.get("sample_text", ""),
        style_id=entry.get("style_id"),
    )


def _settings(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in ("script_id", "script_catalog")}


_ASSETS = [_asset(entry) for entry in _CONTENT["assets"]]
SYSTEM_ASSETS = {asset.id: asset for asset in _ASSETS if asset.source == SYSTEM}
OWN_ASSETS = {asset.id: asset for asset in _ASSETS if asset.source == CUSTOMIZATION}
OWN_FILES: dict[str, dict[str, Any]] = {entry["file_id"]: entry for entry in _CONTENT["files"]}
TEMPLATES = {
    entry["script_id"]: _settings(entry)
    for entry in _CONTENT["video_scripts"]
    if entry["script_catalog"] == SYSTEM_TEMPLATE
}
_DRAFTS = {
    entry["script_id"]: _settings(entry)
    for entry in _CONTENT["video_scripts"]
    if entry["script_catalog"] == VIDEO_DRAFT
}


def file(key: str, name: str) -> Mapping[str, Any] | None:
    """What a file of the catalogue is like; None if there is no such file."""
    asset = SYSTEM_ASSETS.get(key) or OWN_ASSETS.get(key)
    return None if asset is None else asset.file(name)


def populate(services: "Services", connection: Connection, account: Account, now: int) -> None:
    """Put the first drafts into a new account. Its first assets stay in the catalogue until it changes them."""
    for script_id, settings in _DRAFTS.items():
        resources.add(connection, account.id, NAME, SCRIPT, script_id, created_at=now, content=settings)
