"""Cloned voices: states, validity, records, filtered lists and consent."""

from typing import Any

import pytest

from tests.support.guiji import VOICE_CONSENT, VOICES, Guiji
from tests.support.times import DAY

CLONE = "/openapi/speaker/v3/clone"


def test_a_voice_goes_from_pending_through_training_to_success(guiji: Guiji) -> None:
    speaker = guiji.clone()
    seen = [guiji.voice(speaker)["status"]]
    for seconds in (0.666, 0.001, 3.332, 0.001, 1000):
        guiji.account.advance(seconds)
        seen.append(guiji.voice(speaker)["status"])
    assert seen == [0, 0, 1, 1, 2, 2]


def test_the_response_to_a_submission_is_the_new_voice(guiji: Guiji) -> None:
    request = {
        "name": "Narrator",
        "audioUrl": "https://media.example.com/sample.wav",
        "authorizeUrl": "https://media.example.com/consent.wav",
        "authorizeText": VOICE_CONSENT,
        "sex": 2,
    }
    voice = guiji.data("POST", CLONE, request)
    assert voice == guiji.voice(voice["speakerId"])
    assert voice == {
        "speakerId": voice["speakerId"],
        "ttsName": "Narrator",
        "ttsFeatures": "Original timbre",
        "audioUrl": "https://media.example.com/sample.wav",
        "ttsAudition": "",
        "languages": ["zh", "en"],
        "sex": 2,
        "status": 0,
        "authorizeStatus": 0,
        "reason": None,
        "expireTime": None,
    }


def test_a_trained_voice_has_a_demo_recording_and_is_valid_for_a_year(dated: Guiji) -> None:
    speaker = dated.clone()
    dated.account.advance(4)
    voice = dated.voice(speaker)
    assert (voice["status"], voice["sex"], voice["reason"]) == (2, None, None)
    assert voice["expireTime"] == "2026-03-10 10:11:49"
    assert voice["audioUrl"] == "https://media.example.com/sample.wav"
    sound = dated.account.http.get(voice["ttsAudition"])
    assert (sound.status, sound.body[:4]) == (200, b"RIFF")


def test_a_failed_voice_shows_the_reason_and_never_expires(guiji: Guiji) -> None:
    guiji.account.scenario("guiji", "createVoiceClone", outcome="failed", reason="too noisy")
    speaker = guiji.clone()
    guiji.account.advance(4)
    voice = guiji.voice(speaker)
    assert (voice["status"], voice["reason"]) == (3, "too noisy")
    assert (voice["expireTime"], voice["ttsAudition"]) == (None, "")
    guiji.later(400 * DAY)
    assert guiji.voice(speaker)["status"] == 3


def test_a_voice_expires_after_365_days_and_can_no_longer_speak(guiji: Guiji) -> None:
    speaker = guiji.clone()
    guiji.account.advance(4)
    assert guiji.speak(speakerId=speaker)
    guiji.later(365 * DAY - 0.001)
    assert guiji.voice(speaker)["status"] == 2
    assert guiji.speak(speakerId=speaker)
    assert guiji.synthesise(speakerId=speaker)

    guiji.later(0.001)

    voice = guiji.voice(speaker)
    assert voice["status"] == 4
    assert voice["expireTime"] is not None
    used = guiji.benefits()
    for path, request in (
        ("/openapi/speaker/v3/fastTts", {"speakerId": speaker, "content": "Hello."}),
        ("/openapi/video/v3/simpleCreate", {"sceneId": -101, "speakerId": speaker, "text": "Hello."}),
    ):
        code, message = guiji.rejection("POST", path, request)
        assert code == "40001"
        assert "/speakerId: the voice is expired" in message
    assert guiji.benefits() == used


def test_an_expiry_sends_no_callback(guiji: Guiji) -> None:
    guiji.clone()
    guiji.account.advance(4)
    happened = guiji.account.advance(366 * DAY)
    assert [(event["type"], event["state"]) for event in happened] == [("transition", "expired")]


@pytest.mark.parametrize(("outcome", "seconds", "state"), [("success", 0, "pending"), ("success", 2, "training")])
def test_a_voice_that_is_not_trained_yet_cannot_speak(guiji: Guiji, outcome: str, seconds: float, state: str) -> None:
    speaker = guiji.clone()
    guiji.account.advance(seconds)
    request = {"speakerId": speaker, "content": "Hello."}
    code, message = guiji.rejection("POST", "/openapi/speaker/v3/fastTts", request)
    assert (code, message) == ("40001", f"Voice not available: /speakerId: the voice is {state}")


def test_a_failed_voice_cannot_speak_but_is_ignored_beside_a_recording(guiji: Guiji) -> None:
    speaker = guiji.clone()
    guiji.account.act(speaker, "fail")
    request = {"sceneId": -101, "speakerId": speaker, "text": "Hello."}
    assert guiji.rejection("POST", "/openapi/video/v3/simpleCreate", request)[0] == "40001"
    assert guiji.synthesise(speakerId=speaker, audioUrl="https://media.example.com/speech.wav")


@pytest.mark.parametrize(
    "url",
    [
        "https://media.example.com/a.wav",
        "https://media.example.com/a.WAV?x=y.mp3",
        "https://media.example.com/a.b/sample",
        "https://media.example.com",
    ],
)
def test_a_sample_whose_url_may_lead_to_a_wav_file_is_accepted(guiji: Guiji, url: str) -> None:
    assert guiji.voice(guiji.clone(audioUrl=url))["audioUrl"] == url


@pytest.mark.parametrize("url", ["https://media.example.com/a.mp3", "https://media.example.com/a.wav.m4a?x=.wav"])
def test_a_sample_that_is_not_wav_is_rejected(guiji: Guiji, url: str) -> None:
    request = {
        "name": "a",
        "audioUrl": url,
        "authorizeUrl": "https://media.example.com/a.mp3",
        "authorizeText": VOICE_CONSENT,
    }
    code, message = guiji.rejection("POST", CLONE, request)
    assert code == "40011"
    assert "/audioUrl: WAV format only" in message
    assert guiji.account.tasks(vendor="guiji") == []
    assert guiji.benefits()["voiceCloneAmount"] == guiji.benefits()["totalVoiceCloneAmount"]


def keys(content: dict[str, Any]) -> list[str]:
    return [record["speakerId"] for record in content["records"]]


def test_the_list_shows_every_voice_newest_first_and_can_be_filtered(guiji: Guiji) -> None:
    ready = guiji.clone(sex=1)
    failed = guiji.clone(sex=2)
    guiji.account.act(failed, "fail")
    guiji.account.advance(4)
    fresh = guiji.clone(sex=2)
    unknown = guiji.clone()
    content = guiji.page(VOICES)
    assert keys(content) == [unknown, fresh, failed, ready]
    assert content["records"] == [guiji.voice(speaker) for speaker in keys(content)]
    assert keys(guiji.page(VOICES, sex=2)) == [fresh, failed]
    assert keys(guiji.page(VOICES, sex=1)) == [ready]
    assert keys(guiji.page(VOICES, status=0)) == [unknown, fresh]
    assert keys(guiji.page(VOICES, status=1)) == []
    assert keys(guiji.page(VOICES, status=2)) == [ready]
    assert keys(guiji.page(VOICES, status=3)) == [failed]
    assert keys(guiji.page(VOICES, status=3, sex=1)) == []
    second = guiji.page(VOICES, page=2, size=1, sex=2)
    assert (keys(second), second["totalRecord"]) == ([failed], 2)


def test_the_list_can_be_filtered_by_expiry_time(dated: Guiji) -> None:
    early = dated.clone()
    dated.account.advance(4)
    dated.later(30 * DAY)
    late = dated.clone()
    dated.account.advance(4)
    unfinished = dated.clone()
    assert dated.voice(early)["expireTime"] == "2026-03-10 10:11:49"
    assert dated.voice(late)["expireTime"] == "2026-04-09 10:11:53"
    assert keys(dated.page(VOICES)) == [unfinished, late, early]
    assert keys(dated.page(VOICES, expireStartTime="2026-03-10 10:11:49")) == [late, early]
    assert keys(dated.page(VOICES, expireStartTime="2026-03-10 10:11:50")) == [late]
    assert keys(dated.page(VOICES, expireEndTime="2026-03-10 10:11:49")) == [early]
    assert keys(dated.page(VOICES, expireEndTime="2026-03-10 10:11:48")) == []
    between: dict[str, Any] = {"expireStartTime": "2026-04-01 00:00:00", "expireEndTime": "2026-04-30 23:59:59"}
    assert keys(dated.page(VOICES, **between)) == [late]
    assert keys(dated.page(VOICES, status=2, **between)) == [late]
    assert keys(dated.page(VOICES, expireStartTime="2027-01-01 00:00:00")) == []


def test_expired_voices_can_be_filtered_by_status(guiji: Guiji) -> None:
    speaker = guiji.clone()
    guiji.later(366 * DAY)
    assert keys(guiji.page(VOICES, status=4)) == [speaker]
    assert keys(guiji.page(VOICES, status=2)) == []


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (VOICE_CONSENT, 1),
        ("I am 张三. I consent 示例公司 clone my voice for the synthesis of audio.", 1),
        ("I am Ann Example. I consent Example Ltd clone my avatar for the synthesis of video.", 0),
        ("I am Ann Example. I consent Example Ltd clone my voice.", 0),
    ],
)
def test_only_a_consent_in_the_prescribed_words_is_verified(guiji: Guiji, text: str, status: int) -> None:
    speaker = guiji.clone(authorizeText=text)
    guiji.account.advance(0.999)
    assert guiji.voice(speaker)["authorizeStatus"] == 0
    guiji.account.advance(0.001)
    assert guiji.voice(speaker)["authorizeStatus"] == status


def test_consent_can_be_submitted_later_and_shows_in_the_voice(guiji: Guiji) -> None:
    speaker = guiji.clone(authorizeText="I agree.")
    assert guiji.authorize_voice(speaker) is True
    assert guiji.voice(speaker)["authorizeStatus"] == 0
    guiji.account.advance(1)
    assert guiji.voice(speaker)["authorizeStatus"] == 1
    assert guiji.page(VOICES)["records"][0]["authorizeStatus"] == 1


def test_a_later_consent_does_not_revoke_a_verified_one(guiji: Guiji) -> None:
    speaker = guiji.clone()
    guiji.account.advance(1)
    for text in (VOICE_CONSENT, "I do not agree."):
        assert guiji.authorize_voice(speaker, text) is True
        assert guiji.voice(speaker)["authorizeStatus"] == 1


def test_consent_for_a_public_voice_is_accepted(guiji: Guiji) -> None:
    assert guiji.authorize_voice("C_101") is True
