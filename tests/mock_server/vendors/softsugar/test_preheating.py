"""Preheating of content and files, its deletion, and transcoding: requests and results."""

import json
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.softsugar import ROOT, WHOLE_TASK, SoftSugar

CONTENT = f"{ROOT}/material/voice/content/repository/create"
WARMING = f"{ROOT}/material/file/warming"
TRANSCODE = f"{ROOT}/material/file/transcode"
TEXT = {"tts_query": {"content": "Thank you.", "ssml": False}}
AUDIO = {"audio": "https://media.example.com/a.wav"}


def library(*content: Any, **changed: Any) -> dict[str, Any]:
    config = {"qid": "EAdUVf:AEA_1", "pitch_offset": 0, "speed_ratio": 1, "volume": 100}
    return {"type": "quick_response", "tts_config": config, "voice_content": list(content) or [TEXT], **changed}


GOOD = [
    library(),
    library(TEXT, TEXT),
    library(type="startup_script"),
    library(AUDIO, tts_config={}),
    library({**AUDIO, "tts_query": {"content": ""}}, AUDIO, tts_config={}),
    library({**TEXT, "audio": ""}),
    library({**TEXT, **AUDIO}, TEXT),
    library(digital_role={"face_feature_id": "f", "name": "Presenter"}),
    *(library(tts_config={"qid": "q", "pitch_offset": value}) for value in (-60, 60, 0.5)),
    *(library(tts_config={"qid": "q", "speed_ratio": value}) for value in (0.5, 2)),
    *(library(tts_config={"qid": "q", "volume": value}) for value in (1, 400)),
]


@pytest.mark.parametrize("param", GOOD, ids=range(len(GOOD)))
def test_phrases_can_be_text_or_audio(softsugar: SoftSugar, param: dict[str, Any]) -> None:
    task_id = softsugar.preheat_content(param).json["data"]
    softsugar.account.advance(WHOLE_TASK)
    row = softsugar.task(task_id)
    assert (row["algoType"], row["status"], row["productParam"]) == (42, 5, "{}")


@pytest.mark.parametrize("field", ["thumbnailUrl", "url"])
def test_the_thumbnail_field_is_accepted_under_both_documented_names(softsugar: SoftSugar, field: str) -> None:
    response = softsugar.preheat_content(library(), **{field: "https://media.example.com/t.png"})
    assert response.json["code"] == 0


BAD = [
    (library(type="news"), "/param/type"),
    ({**library(), "type": None}, "/param/type"),
    (library(tts_config={"qid": "q", "pitch_offset": 60.5}), "/param/tts_config/pitch_offset"),
    (library(tts_config={"qid": "q", "pitch_offset": -61}), "/param/tts_config/pitch_offset"),
    (library(tts_config={"qid": "q", "speed_ratio": 0.49}), "/param/tts_config/speed_ratio"),
    (library(tts_config={"qid": "q", "speed_ratio": 2.1}), "/param/tts_config/speed_ratio"),
    (library(tts_config={"qid": "q", "volume": 0}), "/param/tts_config/volume"),
    (library(tts_config={"qid": "q", "volume": 401}), "/param/tts_config/volume"),
    (library(tts_config={"qid": "q", "volume": 1.5}), "/param/tts_config/volume"),
    (library(tts_config={}), "/param/tts_config/qid"),
    (library(tts_config={"qid": ""}), "/param/tts_config/qid"),
    (library({**TEXT, **AUDIO}, tts_config={}), "/param/tts_config/qid"),
    (library(TEXT, AUDIO), "/param/voice_content/"),
    (library({**TEXT, **AUDIO}, AUDIO), "/param/voice_content/"),
    (library({}), "/param/voice_content/0/audio: required"),
    (library(voice_content=[]), "/param/voice_content"),
    (library(voice_content="hello"), "/param/voice_content"),
    (library({"audio": "ftp://x"}), "/param/voice_content/0/audio"),
    (library(digital_role={"name": "Presenter"}), "/param/digital_role/face_feature_id: required"),
    (library(digital_role={"face_feature_id": "f"}), "/param/digital_role/name: required"),
    ({"type": "quick_response", "tts_config": {}}, "/param/voice_content: required"),
    ([], "/param"),
    ("null", "/param"),
    ("", "/param"),
    ("{", "/param: json"),
    ('{"type": NaN}', "/param: json"),
    ("[" * 5000 + "]" * 5000, "/param: depth"),
    ('{"n": ' + "9" * 400 + "}", "/param/n: number"),
]


@pytest.mark.generated
@pytest.mark.parametrize(("param", "named"), BAD, ids=range(len(BAD)))
def test_the_error_for_an_invalid_library_points_into_its_json_text(
    softsugar: SoftSugar, param: Any, named: str
) -> None:
    response = softsugar.preheat_content(param)
    assert (response.status, response.json["code"]) == (200, 3333)
    assert named in response.json["message"]
    assert softsugar.created_tasks() == []


FILES_BAD = [
    (WARMING, {}, "/param"),
    (WARMING, [], "/param"),
    (WARMING, [{"fileUrl": "https://media.example.com/a.png"}], "/param/0/fileId: required"),
    (WARMING, [{"fileId": "a"}], "/param/0/fileUrl: required"),
    (WARMING, [{"fileId": "", "fileUrl": "https://media.example.com/a.png"}], "/param/0/fileId"),
    (WARMING, [{"fileId": 7, "fileUrl": "https://media.example.com/a.png"}], "/param/0/fileId"),
    (WARMING, [{"fileId": "a", "fileUrl": "a.png"}], "/param/0/fileUrl"),
    (TRANSCODE, {"fileUrl": "https://media.example.com/a.mp4"}, "/param"),
    (TRANSCODE, ["https://media.example.com/a.mp4"], "/param/0"),
    (TRANSCODE, [{}], "/param/0/fileUrl: required"),
    (TRANSCODE, [], "/param"),
]


@pytest.mark.generated
@pytest.mark.parametrize(("path", "param", "named"), FILES_BAD)
def test_an_invalid_list_of_files_is_rejected(softsugar: SoftSugar, path: str, param: Any, named: str) -> None:
    body = {"materialName": "Files", "param": json.dumps(param)}
    assert named in softsugar.rejection(3333, "POST", path, body)
    assert softsugar.created_tasks() == []


@pytest.mark.generated
@pytest.mark.parametrize("path", [CONTENT, WARMING, TRANSCODE, f"{ROOT}/material/face/swap/create"])
@pytest.mark.parametrize("body", [{}, {"materialName": ""}, {"materialName": 7}])
def test_the_error_names_a_missing_required_field(softsugar: SoftSugar, path: str, body: dict[str, Any]) -> None:
    message = softsugar.rejection(3333, "POST", path, body)
    assert "/materialName" in message or "required, but missing" in message
    assert softsugar.created_tasks() == []


def test_preheated_files_change_state_with_their_task(softsugar: SoftSugar) -> None:
    softsugar.preheat("a", "b")
    seen = []
    for seconds in (0, 0.2, 0.8, 4):
        softsugar.account.advance(seconds)
        seen.append(softsugar.preheated("a", "b"))
    assert seen == [{"a": code, "b": code} for code in (0, 1, 2, 5)]


def test_each_file_has_its_own_final_state_and_the_task_fails_only_if_all_files_fail(softsugar: SoftSugar) -> None:
    account = softsugar.account
    account.scenario("softsugar", "createFilePreheating", task_name="bad", outcome="failed", reason="not an image")
    mixed, lost = softsugar.preheat("good", "bad"), softsugar.preheat("bad")
    account.advance(WHOLE_TASK)
    assert softsugar.preheated("good", "bad") == {"good": 5, "bad": 9}
    assert [row["status"] for row in softsugar.tasks(mixed, lost)] == [5, 9]
    details = {"fileWarmingDetails": [{"fileId": "bad", "warmingResult": "not an image"}]}
    assert softsugar.product(mixed) == softsugar.product(lost) == details


def test_all_files_fail_when_the_preheating_task_fails(softsugar: SoftSugar) -> None:
    softsugar.account.scenario("softsugar", "createFilePreheating", outcome="failed", times=1)
    task_id = softsugar.preheat("a", "b")
    softsugar.account.advance(WHOLE_TASK)
    assert softsugar.preheated("a", "b") == {"a": 9, "b": 9}
    assert len(softsugar.product(task_id)["fileWarmingDetails"]) == 2


def test_the_query_omits_unknown_files_and_those_of_other_accounts(softsugar: SoftSugar, server: Server) -> None:
    SoftSugar(Account(server)).preheat("theirs")
    softsugar.preheat("mine")
    assert softsugar.preheated("mine", "theirs", "unknown") == {"mine": 0}
    rows = softsugar.data("GET", f"{WARMING}/query?fileIds=mine&fileIds=unknown&fileIds=mine")
    assert [row["fileId"] for row in rows] == ["mine"]
    assert rows[0]["owner"] == softsugar.owner
    assert rows[0]["fileUrl"] == "https://media.example.com/mine.png"


@pytest.mark.parametrize("query", ["fileIds=a,b,c", "fileIds=a&fileIds=b&fileIds=c", "fileIds=a,b&fileIds=c,a"])
def test_file_ids_can_be_joined_by_commas_or_repeated_or_both(softsugar: SoftSugar, query: str) -> None:
    softsugar.preheat("a", "b", "c")
    rows = softsugar.data("GET", f"{WARMING}/query?{query}")
    assert [row["fileId"] for row in rows] == ["a", "b", "c"]


@pytest.mark.parametrize("query", [{}, {"fileIds": ""}, {"fileIds": "a,,b"}])
def test_a_query_without_file_ids_is_rejected(softsugar: SoftSugar, query: dict[str, str]) -> None:
    assert "query parameter fileIds" in softsugar.rejection(3333, "GET", f"{WARMING}/query", query=query)


def test_files_are_gone_once_their_deletion_is_completed(softsugar: SoftSugar) -> None:
    softsugar.preheat("a", "b")
    softsugar.account.advance(WHOLE_TASK)
    task_id = softsugar.delete_preheated("a", "unknown")
    assert softsugar.preheated("a", "b") == {"a": 5, "b": 5}
    softsugar.account.advance(WHOLE_TASK)
    assert softsugar.preheated("a", "b") == {"b": 5}
    row = softsugar.task(task_id)
    assert (row["algoType"], row["status"], row["productParam"]) == (45, 5, "{}")


def test_a_failed_deletion_deletes_nothing(softsugar: SoftSugar) -> None:
    softsugar.preheat("a")
    softsugar.account.scenario("softsugar", "deletePreheatedFiles", outcome="failed")
    softsugar.delete_preheated("a")
    softsugar.account.advance(WHOLE_TASK)
    assert softsugar.preheated("a") == {"a": 5}


def test_a_file_that_is_preheated_again_survives_an_earlier_deletion(
    softsugar: SoftSugar,
) -> None:
    softsugar.preheat("a")
    softsugar.account.advance(WHOLE_TASK)
    softsugar.delete_preheated("a")
    again = softsugar.preheat("a")
    assert softsugar.preheated("a") == {"a": 0}
    softsugar.account.advance(WHOLE_TASK)
    (row,) = softsugar.data("GET", f"{WARMING}/query", query={"fileIds": "a"})
    assert (row["taskId"], row["status"]) == (again, 5)


def test_deleting_the_tasks_of_files_does_not_change_the_files(softsugar: SoftSugar) -> None:
    preheating = softsugar.preheat("a", "b")
    removed = softsugar.delete_preheated("b")
    softsugar.account.advance(WHOLE_TASK)
    assert softsugar.delete(preheating).json["code"] == softsugar.delete(removed).json["code"] == 0
    assert softsugar.preheated("a", "b") == {"a": 5}


@pytest.mark.parametrize("file_ids", [None, [], [""], "a", [1]])
def test_a_deletion_without_valid_file_ids_is_rejected(softsugar: SoftSugar, file_ids: Any) -> None:
    body = {} if file_ids is None else {"fileIds": file_ids}
    assert "/fileIds" in softsugar.rejection(3333, "POST", f"{WARMING}/del", body)
    assert softsugar.created_tasks() == []


def test_a_transcoding_fails_only_if_no_file_succeeds(softsugar: SoftSugar) -> None:
    good, bad = "https://media.example.com/good.mp4", "https://media.example.com/bad.mp4"
    softsugar.account.scenario("softsugar", "createTranscoding", task_name=bad, outcome="failed", reason="no video")
    mixed, lost = softsugar.transcode(good, bad), softsugar.transcode(bad)
    softsugar.account.advance(WHOLE_TASK)
    assert [row["status"] for row in softsugar.tasks(mixed, lost)] == [5, 9]
    first, second = softsugar.product(mixed)["fileTranscodeDetails"]
    assert (first["transcodeResult"], first["fileUrl"]) == (True, good)
    assert second == {"fileUrl": bad, "transcodeResult": False, "msg": "no video"}
    assert softsugar.product(lost)["fileTranscodeDetails"] == [second]
