"""DuplexDecision: a fixed rule; the Success of its response is a string."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import APP, AliyunAvatar

NOTHING = ("NO_ACTION", None)
GRAB, NO_GRAB = ("INTERRUPT", "GRAB"), ("INTERRUPT", "NO_GRAB")
WORDS = ["闭嘴", "stop it"]


def decide(account: Account, text: str, **changed: Any) -> dict[str, Any]:
    client = AliyunAvatar(account)
    request = {
        "AppId": APP,
        "SessionId": "dialogue",
        "BizRequestId": "1",
        "DialogStatus": "ROBOT_TALK",
        "CallTime": 1,
        "Text": text,
        **changed,
    }
    return client.content("DuplexDecision", client.of_tenant(request))


@pytest.mark.generated
@pytest.mark.parametrize(
    ("text", "changed", "expected"),
    [
        ("今天天气怎么样", {}, GRAB),
        ("今天天气怎么样", {"CallTime": 0}, GRAB),
        ("为什么", {}, GRAB),
        ("为什么", {"CallTime": 0}, NOTHING),
        ("停!", {"CallTime": 0}, NO_GRAB),
        ("Stop.", {}, NO_GRAB),
        ("嗯嗯", {}, NOTHING),
        ("OK", {}, NOTHING),
        ("...", {}, NOTHING),
        ("请你闭嘴吧", {"InterruptType": 1, "CustomKeywords": WORDS}, GRAB),
        ("闭嘴!", {"InterruptType": 1, "CustomKeywords": WORDS}, NO_GRAB),
        ("今天天气怎么样", {"InterruptType": 1, "CustomKeywords": WORDS}, NOTHING),
        ("今天天气怎么样", {"InterruptType": 2, "CustomKeywords": WORDS}, GRAB),
        ("闭嘴", {"InterruptType": 2, "CustomKeywords": WORDS, "CallTime": 0}, NO_GRAB),
        ("闭嘴吧", {"InterruptType": 0, "CustomKeywords": WORDS, "CallTime": 0}, NOTHING),
        ("今天天气怎么样", {"DialogStatus": "ROBOTTALK"}, GRAB),
        ("今天天气怎么样", {"DialogStatus": "USER_TALK", "CallTime": 0}, NOTHING),
        ("今天天气怎么样", {"DialogStatus": "USER_TALK"}, ("UNDERTAKE", None)),
        ("今天天气怎么样", {"DialogStatus": "USERTALK"}, ("UNDERTAKE", None)),
    ],
)
def test_the_decision_follows_from_text_and_dialogue_status(
    account: Account, text: str, changed: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    content = decide(account, text, **changed)
    assert (content["Code"], content["Message"], content["Success"]) == ("0", "success", "true")
    data = content["Data"]
    assert (data["ActionType"], data.get("GrabType")) == expected
    assert ("OutputText" in data) == (data["ActionType"] == "UNDERTAKE")


@pytest.mark.parametrize("changed", [{}, {"CustomKeywords": []}])
def test_interruption_by_keywords_needs_keywords(account: Account, changed: dict[str, Any]) -> None:
    content = decide(account, "你好", InterruptType=1, **changed)
    assert (content["Code"], content["Success"]) == ("10010001", "false")
    assert content["Message"].startswith("CustomKeywords参数不能为空: CustomKeywords: required with InterruptType 1")


def test_the_application_must_belong_to_the_account(account: Account) -> None:
    assert decide(account, "你好", AppId="nobody's")["Code"] == "10010003"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"CustomKeywords": ["x"] * 101}, "InvalidCustomKeywords"),
        ({"CustomKeywords": ["y" * 11]}, "InvalidCustomKeywords.0"),
        ({"CallTime": 2}, "InvalidCallTime"),
        ({"DialogStatus": "SILENCE"}, "InvalidDialogStatus"),
        ({"DialogContext": {"CurUtteranceIdx": "1"}}, "InvalidDialogContext.CurUtteranceIdx"),
    ],
)
def test_a_parameter_out_of_range_is_invalid(account: Account, changed: dict[str, Any], code: str) -> None:
    client = AliyunAvatar(account)
    request = {
        "AppId": APP,
        "SessionId": "s",
        "BizRequestId": "1",
        "DialogStatus": "USER_TALK",
        "CallTime": 0,
        "Text": "你好",
        **changed,
    }
    assert client.gateway_error(client.send("DuplexDecision", client.of_tenant(request)))[:2] == (400, code)
