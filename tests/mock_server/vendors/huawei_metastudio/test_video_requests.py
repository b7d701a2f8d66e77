"""Requests for avatar videos: what they take from scripts, and the rules that they must satisfy."""

from typing import Any

import pytest

from tests.support.huawei_metastudio import (
    AVATAR,
    CLIP,
    DRAFT,
    MUSIC,
    OWN_PICTURE,
    PICTURE,
    READY,
    TEMPLATE,
    VOICE,
    MetaStudio,
    file_declaration,
    recorded_scene,
    scene,
    video_config,
)

INVALID = "MSS.00000003"


def test_show_script_returns_the_scenes_and_settings_of_a_video(studio: MetaStudio) -> None:
    music = {"music_asset_id": MUSIC, "volume": 30}
    job_id = studio.create(background_music_config=music, video_config=video_config(frame_rate="30"))
    plain, full = studio.job(job_id), studio.job(job_id, show_script="true")
    assert studio.job(job_id, show_script="false") == plain
    assert "shoot_scripts" not in plain
    assert full["model_asset_id"] == AVATAR
    assert full["shoot_scripts"] == [scene()]
    assert full["background_music_config"] == music
    # Always 25: the requested frame rate is ignored.
    assert full["video_config"] == video_config(frame_rate="25")
    assert "callback_config" not in full
    assert "script_id" not in full


def test_a_script_supplies_what_the_request_omits(studio: MetaStudio) -> None:
    job_id = studio.data("POST", "/2d-digital-human-videos", {"script_id": DRAFT})["job_id"]
    full = studio.job(job_id, show_script="true")
    assert full["script_id"] == DRAFT
    assert full["shoot_scripts"] == studio.show_script(DRAFT)["shoot_scripts"]
    assert full["output_asset_config"]["asset_name"] == "First draft"


def test_the_request_takes_precedence_over_the_script(studio: MetaStudio) -> None:
    body = {"script_id": TEMPLATE, "shoot_scripts": [scene("Mine.")], "voice_config": {"voice_asset_id": VOICE}}
    job_id = studio.data("POST", "/2d-digital-human-videos", body)["job_id"]
    full = studio.job(job_id, show_script="true")
    assert full["shoot_scripts"] == [scene("Mine.")]
    assert full["voice_config"] == {"voice_asset_id": VOICE}
    assert full["model_asset_id"] == AVATAR


def test_a_job_is_not_affected_by_the_deletion_of_its_script(studio: MetaStudio) -> None:
    job_id = studio.data("POST", "/2d-digital-human-videos", {"script_id": DRAFT})["job_id"]
    before = studio.job(job_id, show_script="true")
    studio.data("DELETE", f"/digital-human-video-scripts/{DRAFT}")
    assert studio.job(job_id, show_script="true") == before


@pytest.mark.parametrize("name", ["model_asset_id", "voice_config", "video_config", "shoot_scripts"])
def test_four_fields_are_required_without_a_script(studio: MetaStudio, name: str) -> None:
    status, code, message = studio.video_rejection(**{name: None})
    assert (status, code) == (400, INVALID)
    assert f"/{name}" in message
    assert studio.jobs() == []


def test_an_incomplete_script_does_not_replace_required_fields(studio: MetaStudio) -> None:
    script_id = studio.script(script_name="Half", model_asset_id=AVATAR)
    status, code, message = studio.rejection("POST", "/2d-digital-human-videos", {"script_id": script_id})
    assert (status, code) == (400, INVALID)
    assert "/video_config: required" in message


def test_recorded_scenes_need_no_voice(studio: MetaStudio) -> None:
    job_id = studio.create(voice_config=None, shoot_scripts=[recorded_scene(audio_duration=12.5)])
    studio.account.advance(READY)
    assert studio.job(job_id)["duration"] == 12.5


def test_a_text_scene_needs_a_voice_even_among_recorded_scenes(studio: MetaStudio) -> None:
    script_id = studio.script(
        model_asset_id=AVATAR, video_config=video_config(), shoot_scripts=[recorded_scene(), scene(sequence_no=1)]
    )
    message = studio.rejection("POST", "/2d-digital-human-videos", {"script_id": script_id})[2]
    assert "/voice_config: required, because scene 1 is driven by text" in message


def test_the_length_of_speech_depends_on_its_text_without_tags_and_the_voices_speed(studio: MetaStudio) -> None:
    voice = {"voice_asset_id": VOICE, "speed": 50}
    text = "<speak>0123456789</speak>"
    job_id = studio.create(voice_config=voice, shoot_scripts=[scene(text), scene(text, sequence_no=1)])
    studio.account.advance(READY)
    assert studio.job(job_id)["duration"] == pytest.approx(2 * 2 * 10 * 0.07)


def test_the_limit_of_ten_thousand_characters_does_not_count_tags(studio: MetaStudio) -> None:
    tagged = "<speak>" + "a" * 10_000 + "<break time='1s'/></speak>"
    assert studio.create(shoot_scripts=[scene(tagged)])
    status, code, message = studio.video_rejection(shoot_scripts=[scene(tagged + "a")])
    assert (status, code) == (400, INVALID)
    assert "/shoot_scripts/0/shoot_script/text_config/text: 10001 characters" in message
    unclosed = "<" * 10_001
    assert "10001 characters" in studio.video_rejection(shoot_scripts=[scene(unclosed)])[2]


PLACE = {"dx": 0, "dy": 0, "layer_index": 1}


@pytest.mark.generated
@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"shoot_scripts": []}, INVALID, "/shoot_scripts: at least one scene"),
        ({"shoot_scripts": [scene(), scene()]}, INVALID, "/shoot_scripts/0/sequence_no: 0 is not unique"),
        ({"shoot_scripts": [{"sequence_no": 0}]}, INVALID, "/shoot_scripts/0/shoot_script: required"),
        ({"model_asset_id": "no-such-avatar"}, "MSS.10001001", "/model_asset_id: neither"),
        ({"model_asset_id": VOICE}, INVALID, "/model_asset_id: must be of type HUMAN_MODEL_2D, not VOICE_MODEL"),
        ({"voice_config": {"voice_asset_id": "gone"}}, "MSS.10001001", "/voice_config/voice_asset_id"),
        ({"voice_config": {"voice_asset_id": AVATAR}}, INVALID, "/voice_config/voice_asset_id: must be of type VOICE"),
        ({"background_music_config": {"music_asset_id": VOICE}}, INVALID, "music_asset_id: must be of type MUSIC"),
        (
            {
                "shoot_scripts": [
                    scene(
                        background_config=[
                            {
                                "background_type": "IMAGE",
                                "background_config": "https://media.example.com/a.png",
                                "background_asset_id": CLIP,
                            }
                        ]
                    )
                ]
            },
            INVALID,
            "/background_config/0/background_asset_id: must be of type IMAGE, not VIDEO",
        ),
        (
            {"shoot_scripts": [scene(layer_config=[{"layer_type": "VIDEO", "asset_id": PICTURE, "position": PLACE}])]},
            INVALID,
            "/layer_config/0/asset_id: must be of type VIDEO, not IMAGE",
        ),
        ({"video_config": video_config(width=3840, height=2160)}, INVALID, "/model_asset_id: a video of 3840 x 2160"),
        ({"video_config": video_config(codec="VP8")}, INVALID, "/shoot_scripts/0/shoot_script/layer_config: required"),
        ({"video_config": video_config(codec="AV1")}, INVALID, "/video_config/codec: enum"),
        ({"video_config": video_config(width=1000, height=1000)}, INVALID, "/video_config"),
        ({"video_config": video_config(bitrate=39)}, INVALID, "/video_config/bitrate: minimum"),
        ({"video_config": video_config(frame_rate=25)}, INVALID, "/video_config/frame_rate: type"),
        (
            {"video_config": video_config(codec="QTRLE"), "shoot_scripts": [scene("a" * 1500)]},
            INVALID,
            "QTRLE takes fewer than 1500",
        ),
        (
            {"video_config": video_config(codec="QTRLE"), "shoot_scripts": [recorded_scene(audio_duration=300)]},
            INVALID,
            "QTRLE takes less than 300 s",
        ),
        ({"script_id": "gone"}, INVALID, "/script_id: this project has no script"),
        ({"voice_config": {"voice_asset_id": VOICE, "speed": 201}}, INVALID, "/voice_config/speed: maximum"),
        ({"output_asset_config": {"asset_name": "a" * 257}}, INVALID, "/output_asset_config/asset_name: maxLength"),
    ],
)
def test_an_invalid_video_request_creates_nothing(
    studio: MetaStudio, changed: dict[str, Any], code: str, words: str
) -> None:
    status, got, message = studio.video_rejection(**changed)
    assert (status, got) == (400, code)
    assert words in message
    assert studio.jobs() == []
    assert studio.assets() == ["Own Scene", "Own Clip"]


def test_a_deactivated_asset_cannot_be_used_in_a_video(studio: MetaStudio) -> None:
    background = {
        "background_type": "IMAGE",
        "background_config": "https://media.example.com/a.png",
        "background_asset_id": OWN_PICTURE,
    }
    scenes = [scene(background_config=[background])]
    assert studio.create(shoot_scripts=scenes)
    studio.data("PUT", f"/digital-assets/{OWN_PICTURE}", {"asset_state": "UNACTIVED"})
    status, code, message = studio.video_rejection(shoot_scripts=scenes)
    assert (status, code) == (400, INVALID)
    assert "must be ACTIVED, not UNACTIVED" in message


def test_fields_known_only_to_the_document_or_only_to_the_sdk_are_accepted(studio: MetaStudio) -> None:
    script = {
        **scene()["shoot_script"],
        "animation_config": [{"animation": "wave"}],
        "emotion_config": [{"emotion": "HAPPY"}],
        "audio_duration": 3,
    }
    scenes = [{"sequence_no": 4, "start_time": 0, "end_time": 1.5, "shoot_script": script}]
    config = video_config(disable_system_watermark=True, is_end_at_first_frame=True, is_vocabulary_config_enable=False)
    job_id = studio.create(
        shoot_scripts=scenes, video_config=config, action_config={"action_interval": 255}, scene_asset_id="ignored"
    )
    full = studio.job(job_id, show_script="true")
    assert full["shoot_scripts"] == scenes
    assert full["video_config"] == config
    assert "scene_asset_id" not in full


def test_the_documents_example_is_rejected_for_its_wrong_types(studio: MetaStudio) -> None:
    layers = [
        {
            "layer_type": "HUMAN",
            "position": {"dx": "656,", "dy": "0,", "layer_index": 1},
            "size": {"width": 607.5, "height": 1080},
        }
    ]
    message = studio.video_rejection(shoot_scripts=[scene(layer_config=layers)])[2]
    for field in ("position/dx", "position/dy", "size/width"):
        assert f"/shoot_scripts/0/shoot_script/layer_config/0/{field}: type" in message


def test_messages_distinguish_schema_violations_from_state_conflicts(studio: MetaStudio) -> None:
    empty = studio.script(script_name="Empty")
    file_id = studio.data("POST", "/files", file_declaration())["file_id"]
    begin = "Invalid parameter: "
    assert studio.video_rejection(model_asset_id=7)[2].startswith(f"{begin}/model_asset_id: type")
    for method, path, body, words in (
        ("POST", "/2d-digital-human-videos", {"script_id": empty}, "request and script together do not describe"),
        ("POST", "/subtitle-files", {"script_id": empty}, "the script has no such scene"),
        ("POST", "/subtitle-files", {"script_id": DRAFT, "sequence_no": 1}, "the script has no such scene"),
        ("POST", f"/files/{file_id}/complete", {"state": "CREATED"}, "nothing was uploaded"),
        ("PUT", f"/digital-assets/{OWN_PICTURE}", {"asset_type": "VOICE_MODEL"}, "users cannot make assets of this"),
    ):
        message = studio.rejection(method, path, body)[2]
        assert message.startswith(begin + words), message
    config = {"callback_url": "http://client.example.com/"}
    assert studio.video_rejection(callback_config=config)[2].startswith(f"{begin}the operator of this mock server")
