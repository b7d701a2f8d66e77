"""Signing in, the validity of a token, and the remaining quotas."""

import hashlib
import time

import pytest

from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.times import HOUR

BENEFITS = "/openapi/user/v2/get"


def test_a_signed_request_gets_a_token_that_is_valid_for_two_hours(guiji: Guiji) -> None:
    content = guiji.sign_in().json
    assert (content["code"], content["success"]) == ("0", True)
    assert content["data"]["expires_in"] == 7199
    assert len(content["data"]["access_token"]) == 36


def test_a_token_works_for_exactly_two_hours(guiji: Guiji, account: Account) -> None:
    account.advance(2 * HOUR - 1)
    assert guiji.benefits()
    account.advance(1)
    assert guiji.rejection("GET", BENEFITS)[0] == "40003"


def test_an_expired_token_stays_expired_and_a_new_token_works(guiji: Guiji, account: Account) -> None:
    account.advance(48 * HOUR)
    assert guiji.rejection("GET", BENEFITS)[0] == "40003"
    guiji.token = guiji.sign_in().json["data"]["access_token"]
    assert guiji.benefits()


def test_an_earlier_token_stays_valid_after_a_new_token_is_issued(guiji: Guiji) -> None:
    newer = Guiji(guiji.account)
    assert newer.token != guiji.token
    assert guiji.benefits() == newer.benefits()


def test_a_token_gives_access_to_its_own_account_only(guiji: Guiji) -> None:
    stranger = Guiji(Account(guiji.account.server))
    assert guiji.data("GET", BENEFITS)["user"] != stranger.data("GET", BENEFITS)["user"]
    guiji.speak("Four")
    assert stranger.benefits()["ttsWordsAmount"] == stranger.benefits()["totalTtsWordsAmount"]


def signed(account: Account, timestamp: int, separator: str = "", upper: bool = False) -> dict[str, str]:
    credentials = account.credentials("guiji")
    text = separator.join((credentials["app_id"], str(timestamp), credentials["secret"]))
    sign = hashlib.md5(text.encode()).hexdigest()
    return {
        "grant_type": "sign",
        "appId": credentials["app_id"],
        "timestamp": str(timestamp),
        "sign": sign.upper() if upper else sign,
    }


def sign_in(account: Account, query: dict[str, str]) -> str:
    return str(account.http.get("/openapi/oauth/token", query=query).json["code"])


def test_the_signature_is_the_md5_of_key_timestamp_and_secret_in_lower_case(account: Account) -> None:
    now = time.time_ns() // 1_000_000
    assert sign_in(account, signed(account, now)) == "0"
    assert sign_in(account, signed(account, now, separator="&")) == "40002"
    assert sign_in(account, signed(account, now, upper=True)) == "40015"


@pytest.mark.parametrize(("minutes", "code"), [(14, "0"), (-14, "0"), (16, "40002"), (-16, "40002")])
def test_a_signature_timestamp_may_differ_from_real_time_by_up_to_fifteen_minutes(
    account: Account, minutes: int, code: str
) -> None:
    account.advance(365 * 24 * HOUR)
    assert sign_in(account, signed(account, time.time_ns() // 1_000_000 + minutes * 60_000)) == code


def test_the_error_for_a_wrong_signature_shows_the_text_to_sign_without_the_secret(guiji: Guiji) -> None:
    credentials = guiji.account.credentials("guiji")
    message = guiji.sign_in(sign="0" * 32, timestamp="1741572705000").json["message"]
    assert f"md5 of {credentials['app_id']}1741572705000<secret>" in message
    assert credentials["secret"] not in message


def test_the_benefits_show_the_user_and_initially_unused_quotas(guiji: Guiji) -> None:
    content = guiji.data("GET", BENEFITS)
    assert content["user"]["id"] > 0
    assert content["user"]["corpId"] > 0
    account = content["account"]
    assert set(account) == {
        *("fastTrainingAmount", "voiceCloneAmount", "fastDuration", "ttsWordsAmount"),
        *("totalFastTrainingAmount", "totalVoiceCloneAmount", "totalFastDuration", "totalTtsWordsAmount"),
    }
    for name in ("fastTrainingAmount", "voiceCloneAmount", "fastDuration", "ttsWordsAmount"):
        assert account[name] == account[f"total{name[0].upper()}{name[1:]}"] > 0


def test_a_training_uses_quota_when_it_is_accepted_even_if_it_fails_later(guiji: Guiji) -> None:
    guiji.account.scenario("guiji", "createAvatarTraining", outcome="failed")
    before = guiji.benefits()
    guiji.train()
    guiji.account.advance(10)
    after = guiji.benefits()
    assert after == {**before, "fastTrainingAmount": before["fastTrainingAmount"] - 1}


def test_a_voice_uses_quota_when_it_is_accepted(guiji: Guiji) -> None:
    before = guiji.benefits()
    guiji.clone()
    assert guiji.benefits() == {**before, "voiceCloneAmount": before["voiceCloneAmount"] - 1}


@pytest.mark.parametrize("content", ["Hello.", "你好世界吗", "👋🏽 a"])
def test_an_audio_uses_one_unit_of_quota_per_character_when_it_is_accepted(guiji: Guiji, content: str) -> None:
    before = guiji.benefits()
    guiji.speak(content)
    assert guiji.benefits() == {**before, "ttsWordsAmount": before["ttsWordsAmount"] - len(content)}


def test_a_video_uses_duration_quota_when_it_succeeds_and_no_characters(guiji: Guiji) -> None:
    before = guiji.benefits()
    video = guiji.synthesise(text="Hello there.")
    guiji.account.advance(4.999)
    assert guiji.benefits() == before
    guiji.account.advance(0.001)
    length = int(guiji.video(video)["durationMs"])
    assert guiji.benefits() == {**before, "fastDuration": before["fastDuration"] - length}


@pytest.mark.parametrize("outcome", ["failed", "taskFailed", "stuck"])
def test_a_video_that_does_not_succeed_uses_no_quota(guiji: Guiji, outcome: str) -> None:
    guiji.account.scenario("guiji", "createVideo", outcome=outcome)
    before = guiji.benefits()
    guiji.synthesise()
    guiji.account.advance(100)
    assert guiji.benefits() == before


def test_a_training_without_quota_is_rejected(guiji: Guiji) -> None:
    guiji.account.set_quota("guiji", "fastTrainingAmount", 1)
    training = guiji.train()
    guiji.account.advance(10)
    request = {
        "name": "a",
        "videoUrl": "https://media.example.com/a",
        "authorizeUrl": "https://media.example.com/a",
        "authorizeText": "any",
        "level": 1,
    }
    for changed in ({}, {"id": training}):
        code, message = guiji.rejection("POST", "/openapi/video/v3/create/training", {**request, **changed})
        assert code == "40010"
        assert "fastTrainingAmount" in message
    assert guiji.training(training)["status"] == 2, "the rejected submission has not changed the training"
    assert len(guiji.account.tasks(vendor="guiji")) == 1


def test_a_voice_without_quota_is_rejected(guiji: Guiji) -> None:
    guiji.account.set_quota("guiji", "voiceCloneAmount", 0)
    request = {
        "name": "a",
        "audioUrl": "https://media.example.com/a.wav",
        "authorizeUrl": "https://media.example.com/a",
        "authorizeText": "any",
    }
    code, message = guiji.rejection("POST", "/openapi/speaker/v3/clone", request)
    assert code == "40010"
    assert "voiceCloneAmount" in message
    assert guiji.account.tasks(vendor="guiji") == []


def test_an_audio_longer_than_the_remaining_characters_is_rejected(guiji: Guiji) -> None:
    guiji.account.set_quota("guiji", "ttsWordsAmount", 10)
    guiji.speak("six by")
    code, message = guiji.rejection("POST", "/openapi/speaker/v3/fastTts", {"speakerId": "C_101", "content": "five."})
    assert code == "40010"
    assert "ttsWordsAmount: 5 needed" in message
    guiji.speak("four")
    assert guiji.benefits()["ttsWordsAmount"] == 0


def test_unfinished_videos_count_against_the_remaining_duration(guiji: Guiji) -> None:
    guiji.account.set_quota("guiji", "fastDuration", 1500)
    video = guiji.synthesise(text="Hello there.")
    request = {"sceneId": "-101", "text": "Hello there.", "speakerId": "C_101"}
    code, message = guiji.rejection("POST", "/openapi/video/v3/simpleCreate", request)
    assert code == "40010"
    assert "fastDuration: 840 needed" in message
    assert guiji.benefits()["fastDuration"] == 1500, "only what has succeeded shows as used"
    guiji.account.act(video, "fail")
    guiji.synthesise(text="Hello there.")


def test_a_total_set_below_the_used_quota_leaves_none(guiji: Guiji) -> None:
    guiji.speak("Hello there.")
    guiji.account.set_quota("guiji", "ttsWordsAmount", 5)
    benefits = guiji.benefits()
    assert (benefits["ttsWordsAmount"], benefits["totalTtsWordsAmount"]) == (0, 5)
