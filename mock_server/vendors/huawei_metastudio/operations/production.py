"""What a video is made from: the request over the script that it names, held to what a schema cannot say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.mock_server.engine.speech_duration import UNKNOWN_RECORDING, speaking_time
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest
from bodydouble.mock_server.vendors.huawei_metastudio import records
from bodydouble.mock_server.vendors.huawei_metastudio.operations import library
from bodydouble.mock_server.vendors.huawei_metastudio.operations.common import check_scenes, spoken
from bodydouble.mock_server.vendors.huawei_metastudio.operations.library import LibraryAsset
from bodydouble.mock_server.vendors.huawei_metastudio.operations.scripts import find_script

LARGE_SIZES = ((3840, 2160), (2160, 3840))
# "fewer than 1500 characters of text, or less than 5 minutes of audio" (SDK, model VideoConfig).
QTRLE_TEXT, QTRLE_SECONDS = 1500, 300
# Longer files cannot be made; no limit of the vendor's is documented.
LONGEST_VIDEO = 24 * 3600 * 1000
EXTENSIONS = {"H264": "mp4", "VP8": "webm", "QTRLE": "mov"}
_LAYER_TYPES = ("IMAGE", "VIDEO")
# "1920 x 1080 in landscape (16:9) and 1080 x 1920 in portrait (9:16)" (vendor document; SDK, model LayerConfig).
LANDSCAPE_CANVAS, PORTRAIT_CANVAS = (1920, 1080), (1080, 1920)


@dataclass(frozen=True, slots=True)
class Production:
    """What a video is made from.

    Attributes:
        fields: the fields that production needs, request over script.
        script: that the request names.
        duration: of the video, in milliseconds.
    """

    fields: Mapping[str, Any]
    script: Resource | None
    duration: int

    @property
    def video(self) -> Mapping[str, Any]:
        """The output's `video_config`."""
        found: Mapping[str, Any] = self.fields["video_config"]
        return found


def settle(request: OperationRequest) -> Production:
    """Put a request over its script, and check the outcome.

    Raises:
        ApiError: scriptNotFound, videoIncomplete, ruleBroken, assetNotFound or assetUnusable.
    """
    script_id = request.body.get("script_id")
    script = find_script(request, script_id, "/script_id") if script_id is not None else None
    # The Chinese original lets the request win; see discrepancy 1 of the contract.
    given = {**(script.content if script is not None else {}), **request.body}
    fields = {name: given[name] for name in records.PRODUCTION_FIELDS if name in given}
    for name in ("model_asset_id", "video_config", "shoot_scripts"):
        if name not in fields:
            raise ApiError("videoIncomplete", f"/{name}: required, because neither request nor script has it")
    _check_script(fields)
    model = library.require(request, fields["model_asset_id"], "HUMAN_MODEL_2D", "/model_asset_id")
    _check_format(fields, model)
    _check_materials(request, fields)
    return Production(fields, script, _duration(fields))


def _check_script(fields: Mapping[str, Any]) -> None:
    scenes = fields["shoot_scripts"]
    if not scenes:
        raise ApiError("videoIncomplete", "/shoot_scripts: at least one scene is needed")
    check_scenes(scenes)
    for index, scene in enumerate(scenes):
        if _is_audio(scene):
            continue
        if "text_config" not in scene["shoot_script"]:
            where = f"/shoot_scripts/{index}/shoot_script/text_config"
            raise ApiError("videoIncomplete", f"{where}: required, because the scene is driven by text")
        if "voice_config" not in fields:
            raise ApiError("videoIncomplete", f"/voice_config: required, because scene {index} is driven by text")


def _check_format(fields: Mapping[str, Any], model: LibraryAsset) -> None:
    video, scenes = fields["video_config"], fields["shoot_scripts"]
    size = (video["width"], video["height"])
    meta = model.content["asset_extra_meta"]["human_model_2d_meta"]
    if size in LARGE_SIZES and meta["model_resolution"] != "4K":
        raise ApiError("assetUnusable", f"/model_asset_id: a video of {size[0]} x {size[1]} needs an avatar of 4K")
    resolution = model.entry.resolution if model.entry is not None else None
    canvas = LANDSCAPE_CANVAS if size[0] > size[1] else PORTRAIT_CANVAS
    for index, scene in enumerate(scenes):
        script, where = scene["shoot_script"], f"/shoot_scripts/{index}/shoot_script"
        _check_backgrounds(script, canvas, where)
        if video["codec"] == "VP8" and size != resolution and not script.get("layer_config"):
            raise ApiError(
                "ruleBroken",
                f"{where}/layer_config: required, because codec is VP8 and the avatar's size is not the video's",
            )
        if video["codec"] == "QTRLE":
            if len(spoken(_text(scene))) >= QTRLE_TEXT:
                raise ApiError("ruleBroken", f"{where}/text_config/text: QTRLE takes fewer than {QTRLE_TEXT}")
            if script.get("audio_duration", 0) >= QTRLE_SECONDS:
                raise ApiError("ruleBroken", f"{where}/audio_duration: QTRLE takes less than {QTRLE_SECONDS} s")


def _check_backgrounds(script: Mapping[str, Any], canvas: tuple[int, int], where: str) -> None:
    for place, background in enumerate(script.get("background_config", ())):
        picture = background.get("background_image_config")
        if picture is None:
            continue
        reach = (picture["dx"] + picture["width"], picture["dy"] + picture["height"])
        if reach[0] < canvas[0] or reach[1] < canvas[1]:
            raise ApiError(
                "ruleBroken",
                f"{where}/background_config/{place}/background_image_config: reaches to {reach[0]} x {reach[1]}, "
                f"but must cover the canvas of {canvas[0]} x {canvas[1]}",
            )


def _check_materials(request: OperationRequest, fields: Mapping[str, Any]) -> None:
    if "voice_config" in fields:
        voice = fields["voice_config"]["voice_asset_id"]
        library.require(request, voice, "VOICE_MODEL", "/voice_config/voice_asset_id")
    music = fields.get("background_music_config", {}).get("music_asset_id")
    if music:
        library.require(request, music, "MUSIC", "/background_music_config/music_asset_id")
    for index, scene in enumerate(fields["shoot_scripts"]):
        where = f"/shoot_scripts/{index}/shoot_script"
        for place, background in enumerate(scene["shoot_script"].get("background_config", ())):
            if background.get("background_asset_id"):
                field = f"{where}/background_config/{place}/background_asset_id"
                library.require(request, background["background_asset_id"], "IMAGE", field)
        for place, layer in enumerate(scene["shoot_script"].get("layer_config", ())):
            if layer["layer_type"] in _LAYER_TYPES and layer.get("asset_id"):
                field = f"{where}/layer_config/{place}/asset_id"
                library.require(request, layer["asset_id"], layer["layer_type"], field)


def _is_audio(scene: Mapping[str, Any]) -> bool:
    return bool(scene["shoot_script"].get("script_type", "TEXT") == "AUDIO")


def _text(scene: Mapping[str, Any]) -> str:
    return str(scene["shoot_script"].get("text_config", {}).get("text", ""))


def _duration(fields: Mapping[str, Any]) -> int:
    speed = fields.get("voice_config", {}).get("speed", 100)
    total = sum(scene_duration(scene, speed) for scene in fields["shoot_scripts"])
    return min(total, LONGEST_VIDEO)


def scene_duration(scene: Mapping[str, Any], speed: int) -> int:
    """How long a scene takes, in milliseconds.

    Args:
        speed: of the voice, in percent.
    """
    if not _is_audio(scene):
        return speaking_time(spoken(_text(scene))) * 100 // speed
    seconds = scene["shoot_script"].get("audio_duration")
    return UNKNOWN_RECORDING if seconds is None else min(round(seconds * 1000), LONGEST_VIDEO)
