"""Video scripts: saving, reading, updating, listing, copying, deleting; subtitles."""

from typing import Any

import pytest

from tests.support.huawei_metastudio import (
    AVATAR,
    DRAFT,
    MUSIC,
    READY,
    TEMPLATE,
    VOICE,
    MetaStudio,
    recorded_scene,
    scene,
    video_config,
)
from tests.support.times import DAY

INVALID = "MSS.00000003"
SCRIPTS = "/digital-human-video-scripts"
SETTINGS: dict[str, Any] = {
    "script_name": "Spring sale",
    "script_description": "For the shop",
    "view_mode": "LANDSCAPE",
    "model_asset_id": AVATAR,
    "model_asset_type": "HUMAN_MODEL_2D",
    "voice_config": {"voice_asset_id": VOICE, "speed": 100, "pitch": 100, "volume": 140},
    "video_config": video_config(),
    "priv_data": "kept as it is",
    "background_music_config": {"music_asset_id": MUSIC, "volume": 10},
    "review_config": {"no_need_review": False},
    "action_config": {"action_interval": 0},
    "shoot_scripts": [scene("Welcome.", sequence_no=1), scene("Goodbye.", sequence_no=2)],
}


def names(studio: MetaStudio, **query: Any) -> list[str]:
    listed = studio.data("GET", SCRIPTS, query=query)
    return [script["script_name"] for script in listed["video_scripts"]]


def test_a_script_is_returned_as_it_was_saved(studio: MetaStudio) -> None:
    script_id = studio.script(**SETTINGS)
    shown = studio.show_script(script_id)
    assert shown.pop("script_id") == script_id
    assert shown.pop("create_time") == shown.pop("update_time")
    assert shown == SETTINGS


def test_a_draft_may_be_empty_and_its_name_defaults_to_its_id(studio: MetaStudio) -> None:
    script_id = studio.script()
    assert studio.show_script(script_id)["script_name"] == script_id
    assert names(studio) == [script_id, "First draft"]


def test_an_update_changes_only_the_fields_of_the_request_and_replaces_lists(studio: MetaStudio) -> None:
    script_id = studio.script(**SETTINGS)
    before = studio.show_script(script_id)
    studio.account.advance(7)
    scenes = [scene("Only this.")]
    response = studio.data("PUT", f"{SCRIPTS}/{script_id}", {"script_name": "Summer sale", "shoot_scripts": scenes})
    assert response == {"script_id": script_id}
    after = studio.show_script(script_id)
    assert after["update_time"] > after["create_time"] == before["create_time"]
    changed = {"script_name": "Summer sale", "shoot_scripts": scenes, "update_time": after["update_time"]}
    assert after == {**before, **changed}


def test_a_copy_is_an_independent_draft(studio: MetaStudio) -> None:
    script_id = studio.script(**SETTINGS)
    copy_id = studio.data("POST", f"{SCRIPTS}/{script_id}/copy")["script_id"]
    assert copy_id != script_id
    studio.data("PUT", f"{SCRIPTS}/{copy_id}", {"script_name": "Other"})
    assert studio.show_script(script_id)["script_name"] == "Spring sale"
    assert studio.show_script(copy_id)["shoot_scripts"] == SETTINGS["shoot_scripts"]


def test_a_template_can_be_shown_and_copied_but_not_changed(studio: MetaStudio) -> None:
    assert studio.show_script(TEMPLATE)["script_name"] == "News desk"
    copy_id = studio.data("POST", f"{SCRIPTS}/{TEMPLATE}/copy")["script_id"]
    assert names(studio) == ["News desk", "First draft"]
    studio.data("PUT", f"{SCRIPTS}/{copy_id}", {"script_name": "Mine"})
    for method, body in (("PUT", {"script_name": "Mine"}), ("DELETE", ...)):
        status, code, message = studio.rejection(method, f"{SCRIPTS}/{TEMPLATE}", body)
        assert (status, code) == (400, INVALID)
        assert "the script belongs to the system" in message


def test_a_deleted_script_is_gone(studio: MetaStudio) -> None:
    for script_id in (studio.script(), DRAFT):
        assert studio.data("DELETE", f"{SCRIPTS}/{script_id}") is None
        for method, tail, body in (("GET", "", ...), ("PUT", "", {}), ("DELETE", "", ...), ("POST", "/copy", ...)):
            status, code, message = studio.rejection(method, f"{SCRIPTS}/{script_id}{tail}", body)
            assert (status, code) == (400, INVALID)
            assert "path parameter script_id: this project has no script" in message
    assert names(studio) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["B sale", "A sale", "First draft"]),
        ({"name": "sale"}, ["B sale", "A sale"]),
        ({"name": "sale", "offset": 1}, ["A sale"]),
        ({"limit": 1}, ["B sale"]),
        ({"script_catalog": "VIDEO_DRAFT", "view_mode": "VERTICAL"}, ["C upright"]),
        ({"script_catalog": "SYSTEM_VIDEO_TEMPLET"}, ["News desk"]),
        ({"script_catalog": "SYSTEM_VIDEO_TEMPLET", "view_mode": "VERTICAL"}, ["Product talk"]),
    ],
)
def test_scripts_can_be_filtered_by_name_catalogue_and_view(
    studio: MetaStudio, query: dict[str, Any], expected: list[str]
) -> None:
    studio.script(script_name="A sale")
    studio.script(script_name="B sale")
    studio.script(script_name="C upright", view_mode="VERTICAL")
    assert names(studio, **query) == expected


def test_a_list_shows_the_first_text_of_each_script(studio: MetaStudio) -> None:
    studio.script(**SETTINGS)
    listed = studio.data("GET", SCRIPTS, query={"limit": 1})
    assert listed["count"] == 2
    (summary,) = listed["video_scripts"]
    assert (summary["text"], summary["script_type"]) == ("Welcome.", "TEXT")
    assert (summary["script_description"], summary["model_asset_id"]) == ("For the shop", AVATAR)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shoot_scripts": [scene(), scene()]}, "/shoot_scripts/0/sequence_no: 0 is not unique"),
        ({"shoot_scripts": [scene("a" * 10_001)]}, "10001 characters without tags"),
        ({"script_name": ""}, "/script_name: minLength"),
        ({"view_mode": "SQUARE"}, "/view_mode: enum"),
        ({"priv_data": "a" * 8193}, "/priv_data: maxLength"),
        ({"video_config": {}}, "/video_config/codec: required"),
    ],
)
def test_an_invalid_script_is_neither_saved_nor_changed(
    studio: MetaStudio, settings: dict[str, Any], words: str
) -> None:
    before = studio.show_script(DRAFT)
    for method, path in (("POST", SCRIPTS), ("PUT", f"{SCRIPTS}/{DRAFT}")):
        status, code, message = studio.rejection(method, path, settings)
        assert (status, code) == (400, INVALID)
        assert words in message
    assert names(studio) == ["First draft"]
    assert studio.show_script(DRAFT) == before


def test_recordings_of_scenes_can_be_uploaded_and_downloaded(studio: MetaStudio) -> None:
    scenes = [scene(sequence_no=0), recorded_scene(sequence_no=3)]
    response = studio.data("POST", SCRIPTS, {"script_name": "Spoken", "shoot_scripts": scenes})
    script_id = response["script_id"]
    (upload,) = response["audio_files"]["audio_file_url"]
    assert upload["sequence_no"] == 3
    shown = studio.show_script(script_id)
    assert shown["audio_files"]["audio_file_url"] == [{"sequence_no": 3, "audio_id": upload["audio_id"]}]
    assert shown["shoot_scripts"][1]["audio_config"] == {"audio_id": upload["audio_id"]}
    put = studio.account.http.put(
        upload["audio_file_upload_url"], body=b"RIFF....", headers={"Content-Type": "audio/wav"}
    )
    assert put.status == 200
    (recorded,) = studio.show_script(script_id)["audio_files"]["audio_file_url"]
    response = studio.account.http.get(recorded["audio_file_download_url"])
    assert (response.body, response.headers["content-type"]) == (b"RIFF....", "audio/wav")
    studio.account.advance(DAY)
    assert studio.account.http.get(recorded["audio_file_download_url"]).status == 410


def test_a_scene_keeps_its_recording_through_updates(studio: MetaStudio) -> None:
    script_id = studio.script(shoot_scripts=[recorded_scene(sequence_no=3)])

    def recordings() -> dict[int, int]:
        shown = studio.show_script(script_id).get("audio_files", {}).get("audio_file_url", [])
        return {entry["sequence_no"]: entry["audio_id"] for entry in shown}

    first = recordings()
    scenes = [recorded_scene(sequence_no=4), recorded_scene(sequence_no=3)]
    response = studio.data("PUT", f"{SCRIPTS}/{script_id}", {"shoot_scripts": scenes})
    assert {entry["sequence_no"] for entry in response["audio_files"]["audio_file_url"]} == {3, 4}
    assert recordings()[3] == first[3]
    studio.data("PUT", f"{SCRIPTS}/{script_id}", {"shoot_scripts": [scene(sequence_no=3)]})
    assert recordings() == {}


class TestSubtitles:
    """Subtitle files of a script's scenes."""

    @pytest.fixture
    def script_id(self, studio: MetaStudio) -> str:
        return studio.script(**SETTINGS)

    def make(self, studio: MetaStudio, script_id: str, **changed: Any) -> str:
        return str(studio.data("POST", "/subtitle-files", {"script_id": script_id, **changed})["job_id"])

    def show(self, studio: MetaStudio, job_id: str) -> dict[str, Any]:
        return studio.data("GET", f"/subtitle-files/{job_id}")

    def test_every_scene_gets_a_subtitle_file(self, studio: MetaStudio, script_id: str) -> None:
        job_id = self.make(studio, script_id)
        generating = [{"sequence_no": number, "subtitle_file_state": "GENERATING"} for number in (1, 2)]
        assert self.show(studio, job_id) == {"job_state": "GENERATING", "subtitle_file_info": generating}
        studio.account.advance(READY)
        job = self.show(studio, job_id)
        assert job["job_state"] == "GENERATED"
        texts = [studio.account.http.get(file["subtitle_file_download_url"]) for file in job["subtitle_file_info"]]
        assert [file["subtitle_file_state"] for file in job["subtitle_file_info"]] == ["GENERATE_SUCCEED"] * 2
        assert b"Welcome." in texts[0].body
        assert b"Goodbye." in texts[1].body
        assert texts[0].headers["content-type"] == "application/x-subrip"
        assert texts[0].body.startswith(b"1\n00:00:00,000 --> ")

    def test_subtitles_can_be_made_for_a_single_scene(self, studio: MetaStudio, script_id: str) -> None:
        job_id = self.make(studio, script_id, sequence_no=2)
        assert [file["sequence_no"] for file in self.show(studio, job_id)["subtitle_file_info"]] == [2]

    def test_a_subtitle_file_expires_after_a_day(self, studio: MetaStudio, script_id: str) -> None:
        job_id = self.make(studio, script_id)
        studio.account.advance(READY)
        url = self.show(studio, job_id)["subtitle_file_info"][0]["subtitle_file_download_url"]
        studio.account.advance(DAY)
        assert studio.account.http.get(url).status == 410

    def test_a_failed_job_counts_as_generated_and_its_files_give_the_reason(
        self, studio: MetaStudio, script_id: str
    ) -> None:
        studio.account.scenario("huawei-metastudio", "CreateSubtitleFile", outcome="failed", reason="no words")
        job_id = self.make(studio, script_id)
        studio.account.advance(READY)
        job = self.show(studio, job_id)
        assert job["job_state"] == "GENERATED"
        for file in job["subtitle_file_info"]:
            assert file["subtitle_file_state"] == "GENERATE_FAILED"
            assert file["error_info"]["error_msg"] == "no words"

    def test_a_script_shows_its_latest_subtitles_and_a_copy_shows_none(
        self, studio: MetaStudio, script_id: str
    ) -> None:
        self.make(studio, script_id)
        latest = self.make(studio, script_id, sequence_no=1)
        studio.account.advance(READY)
        first, second = studio.show_script(script_id)["shoot_scripts"]
        info = first["subtitle_file_info"]["text_subtitle_file"]
        assert (info["job_id"], info["subtitle_file_state"]) == (latest, "GENERATE_SUCCEED")
        assert studio.account.http.get(info["subtitle_file_download_url"]).status == 200
        assert second["subtitle_file_info"]["text_subtitle_file"]["job_id"] != latest
        copy_id = studio.data("POST", f"{SCRIPTS}/{script_id}/copy")["script_id"]
        assert all("subtitle_file_info" not in scene for scene in studio.show_script(copy_id)["shoot_scripts"])

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "/script_id: required"),
            ({"script_id": "gone"}, "/script_id: this project has no script gone"),
            ({"script_id": DRAFT, "sequence_no": 7}, "/sequence_no: the script has no scene 7"),
            ({"script_id": DRAFT, "sequence_no": -1}, "/sequence_no: minimum"),
        ],
    )
    def test_an_invalid_subtitle_request_creates_nothing(
        self, studio: MetaStudio, body: dict[str, Any], words: str
    ) -> None:
        status, code, message = studio.rejection("POST", "/subtitle-files", body)
        assert (status, code) == (400, INVALID)
        assert words in message
        assert studio.account.tasks(vendor="huawei-metastudio") == []

    def test_a_script_without_scenes_has_no_subtitles(self, studio: MetaStudio) -> None:
        message = studio.rejection("POST", "/subtitle-files", {"script_id": studio.script()})[2]
        assert "/script_id: the script has no scene" in message

    def test_an_unknown_job_is_rejected(self, studio: MetaStudio) -> None:
        video_job = studio.create()
        for job_id in ("no-such-job", video_job):
            status, code, message = studio.rejection("GET", f"/subtitle-files/{job_id}")
            assert (status, code) == (400, INVALID)
            assert "path parameter job_id: this project has no subtitle job" in message
