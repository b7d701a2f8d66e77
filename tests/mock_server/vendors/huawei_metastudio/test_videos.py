"""Avatar video jobs: creation, states, cancellation and results."""

import pytest

from tests.support.huawei_metastudio import (
    READY,
    MetaStudio,
    scene,
    video_config,
)
from tests.support.times import DAY

INVALID = "MSS.00000003"


def test_a_job_waits_then_runs_then_succeeds(studio: MetaStudio) -> None:
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
def test_a_scenario_can_make_a_job_fail_or_be_blocked_by_content_review(
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


def test_the_output_of_a_cancelled_job_fails(studio: MetaStudio) -> None:
    job_id = studio.create()
    response = studio.cancel(job_id)
    assert (response.status, response.body) == (200, b"")
    job = studio.job(job_id)
    assert job["state"] == "CANCELED"
    studio.account.advance(READY)
    assert studio.job(job_id) == job
    assert studio.asset(job["output_asset_config"]["asset_id"])["asset_state"] == "FAILED"


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_job_that_is_not_waiting_cannot_be_cancelled(studio: MetaStudio, steps: int) -> None:
    job_id = studio.create()
    if steps == 0:
        studio.cancel(job_id)
    for _ in range(steps):
        studio.account.act(job_id, "step")
    before = studio.job(job_id)
    status, code, message = studio.rejection("POST", f"/2d-digital-human-videos/{job_id}/cancel")
    assert (status, code) == (400, INVALID)
    assert "only a waiting job can be canceled" in message
    assert studio.job(job_id) == before


def test_the_state_of_the_output_follows_its_job(studio: MetaStudio) -> None:
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


def test_a_download_url_expires_after_a_day_and_a_later_response_has_a_new_one(studio: MetaStudio) -> None:
    asset = studio.finished_video()
    url = asset["files"][0]["download_url"]
    studio.account.advance(DAY - 1)
    assert studio.account.http.get(url).status == 200
    studio.account.advance(1)
    assert studio.account.http.get(url).status == 410
    assert studio.account.http.get(studio.asset(asset["asset_id"])["files"][0]["download_url"]).status == 200


def test_the_expiry_of_a_download_url_cannot_be_forged(studio: MetaStudio) -> None:
    url = studio.finished_video()["files"][0]["download_url"]
    address, _, expiry = url.partition("?expires=")
    for forged in (address, f"{address}?expires={int(expiry) + 1}", f"{address}?expires=", f"{address}?expires=x"):
        assert studio.account.http.get(forged).status == 404


def test_an_unknown_job_is_rejected(studio: MetaStudio) -> None:
    for method, tail in (("GET", ""), ("POST", "/cancel")):
        status, code, message = studio.rejection(method, f"/2d-digital-human-videos/no-such-job{tail}")
        assert (status, code) == (400, INVALID)
        assert "path parameter job_id: this project has no video job no-such-job" in message
