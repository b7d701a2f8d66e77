"""The four callbacks: content, time of sending, acknowledgement."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.testing.server import Server
from bodydouble.mock_server.vendor_api.local_time import local_text
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.times import SAMPLE_TIME

Create = Callable[..., Any]
CREATES: dict[str, tuple[Create, str, str]] = {
    "training": (Guiji.train, "createAvatarTraining", "avatarTrainingResult"),
    "voice": (Guiji.clone, "createVoiceClone", "voiceCloneResult"),
    "video": (Guiji.synthesise, "createVideo", "videoResult"),
    "audio": (Guiji.speak, "createAudio", "audioResult"),
}
every_kind = pytest.mark.parametrize(("create", "operation", "callback"), CREATES.values(), ids=CREATES)


@pytest.fixture
def guiji(dated: Guiji) -> Guiji:
    return dated


@pytest.fixture(autouse=True)
def acknowledged(receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)


def test_the_callback_for_a_trained_avatar_contains_its_scene(guiji: Guiji, receiver: Receiver) -> None:
    training = guiji.train(callbackUrl=receiver.url)
    guiji.account.advance(6)
    record = guiji.training(training)
    assert receiver.received[0].json == {
        "taskType": "video-training",
        "data": {
            "id": training,
            "result": "success",
            "reason": "",
            "title": "Presenter",
            "sceneId": record["sceneId"],
            "coverUrl": record["coverUrl"],
            "authorizeStatus": 1,
            "createTime": SAMPLE_TIME,
            "updateTime": SAMPLE_TIME + 6000,
        },
    }


@pytest.mark.parametrize("outcome", ["failed", "rejected"])
def test_the_callback_for_a_failed_or_rejected_training_has_no_scene(
    guiji: Guiji, receiver: Receiver, outcome: str
) -> None:
    guiji.account.scenario("guiji", "createAvatarTraining", outcome=outcome, reason="blurred")
    guiji.train(callbackUrl=receiver.url, authorizeText="I agree.")
    guiji.account.advance(6)
    data = receiver.received[0].json["data"]
    assert (data["result"], data["reason"], data["authorizeStatus"]) == ("fail", "blurred", 0)
    assert (data["coverUrl"], "sceneId" in data) == ("", False)


def test_times_are_milliseconds_in_callbacks_about_avatars_and_videos_and_texts_elsewhere(
    guiji: Guiji, receiver: Receiver
) -> None:
    training, video = guiji.train(callbackUrl=receiver.url), guiji.synthesise(callbackUrl=receiver.url)
    speaker, audio = guiji.clone(callbackUrl=receiver.url), guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(6)
    data = {request.json["taskType"]: request.json["data"] for request in receiver.received}
    for kind, record in (("video-training", guiji.training(training)), ("video-synthesis", guiji.video(video))):
        for name in ("createTime", "updateTime"):
            assert local_text(data[kind][name]) == record[name]
    assert data["voice-clone"]["expireTime"] == guiji.voice(speaker)["expireTime"] == "2026-03-10 10:11:49"
    assert not [name for name in (*data["tts-synthesis"], *guiji.audio(audio)) if name.endswith("Time")]


def test_an_absent_reason_is_empty_in_chapter_3_and_null_in_chapters_4_and_5(guiji: Guiji, receiver: Receiver) -> None:
    training, video = guiji.train(callbackUrl=receiver.url), guiji.synthesise(callbackUrl=receiver.url)
    speaker = guiji.clone(callbackUrl=receiver.url)
    guiji.account.advance(6)
    data = {request.json["taskType"]: request.json["data"] for request in receiver.received}
    assert data["video-training"]["reason"] == guiji.training(training)["comment"] == ""
    for absent in (
        data["voice-clone"]["reason"],
        guiji.voice(speaker)["reason"],
        data["video-synthesis"]["failReason"],
        guiji.video(video)["failReason"],
    ):
        assert absent is None


def test_the_callback_for_a_trained_voice_contains_the_whole_record(guiji: Guiji, receiver: Receiver) -> None:
    speaker = guiji.clone(callbackUrl=receiver.url, sex=1)
    guiji.account.advance(4)
    expected: dict[str, Any] = {"taskType": "voice-clone", "data": {**guiji.voice(speaker), "result": "success"}}
    assert receiver.received[0].json == expected
    assert expected["data"]["status"] == 2


def test_the_callback_for_a_failed_voice_contains_the_reason(guiji: Guiji, receiver: Receiver) -> None:
    guiji.account.scenario("guiji", "createVoiceClone", outcome="failed", reason="too noisy")
    speaker = guiji.clone(callbackUrl=receiver.url)
    guiji.account.advance(4)
    assert receiver.received[0].json["data"] == {**guiji.voice(speaker), "result": "fail"}
    assert guiji.voice(speaker)["reason"] == "too noisy"


def test_the_callback_for_a_finished_video_contains_its_urls_and_length(guiji: Guiji, receiver: Receiver) -> None:
    video = guiji.synthesise(callbackUrl=receiver.url, videoName="Welcome")
    guiji.account.advance(5)
    record = guiji.video(video)
    assert receiver.received[0].json == {
        "taskType": "video-synthesis",
        "data": {
            "id": video,
            "videoName": "Welcome",
            "result": "success",
            "failReason": None,
            "videoUrl": record["videoUrl"],
            "coverUrl": record["coverUrl"],
            "duration": "0.84",
            "createTime": SAMPLE_TIME,
            "updateTime": SAMPLE_TIME + 5000,
            "level": 1,
            "synthesisStatus": 3,
        },
    }


@pytest.mark.parametrize(("outcome", "status"), [("failed", 4), ("taskFailed", 7)])
def test_the_callback_for_a_failed_video_contains_the_reason(
    guiji: Guiji, receiver: Receiver, outcome: str, status: int
) -> None:
    guiji.account.scenario("guiji", "createVideo", outcome=outcome, reason="no face")
    guiji.synthesise(callbackUrl=receiver.url)
    guiji.account.advance(5)
    data = receiver.received[0].json["data"]
    assert (data["result"], data["failReason"], data["synthesisStatus"]) == ("fail", "no face", status)
    assert (data["videoUrl"], data["coverUrl"], data["duration"]) == (None, None, None)


def test_the_callback_for_a_finished_audio_has_a_status_and_no_result_field(guiji: Guiji, receiver: Receiver) -> None:
    audio = guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(1)
    url = guiji.audio(audio)["ttsUrl"]
    assert receiver.received[0].json == {
        "taskType": "tts-synthesis",
        "data": {"id": audio, "status": 2, "duration": 840, "ttsUrl": url},
    }


def test_the_callback_for_a_failed_audio_has_only_its_status(guiji: Guiji, receiver: Receiver) -> None:
    guiji.account.scenario("guiji", "createAudio", outcome="failed")
    audio = guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(1)
    assert receiver.received[0].json == {"taskType": "tts-synthesis", "data": {"id": audio, "status": 3}}


@every_kind
@pytest.mark.parametrize("outcome", ["success", "failed"])
def test_a_callback_conforms_to_the_contract(
    guiji: Guiji, receiver: Receiver, create: Create, operation: str, callback: str, outcome: str
) -> None:
    guiji.account.scenario("guiji", operation, outcome=outcome)
    create(guiji, callbackUrl=receiver.url)
    guiji.account.advance(10)
    received = receiver.received[0]
    assert load_contract("guiji").callbacks[callback].request.violations(received.json) == ()
    assert (received.method, received.headers["content-type"]) == ("POST", "application/json")


@every_kind
def test_a_callback_is_sent_once_when_the_task_ends_to_the_url_of_its_request(
    guiji: Guiji, receiver: Receiver, create: Create, operation: str, callback: str
) -> None:
    create(guiji, callbackUrl=f"{receiver.url}/first?key=a%20b&x=1#part")
    create(guiji, callbackUrl=f"{receiver.url}/second")
    create(guiji)
    guiji.account.advance(0.2)
    assert receiver.received == [], "no callback is sent before the end"
    happened = guiji.account.advance(5.8)
    guiji.account.advance(400 * 24 * 3600)
    assert sorted(request.path for request in receiver.received) == [
        "/callback/first?key=a%20b&x=1",
        "/callback/second",
    ]
    sent = [event for event in happened if event["type"] == "delivery"]
    assert [(event["callback"], event["outcome"], event["attempt"]) for event in sent] == [
        (callback, "delivered", 1)
    ] * 2
    assert len(guiji.account.deliveries()) == 2


@pytest.mark.generated
@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (ACKNOWLEDGEMENT, "delivered"),
        ({**ACKNOWLEDGEMENT, "code": 0}, "delivered"),
        ({**ACKNOWLEDGEMENT, "more": [1]}, "delivered"),
        ({**ACKNOWLEDGEMENT, "code": "1"}, "not-acknowledged"),
        ({**ACKNOWLEDGEMENT, "success": False}, "not-acknowledged"),
        ({"code": "0", "success": True}, "not-acknowledged"),
        ({}, "not-acknowledged"),
        ([], "not-acknowledged"),
        (None, "not-acknowledged"),
    ],
)
def test_an_acknowledgement_needs_three_fields(guiji: Guiji, receiver: Receiver, content: Any, outcome: str) -> None:
    receiver.behaviour = respond(200, content)
    training = guiji.train(callbackUrl=receiver.url)
    guiji.account.advance(6)
    assert guiji.account.deliveries()[0]["attempts"][0]["outcome"] == outcome
    assert guiji.training(training)["callbackStatus"] == (1 if outcome == "delivered" else 2)


def test_the_delivery_result_shows_in_the_training_and_changes_nothing_else(guiji: Guiji, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    training, silent = guiji.train(callbackUrl=receiver.url), guiji.train()
    guiji.account.advance(5.999)
    assert guiji.training(training)["callbackStatus"] == 0
    guiji.account.advance(0.001)
    assert (guiji.training(training)["callbackStatus"], guiji.training(training)["status"]) == (2, 2)
    assert (guiji.training(silent)["callbackStatus"], guiji.training(silent)["status"]) == (0, 2)


@every_kind
def test_a_failed_callback_is_not_retried(
    guiji: Guiji, receiver: Receiver, create: Create, operation: str, callback: str
) -> None:
    receiver.behaviour = respond(503)
    create(guiji, callbackUrl=receiver.url)
    guiji.account.advance(24 * 3600)
    assert len(receiver.received) == 1
    delivery = guiji.account.deliveries()[0]
    assert (delivery["state"], delivery["attempts"][0]["next_attempt_at"]) == ("failed", None)


def test_the_same_seed_and_calls_give_the_same_ids_urls_and_callbacks(server: Server, receiver: Receiver) -> None:
    def play() -> list[str]:
        account = Account(server, id="the-same-again", seed=7, frozen_at=SAMPLE_TIME)
        guiji = Guiji(account)
        training, speaker = guiji.train(callbackUrl=receiver.url), guiji.clone(callbackUrl=receiver.url)
        video, audio = guiji.synthesise(callbackUrl=receiver.url), guiji.speak(callbackUrl=receiver.url)
        happened = account.advance(10)
        seen = [
            guiji.token,
            account.credentials("guiji"),
            guiji.data("GET", "/openapi/user/v2/get"),
            guiji.training(training),
            guiji.voice(speaker),
            guiji.video(video),
            guiji.audio(audio),
            *((event["type"], event["at"], event.get("delivery")) for event in happened),
            *(request.body for request in receiver.received),
        ]
        receiver.received.clear()
        assert account.http.delete(account.path).status == 204
        # The database assigns the row ids, which are not part of what the seed determines.
        return [re.sub(r"(/_files/the-same-again)/[0-9]+/", r"\1/", str(value)) for value in seen]

    first = play()
    assert len(first) == 7 + 12 + 4
    assert play() == first
