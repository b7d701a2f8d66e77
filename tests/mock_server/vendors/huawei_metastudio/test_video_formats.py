"""What a video looks like: its size and what is cut out, its scenes, backgrounds and layers."""

from typing import Any

import pytest

from tests.support.huawei_metastudio import (
    AVATAR,
    LARGE_AVATAR,
    PICTURE,
    READY,
    VOICE,
    MetaStudio,
    scene,
    video_config,
)

pytestmark = pytest.mark.generated

INVALID = "MSS.00000003"
PLACE = {"dx": 0, "dy": 0, "layer_index": 1}


def test_a_4k_avatar_can_make_4k_videos(studio: MetaStudio) -> None:
    asset = studio.finished_video(model_asset_id=LARGE_AVATAR, video_config=video_config(width=3840, height=2160))
    assert asset["asset_extra_meta"]["video_meta"]["width"] == 3840


def test_vp8_needs_no_layers_if_avatar_and_video_have_the_same_size(studio: MetaStudio) -> None:
    assert studio.create(video_config=video_config(codec="VP8", width=1080, height=1920))


def test_cropping_allows_any_size(studio: MetaStudio) -> None:
    assert studio.create(video_config=video_config(clip_mode="CROP", width=0, height=1, dx=5, dy=7))


@pytest.mark.parametrize("size", [(3840, 2160), (2160, 3840), (3840, 2159), (3840, 3840)])
def test_cropping_allows_4k_from_any_avatar(studio: MetaStudio, size: tuple[int, int]) -> None:
    config = video_config(clip_mode="CROP", width=size[0], height=size[1])
    assert studio.create(video_config=config)
    assert studio.create(model_asset_id=LARGE_AVATAR, video_config=config)


@pytest.mark.parametrize("clip_mode", [{}, {"clip_mode": "RESIZE"}])
@pytest.mark.parametrize("size", [(3840, 2160), (2160, 3840)])
def test_scaling_to_4k_needs_an_avatar_of_4k(
    studio: MetaStudio, size: tuple[int, int], clip_mode: dict[str, str]
) -> None:
    config = video_config(width=size[0], height=size[1], **clip_mode)
    assert "needs an avatar of 4K" in studio.video_rejection(video_config=config)[2]
    assert studio.create(model_asset_id=LARGE_AVATAR, video_config=config)


# Portrait avatars: 1080 x 1920 and 2160 x 3840.
CROPS = [
    (AVATAR, {}, None),
    (AVATAR, {"dx": 0, "dy": 0}, None),
    (AVATAR, {"dx": 1080, "dy": 1920}, None),
    (AVATAR, {"dx": -1}, "dx"),
    (AVATAR, {"dx": -1920}, "dx"),
    (AVATAR, {"dx": 1081}, "dx"),
    (AVATAR, {"dy": -1}, "dy"),
    (AVATAR, {"dy": 1921}, "dy"),
    (AVATAR, {"dy": 3840}, "dy"),
    (LARGE_AVATAR, {"dx": 2160, "dy": 3840}, None),
    (LARGE_AVATAR, {"dx": 2161}, "dx"),
    (LARGE_AVATAR, {"dx": 0, "dy": -1}, "dy"),
]


@pytest.mark.parametrize(("avatar", "corner", "refused"), CROPS)
def test_a_crop_starts_inside_the_picture_of_the_avatar(
    studio: MetaStudio, avatar: str, corner: dict[str, int], refused: str | None
) -> None:
    changed: dict[str, Any] = {"model_asset_id": avatar, "video_config": video_config(clip_mode="CROP", **corner)}
    if refused is None:
        assert studio.create(**changed)
    else:
        status, code, message = studio.video_rejection(**changed)
        assert (status, code) == (400, INVALID)
        assert f"/video_config/{refused}: {corner[refused]} is outside the avatar's picture" in message
        assert studio.jobs() == []


@pytest.mark.parametrize("clip_mode", [{}, {"clip_mode": "RESIZE"}])
@pytest.mark.parametrize(("dx", "dy"), [(-1920, 3840), (3840, -1920)])
def test_without_cropping_the_corner_has_no_effect(
    studio: MetaStudio, dx: int, dy: int, clip_mode: dict[str, str]
) -> None:
    assert studio.create(video_config=video_config(dx=dx, dy=dy, **clip_mode))


@pytest.mark.parametrize(("name", "value"), [("dx", -1921), ("dx", 3841), ("dy", -1921), ("dy", 3841)])
def test_no_clip_mode_takes_a_corner_outside_the_value_range(studio: MetaStudio, name: str, value: int) -> None:
    assert f"/video_config/{name}: m" in studio.video_rejection(video_config=video_config(**{name: value}))[2]


def test_a_crop_out_of_a_script_is_checked_too(studio: MetaStudio) -> None:
    config = video_config(clip_mode="CROP", dx=1081)
    script_id = studio.script(
        model_asset_id=AVATAR,
        voice_config={"voice_asset_id": VOICE},
        video_config=config,
        shoot_scripts=[scene()],
    )
    message = studio.rejection("POST", "/2d-digital-human-videos", {"script_id": script_id})[2]
    assert "/video_config/dx: 1081 is outside the avatar's picture, which goes from 0 to 1080" in message
    body = {"script_id": script_id, "model_asset_id": LARGE_AVATAR}
    assert studio.data("POST", "/2d-digital-human-videos", body)["job_id"]


@pytest.mark.parametrize("script", [{}, {"script_type": "TEXT"}, {"text_config": {"text": ""}}])
def test_a_text_scene_without_text_says_nothing(studio: MetaStudio, script: dict[str, Any]) -> None:
    job_id = studio.create(shoot_scripts=[{"shoot_script": script}])
    assert studio.job(job_id, show_script="true")["shoot_scripts"] == [{"shoot_script": script}]
    studio.account.advance(READY)
    assert studio.job(job_id)["duration"] == 0.5
    message = studio.video_rejection(shoot_scripts=[{"shoot_script": script}], voice_config=None)[2]
    assert "/voice_config" in message


def text_layer(**fields: Any) -> list[dict[str, Any]]:
    return [scene(layer_config=[{"layer_type": "TEXT", "position": PLACE, "text_config": fields}])]


@pytest.mark.parametrize(
    "text",
    ["", "5rWL6K+V5paH5a2X5rC05Y2w", "SGVsbG8=", "SGVsbG8sIQ==", "+/+/", "QUJD" * 256],
)
def test_the_text_of_a_layer_is_base64(studio: MetaStudio, text: str) -> None:
    job_id = studio.create(shoot_scripts=text_layer(text_context=text))
    assert studio.job(job_id, show_script="true")["shoot_scripts"] == text_layer(text_context=text)


@pytest.mark.parametrize(
    "text",
    [
        "$$$",
        "not base64 !!",
        "Hello",
        "SGVsbG8",
        "SGVsbG8-",
        "SGVs_G8=",
        "SGVs bG8=",
        "SGVsbG8=\n",
        "====",
        "A===",
        "测试",
    ],
)
def test_text_of_a_layer_that_is_no_base64_is_refused_in_videos_and_in_scripts(studio: MetaStudio, text: str) -> None:
    where = "/shoot_scripts/0/shoot_script/layer_config/0/text_config/text_context: pattern"
    scenes = text_layer(text_context=text)
    status, code, message = studio.video_rejection(shoot_scripts=scenes)
    assert (status, code) == (400, INVALID)
    assert where in message
    assert where in studio.rejection("POST", "/digital-human-video-scripts", {"shoot_scripts": scenes})[2]


def test_only_the_font_names_of_subtitles_have_a_longest_length(studio: MetaStudio) -> None:
    assert studio.create(shoot_scripts=text_layer(font_name="f" * 65))
    subtitles = video_config(subtitle_config={"font_name": "f" * 65})
    assert "/subtitle_config/font_name: maxLength" in studio.video_rejection(video_config=subtitles)[2]


@pytest.mark.parametrize("number", [1, 100])
def test_layers_may_be_numbered_with_gaps_and_repetitions(studio: MetaStudio, number: int) -> None:
    layers = [{"layer_type": "HUMAN", "position": {**PLACE, "layer_index": index}} for index in (1, 7, number)]
    assert studio.create(shoot_scripts=[scene(layer_config=layers)])


@pytest.mark.parametrize("count", [-1, 0, 1, 100])
def test_a_video_layer_is_played_any_number_of_times(studio: MetaStudio, count: int) -> None:
    layer = {"layer_type": "VIDEO", "position": PLACE, "video_config": {"loop_count": count}}
    assert studio.create(shoot_scripts=[scene(layer_config=[layer])])


@pytest.mark.parametrize("extra", [{}, {"background_asset_id": PICTURE}, {"background_cover_url": "any"}])
def test_a_background_picture_may_name_its_asset_and_a_thumbnail(studio: MetaStudio, extra: dict[str, str]) -> None:
    background = {"background_type": "IMAGE", "background_config": "https://media.example.com/a.png", **extra}
    assert studio.create(shoot_scripts=[scene(background_config=[background])])


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (3840, 2160)])
@pytest.mark.parametrize("clip_mode", [{}, {"clip_mode": "RESIZE"}])
def test_scaling_supports_exactly_six_sizes(
    studio: MetaStudio, width: int, height: int, clip_mode: dict[str, str]
) -> None:
    for size in ((width, height), (height, width)):
        config = video_config(width=size[0], height=size[1], **clip_mode)
        assert studio.create(model_asset_id=LARGE_AVATAR, video_config=config)
        config = video_config(width=size[0], height=size[1] + 2, **clip_mode)
        assert "/video_config" in studio.video_rejection(model_asset_id=LARGE_AVATAR, video_config=config)[2]


@pytest.mark.parametrize(
    ("background", "missing"),
    [
        ({"background_type": "IMAGE", "background_color_config": "#FFFFFF"}, "background_config"),
        ({"background_type": "COLOR", "background_config": "https://media.example.com/a"}, "background_color_config"),
        ({"background_color_config": "#FFFFFF"}, "background_type"),
    ],
)
def test_a_background_needs_the_field_of_its_type(studio: MetaStudio, background: dict[str, str], missing: str) -> None:
    status, code, message = studio.video_rejection(shoot_scripts=[scene(background_config=[background])])
    assert (status, code) == (400, INVALID)
    assert f"/background_config/0/{missing}: required" in message


@pytest.mark.parametrize(
    ("size", "picture", "covers"),
    [
        ((1920, 1080), {"dx": 0, "dy": 0, "width": 1920, "height": 1080}, True),
        ((1920, 1080), {"dx": -10, "dy": 0, "width": 1929, "height": 1080}, False),
        ((1280, 720), {"dx": -5, "dy": -5, "width": 1925, "height": 1084}, False),
        ((1080, 1920), {"dx": 0, "dy": -80, "width": 1080, "height": 2000}, True),
        ((1080, 1920), {"dx": 0, "dy": 0, "width": 1920, "height": 1080}, False),
    ],
)
def test_a_background_picture_must_cover_the_canvas(
    studio: MetaStudio, size: tuple[int, int], picture: dict[str, int], covers: bool
) -> None:
    background = {
        "background_type": "IMAGE",
        "background_config": "https://media.example.com/a.png",
        "background_image_config": picture,
    }
    changed: dict[str, Any] = {
        "shoot_scripts": [scene(background_config=[background])],
        "video_config": video_config(width=size[0], height=size[1]),
    }
    if covers:
        assert studio.create(**changed)
    else:
        assert "background_image_config: reaches to" in studio.video_rejection(**changed)[2]
