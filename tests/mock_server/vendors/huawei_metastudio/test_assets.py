"""The asset library: lists and filters, files, updates, the recycle bin."""

import hashlib
from typing import Any

import pytest

from tests.support.huawei_metastudio import (
    AVATAR,
    MUSIC,
    OWN_CLIP,
    OWN_PICTURE,
    PICTURE,
    VOICE,
    MetaStudio,
)
from tests.support.times import DAY

INVALID = "MSS.00000003"


VOICES = [
    "Clear Spring",
    "Calm River",
    "Warm Hearth",
    "Bright Morning",
    "Steady Harbour",
    "Soft Meadow",
    "North Wind",
    "Blue Lake",
]
AVATARS = ["Yunling", "Linhai", "Marea", "Odell", "Safiya", "Tendai"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Own Scene", "Own Clip"]),
        ({"asset_source": "CUSTOMIZATION", "asset_type": "VIDEO"}, ["Own Clip"]),
        ({"asset_source": "SYSTEM", "asset_type": "VOICE_MODEL"}, VOICES),
        ({"asset_source": "SYSTEM", "asset_type": "HUMAN_MODEL_2D"}, AVATARS),
        ({"asset_source": "SYSTEM", "asset_type": "MUSIC"}, ["Morning Walk", "Quiet Evening", "Paper Boats"]),
        ({"asset_source": "ALL", "asset_type": "VIDEO,IMAGE", "name": "O"}, ["Bright Office", "Own Scene", "Own Clip"]),
        ({"name": "Own"}, ["Own Scene", "Own Clip"]),
        ({"name": "Own", "accurate_query_field": "name"}, []),
        ({"name": "Own Clip", "accurate_query_field": "name"}, ["Own Clip"]),
        ({"tag": "EDU"}, ["Own Scene"]),
        ({"tag": "EDU", "accurate_query_field": "tag"}, []),
        ({"tag": "EDUCATION", "accurate_query_field": ["name", "tag"]}, ["Own Scene"]),
        ({"asset_source": "SYSTEM", "tag": "SITTING,FEMALE"}, ["Marea", "Safiya"]),
        (
            {"asset_source": "SYSTEM", "tag": "SITTING,WALKING", "tag_combination_type": "UNION_SET"},
            ["Marea", "Safiya", "Tendai"],
        ),
        ({"asset_source": "SYSTEM", "tag": "SITTING,WALKING", "tag_combination_type": "INTERSECTION"}, []),
        ({"asset_state": "ACTIVED"}, ["Own Scene", "Own Clip"]),
        ({"asset_state": "CREATING,DELETING"}, []),
        ({"asset_source": "SYSTEM", "style_id": "system_male_002"}, ["Odell"]),
        ({"asset_source": "ALL", "asset_id": [VOICE, OWN_CLIP]}, ["Clear Spring", "Own Clip"]),
        ({"asset_source": "ALL", "asset_id": f"{VOICE},{OWN_CLIP}"}, ["Clear Spring", "Own Clip"]),
        ({"asset_source": "SYSTEM", "asset_type": "VOICE_MODEL", "sex": "MALE", "language": "EN"}, ["Steady Harbour"]),
        ({"asset_source": "SYSTEM", "language": "GER,YY"}, ["Soft Meadow", "Blue Lake"]),
        ({"asset_source": "SYSTEM", "asset_type": "HUMAN_MODEL_2D", "sex": "FEMALE"}, ["Yunling", "Marea", "Safiya"]),
        ({"system_property": "MATERIAL_VIDEO:Yes"}, ["Own Clip"]),
        ({"system_property": "MATERIAL_VIDEO:Yes,BACKGROUND_IMG:Yes"}, []),
        ({"asset_source": "SYSTEM", "action_editable": "true"}, ["Yunling", "Linhai", "Odell"]),
        ({"asset_source": "SYSTEM", "is_with_action_library": "false"}, ["Marea", "Safiya", "Tendai"]),
        ({"asset_source": "SYSTEM", "is_movable": "true"}, ["Tendai"]),
        ({"asset_source": "SYSTEM", "voice_provider": "HUAWEI_METASTUDIO"}, VOICES),
        ({"asset_source": "SYSTEM", "voice_provider": "other"}, []),
        (
            {"asset_source": "SYSTEM", "is_realtime_voice": "false"},
            ["Warm Hearth", "Soft Meadow", "North Wind", "Blue Lake"],
        ),
        ({"asset_source": "SYSTEM", "human_model_2d_version": "V3_3"}, ["Linhai", "Odell"]),
        ({"asset_source": "SYSTEM", "include_device_name": "example-device"}, ["Linhai"]),
        (
            {"asset_source": "SYSTEM", "exclude_device_name": "example-device"},
            ["Yunling", "Marea", "Odell", "Safiya", "Tendai"],
        ),
        ({"asset_source": "SYSTEM", "supported_service": "CHAT_2D"}, [*VOICES[:2], *VOICES[3:5]]),
        ({"role": "SHARER"}, []),
        ({"role": "SHAREE"}, []),
        ({"app_user_id": "user-1"}, []),
        ({"sort_key": "asset_order", "sort_dir": "desc"}, ["Own Clip", "Own Scene"]),
        ({"asset_source": "SYSTEM", "start_time": "2024-01-01T00:00:01Z"}, []),
        (
            {"end_time": "2024-01-01T00:00:00Z", "asset_source": "ALL", "asset_type": "MUSIC", "name": "Paper"},
            ["Paper Boats"],
        ),
    ],
)
def test_the_library_can_be_filtered_and_sorted(studio: MetaStudio, query: dict[str, Any], names: list[str]) -> None:
    assert studio.assets(**query) == names


def test_the_library_is_listed_in_pages(studio: MetaStudio) -> None:
    query = {"asset_source": "SYSTEM", "asset_type": "VOICE_MODEL", "offset": 6, "limit": 1}
    listed = studio.data("GET", "/digital-assets", query=query)
    assert (listed["count"], [asset["asset_name"] for asset in listed["assets"]]) == (8, ["North Wind"])


def test_outputs_can_be_filtered_and_sorted_by_user_and_time(studio: MetaStudio) -> None:
    studio.account.advance(60)
    studio.create(headers={"X-App-UserId": "user-1"}, output_asset_config={"asset_name": "First"})
    studio.account.advance(60)
    studio.create(output_asset_config={"asset_name": "Second"})
    assert studio.assets(app_user_id="user-1") == ["First"]
    assert studio.assets(sort_dir="desc")[:2] == ["Second", "First"]
    assert studio.assets(sort_key="update_time") == ["Own Scene", "Own Clip", "First", "Second"]
    # Among assets with the same order, the newest comes first.
    assert studio.assets(sort_key="asset_order") == ["Second", "First", "Own Scene", "Own Clip"]
    first = studio.data("GET", "/digital-assets", query={"name": "First"})["assets"][0]
    assert studio.assets(start_time=first["create_time"]) == ["First", "Second"]
    assert studio.assets(end_time=first["create_time"]) == ["Own Scene", "Own Clip", "First"]
    assert first["app_user_id"] == "user-1"


@pytest.mark.parametrize("asset_id", [AVATAR, VOICE, MUSIC, PICTURE, OWN_PICTURE, OWN_CLIP])
def test_every_file_of_the_initial_assets_can_be_downloaded(studio: MetaStudio, asset_id: str) -> None:
    asset = studio.asset(asset_id)
    assert asset["asset_state"] == "ACTIVED"
    magic = {"wav": b"RIFF", "png": b"\x89PNG", "mp4": b"\x00\x00\x00"}
    shown = [file for file in asset["files"] if file["state"] == "CREATED"]
    assert shown
    for file in shown:
        response = studio.account.http.get(file["download_url"])
        assert response.status == 200
        assert response.body.startswith(magic[file["file_type"]])


def test_pictures_and_recordings_have_the_stated_size(studio: MetaStudio) -> None:
    picture = studio.account.http.get(studio.asset(PICTURE)["files"][0]["download_url"]).body
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1920, 1080)
    music = studio.account.http.get(studio.asset(MUSIC)["files"][0]["download_url"]).body
    assert len(music) == 44 + 96 * 16000 * 2


@pytest.mark.parametrize("path", ["no-such-asset/cover.png", f"{AVATAR}/other.png"])
def test_the_catalogue_serves_no_other_files(studio: MetaStudio, path: str) -> None:
    assert studio.account.http.get(f"/_files/catalogue/huawei-metastudio/{path}").status == 404


def test_an_update_changes_only_the_fields_of_the_request(studio: MetaStudio) -> None:
    before = studio.asset(OWN_PICTURE)
    studio.account.advance(5)
    changed = studio.data(
        "PUT", f"/digital-assets/{OWN_PICTURE}", {"asset_name": "Opening", "tags": ["NEWS"], "asset_order": 9}
    )
    assert changed == studio.asset(OWN_PICTURE)
    assert (changed["asset_name"], changed["tags"], changed["asset_order"]) == ("Opening", ["NEWS"], 9)
    assert changed["update_time"] > before["update_time"]
    for name in ("create_time", "asset_description", "asset_type", "asset_extra_meta", "system_properties", "files"):
        assert changed[name] == before[name]


def test_fields_that_only_the_system_can_set_are_ignored(studio: MetaStudio) -> None:
    before = studio.asset(OWN_PICTURE)
    changes = {"system_properties": [{"action": "ADD", "key": "A", "value": "b"}], "review_config": {}}
    after = studio.data("PUT", f"/digital-assets/{OWN_PICTURE}", changes)
    assert {**after, "update_time": ""} == {**before, "update_time": ""}


def test_shared_assets_can_be_filtered_by_role(studio: MetaStudio) -> None:
    studio.data("PUT", f"/digital-assets/{OWN_PICTURE}", {"shared_config": {"shared_type": "SHARED"}})
    assert studio.assets(role="SHARER") == ["Own Scene"]
    assert studio.assets(role="SHAREE") == []


def test_an_asset_can_be_deactivated_and_activated(studio: MetaStudio) -> None:
    for state in ("UNACTIVED", "WAITING_DELETE", "ACTIVED", "ACTIVED"):
        assert studio.data("PUT", f"/digital-assets/{OWN_CLIP}", {"asset_state": state})["asset_state"] == state
        assert studio.asset(OWN_CLIP)["asset_state"] == state


@pytest.mark.parametrize("kind", ["VOICE_MODEL", "HUMAN_MODEL_2D"])
def test_users_cannot_create_voices_or_avatars(studio: MetaStudio, kind: str) -> None:
    status, code, message = studio.rejection("PUT", f"/digital-assets/{OWN_CLIP}", {"asset_type": kind})
    assert (status, code) == (400, INVALID)
    assert f"/asset_type: users cannot make assets of type {kind}" in message


@pytest.mark.parametrize("state", ["CREATING", "DELETED", "actived"])
def test_users_cannot_set_other_states(studio: MetaStudio, state: str) -> None:
    message = studio.rejection("PUT", f"/digital-assets/{OWN_CLIP}", {"asset_state": state})[2]
    assert "/asset_state: enum" in message


def test_the_platforms_assets_cannot_be_changed(studio: MetaStudio) -> None:
    for method, tail, body in (("PUT", "", {"asset_name": "Mine"}), ("DELETE", "", ...), ("POST", "/restore", ...)):
        status, code, message = studio.rejection(method, f"/digital-assets/{AVATAR}{tail}", body)
        assert (status, code) == (400, INVALID)
        assert "the asset belongs to the system" in message
    assert studio.asset(AVATAR)["asset_name"] == "Yunling"


def test_an_unknown_asset_gives_the_documented_error(studio: MetaStudio) -> None:
    for method, tail, body in (
        ("GET", "", ...),
        ("PUT", "", {"asset_name": "x"}),
        ("DELETE", "", ...),
        ("POST", "/restore", ...),
    ):
        status, code, message = studio.rejection(method, f"/digital-assets/no-such-asset{tail}", body)
        assert (status, code) == (400, "MSS.10001001")
        assert message.startswith("Asset not found: path parameter asset_id")


@pytest.mark.parametrize("own", [True, False])
def test_a_deleted_asset_can_be_restored_from_the_recycle_bin(studio: MetaStudio, own: bool) -> None:
    asset_id = OWN_CLIP if own else studio.finished_video()["asset_id"]
    studio.delete_asset(asset_id)
    deleted = studio.asset(asset_id)
    assert (deleted["asset_state"], deleted["files"]) == ("DELETING", [])
    studio.delete_asset(asset_id)
    status, code, message = studio.rejection("PUT", f"/digital-assets/{asset_id}", {"asset_name": "x"})
    assert (status, code) == (400, INVALID)
    assert "cannot be changed in this state" in message
    studio.restore_asset(asset_id)
    restored = studio.asset(asset_id)
    assert restored["asset_state"] == "ACTIVED"
    assert studio.account.http.get(restored["files"][0]["download_url"]).status == 200


def test_the_recycle_bin_retains_assets_for_seven_days(studio: MetaStudio) -> None:
    studio.delete_asset(OWN_CLIP)
    studio.account.advance(7 * DAY - 1)
    assert studio.asset(OWN_CLIP)["asset_state"] == "DELETING"
    studio.account.advance(1)
    assert studio.asset(OWN_CLIP)["asset_state"] == "DELETED"
    status, code, message = studio.rejection("POST", f"/digital-assets/{OWN_CLIP}/restore")
    assert (status, code) == (400, INVALID)
    assert "the asset is not in the recycle bin" in message


def test_a_forced_delete_is_permanent_and_removes_the_files_immediately(studio: MetaStudio) -> None:
    asset = studio.finished_video()
    url = asset["files"][0]["download_url"]
    studio.delete_asset(asset["asset_id"])
    assert studio.account.http.get(url).status == 200
    studio.delete_asset(asset["asset_id"], mode="force")
    deleted = studio.asset(asset["asset_id"])
    assert (deleted["asset_state"], deleted["files"]) == ("DELETED", [])
    assert studio.account.http.get(url).status == 404
    assert studio.job(studio.jobs()[0])["state"] == "SUCCEED"
    studio.delete_asset(asset["asset_id"])
    assert studio.asset(asset["asset_id"])["asset_state"] == "DELETED"
    assert studio.rejection("POST", f"/digital-assets/{asset['asset_id']}/restore")[0] == 400


def test_an_unknown_delete_mode_is_rejected(studio: MetaStudio) -> None:
    message = studio.rejection("DELETE", f"/digital-assets/{OWN_CLIP}", query={"mode": "soft"})[2]
    assert "query parameter mode" in message
    assert studio.asset(OWN_CLIP)["asset_state"] == "ACTIVED"


def test_an_output_deleted_while_its_job_runs_stays_deleted(studio: MetaStudio) -> None:
    job_id = studio.create()
    asset_id = studio.job(job_id)["output_asset_config"]["asset_id"]
    assert studio.rejection("PUT", f"/digital-assets/{asset_id}", {"asset_name": "x"})[0] == 400
    studio.delete_asset(asset_id)
    studio.account.advance(10)
    assert studio.job(job_id)["state"] == "SUCCEED"
    assert studio.asset(asset_id)["asset_state"] == "DELETING"


def test_only_assets_in_the_recycle_bin_can_be_restored(studio: MetaStudio) -> None:
    status, code, message = studio.rejection("POST", f"/digital-assets/{OWN_CLIP}/restore")
    assert (status, code) == (400, INVALID)
    assert "the asset is not in the recycle bin" in message


def test_reading_creates_no_rows(studio: MetaStudio) -> None:
    studio.assets(asset_source="ALL")
    studio.asset(OWN_PICTURE)
    assert studio.account.tasks(vendor="huawei-metastudio") == []


def test_picture_files_are_deterministic(studio: MetaStudio) -> None:
    bodies = {
        hashlib.sha256(studio.account.http.get(studio.asset(PICTURE)["files"][0]["download_url"]).body).digest()
        for _ in range(2)
    }
    assert len(bodies) == 1
