"""The nine forms of `productParam`, and the files behind their URLs."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.softsugar import WHOLE_TASK, SoftSugar
from tests.support.times import DAY


def urls(value: Any) -> list[str]:
    """All URLs in a result."""
    if isinstance(value, str):
        return [value] if value.startswith(("http://127.0.0.1", "http://localhost")) else []
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [url for item in items for url in urls(item)]


def finished(softsugar: SoftSugar, kind: int, **chosen: Any) -> Any:
    task_id = softsugar.add_task(kind, **chosen)
    softsugar.account.advance(WHOLE_TASK)
    return softsugar.product(task_id)


CASES = [
    (14, {"algoSubType2": "webm", "algoSubType3": "30", "videoDuration": 4000}, 2),
    (12, {"faceFeatureId": "ffid"}, 10),
    (12, {"algoSubType2": "multi"}, 19),
    (18, {"algoSubType1": "4K"}, 3),
    (11, {"voice": {"name": "Ann", "gender": 2}}, 1),
    (20, {}, 2),
    (41, {"voice": {"name": "Ann", "languages": ["en-US"]}}, 1),
    (43, {"files": [{"fileId": "a", "fileUrl": "https://media.example.com/a.png"}]}, 0),
    (46, {"files": [{"fileUrl": "https://media.example.com/20fps.mp4"}]}, 1),
    (42, {}, 0),
    (25, {}, 0),
]


@pytest.mark.parametrize(("kind", "fields", "count"), CASES)
def test_every_file_of_a_result_can_be_downloaded_for_seven_days(
    softsugar: SoftSugar, kind: int, fields: dict[str, Any], count: int
) -> None:
    task_id = softsugar.add_task(kind, **fields)
    assert softsugar.product(task_id) is None
    softsugar.account.advance(WHOLE_TASK)
    product = softsugar.product(task_id)
    file_urls = urls(product)
    assert len(set(file_urls)) == count
    http = softsugar.account.http
    assert [http.get(url).status for url in file_urls] == [200] * len(file_urls)
    softsugar.account.advance(7 * DAY - WHOLE_TASK)
    assert [http.get(url).status for url in file_urls] == [200] * len(file_urls)
    softsugar.account.advance(WHOLE_TASK)
    assert [http.get(url).status for url in file_urls] == [410] * len(file_urls)


def test_a_video_shows_its_length_last_frame_and_format(softsugar: SoftSugar) -> None:
    product = softsugar.product(913318)
    assert (product["duration"], product["lastFrameIndex"]) == (880, 22)
    assert [product[f"algoSubType{index}"] for index in (1, 2, 3)] == ["2K", "mp4", "25"]
    message = json.loads(softsugar.task(913318)["message"])
    assert message["video_info"] == {"fps": 25, "format": "mp4", "digital_type": "2K", "last_frame_index": 22}
    assert sum(phase["costTime"] for phase in softsugar.phases(913318)) == 9000
    webm = softsugar.account.http.get(softsugar.product(913402)["videoPath"])
    assert webm.headers["content-type"] == "video/webm"


# Of the vendor's example (line 1046): timed from start to end, counted by frame, and single times.
TIMED = {"parse_json", "preprocess", "postprocess", "main_process", "st_mobile_change_package"}
COUNTED = {"audio_process", "video_process", "wait_srt_stream"}
SINGLE = {"send_task_response", "receive_task_from_agent"}


@pytest.mark.parametrize("fields", [{}, {"videoDuration": 1}, {"algoSubType2": "webm", "algoSubType3": "60"}])
def test_the_time_info_of_a_video_has_the_ten_steps_of_the_document(
    softsugar: SoftSugar, fields: dict[str, Any]
) -> None:
    task_id = softsugar.add_task(14, **fields)
    softsugar.account.advance(WHOLE_TASK)
    steps = json.loads(softsugar.task(task_id)["message"])["time_info"]
    assert steps.keys() == TIMED | COUNTED | SINGLE
    assert {name for name, step in steps.items() if step.keys() == {"avg", "sum", "start", "end"}} == TIMED
    assert {name for name, step in steps.items() if step.keys() == {"avg", "sum"}} == COUNTED
    assert {name for name, step in steps.items() if step.keys() == {"start"}} == SINGLE
    assert steps["wait_srt_stream"] == {"avg": 0, "sum": 0}
    frames = softsugar.product(task_id)["lastFrameIndex"] + 1
    assert steps["audio_process"]["avg"] * frames == pytest.approx(steps["audio_process"]["sum"])


def test_the_time_info_of_a_video_agrees_with_its_phases_and_its_times(softsugar: SoftSugar) -> None:
    row = softsugar.task(913318)
    steps = json.loads(row["message"])["time_info"]
    phases = {phase["phase"]: phase for phase in softsugar.phases(913318)}
    for name in TIMED:
        seconds = [steps[name][side][:-4] for side in ("start", "end")]
        assert seconds == [phases[name]["startTime"], phases[name]["endTime"]]
        assert steps[name]["sum"] == steps[name]["avg"] == phases[name]["costTime"]
    assert steps["receive_task_from_agent"]["start"][:-4] == row["startTime"]
    assert steps["send_task_response"]["start"][:-4] == row["endTime"]


@pytest.mark.parametrize(
    ("kind", "fields", "shows_id"), [(12, {}, True), (12, {"algoSubType2": "multi"}, False), (18, {}, False)]
)
def test_extend_param_has_the_id_of_the_one_avatar_that_a_finished_task_made(
    softsugar: SoftSugar, kind: int, fields: dict[str, Any], shows_id: bool
) -> None:
    task_id = softsugar.add_task(kind, faceFeatureId="ffid", **fields)
    failed = softsugar.add_task(kind, outcome="failed", faceFeatureId="ffid", **fields)
    cancelled = softsugar.add_task(kind, faceFeatureId="ffid", **fields)
    softsugar.cancel(cancelled)
    for code, seconds in ((0, 0), (1, 0.2), (2, 0.8)):
        softsugar.account.advance(seconds)
        row = softsugar.task(task_id)
        assert (row["status"], row["extendParam"], row["message"]) == (code, None, "{}")
    softsugar.account.advance(WHOLE_TASK)
    expected = {"faceFeatureId": "ffid"} if shows_id else None
    listed = {row["id"]: row for row in softsugar.list_details(kind)["result"]}
    for ended in (task_id, failed):
        for row in (softsugar.task(ended), listed[ended]):
            assert json.loads(row["extendParam"] or "null") == expected
    assert softsugar.task(cancelled)["extendParam"] is None


@pytest.mark.parametrize("kind", [11, 14, 18, 20, 25, 37, 41, 42, 43, 45, 46])
def test_tasks_of_other_types_have_no_extend_param_and_an_empty_message_until_they_end(
    softsugar: SoftSugar, kind: int
) -> None:
    task_id = softsugar.add_task(kind)
    seen = []
    for seconds in (0, 0.2, 0.8, WHOLE_TASK):
        softsugar.account.advance(seconds)
        row = softsugar.task(task_id)
        assert row["extendParam"] is None
        seen.append(row["message"])
    assert seen[:3] == ["{}"] * 3
    assert isinstance(json.loads(seen[3]), dict)


@pytest.mark.parametrize(("sub_type", "numbers"), [(None, [0, 1]), ("multi", [0, 1, 2, 3])])
def test_every_model_of_an_avatar_has_a_face_feature_id_of_its_own(
    softsugar: SoftSugar, sub_type: str | None, numbers: list[int]
) -> None:
    models = finished(softsugar, 12, faceFeatureId="ffid_s1", algoSubType2=sub_type)["multi"]
    ids = [model[form]["faceFeatureId"] for model in models for form in ("origin", "common")]
    assert ids == [f"ffid_s1_{number}" for number in numbers]


def test_an_avatar_comes_in_two_forms_for_each_of_its_videos(softsugar: SoftSugar) -> None:
    for task_id, count in ((27, 1), (908438, 2)):
        product = softsugar.product(task_id)
        assert len(product["multi"]) == count
        for model in product["multi"]:
            assert {"thumbPath", "pkgPath", "faceFeatureId", "userJson", "avatarResultJson"} == model["common"].keys()
            assert model["origin"].keys() == model["common"].keys()
            archive = softsugar.account.http.get(model["common"]["pkgPath"])
            # The first task ended more than seven days ago.
            assert archive.status == (410 if task_id == 27 else 200)
    extend = json.loads(softsugar.task(27)["extendParam"])
    assert extend == {"faceFeatureId": "02e74f10e0327ad868d138f2b4fdd6f0_s1"}


def test_an_avatar_update_shows_the_size_of_its_model(softsugar: SoftSugar) -> None:
    product = softsugar.product(890212)
    assert product.keys() == {"thumbPath", "pkgPath", "modelInfo", "userJson"}
    assert product["modelInfo"] == "2K"


def test_a_legacy_voice_shows_its_settings_and_its_training(softsugar: SoftSugar) -> None:
    product = softsugar.product(150871)
    assert product["voice"] == {
        "id": "ttsId41",
        "name": "Own voice 1",
        "gender": 2,
        "language": "zh-CN",
        "vendor_id": 1,
    }
    assert (product["taskStatus"], product["stage"], product["stageStatus"]) == (5, "deployment", 5)
    assert json.loads(softsugar.task(150871)["message"]) == {"tts resp msg": "task is finished"}
    assert "modelUrl" not in product


def test_the_result_of_a_face_swap_is_a_video(softsugar: SoftSugar) -> None:
    product = softsugar.product(915020)
    assert product.keys() == {"thumbPath", "pkgPath"}
    assert softsugar.account.http.get(product["pkgPath"]).headers["content-type"] == "video/mp4"


def test_a_qid_voice_shows_its_languages_only_when_it_is_completed(softsugar: SoftSugar) -> None:
    done, failing = softsugar.add_task(41, voice={"languages": ["en-US"]}), softsugar.add_task(41, outcome="failed")
    softsugar.account.advance(2)
    assert softsugar.product(done) is None
    softsugar.account.advance(WHOLE_TASK)
    assert softsugar.product(done)["voice"]["languages"] == ["en-US"]
    failed = softsugar.product(failing)
    assert "languages" not in failed["voice"]
    assert (failed["taskStatus"], failed["sampleAudioUrl"]) == (9, "")
    updated = datetime.fromisoformat(softsugar.product(done)["updatedTime"])
    assert updated.utcoffset() == timedelta(0)


def test_preheating_shows_only_the_files_that_failed(softsugar: SoftSugar) -> None:
    assert softsugar.product(2040) == {
        "fileWarmingDetails": [{"fileId": "20250526-dev3", "warmingResult": "download error"}]
    }
    files = [{"fileId": "a", "fileUrl": "https://media.example.com/a.png"}]
    assert finished(softsugar, 43, files=files) == {}


def test_transcoding_creates_a_new_file_only_if_needed_and_gives_the_reason_otherwise(softsugar: SoftSugar) -> None:
    needed, unchanged = softsugar.product(2051)["fileTranscodeDetails"]
    assert needed["transcodeResult"] is True
    assert softsugar.account.http.get(needed["fileTranscodeUrl"]).status == 200
    assert (unchanged["transcodeResult"], "fileTranscodeUrl" in unchanged) == (False, False)
    assert unchanged["msg"] == "FPS 25.0 is within [22,28], no transcoding needed"


@pytest.mark.parametrize(("rate", "transcoded"), [(21, True), (22, False), (28, False), (29, True)])
def test_a_frame_rate_from_22_to_28_needs_no_transcoding(softsugar: SoftSugar, rate: int, transcoded: bool) -> None:
    task_id = softsugar.transcode(f"https://media.example.com/clip_{rate}fps.mp4?size=25fps")
    softsugar.account.advance(WHOLE_TASK)
    (detail,) = softsugar.product(task_id)["fileTranscodeDetails"]
    assert detail["transcodeResult"] is transcoded
    assert ("fileTranscodeUrl" in detail) is transcoded


def test_other_types_have_an_empty_result(softsugar: SoftSugar) -> None:
    assert [finished(softsugar, kind) for kind in (25, 32, 33, 37, 42, 44, 45, 999)] == [{}] * 8
