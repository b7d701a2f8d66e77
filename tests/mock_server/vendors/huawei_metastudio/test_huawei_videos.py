"""Avatar video jobs: made, shown, listed, cancelled, and what they are held to."""

from typing import Any

import pytest

from tests.support.account import Account
from tests.support.huawei_metastudio import (
    AVATAR,
    CLIP,
    DAY,
    DRAFT,
    LARGE_AVATAR,
    MUSIC,
    OWN_PICTURE,
    PICTURE,
    READY,
    TEMPLATE,
    VOICE,
    MetaStudio,
    recorded_scene,
    scene,
    video_config,
)

INVALID = "MSS.00000003"


@pytest.fixture
def studio(account: Account) -> MetaStudio:
    return MetaStudio(account)


def test_a_job_waits_is_worked_on_and_succeeds(studio: MetaStudio) -> None:
    job_id = studio.create()
    assert studio.job(job_id)["state"] == "WAITING"
    assert "start_time" not in studio.job(job_id)
    studio.account.act(job_id, "step")
    job = studio.job(job_id)
    assert job["state"] == "PROCESSING"
    assert "start_time" in job
    assert "end_time" not in job
    assert "duration" not in job
    studio.account.advance(READY)
    job = studio.job(job_id)
    assert job["state"] == "SUCCEED"
    assert job["job_type"] == "2D_DIGITAL_HUMAN_VIDEO"
    assert job["end_time"] == job["lastupdate_time"]
    assert job["duration"] == pytest.approx(16 * 0.07)
    assert "error_info" not in job


@pytest.mark.parametrize(
    ("outcome", "state", "asset_state"), [("failed", "FAILED", "FAILED"), ("blocked", "BLOCK", "BLOCK")]
)
def test_a_scenario_lets_work_fail_or_content_review_block_it(
    studio: MetaStudio, outcome: str, state: str, asset_state: str
) -> None:
    studio.account.scenario("huawei-metastudio", "Create2DDigitalHumanVideo", outcome=outcome, reason="of the test")
    job_id = studio.create(review_config={"no_need_review": True})
    studio.account.advance(READY)
    job = studio.job(job_id)
    assert job["state"] == state
    assert job["error_info"] == {"error_code": "MSS.00000004", "error_msg": "of the test"}
    assert "duration" not in job
    assert "cover_url" not in job["output_asset_config"]
    asset = studio.asset(job["output_asset_config"]["asset_id"])
    assert asset["asset_state"] == asset_state
    assert asset["files"] == []
    assert asset["reason"] == "of the test"


def test_only_a_waiting_job_can_be_cancelled_and_its_output_fails(studio: MetaStudio) -> None:
    job_id = studio.create()
    answer = studio.cancel(job_id)
    assert (answer.status, answer.body) == (200, b"")
    job = studio.job(job_id)
    assert job["state"] == "CANCELED"
    studio.account.advance(READY)
    assert studio.job(job_id) == job
    assert studio.asset(job["output_asset_config"]["asset_id"])["asset_state"] == "FAILED"


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_job_that_does_not_wait_is_not_cancelled(studio: MetaStudio, steps: int) -> None:
    job_id = studio.create()
    if steps == 0:
        studio.cancel(job_id)
    for _ in range(steps):
        studio.account.act(job_id, "step")
    before = studio.job(job_id)
    status, code, message = studio.refused("POST", f"/2d-digital-human-videos/{job_id}/cancel")
    assert (status, code) == (400, INVALID)
    assert "only a waiting job can be canceled" in message
    assert studio.job(job_id) == before


def test_the_output_follows_whatever_becomes_of_its_job(studio: MetaStudio) -> None:
    job_id = studio.create()
    asset_id = studio.job(job_id)["output_asset_config"]["asset_id"]
    assert studio.asset(asset_id)["asset_state"] == "CREATING"
    studio.account.act(job_id, "hold")
    studio.account.advance(DAY)
    assert studio.asset(asset_id)["asset_state"] == "CREATING"
    studio.account.act(job_id, "finish")
    assert studio.asset(asset_id)["asset_state"] == "ACTIVED"
    failing = studio.create()
    studio.account.act(failing, "fail", {"reason": "no voice"})
    output = studio.asset(studio.job(failing)["output_asset_config"]["asset_id"])
    assert (output["asset_state"], output["reason"]) == ("FAILED", "no voice")


@pytest.mark.parametrize(
    ("codec", "extension", "content_type", "magic"),
    [
        ("H264", "mp4", "video/mp4", b"ftyp"),
        ("VP8", "webm", "video/webm", b"\x1aE\xdf\xa3"),
        ("QTRLE", "mov", "video/quicktime", b"ftyp"),
    ],
)
def test_the_result_is_a_real_file_of_its_codec(
    studio: MetaStudio, codec: str, extension: str, content_type: str, magic: bytes
) -> None:
    layers = [{"layer_type": "HUMAN", "position": {"dx": 0, "dy": 0, "layer_index": 1}}]
    asset = studio.finished_video(video_config=video_config(codec=codec), shoot_scripts=[scene(layer_config=layers)])
    main, cover = asset["files"]
    assert (main["asset_file_category"], main["file_name"]) == ("MAIN", f"Introduction.{extension}")
    assert (cover["asset_file_category"], cover["file_name"]) == ("COVER", "cover.png")
    video = studio.account.http.get(main["download_url"])
    assert (video.status, video.headers["content-type"]) == (200, content_type)
    assert magic in video.body[:12]
    picture = studio.account.http.get(cover["download_url"])
    assert picture.body.startswith(b"\x89PNG")
    meta = asset["asset_extra_meta"]["video_meta"]
    assert (meta["video_codec"], meta["width"], meta["height"]) == (codec.lower(), 1920, 1080)


def test_a_download_url_expires_after_a_day_and_a_new_answer_has_a_new_one(studio: MetaStudio) -> None:
    asset = studio.finished_video()
    url = asset["files"][0]["download_url"]
    studio.account.advance(DAY - 1)
    assert studio.account.http.get(url).status == 200
    studio.account.advance(1)
    assert studio.account.http.get(url).status == 410
    assert studio.account.http.get(studio.asset(asset["asset_id"])["files"][0]["download_url"]).status == 200


def test_a_download_url_cannot_be_made_to_last_longer(studio: MetaStudio) -> None:
    url = studio.finished_video()["files"][0]["download_url"]
    address, _, expiry = url.partition("?expires=")
    for forged in (address, f"{address}?expires={int(expiry) + 1}", f"{address}?expires=", f"{address}?expires=x"):
        assert studio.account.http.get(forged).status == 404


def test_show_script_tells_what_a_video_was_made_from(studio: MetaStudio) -> None:
    music = {"music_asset_id": MUSIC, "volume": 30}
    job_id = studio.create(background_music_config=music, video_config=video_config(frame_rate="30"))
    plain, full = studio.job(job_id), studio.job(job_id, show_script="true")
    assert studio.job(job_id, show_script="false") == plain
    assert "shoot_scripts" not in plain
    assert full["model_asset_id"] == AVATAR
    assert full["shoot_scripts"] == [scene()]
    assert full["background_music_config"] == music
    # 25, whatever was asked for.
    assert full["video_config"] == video_config(frame_rate="25")
    assert "callback_config" not in full
    assert "script_id" not in full


def test_a_script_gives_what_the_request_leaves_out(studio: MetaStudio) -> None:
    job_id = studio.data("POST", "/2d-digital-human-videos", {"script_id": DRAFT})["job_id"]
    full = studio.job(job_id, show_script="true")
    assert full["script_id"] == DRAFT
    assert full["shoot_scripts"] == studio.show_script(DRAFT)["shoot_scripts"]
    assert full["output_asset_config"]["asset_name"] == "First draft"


def test_what_the_request_gives_wins_over_the_script(studio: MetaStudio) -> None:
    body = {"script_id": TEMPLATE, "shoot_scripts": [scene("Mine.")], "voice_config": {"voice_asset_id": VOICE}}
    job_id = studio.data("POST", "/2d-digital-human-videos", body)["job_id"]
    full = studio.job(job_id, show_script="true")
    assert full["shoot_scripts"] == [scene("Mine.")]
    assert full["voice_config"] == {"voice_asset_id": VOICE}
    assert full["model_asset_id"] == AVATAR


def test_a_job_keeps_what_it_took_from_a_script(studio: MetaStudio) -> None:
    job_id = studio.data("POST", "/2d-digital-human-videos", {"script_id": DRAFT})["job_id"]
    before = studio.job(job_id, show_script="true")
    studio.data("DELETE", f"/digital-human-video-scripts/{DRAFT}")
    assert studio.job(job_id, show_script="true") == before


@pytest.mark.parametrize("name", ["model_asset_id", "voice_config", "video_config", "shoot_scripts"])
def test_without_a_script_the_four_fields_are_needed(studio: MetaStudio, name: str) -> None:
    status, code, message = studio.refused_video(**{name: None})
    assert (status, code) == (400, INVALID)
    assert f"/{name}" in message
    assert studio.jobs() == []


def test_a_script_that_lacks_something_does_not_make_up_for_it(studio: MetaStudio) -> None:
    script_id = studio.script(script_name="Half", model_asset_id=AVATAR)
    status, code, message = studio.refused("POST", "/2d-digital-human-videos", {"script_id": script_id})
    assert (status, code) == (400, INVALID)
    assert "/video_config: required" in message


def test_scenes_that_are_all_recorded_need_no_voice(studio: MetaStudio) -> None:
    job_id = studio.create(voice_config=None, shoot_scripts=[recorded_scene(audio_duration=12.5)])
    studio.account.advance(READY)
    assert studio.job(job_id)["duration"] == 12.5


def test_a_scene_with_text_needs_a_voice_even_beside_recorded_ones(studio: MetaStudio) -> None:
    script_id = studio.script(
        model_asset_id=AVATAR, video_config=video_config(), shoot_scripts=[recorded_scene(), scene(sequence_no=1)]
    )
    message = studio.refused("POST", "/2d-digital-human-videos", {"script_id": script_id})[2]
    assert "/voice_config: required, because scene 1 is driven by text" in message


def test_speech_is_as_long_as_its_words_without_tags_at_the_voices_speed(studio: MetaStudio) -> None:
    voice = {"voice_asset_id": VOICE, "speed": 50}
    text = "<speak>0123456789</speak>"
    job_id = studio.create(voice_config=voice, shoot_scripts=[scene(text), scene(text, sequence_no=1)])
    studio.account.advance(READY)
    assert studio.job(job_id)["duration"] == pytest.approx(2 * 2 * 10 * 0.07)


def test_ten_thousand_characters_are_counted_without_tags(studio: MetaStudio) -> None:
    tagged = "<speak>" + "a" * 10_000 + "<break time='1s'/></speak>"
    assert studio.create(shoot_scripts=[scene(tagged)])
    status, code, message = studio.refused_video(shoot_scripts=[scene(tagged + "a")])
    assert (status, code) == (400, INVALID)
    assert "/shoot_scripts/0/shoot_script/text_config/text: 10001 characters" in message
    unclosed = "<" * 10_001
    assert "10001 characters" in studio.refused_video(shoot_scripts=[scene(unclosed)])[2]


PLACE = {"dx": 0, "dy": 0, "layer_index": 1}


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"shoot_scripts": []}, INVALID, "/shoot_scripts: at least one scene"),
        ({"shoot_scripts": [scene(), scene()]}, INVALID, "/shoot_scripts/0/sequence_no: 0 is not unique"),
        ({"shoot_scripts": [{"shoot_script": {}}]}, INVALID, "text_config: required, because the scene is driven"),
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
def test_a_request_that_breaks_a_rule_makes_nothing(
    studio: MetaStudio, changed: dict[str, Any], code: str, words: str
) -> None:
    status, got, message = studio.refused_video(**changed)
    assert (status, got) == (400, code)
    assert words in message
    assert studio.jobs() == []
    assert studio.assets() == ["Own Scene", "Own Clip"]


def test_an_asset_that_is_out_of_use_cannot_be_put_into_a_video(studio: MetaStudio) -> None:
    background = {
        "background_type": "IMAGE",
        "background_config": "https://media.example.com/a.png",
        "background_asset_id": OWN_PICTURE,
    }
    scenes = [scene(background_config=[background])]
    assert studio.create(shoot_scripts=scenes)
    studio.data("PUT", f"/digital-assets/{OWN_PICTURE}", {"asset_state": "UNACTIVED"})
    status, code, message = studio.refused_video(shoot_scripts=scenes)
    assert (status, code) == (400, INVALID)
    assert "must be ACTIVED, not UNACTIVED" in message


def test_an_avatar_of_4k_makes_videos_of_4k(studio: MetaStudio) -> None:
    asset = studio.finished_video(model_asset_id=LARGE_AVATAR, video_config=video_config(width=3840, height=2160))
    assert asset["asset_extra_meta"]["video_meta"]["width"] == 3840


def test_vp8_needs_no_layers_when_avatar_and_video_have_the_same_size(studio: MetaStudio) -> None:
    assert studio.create(video_config=video_config(codec="VP8", width=1080, height=1920))


def test_cropping_allows_any_size(studio: MetaStudio) -> None:
    assert studio.create(video_config=video_config(clip_mode="CROP", width=0, height=1, dx=-5, dy=7))


def test_fields_that_only_the_document_or_only_the_sdk_has_are_taken(studio: MetaStudio) -> None:
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


def test_the_documents_own_example_is_refused_for_its_slips(studio: MetaStudio) -> None:
    layers = [
        {
            "layer_type": "HUMAN",
            "position": {"dx": "656,", "dy": "0,", "layer_index": 1},
            "size": {"width": 607.5, "height": 1080},
        }
    ]
    message = studio.refused_video(shoot_scripts=[scene(layer_config=layers)])[2]
    for field in ("position/dx", "position/dy", "size/width"):
        assert f"/shoot_scripts/0/shoot_script/layer_config/0/{field}: type" in message


def test_an_unknown_job_is_refused(studio: MetaStudio) -> None:
    for method, tail in (("GET", ""), ("POST", "/cancel")):
        status, code, message = studio.refused(method, f"/2d-digital-human-videos/no-such-job{tail}")
        assert (status, code) == (400, INVALID)
        assert "path parameter job_id: this project has no video job no-such-job" in message


class TestList:
    """The list with every filter and order."""

    @pytest.fixture
    def jobs(self, studio: MetaStudio) -> list[str]:
        """Three jobs, a second apart: succeeded, cancelled, waiting."""
        first = studio.create(output_asset_config={"asset_name": "Alpha"})
        studio.account.advance(READY)
        second = studio.create(output_asset_config={"asset_name": "Beta"})
        studio.cancel(second)
        studio.account.advance(1)
        third = studio.data("POST", "/2d-digital-human-videos", {"script_id": DRAFT})["job_id"]
        return [first, second, str(third)]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, [0, 1, 2]),
            ({"state": "SUCCEED"}, [0]),
            ({"state": "WAITING,SUCCEED"}, [0, 2]),
            ({"state": "CREATING,PUBLISHED"}, []),
            ({"sort_dir": "desc"}, [2, 1, 0]),
            ({"sort_key": "create_time", "sort_dir": "asc"}, [0, 1, 2]),
            ({"sort_key": "update_time", "sort_dir": "desc"}, [2, 1, 0]),
            ({"sort_key": "asset_order"}, [0, 1, 2]),
            ({"offset": 1}, [1, 2]),
            ({"offset": 1, "limit": 1}, [1]),
            ({"offset": 2147483647}, []),
            ({"asset_name": "Beta"}, [1]),
            ({"asset_name": "et"}, []),
            ({"asset_name": "et", "fuzzy_query_field": "asset_name"}, [1]),
            ({"asset_name": "et", "fuzzy_query_field": ["job_id", "asset_name"]}, [1]),
            ({"asset_name": "et", "fuzzy_query_field": "job_id,asset_name"}, [1]),
            ({"asset_name": "et", "fuzzy_query_field": "nonsense"}, []),
            ({"script_id": DRAFT}, [2]),
            ({"job_type": "2D_DIGITAL_HUMAN_VIDEO"}, [0, 1, 2]),
            ({"job_type": "PHOTO_DIGITAL_HUMAN_VIDEO"}, []),
            ({"job_id": "no-such-job"}, []),
        ],
    )
    def test_filters_orders_and_pages(
        self, studio: MetaStudio, jobs: list[str], query: dict[str, Any], found: list[int]
    ) -> None:
        assert studio.jobs(**query) == [jobs[index] for index in found]

    def test_ids_come_repeated_or_with_commas(self, studio: MetaStudio, jobs: list[str]) -> None:
        assert studio.jobs(job_ids=[jobs[0], jobs[2]]) == [jobs[0], jobs[2]]
        assert studio.jobs(job_ids=f"{jobs[0]},{jobs[2]}") == [jobs[0], jobs[2]]
        assert studio.jobs(job_ids=[jobs[1]]) == [jobs[1]]
        assert studio.jobs(job_id=jobs[1]) == [jobs[1]]
        assert studio.jobs(job_id=jobs[1][:8], fuzzy_query_field="job_id") == [jobs[1]]

    def test_times_bound_the_creation(self, studio: MetaStudio, jobs: list[str]) -> None:
        times = [studio.job(job)["create_time"] for job in jobs]
        assert studio.jobs(create_since=times[1]) == jobs[1:]
        assert studio.jobs(create_until=times[1]) == jobs[:2]
        assert studio.jobs(create_since=times[1], create_until=times[1]) == [jobs[1]]
        assert studio.jobs(create_since="2999-01-01T00:00:00Z") == []

    def test_only_the_last_month_is_shown_unless_a_time_is_given(self, studio: MetaStudio, jobs: list[str]) -> None:
        created = studio.job(jobs[0])["create_time"]
        studio.account.advance(31 * DAY)
        assert studio.jobs() == []
        assert studio.jobs(create_since=created) == jobs
        assert studio.jobs(create_until=studio.job(jobs[2])["create_time"]) == jobs

    def test_the_count_is_of_all_pages(self, studio: MetaStudio, jobs: list[str]) -> None:
        listed = studio.data("GET", "/digital-human-videos", query={"limit": 1})
        assert listed["count"] == 3
        assert listed["jobs"] == [studio.job(jobs[0])]

    def test_a_page_holds_ten_unless_told_otherwise(self, studio: MetaStudio) -> None:
        for _ in range(11):
            studio.create()
        listed = studio.data("GET", "/digital-human-videos")
        assert (listed["count"], len(listed["jobs"])) == (11, 10)

    @pytest.mark.parametrize("text", ["2021-02-30T00:00:00Z", "2021-01-01T25:00:00Z", "2021-01-01T00:00:00 nonsense"])
    def test_a_time_that_does_not_exist_is_refused(self, studio: MetaStudio, text: str) -> None:
        status, code, message = studio.refused("GET", "/digital-human-videos", query={"create_since": text})
        assert (status, code) == (400, INVALID)
        assert "query parameter create_since" in message

    def test_the_jobs_order_of_output_is_that_of_the_assets(self, studio: MetaStudio, jobs: list[str]) -> None:
        asset_id = studio.job(jobs[0])["output_asset_config"]["asset_id"]
        studio.data("PUT", f"/digital-assets/{asset_id}", {"asset_order": 5})
        assert studio.jobs(sort_key="asset_order") == [jobs[1], jobs[2], jobs[0]]
