"""Messages to running instances, and the events about them."""

from typing import Any
from urllib.parse import urlencode

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver
from tests.support.aliyun_avatar import FORM, AliyunAvatar
from tests.support.deliveries import delivery_attempts

pytestmark = pytest.mark.generated

MESSAGES: dict[str, dict[str, Any]] = {
    "SendText": {"Text": "你好", "UniqueCode": "1"},
    "SendVaml": {"Vaml": '<vaml uniqueCode="1">你好</vaml>'},
    "SendCommand": {"Code": "INTERRUPT", "UniqueCode": "1"},
    "SendMessage": {"TextRequest": {"CommandType": "START", "SpeechText": "你好", "Id": "1"}},
}
EACH = pytest.mark.parametrize("action", MESSAGES)


@EACH
def test_a_running_instance_accepts_every_kind_of_message(account: Account, action: str) -> None:
    client = AliyunAvatar(account)
    session = client.start()
    data = client.data(action, SessionId=session, **MESSAGES[action])
    assert data.pop("SessionId") == session
    assert data.pop("RequestId" if action == "SendMessage" else "UniqueCode")
    assert data == {}


@EACH
def test_a_closed_session_rejects_messages(account: Account, action: str) -> None:
    client = AliyunAvatar(account)
    session = client.start()
    client.data("StopInstance", SessionId=session)
    assert client.rejection(action, SessionId=session, **MESSAGES[action])[0] == "10010014"
    assert client.rejection(action, SessionId="unknown", **MESSAGES[action])[0] == "10010014"


@EACH
def test_a_unique_code_cannot_be_used_twice_in_one_instance(account: Account, action: str) -> None:
    client = AliyunAvatar(account)
    session, other = client.start(), client.start()
    client.data(action, SessionId=session, **MESSAGES[action])
    for again in MESSAGES:
        code, message = client.rejection(again, SessionId=session, **MESSAGES[again])
        assert code == "10010002"
        assert "1 was sent to this instance before" in message
    client.data(action, SessionId=other, **MESSAGES[action])


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("SendText", {"Text": "好" * 1001, "UniqueCode": "1"}),
        ("SendMessage", {"TextRequest": {"SpeechText": "好" * 1001}}),
    ],
)
def test_a_text_of_more_than_1000_characters_is_rejected(
    account: Account, action: str, parameters: dict[str, Any]
) -> None:
    client = AliyunAvatar(account)
    code, message = client.rejection(action, SessionId=client.start(), **parameters)
    assert code == "10010002"
    assert "at most 1000 characters" in message


def test_tags_do_not_count_towards_the_length_of_a_text(account: Account) -> None:
    client = AliyunAvatar(account)
    text = f"<speak>{'<break/>' * 50}{'好' * 1000}</speak>"
    client.data("SendText", SessionId=client.start(), Text=text, UniqueCode="1")


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("SendText", {"Text": "这是示例敏感词", "UniqueCode": "1"}),
        ("SendVaml", {"Vaml": "<vaml>示例敏感词</vaml>"}),
        ("SendMessage", {"TextRequest": {"SpeechText": "示例敏感词"}}),
    ],
)
def test_a_message_with_sensitive_text_is_rejected(account: Account, action: str, parameters: dict[str, Any]) -> None:
    client = AliyunAvatar(account)
    assert client.rejection(action, SessionId=client.start(), **parameters)[0] == "10010030"


def test_a_vaml_document_without_a_unique_code_gets_one(account: Account) -> None:
    client = AliyunAvatar(account)
    session = client.start()
    assert client.data("SendVaml", SessionId=session, Vaml='<vaml uniqueCode="abc"/>')["UniqueCode"] == "abc"
    assert client.data("SendVaml", SessionId=session, Vaml="<vaml>你好</vaml>")["UniqueCode"]
    assert client.data("SendVaml", SessionId=session, Vaml="<vaml>你好</vaml>")["UniqueCode"]


@pytest.mark.parametrize(
    "document",
    [
        "你好",
        "<vaml>",
        "<vaml></other>",
        '<!DOCTYPE v [<!ENTITY a "a">]><v>&a;</v>',
        f'<vaml uniqueCode="{"1" * 65}"/>',
        "<vaml>\x01</vaml>",
    ],
)
def test_a_malformed_vaml_document_is_rejected(account: Account, document: str) -> None:
    client = AliyunAvatar(account)
    session = client.start()
    code, message = client.rejection("SendVaml", SessionId=session, Vaml=document)
    assert code == "10010002"
    assert "Vaml: " in message
    assert client.rejection("SendMessage", SessionId=session, VAMLRequest={"Vaml": document})[0] == "10010002"


def test_a_deeply_nested_vaml_document_is_accepted(account: Account) -> None:
    client = AliyunAvatar(account)
    form = urlencode(client.of_tenant({"SessionId": client.start(), "Vaml": "<v>" * 10_000 + "</v>" * 10_000}))
    assert client.content("SendVaml", {}, body=form.encode(), content_type=FORM)["Success"] is True


def test_only_the_interrupt_command_is_supported(account: Account) -> None:
    client = AliyunAvatar(account)
    code, message = client.rejection(
        "SendCommand", SessionId=client.start(), Code="CHANGE_BACKGROUND", Content={}, UniqueCode="1"
    )
    assert code == "10010002"
    assert "CHANGE_BACKGROUND is not supported yet" in message


@pytest.mark.parametrize(
    ("parameters", "missing"),
    [
        ({}, "TextRequest or VAMLRequest"),
        ({"TextRequest": {}}, "TextRequest.SpeechText"),
        ({"TextRequest": {"CommandType": "START"}}, "TextRequest.SpeechText"),
        ({"VAMLRequest": {}}, "VAMLRequest.Vaml"),
    ],
)
def test_the_error_for_an_incomplete_message_in_the_older_form_names_the_missing_field(
    account: Account, parameters: dict[str, Any], missing: str
) -> None:
    client = AliyunAvatar(account)
    code, message = client.rejection("SendMessage", SessionId=client.start(), **parameters)
    assert code == "10010001"
    assert message.startswith(f"{missing}参数不能为空: {missing}: ")


@pytest.mark.parametrize("command", ["HOLDING", "RESUME"])
def test_a_pause_in_the_older_form_needs_no_text(account: Account, command: str) -> None:
    client = AliyunAvatar(account)
    client.data("SendMessage", SessionId=client.start(), TextRequest={"CommandType": command})


def test_each_piece_of_a_streamed_text_is_a_message(account: Account) -> None:
    client = AliyunAvatar(account)
    session = client.start()
    for index, position in enumerate(("start", "mid", "end")):
        extension = {"IsStream": True, "Index": index, "Position": position}
        client.data("SendText", SessionId=session, Text="好", UniqueCode=str(index), StreamExtension=extension)


def test_feedback_events_are_sent_for_start_and_end_of_a_message(account: Account, receiver: Receiver) -> None:
    client = AliyunAvatar(account)
    client.listen(receiver)
    session = client.start()
    client.data("SendText", SessionId=session, Text="你好", UniqueCode="u-1", Feedback="True")
    receiver.wait_for(2)
    account.advance(1)
    events = [request.json for request in receiver.wait_for(3)[1:]]
    assert [event["data"]["phase"] for event in events] == ["START", "END"]
    for event in events:
        assert event["eventType"] == "MESSAGE_FEEDBACK"
        assert (event["data"]["sessionId"], event["data"]["uniqueCode"]) == (session, "u-1")
    assert len({event["eId"] for event in events}) == 2


def test_no_events_are_sent_without_feedback_or_for_an_interruption(account: Account, receiver: Receiver) -> None:
    client = AliyunAvatar(account)
    client.listen(receiver)
    session = client.start()
    client.data("SendText", SessionId=session, Text="你好", UniqueCode="1", Feedback="False")
    client.data("SendCommand", SessionId=session, Code="INTERRUPT", UniqueCode="2", Feedback="true")
    assert delivery_attempts(account, 60) == []
    assert [delivery["callback"] for delivery in account.deliveries()] == ["callbackUrlValidation"]


@pytest.mark.parametrize("action", ["SendText", "SendCommand", "SendMessage"])
def test_feedback_needs_a_key_and_a_callback_url(account: Account, action: str) -> None:
    client = AliyunAvatar(account)
    session = client.start()
    asked = {"SessionId": session, **MESSAGES[action], "Feedback": "true"}
    assert client.rejection(action, **asked)[0] == "10010042"
    account.settings("aliyun-avatar", auth_key="")
    assert client.rejection(action, **asked)[0] == "10010041"
    client.data(action, SessionId=session, **MESSAGES[action])


def test_feedback_needs_a_unique_code(account: Account, receiver: Receiver) -> None:
    client = AliyunAvatar(account)
    account.settings("aliyun-avatar", callback_url=receiver.url)
    text = {"SpeechText": "你好"}
    assert client.rejection("SendMessage", SessionId=client.start(), TextRequest=text, Feedback="true")[0] == "10010040"


def test_a_unique_code_of_more_than_64_characters_is_invalid(account: Account) -> None:
    client = AliyunAvatar(account)
    request = client.of_tenant({"SessionId": client.start(), "Text": "你好", "UniqueCode": "1" * 65})
    assert client.gateway_error(client.send("SendText", request))[:2] == (400, "InvalidUniqueCode")
