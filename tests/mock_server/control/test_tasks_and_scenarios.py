"""Tasks and scenarios in the control plane: an operator decides the course of tasks."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import Guiji
from tests.support.times import DAY, SAMPLE_TIME


@pytest.fixture
def guiji(dated: Guiji) -> Guiji:
    return dated


def error_of(response: Any) -> tuple[int, str]:
    return response.status, response.json["error"]


def test_a_task_shows_what_its_files_hold_if_it_is_asked_for(guiji: Guiji) -> None:
    task = guiji.account.task(guiji.synthesise())
    guiji.account.advance(3600)
    files = guiji.account.control("GET", f"/tasks/{task['id']}?contents=true").json["files"]
    texts = {file["name"]: file.get("text") for file in files}
    assert set(texts) == {"video.mp4", "cover.png", "subtitles.srt"}
    assert texts["video.mp4"] is texts["cover.png"] is None
    assert texts["subtitles.srt"].splitlines()[2] == "Hello there."
    assert guiji.account.http.get(files[-1]["url"]).body.decode() == texts[files[-1]["name"]]
    plain = guiji.account.control("GET", f"/tasks/{task['id']}").json["files"]
    assert [file.keys() for file in plain] == [{"name", "url"}] * 3


def test_a_task_is_shown_with_its_whole_plan(guiji: Guiji) -> None:
    video = guiji.synthesise(videoName="Welcome")
    task = guiji.account.task(video)
    assert task == {
        "id": task["id"],
        "number": task["number"],
        "vendor": "guiji",
        "kind": "video",
        "key": str(video),
        "name": "Welcome",
        "state": "queued",
        "code": 1,
        "outcome": "success",
        "reason": None,
        "held": False,
        "created_at": SAMPLE_TIME,
        "callback_state": 0,
        "files": [],
        "steps": [
            {"at": SAMPLE_TIME, "state": "queued", "code": 1},
            {"at": SAMPLE_TIME + 1000, "state": "processing", "code": 2},
            {"at": SAMPLE_TIME + 5000, "state": "success", "code": 3},
        ],
    }
    assert guiji.account.control("GET", f"/tasks/{task['id']}").json == task


def test_tasks_are_listed_newest_first_and_can_be_filtered(guiji: Guiji) -> None:
    video, audio, training = guiji.synthesise(), guiji.speak(), guiji.train()
    account = guiji.account
    assert [task["key"] for task in account.tasks(vendor="guiji")] == [str(training), str(audio), str(video)]
    assert [task["key"] for task in account.tasks(kind="audio")] == [str(audio)]
    assert [task["key"] for task in account.tasks(key=video)] == [str(video)]
    assert [task["key"] for task in account.tasks(limit=1)] == [str(training)]
    assert len(account.tasks(vendor="guiji")) == 3
    assert account.tasks(vendor="nobody") == account.tasks(kind="nothing") == []


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"vendor": ""}, {"kind": "a b"}])
def test_an_invalid_filter_is_rejected(account: Account, query: dict[str, Any]) -> None:
    response = account.control("GET", "/tasks", query=query)
    assert error_of(response) == (400, "invalidRequest")
    assert f"query parameter {next(iter(query))}: " in response.json["message"]


@pytest.mark.parametrize("row", ["x", "-1", "1.5", str(2**53)])
def test_an_invalid_task_id_is_a_bad_request(account: Account, row: str) -> None:
    response = account.control("GET", f"/tasks/{row}")
    assert error_of(response) == (400, "invalidRequest")
    assert "path parameter taskId: " in response.json["message"]


@pytest.mark.parametrize("verb", ["hold", "release", "step", "finish", "fail"])
def test_an_unknown_task_cannot_be_changed(account: Account, verb: str) -> None:
    assert error_of(account.control("POST", f"/tasks/999999999/{verb}")) == (404, "taskNotFound")


def test_a_held_task_stays_until_it_is_released(guiji: Guiji) -> None:
    video = guiji.synthesise()
    guiji.account.advance(2)
    held = guiji.account.act(video, "hold")
    assert (held["held"], held["state"], len(held["steps"])) == (True, "processing", 2)
    guiji.account.advance(3600)
    assert guiji.video(video)["synthesisStatus"] == 2
    released = guiji.account.act(video, "release")
    assert (released["held"], released["steps"][-1]["at"]) == (False, SAMPLE_TIME + 3_602_000 + 4000)
    guiji.account.advance(4)
    assert guiji.video(video)["synthesisStatus"] == 3


def test_a_task_can_be_stepped_through_its_states(guiji: Guiji) -> None:
    video = guiji.synthesise()
    guiji.account.act(video, "hold")
    for state, code in (("processing", 2), ("success", 3)):
        assert guiji.account.act(video, "step")["state"] == state
        assert guiji.video(video)["synthesisStatus"] == code
    row = guiji.account.task(video)["id"]
    assert error_of(guiji.account.control("POST", f"/tasks/{row}/step")) == (409, "taskUnchangeable")


def test_a_finished_task_has_its_result_at_once_and_sends_its_callback(guiji: Guiji, receiver: Receiver) -> None:
    video = guiji.synthesise(callbackUrl=receiver.url)
    assert guiji.account.act(video, "finish")["state"] == "success"
    assert guiji.video(video)["updateTime"] == "2025-03-10 10:11:45"
    assert guiji.account.http.get(guiji.video(video)["videoUrl"]).status == 200
    receiver.wait_for(1)
    guiji.account.advance(10)
    assert len(receiver.received) == 1, "the planned callback was removed"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (..., 4, "failed (set by Bodydouble)"),
        ({}, 4, "failed (set by Bodydouble)"),
        ({"reason": "no face"}, 4, "no face"),
        ({"outcome": "taskFailed", "reason": "x"}, 7, "x"),
    ],
)
def test_a_task_can_be_failed_with_an_outcome_and_a_reason(guiji: Guiji, body: Any, status: int, reason: str) -> None:
    video = guiji.synthesise()
    guiji.account.act(video, "fail", body)
    record = guiji.video(video)
    assert (record["synthesisStatus"], record["failReason"]) == (status, reason)


@pytest.mark.parametrize(
    ("verb", "body"), [("finish", {"outcome": "rejected"}), ("fail", {"outcome": "gone"}), ("release", ...)]
)
def test_an_impossible_outcome_of_a_task_is_rejected(guiji: Guiji, verb: str, body: Any) -> None:
    video = guiji.synthesise()
    row = guiji.account.task(video)["id"]
    before = guiji.account.task(video)
    assert error_of(guiji.account.control("POST", f"/tasks/{row}/{verb}", body)) == (409, "taskUnchangeable")
    assert guiji.account.task(video) == before


def test_a_task_fails_by_default_as_its_lifecycle_says(account: Account) -> None:
    aliyun = AliyunAvatar(account)
    video = aliyun.submit()
    account.fail(video)
    assert account.task(video)["outcome"] == "failure"


def test_a_task_whose_lifecycle_has_no_failure_cannot_fail(account: Account) -> None:
    row = account.task(AliyunAvatar(account).start())["id"]
    response = account.control("POST", f"/tasks/{row}/fail")
    assert error_of(response) == (409, "taskUnchangeable")
    assert "instance has no outcome of failure" in response.json["message"]


@pytest.mark.parametrize("verb", ["finish", "fail", "step"])
def test_a_task_that_has_ended_cannot_end_again(guiji: Guiji, verb: str) -> None:
    video = guiji.synthesise()
    guiji.account.advance(5)
    row = guiji.account.task(video)["id"]
    assert error_of(guiji.account.control("POST", f"/tasks/{row}/{verb}")) == (409, "taskUnchangeable")


def test_a_held_video_releases_its_reserved_quota(guiji: Guiji) -> None:
    guiji.account.set_quota("guiji", "fastDuration", 1000)
    first = guiji.synthesise(text="Hello there.")
    guiji.account.act(first, "hold")
    second = guiji.synthesise(text="Hello there.")
    guiji.account.act(first, "release")
    guiji.account.advance(5)
    assert guiji.video(first)["synthesisStatus"] == guiji.video(second)["synthesisStatus"] == 3
    assert guiji.benefits()["fastDuration"] == 0, "an operator may overdraw a quota, but its rest is never negative"


def test_a_scenario_applies_to_its_number_of_calls(guiji: Guiji) -> None:
    scenario = guiji.account.scenario("guiji", "createAudio", outcome="failed", times=2)
    assert scenario["remaining"] == 2
    audios = [guiji.speak() for _ in range(4)]
    guiji.account.advance(1)
    assert [guiji.audio(audio)["status"] for audio in audios] == [3, 3, 2, 2]
    assert guiji.account.control("GET", "/scenarios").json["scenarios"] == []


def test_a_scenario_without_a_number_applies_until_it_is_removed(guiji: Guiji) -> None:
    scenario = guiji.account.scenario("guiji", "createAudio", outcome="failed")
    audios = [guiji.speak(), guiji.speak()]
    assert guiji.account.control("DELETE", f"/scenarios/{scenario['id']}").status == 204
    audios.append(guiji.speak())
    guiji.account.advance(1)
    assert [guiji.audio(audio)["status"] for audio in audios] == [3, 3, 2]
    assert error_of(guiji.account.control("DELETE", f"/scenarios/{scenario['id']}")) == (404, "scenarioNotFound")


def test_a_scenario_can_be_limited_to_tasks_with_a_name(guiji: Guiji) -> None:
    guiji.account.scenario("guiji", "createVideo", outcome="failed", task_name="The bad one")
    good, bad = guiji.synthesise(videoName="Good"), guiji.synthesise(videoName="The bad one")
    guiji.account.advance(5)
    assert (guiji.video(good)["synthesisStatus"], guiji.video(bad)["synthesisStatus"]) == (3, 4)


def test_the_oldest_matching_scenario_is_used_first_and_all_can_be_cleared(guiji: Guiji) -> None:
    for outcome in ("failed", "taskFailed"):
        guiji.account.scenario("guiji", "createVideo", outcome=outcome, times=1)
    guiji.account.scenario("guiji", "createVideo", outcome="stuck")
    videos = [guiji.synthesise() for _ in range(3)]
    listed = guiji.account.control("GET", "/scenarios").json["scenarios"]
    assert [scenario["outcome"] for scenario in listed] == ["stuck"]
    assert guiji.account.control("DELETE", "/scenarios").status == 204
    videos.append(guiji.synthesise())
    guiji.account.advance(5)
    assert [guiji.video(video)["synthesisStatus"] for video in videos] == [4, 7, 2, 3]


def test_a_stuck_task_never_ends_by_itself_but_can_be_finished(guiji: Guiji) -> None:
    guiji.account.scenario("guiji", "createAudio", outcome="stuck", times=1)
    audio = guiji.speak()
    guiji.account.advance(100 * DAY)
    guiji.token = guiji.sign_in().json["data"]["access_token"]
    assert guiji.audio(audio)["status"] == 1
    guiji.account.act(audio, "finish")
    assert guiji.audio(audio)["status"] == 2


def test_a_slow_task_takes_ten_times_as_long(guiji: Guiji) -> None:
    guiji.account.scenario("guiji", "createAudio", outcome="slow", times=1)
    audio = guiji.speak()
    guiji.account.advance(9.999)
    assert guiji.audio(audio)["status"] == 1
    guiji.account.advance(0.001)
    assert guiji.audio(audio)["status"] == 2


def test_a_scenario_can_choose_any_error_case_of_the_operation(guiji: Guiji) -> None:
    guiji.account.scenario("guiji", "createAudio", error="concurrencyExceeded", times=1)
    guiji.account.scenario("guiji", "listAudios", error="serviceUnavailable", reason="down for a minute", times=1)
    request = {"speakerId": "C_101", "content": "Hello."}
    code, message = guiji.rejection("POST", "/openapi/speaker/v3/fastTts", request)
    assert (code, message) == ("40019", "Concurrency exceeded: chosen by a scenario")
    response = guiji.send("POST", "/openapi/speaker/v2/tts/pageList", {"page": 1, "size": 1})
    assert (response.status, response.json["code"]) == (503, "49503")
    assert response.json["message"] == "Service unavailable: down for a minute"
    assert guiji.account.tasks(vendor="guiji") == []
    assert guiji.benefits()["ttsWordsAmount"] == 1_000_000
    guiji.speak()


def test_a_rejected_call_does_not_consume_its_scenario(guiji: Guiji) -> None:
    guiji.account.scenario("guiji", "createAudio", outcome="failed", times=1)
    guiji.rejection("POST", "/openapi/speaker/v3/fastTts", {"speakerId": "nobody", "content": "Hello."})
    guiji.account.set_quota("guiji", "ttsWordsAmount", 1)
    guiji.rejection("POST", "/openapi/speaker/v3/fastTts", {"speakerId": "C_101", "content": "Hello."})
    guiji.account.set_quota("guiji", "ttsWordsAmount", 100)
    audio = guiji.speak("Hello.")
    guiji.account.advance(1)
    assert guiji.audio(audio)["status"] == 3


@pytest.mark.generated
@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ({"vendor": "nobody", "operation": "createVideo", "outcome": "failed"}, "scenarioUnusable", "/vendor"),
        ({"vendor": "guiji", "operation": "nothing", "outcome": "failed"}, "scenarioUnusable", "/operation"),
        ({"vendor": "guiji", "operation": "createVideo", "outcome": "rejected"}, "scenarioUnusable", "/outcome"),
        ({"vendor": "guiji", "operation": "getAccountBenefits", "outcome": "failed"}, "scenarioUnusable", "no task"),
        ({"vendor": "guiji", "operation": "createVideo", "error": "nothing"}, "scenarioUnusable", "/error"),
        ({"vendor": "guiji", "operation": "getVideo", "error": "bodyTooLarge"}, "scenarioUnusable", "/error"),
        ({"vendor": "guiji", "operation": "getAccessToken", "error": "internalError"}, "scenarioUnusable", "account"),
        ({"vendor": "guiji", "operation": "createVideo"}, "invalidRequest", "required"),
        (
            {"vendor": "guiji", "operation": "createVideo", "outcome": "failed", "error": "internalError"},
            "invalidRequest",
            "",
        ),
        ({"vendor": "guiji", "operation": "createVideo", "outcome": "failed", "times": 0}, "invalidRequest", "/times"),
        ({"vendor": 1, "operation": "createVideo", "outcome": "failed"}, "invalidRequest", "/vendor"),
    ],
)
def test_a_scenario_that_matches_nothing_is_rejected(
    account: Account, body: dict[str, Any], error: str, message: str
) -> None:
    response = account.control("POST", "/scenarios", body)
    assert error_of(response) == (400, error)
    assert message in response.json["message"]
    assert account.control("GET", "/scenarios").json == {"scenarios": []}
