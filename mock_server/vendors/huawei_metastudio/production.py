"""What a video is made from: the request over the script that it names, checked for what a schema cannot say."""

from collections.abc import Iterator, Mapping
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.sizes import Size
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import library, records, scenes
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import ASSETS
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors

CROP = "CROP"
LARGE_SIZES = ((3840, 2160), (2160, 3840))
# "fewer than 1500 characters of text, or less than 5 minutes of audio" (SDK, model VideoConfig).
QTRLE_TEXT, QTRLE_SECONDS = 1500, 300
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
    """

    fields: Mapping[str, Any]
    script: Resource | None

    @property
    def video(self) -> Mapping[str, Any]:
        """The output's `video_config`."""
        video: Mapping[str, Any] = self.fields["video_config"]
        return video

    @property
    def size(self) -> Size:
        """Width and height of the output, in pixels."""
        return self.video["width"], self.video["height"]

    @property
    def duration(self) -> int:
        """Of the video, in milliseconds."""
        total = sum(scenes.duration(scene, self.fields) for _, scene in self.located_scenes)
        return min(total, scenes.MAX_DURATION)

    @property
    def located_scenes(self) -> Iterator[tuple[str, scenes.Scene]]:
        """The scenes, each with the JSON pointer of its `shoot_script` in the request."""
        for index, scene in enumerate(self.fields["shoot_scripts"]):
            yield f"/shoot_scripts/{index}/shoot_script", scene


def plan_production(request: OperationRequest, tools: Toolbox) -> Production:
    """Put a request over its script, and check the result.

    Raises:
        ApiError: scriptNotFound, videoIncomplete, ruleBroken, assetNotFound or assetUnusable.
    """
    script_id = request.body.get("script_id")
    script = library.find_script(tools, script_id, "/script_id") if script_id is not None else None
    # The Chinese original lets the request win; see discrepancy 1 of the contract.
    merged = {**(script.content if script is not None else {}), **request.body}
    fields = {name: merged[name] for name in records.PRODUCTION_FIELDS if name in merged}
    for name in ("model_asset_id", "video_config", "shoot_scripts"):
        if name not in fields:
            raise ApiError(Errors.videoIncomplete, f"/{name}: required, because neither request nor script has it")
    production = Production(fields, script)
    _check_script(fields)
    model = library.require(tools, fields["model_asset_id"], "HUMAN_MODEL_2D", "/model_asset_id")
    _check_format(production, model)
    for asset_id, asset_type, field in _materials(production):
        library.require(tools, asset_id, asset_type, field)
    return production


def _check_script(fields: Mapping[str, Any]) -> None:
    if not fields["shoot_scripts"]:
        raise ApiError(Errors.videoIncomplete, "/shoot_scripts: at least one scene is needed")
    scenes.check(fields["shoot_scripts"])
    for index, scene in enumerate(fields["shoot_scripts"]):
        if not scenes.is_audio(scene) and "voice_config" not in fields:
            raise ApiError(Errors.videoIncomplete, f"/voice_config: required, because scene {index} is driven by text")


def _check_format(production: Production, model: TaskView) -> None:
    (width, height), codec = production.size, production.video["codec"]
    entry = ASSETS.get(model.task.key)
    resolution = entry.resolution if entry is not None else None
    if production.video.get("clip_mode") == CROP:
        _check_crop(production.video, resolution)
    else:
        _check_scaling(production, model)
    canvas = LANDSCAPE_CANVAS if width > height else PORTRAIT_CANVAS
    for where, scene in production.located_scenes:
        _check_backgrounds(scene["shoot_script"], canvas, where)
        if codec == "VP8" and production.size != resolution and not scene["shoot_script"].get("layer_config"):
            detail = "required, because codec is VP8 and the avatar's size is not the video's"
            raise ApiError(Errors.ruleBroken, f"{where}/layer_config: {detail}")
        if codec == "QTRLE":
            _check_qtrle(scene, where)


def _check_crop(video: Mapping[str, Any], resolution: Size | None) -> None:
    # "0 to 1920 for a model of 1920 x 1080" (vendor document, lines 684 and 710); see discrepancy 95 of the contract.
    for name, limit in zip(("dx", "dy"), resolution or (), strict=False):
        if not 0 <= video.get(name, 0) <= limit:
            detail = f"{video[name]} is outside the avatar's picture, which goes from 0 to {limit}"
            raise ApiError(Errors.ruleBroken, f"/video_config/{name}: {detail}")


def _check_scaling(production: Production, model: TaskView) -> None:
    (width, height), meta = production.size, model.attributes["content"]["asset_extra_meta"]["human_model_2d_meta"]
    if production.size in LARGE_SIZES and meta["model_resolution"] != "4K":
        raise ApiError(Errors.assetUnusable, f"/model_asset_id: a video of {width} x {height} needs an avatar of 4K")


def _check_backgrounds(script: Mapping[str, Any], canvas: Size, where: str) -> None:
    for place, background in enumerate(script.get("background_config", ())):
        picture = background.get("background_image_config")
        if picture is None:
            continue
        reach = (picture["dx"] + picture["width"], picture["dy"] + picture["height"])
        if reach[0] < canvas[0] or reach[1] < canvas[1]:
            field = f"{where}/background_config/{place}/background_image_config"
            detail = f"reaches to {reach[0]} x {reach[1]}, but must cover the canvas of {canvas[0]} x {canvas[1]}"
            raise ApiError(Errors.ruleBroken, f"{field}: {detail}")


def _check_qtrle(scene: scenes.Scene, where: str) -> None:
    if len(scenes.text(scene)) >= QTRLE_TEXT:
        raise ApiError(Errors.ruleBroken, f"{where}/text_config/text: QTRLE takes fewer than {QTRLE_TEXT}")
    if scene["shoot_script"].get("audio_duration", 0) >= QTRLE_SECONDS:
        raise ApiError(Errors.ruleBroken, f"{where}/audio_duration: QTRLE takes less than {QTRLE_SECONDS} s")


def _materials(production: Production) -> Iterator[tuple[str, str, str]]:
    # The assets that a video uses in addition to its avatar: id, type, and the field that names it.
    fields = production.fields
    if "voice_config" in fields:
        yield fields["voice_config"]["voice_asset_id"], "VOICE_MODEL", "/voice_config/voice_asset_id"
    music = fields.get("background_music_config", {}).get("music_asset_id")
    if music:
        yield music, "MUSIC", "/background_music_config/music_asset_id"
    for where, scene in production.located_scenes:
        script = scene["shoot_script"]
        for place, background in enumerate(script.get("background_config", ())):
            if background.get("background_asset_id"):
                field = f"{where}/background_config/{place}/background_asset_id"
                yield background["background_asset_id"], "IMAGE", field
        for place, layer in enumerate(script.get("layer_config", ())):
            if layer["layer_type"] in _LAYER_TYPES and layer.get("asset_id"):
                yield layer["asset_id"], layer["layer_type"], f"{where}/layer_config/{place}/asset_id"
