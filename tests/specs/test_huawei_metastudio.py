"""What the vendor's document says, the specification of MetaStudio says; what other sources say is marked."""

from typing import Any

import pytest

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model import documents

CONTENT: dict[str, Any] = documents.load("huawei-metastudio").content
SCHEMAS: dict[str, Any] = CONTENT["components"]["schemas"]


@pytest.mark.parametrize(
    "place",
    [
        "/CreateVideoRequest/properties/model_asset_id",
        "/Error/properties/error_code",
        "/Error/properties/error_msg",
        "/VideoCallback/properties/asset_id",
        "/VideoConfig/properties/codec",
        "/VoiceConfig/properties/voice_asset_id",
        "/VoiceConfig/properties/pitch",
        "/SubtitleConfig/properties/font_size",
        "/ShootScripts",
        "/AudioDriveActionConfig/properties/action_tag",
        "/AudioDriveActionConfig/properties/action_start_time",
        "/LayerPositionConfig/properties/layer_index",
        "/ImageLayerConfig/properties/image_url",
        "/VideoLayerConfig/properties/video_url",
        "/SubtitleFiles",
        "/OutputAssetConfig/properties/asset_name",
        "/BackgroundMusicConfig/properties/music_asset_id",
    ],
)
def test_what_the_document_does_not_say_has_its_source(place: str) -> None:
    provenance = lookup(SCHEMAS, place)["x-provenance"]
    assert provenance["kind"] in ("vendor-public", "inferred", "invented")
    assert provenance["source"]


def test_the_length_of_a_font_name_is_limited_only_where_the_document_limits_it() -> None:
    assert SCHEMAS["SubtitleConfig"]["properties"]["font_name"]["maxLength"] == 64
    assert {"minLength", "maxLength"} & SCHEMAS["TextLayerConfig"]["properties"]["font_name"].keys() == set()


def test_text_of_a_layer_is_declared_as_base64() -> None:
    assert SCHEMAS["TextLayerConfig"]["properties"]["text_context"]["contentEncoding"] == "base64"


@pytest.mark.parametrize("number", range(95, 103))
def test_every_decision_about_a_contradiction_names_its_lines(number: int) -> None:
    (entry,) = [entry for entry in CONTENT["x-discrepancies"] if entry["id"] == number]
    assert entry["source"].startswith("vendor document, line")
