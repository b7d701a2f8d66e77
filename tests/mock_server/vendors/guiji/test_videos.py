"""Videos: their inputs, states, records and lists, and how long their files exist."""

from typing import Any

import pytest

from tests.support.guiji import VIDEOS, Guiji
from tests.support.times import DAY


def test_a_video_goes_from_queued_through_processing_to_success(guiji: Guiji) -> None:
    video = guiji.synthesise()
    seen = [guiji.video(video)["synthesisStatus"]]
    for seconds in (0.999, 0.001, 3.999, 0.001, 1000):
        guiji.account.advance(seconds)
        seen.append(guiji.video(video)["synthesisStatus"])
    assert seen == [1, 1, 2, 2, 3, 3]


def test_an_unfinished_video_shows_no_result(dated: Guiji) -> None:
    video = dated.synthesise(videoName="Welcome")
    unfinished = {
        "id": video,
        "videoName": "Welcome",
        "videoFormat": "mp4",
        "duration": None,
        "durationMs": None,
        "coverUrl": None,
        "videoUrl": None,
        "srtUrl": None,
        "synthesisStatus": 1,
        "failReason": None,
        "createTime": "2025-03-10 10:11:45",
        "updateTime": "2025-03-10 10:11:45",
    }
    assert dated.video(video) == unfinished
    dated.account.advance(1)
    assert dated.video(video) == {**unfinished, "synthesisStatus": 2, "updateTime": "2025-03-10 10:11:46"}


def test_a_finished_video_has_its_files_and_its_length_in_seconds_and_milliseconds(dated: Guiji) -> None:
    video = dated.synthesise(text="Hello there.")
    dated.account.advance(5)
    record = dated.video(video)
    assert (record["synthesisStatus"], record["failReason"]) == (3, None)
    assert (record["duration"], record["durationMs"]) == ("0.84", "840")
    assert (record["createTime"], record["updateTime"]) == ("2025-03-10 10:11:45", "2025-03-10 10:11:50")
    for name, media_type in (
        ("videoUrl", "video/mp4"),
        ("coverUrl", "image/png"),
        ("srtUrl", "application/x-subrip"),
    ):
        file = dated.account.http.get(record[name])
        assert (file.status, file.headers["content-type"].partition(";")[0]) == (200, media_type), name
    assert "Hello there." in dated.account.http.get(record["srtUrl"]).body.decode()


@pytest.mark.parametrize(("outcome", "status"), [("failed", 4), ("taskFailed", 7)])
def test_a_failed_video_shows_the_reason_and_has_no_files(guiji: Guiji, outcome: str, status: int) -> None:
    guiji.account.scenario("guiji", "createVideo", outcome=outcome, reason="no face was found")
    video = guiji.synthesise()
    guiji.account.advance(5)
    record = guiji.video(video)
    assert (record["synthesisStatus"], record["failReason"]) == (status, "no face was found")
    assert [record[name] for name in ("videoUrl", "coverUrl", "srtUrl", "duration", "durationMs")] == [None] * 5


def test_files_are_removed_after_24_hours_and_the_record_stays(guiji: Guiji) -> None:
    video = guiji.synthesise()
    guiji.account.advance(5)
    urls = [guiji.video(video)[name] for name in ("videoUrl", "coverUrl", "srtUrl")]
    guiji.later(DAY - 0.001)
    assert [guiji.account.http.get(url).status for url in urls] == [200, 200, 200]
    assert guiji.video(video)["videoUrl"] == urls[0]

    guiji.account.advance(0.001)

    assert [guiji.account.http.get(url).status for url in urls] == [410, 410, 410]
    record = guiji.video(video)
    assert [record[name] for name in ("videoUrl", "coverUrl", "srtUrl")] == [None, None, None]
    assert (record["synthesisStatus"], record["durationMs"]) == (3, "840")
    assert guiji.page(VIDEOS)["records"] == [record]


def test_a_file_cannot_be_downloaded_before_its_video_has_succeeded(guiji: Guiji) -> None:
    first, second = guiji.synthesise(), guiji.synthesise()
    guiji.account.act(first, "finish")
    url = guiji.video(first)["videoUrl"]
    rows = [guiji.account.task(video)["id"] for video in (first, second)]
    assert guiji.account.http.get(url.replace(f"/{rows[0]}/", f"/{rows[1]}/")).status == 404


def test_a_recording_takes_precedence_over_text_unless_its_url_is_empty(guiji: Guiji) -> None:
    recorded = guiji.synthesise(audioUrl="https://media.example.com/speech.wav", text="Hello there.")
    spoken = guiji.synthesise(audioUrl="", text="Hello there.")
    voiceless = guiji.synthesise(audioUrl="https://media.example.com/speech.wav", text="Hi", speakerId="nobody")
    guiji.account.advance(5)
    assert guiji.video(recorded)["duration"] == "10"
    assert guiji.video(spoken)["duration"] == "0.84"
    assert guiji.video(voiceless)["synthesisStatus"] == 3


@pytest.mark.parametrize(("text", "milliseconds"), [("Hi", 500), ("Hello there.", 840), ("你好世界吗呢", 1320)])
def test_the_length_of_a_video_depends_on_its_text(guiji: Guiji, text: str, milliseconds: int) -> None:
    video = guiji.synthesise(text=text)
    guiji.account.advance(5)
    record = guiji.video(video)
    assert record["durationMs"] == str(milliseconds)
    assert float(record["duration"]) * 1000 == milliseconds


@pytest.mark.parametrize("changed", [{"pn": 0}, {"pn": 1}, {"videoName": ""}, {}])
def test_loop_direction_and_name_are_optional(guiji: Guiji, changed: dict[str, Any]) -> None:
    assert guiji.video(guiji.synthesise(**changed))["videoName"] == ""


def test_the_list_shows_every_video_newest_first_in_pages(guiji: Guiji) -> None:
    videos = [guiji.synthesise(videoName=f"Video {number}") for number in range(5)]
    guiji.account.act(videos[0], "finish")
    guiji.account.act(videos[1], "fail")
    content = guiji.page(VIDEOS, size=100)
    assert [record["id"] for record in content["records"]] == videos[::-1]
    assert content["records"] == [guiji.video(video) for video in videos[::-1]]
    assert (content["pageNo"], content["pageSize"], content["totalRecord"]) == (1, 100, 5)
    second = guiji.page(VIDEOS, page=2, size=3)
    assert [record["id"] for record in second["records"]] == [videos[1], videos[0]]
    assert guiji.page(VIDEOS, page=3, size=3)["records"] == []


def test_a_list_and_a_record_show_only_their_own_kind(guiji: Guiji) -> None:
    video, audio, training = guiji.synthesise(), guiji.speak(), guiji.train()
    assert len({video, audio, training}) == 3
    assert [record["id"] for record in guiji.page(VIDEOS)["records"]] == [video]
    assert guiji.rejection("GET", f"/openapi/video/v2/get/{audio}")[0] == "40001"
    assert guiji.rejection("GET", f"/openapi/speaker/v2/tts/{training}")[0] == "40001"


def test_reading_changes_nothing(guiji: Guiji) -> None:
    video = guiji.synthesise()
    guiji.account.advance(2)
    records = [guiji.video(video) for _ in range(5)]
    assert records == [records[0]] * 5
    assert guiji.page(VIDEOS)["records"] == records[:1]
