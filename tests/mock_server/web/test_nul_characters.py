"""The character NUL is refused wherever and however it is written, with the vendor's error for an invalid parameter."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import APP, AliyunAvatar
from tests.support.guiji import Guiji
from tests.support.softsugar import ROOT, SoftSugar

SPEAK = "/openapi/speaker/v3/fastTts"


@pytest.mark.parametrize(
    "body",
    [
        b'{"speakerId": "C_101", "content": "a\\u0000b"}',
        b'{"speakerId": "C_101\\u0000", "content": "ab"}',
        b'{"speakerId": "C_101", "content": "ab", "unknown": ["\\u0000"]}',
    ],
)
def test_a_body_with_the_character_is_refused(guiji: Guiji, body: bytes) -> None:
    query = {"access_token": guiji.token}
    response = guiji.account.http.request(
        "POST", SPEAK, query=query, body=body, headers={"Content-Type": "application/json"}
    )
    assert (response.json["code"], response.json["success"]) == ("40015", False)


def test_a_text_that_only_mentions_an_escape_is_accepted(guiji: Guiji) -> None:
    assert guiji.speak(r"a\u0000b and %00")


def test_the_character_in_json_within_a_string_is_refused(account: Account) -> None:
    softsugar = SoftSugar(account)
    assert softsugar.preheat("ab")
    param = [{"fileId": "a\x00b", "fileUrl": "https://media.example.com/a.png"}]
    body = {"materialName": "Preheating", "param": json.dumps(param)}
    response = softsugar.send("POST", f"{ROOT}/material/file/warming", body)
    assert response.json["code"] != 0
    assert "^[^" in response.json["message"]


def test_a_parameter_with_the_character_is_refused(account: Account) -> None:
    client = AliyunAvatar(account)
    request = {"App": {"AppId": APP}, "TaskUuid": "a\x00b"}
    response = client.send("CancelVideoTask", client.of_tenant(request))
    assert "TaskUuid" in response.json["Message"]
    assert "[^" in response.json["Message"]


@pytest.mark.parametrize(
    "path",
    ["/_files/x%00/1/a.mp4", "/_uploads/x%00/1/a", "/openapi/video/v2/get/1%00?access_token=%00", "/%00", "/_mock/%00"],
)
def test_a_path_or_token_with_the_character_never_fails_the_server(account: Account, path: str) -> None:
    response = account.http.get(path)
    assert response.status < 500
    assert "Error" not in response.body.decode()


def test_a_control_request_with_the_character_is_refused(account: Account) -> None:
    act: Callable[..., Any] = account.control
    assert act("GET", "/deliveries/a%00b").status in (400, 404)
    assert account.http.get("/_mock/accounts/a%00b").status in (400, 404)
    scenario = {"vendor": "guiji", "operation": "createAudio", "outcome": "failed", "task_name": "a\x00b", "times": 1}
    assert act("POST", "/scenarios", scenario).status == 400


def test_a_path_with_the_character_is_an_invalid_parameter(guiji: Guiji) -> None:
    assert guiji.rejection("GET", "/openapi/speaker/v2/clone/%00")[0] == "40015"
    assert guiji.rejection("GET", "/openapi/speaker/v2/clone/C%5F1%00")[0] == "40015"
