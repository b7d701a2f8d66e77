"""Audios: states, records, lists, and how long their files exist."""

import pytest

from tests.support.guiji import AUDIOS, Guiji
from tests.support.times import DAY

SPEAK = "/openapi/speaker/v3/fastTts"


def test_an_audio_goes_from_preparing_through_processing_to_success(guiji: Guiji) -> None:
    audio = guiji.speak()
    seen = [guiji.audio(audio)["status"]]
    for seconds in (0.249, 0.001, 0.749, 0.001, 1000):
        guiji.account.advance(seconds)
        seen.append(guiji.audio(audio)["status"])
    assert seen == [0, 0, 1, 1, 2, 2]


def test_the_response_to_a_submission_is_the_id_and_the_first_state(guiji: Guiji) -> None:
    response = guiji.data("POST", SPEAK, {"speakerId": "C_101", "content": "Hello."})
    assert response == {"id": response["id"], "status": 0}


def test_an_unfinished_audio_shows_no_result(guiji: Guiji) -> None:
    audio = guiji.speak()
    assert guiji.audio(audio) == {"id": audio, "ttsUrl": None, "srtUrl": None, "duration": None, "status": 0}


def test_a_finished_audio_has_its_files_and_its_length_in_milliseconds(guiji: Guiji) -> None:
    audio = guiji.speak("Hello there.")
    guiji.account.advance(1)
    record = guiji.audio(audio)
    assert (record["status"], record["duration"]) == (2, 840)
    sound = guiji.account.http.get(record["ttsUrl"])
    assert (sound.status, sound.headers["content-type"], sound.body[:4]) == (200, "audio/wav", b"RIFF")
    assert "Hello there." in guiji.account.http.get(record["srtUrl"]).body.decode()


def test_a_failed_audio_has_no_files_length_or_reason(guiji: Guiji) -> None:
    guiji.account.scenario("guiji", "createAudio", outcome="failed", reason="no voice")
    audio = guiji.speak()
    guiji.account.advance(1)
    assert guiji.audio(audio) == {"id": audio, "ttsUrl": None, "srtUrl": None, "duration": None, "status": 3}


def test_files_are_removed_after_24_hours_and_the_record_stays(guiji: Guiji) -> None:
    audio = guiji.speak()
    guiji.account.advance(1)
    guiji.account.advance(DAY - 0.001)
    guiji.token = guiji.sign_in().json["data"]["access_token"]
    urls = [guiji.audio(audio)[name] for name in ("ttsUrl", "srtUrl")]
    assert [guiji.account.http.get(url).status for url in urls] == [200, 200]
    guiji.account.advance(0.001)
    assert [guiji.account.http.get(url).status for url in urls] == [410, 410]
    assert guiji.audio(audio) == {"id": audio, "ttsUrl": None, "srtUrl": None, "duration": 840, "status": 2}


def test_the_list_shows_every_audio_newest_first_in_pages(guiji: Guiji) -> None:
    audios = [guiji.speak() for _ in range(5)]
    guiji.account.act(audios[0], "finish")
    guiji.account.act(audios[1], "fail")
    content = guiji.page(AUDIOS, size=5)
    assert [record["id"] for record in content["records"]] == audios[::-1]
    assert content["records"] == [guiji.audio(audio) for audio in audios[::-1]]
    second = guiji.page(AUDIOS, page=2, size=4)
    assert ([record["id"] for record in second["records"]], second["totalRecord"]) == ([audios[0]], 5)


@pytest.mark.parametrize("content", ["x", "长" * 5000, "line\nbreak\tand \U0001f44b"])
def test_any_text_can_be_spoken(guiji: Guiji, content: str) -> None:
    audio = guiji.speak(content)
    guiji.account.advance(1)
    assert guiji.account.http.get(guiji.audio(audio)["srtUrl"]).status == 200
