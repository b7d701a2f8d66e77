"""Requests that the gateway rejects: every response is a JSON object in its own format, and nothing has changed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import APP, FORM, AliyunAvatar

pytestmark = pytest.mark.generated

SUBMIT = "SubmitTextTo2DAvatarVideoTask"
GOOD: dict[str, Any] = {"App": {"AppId": APP}, "Title": "Video", "Text": "你好"}
BIG_INTEGER = "9" * 400
DEEP = "[" * 10_000 + "]" * 10_000


@pytest.fixture
def client(account: Account) -> AliyunAvatar:
    return AliyunAvatar(account)


def gateway_error(client: AliyunAvatar, action: str, **parameters: Any) -> tuple[int, str, str]:
    return client.gateway_error(client.send(action, client.of_tenant(parameters)))


def test_the_action_can_be_in_the_query_instead_of_the_header(client: AliyunAvatar) -> None:
    assert client.deliver(client.sign_rpc("QueryAvatarList", client.of_tenant({"ModelType": "2d"}))).status == 200


def test_both_header_and_parameter_can_name_the_operation(client: AliyunAvatar) -> None:
    request = client.of_tenant({"ModelType": "2d", "Action": "QueryAvatarList", "Version": "2022-01-30"})
    assert client.content("QueryAvatarList", request)["Data"]["TotalCount"] == 6


@pytest.mark.parametrize(("name", "value"), [("Action", "DeleteAvatar"), ("Action", ""), ("Version", "2000-01-01")])
def test_a_parameter_that_contradicts_the_header_is_invalid(client: AliyunAvatar, name: str, value: str) -> None:
    status, code, message = gateway_error(client, "QueryAvatarList", ModelType="2d", **{name: value})
    assert (status, code) == (400, f"Invalid{name}")
    assert message.startswith(f"Specified parameter {name} is not valid.")


def test_a_form_parameter_that_contradicts_the_header_is_invalid(client: AliyunAvatar) -> None:
    request = client.of_tenant({"ModelType": "2d"})
    response = client.send("QueryAvatarList", request, body=b"Action=DeleteAvatar", content_type=FORM)
    assert client.gateway_error(response)[:2] == (400, "InvalidAction")


@pytest.mark.parametrize("action", ["", "Nothing", "startinstance", "StartInstance ", "../x", "键"])
def test_an_unknown_action_is_not_found(client: AliyunAvatar, action: str) -> None:
    request = client.sign_rpc(action, {})
    assert client.gateway_error(client.deliver(request))[:2] == (404, "InvalidApi.NotFound")


def test_a_request_with_no_operation_or_another_version_is_not_found(client: AliyunAvatar) -> None:
    assert client.gateway_error(client.account.http.post("/"))[:2] == (404, "InvalidApi.NotFound")
    assert client.gateway_error(client.account.http.get("/"))[:2] == (404, "InvalidApi.NotFound")
    request = client.request("QueryAvatarList", {"ModelType": "2d"}, version="2017-01-01")
    status, code, message = client.gateway_error(client.deliver(client.sign(request)))
    assert (status, code) == (404, "InvalidApi.NotFound")
    assert "QueryAvatarList" in message


def test_another_path_is_not_found(client: AliyunAvatar) -> None:
    request = replace(client.request("QueryAvatarList", {"ModelType": "2d"}), path="/nothing/here")
    assert client.gateway_error(client.deliver(client.sign(request)))[:2] == (404, "InvalidApi.NotFound")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_unsupported(client: AliyunAvatar, method: str) -> None:
    request = client.sign(client.request("QueryAvatarList", {"ModelType": "2d"}, method=method))
    assert client.gateway_error(client.deliver(request))[:2] == (400, "UnsupportedHTTPMethod")


@pytest.mark.parametrize(
    ("action", "method", "parameters"),
    [
        ("QueryVideoTaskInfo", "GET", {"App": {"AppId": APP}}),
        ("QueryAvatarList", "GET", {"ModelType": "2d"}),
        ("QueryAvatar", "GET", {"Code": "CH_2d_7QmWxR4pKd9TzBvA"}),
        ("StartTimedResetOperate", "GET", {"InstanceId": "avatar_operation_public_cn-4kd9317"}),
        ("CloseTimedResetOperate", "GET", {"InstanceId": "avatar_operation_public_cn-7pp2802"}),
        ("QueryTimedResetOperateStatus", "GET", {"InstanceId": "avatar_operation_public_cn-7pp2802"}),
    ],
)
def test_six_operations_accept_both_methods(
    client: AliyunAvatar, action: str, method: str, parameters: dict[str, Any]
) -> None:
    content = client.content(action, client.of_tenant(parameters), method=method)
    assert content["Success"] is True


def test_other_operations_accept_only_their_own_method(client: AliyunAvatar) -> None:
    for action, method in ((SUBMIT, "GET"), ("GetVideoTaskInfo", "POST")):
        response = client.send(action, client.of_tenant(GOOD), method=method)
        status, code, message = client.gateway_error(response)
        assert (status, code) == (400, "UnsupportedHTTPMethod")
        assert response.headers["allow"] in message


@pytest.mark.parametrize("name", ["TenantId", "App", "Title", "Text"])
def test_code_and_message_name_a_missing_parameter(client: AliyunAvatar, name: str) -> None:
    request = client.of_tenant(GOOD)
    del request[name]
    status, code, message = client.gateway_error(client.send(SUBMIT, request))
    assert (status, code) == (400, f"Missing{name}")
    assert message.startswith(f"{name} is mandatory for this action.")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("TenantId", "abc", "InvalidTenantId"),
        ("TenantId", "1.5", "InvalidTenantId"),
        ("TenantId", "", "InvalidTenantId"),
        ("TenantId", "-1", "InvalidTenantId"),
        ("TenantId", str(2**63), "InvalidTenantId"),
        ("TenantId", BIG_INTEGER, "InvalidTenantId"),
        ("App", "", "InvalidApp"),
        ("App", "{", "InvalidApp"),
        ("App", "null", "InvalidApp"),
        ("App", "[]", "InvalidApp"),
        ("App", '"text"', "InvalidApp"),
        ("App", "NaN", "InvalidApp"),
        ("App", '{"AppId":NaN}', "InvalidApp"),
        ("App", f'{{"AppId":{BIG_INTEGER}}}', "InvalidApp.AppId"),
        ("App", "{}", "MissingApp.AppId"),
        ("App", '{"AppId":1}', "InvalidApp.AppId"),
        ("App", '{"AppId":""}', "InvalidApp.AppId"),
        ("Title", "", "InvalidTitle"),
        ("Text", "", "InvalidText"),
        ("Text", "好" * 1001, "InvalidText"),
        ("Callback", "yes", "InvalidCallback"),
        ("Callback", "TRUE", "InvalidCallback"),
        ("Callback", "1", "InvalidCallback"),
        ("CallbackParams", "{", "InvalidCallbackParams"),
        ("VideoInfo", '{"Resolution":1}', "InvalidVideoInfo.Resolution"),
        ("VideoInfo", '{"Resolution":"3"}', "InvalidVideoInfo.Resolution"),
        ("VideoInfo", '{"IsAlpha":True}', "InvalidVideoInfo"),
        ("VideoInfo", '{"BackgroundImageUrl":"no url"}', "InvalidVideoInfo.BackgroundImageUrl"),
        ("VideoInfo", '{"SubtitleStyle":{"Size":35}}', "InvalidVideoInfo.SubtitleStyle.Size"),
        ("AudioInfo", '{"SpeechRate":501}', "InvalidAudioInfo.SpeechRate"),
        ("AudioInfo", '{"Volume":-1}', "InvalidAudioInfo.Volume"),
        ("AudioInfo", '{"SampleRate":8000}', "InvalidAudioInfo.SampleRate"),
        ("VideoInfo", '{"SubtitleStyle":{"Color":"red"}}', "InvalidVideoInfo.SubtitleStyle.Color"),
        ("Format", "XML", "InvalidFormat"),
    ],
)
def test_the_error_names_an_invalid_parameter_and_no_task_is_created(
    client: AliyunAvatar, name: str, value: str, code: str
) -> None:
    status, got, message = gateway_error(client, SUBMIT, **{**GOOD, name: value})
    assert (status, got) == (400, code)
    assert name in message
    assert client.account.tasks(kind="videoTask") == []


@pytest.mark.parametrize("value", ["True", "true", "False", "false"])
def test_booleans_can_be_spelled_as_in_python(client: AliyunAvatar, value: str) -> None:
    client.create_avatar(Transparent=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PageNo", 0),
        ("PageNo", -1),
        ("PageNo", 2**63),
        ("PageNo", BIG_INTEGER),
        ("PageNo", "one"),
        ("PageSize", 0),
        ("PageSize", 101),
        ("PageSize", 10**9),
        ("Status", 5),
        ("Status", 0),
        ("Type", 2),
        ("OrderById", "up"),
        ("Title", "0123456789"),
    ],
)
def test_a_page_or_filter_out_of_range_is_invalid(client: AliyunAvatar, name: str, value: object) -> None:
    status, code, message = gateway_error(client, "QueryVideoTaskInfo", App={"AppId": APP}, **{name: value})
    assert (status, code) == (400, f"Invalid{name}")
    assert message.startswith(f"Specified parameter {name} is not valid.")


@pytest.mark.parametrize(("name", "value"), [("ModelType", "4d"), ("PageNo", 0), ("PageSize", 10**9)])
def test_an_avatar_list_parameter_out_of_range_is_invalid(client: AliyunAvatar, name: str, value: object) -> None:
    request = {"ModelType": "2d", name: value}
    assert gateway_error(client, "QueryAvatarList", **request)[:2] == (400, f"Invalid{name}")


@pytest.mark.parametrize("url", ["", "no url", "ftp://media.example.com/x", "http://a b", "javascript:alert(1)"])
def test_a_url_must_be_http_or_https(client: AliyunAvatar, url: str) -> None:
    request = {"App": {"AppId": APP}, "Title": "Video", "Url": url}
    assert gateway_error(client, "SubmitAudioTo2DAvatarVideoTask", **request)[:2] == (400, "InvalidUrl")


def test_invalid_utf_8_becomes_replacement_characters(client: AliyunAvatar) -> None:
    request = client.request(SUBMIT, client.of_tenant(GOOD))
    request = replace(request, query=request.query.replace("Title=Video", "Title=%FF%FE"))
    assert client.deliver(client.sign(request)).status == 200
    assert client.tasks()["List"][0]["Title"] == "\ufffd\ufffd"


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b"{}",
        b"not json",
        b'{"App":NaN}',
        b"\xff\xfe",
        DEEP.encode(),
        json.dumps({"TenantId": int(BIG_INTEGER)}).encode(),
    ],
    ids=["null", "array", "object", "text", "nan", "no utf-8", "deep", "400 digits"],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", None])
def test_a_body_of_another_type_is_unsupported(client: AliyunAvatar, body: bytes, content_type: str | None) -> None:
    response = client.send(SUBMIT, client.of_tenant(GOOD), body=body, content_type=content_type)
    status, code, message = client.gateway_error(response)
    assert (status, code) == (415, "UnsupportedMediaType")
    assert FORM in message
    assert client.account.tasks(kind="videoTask") == []


@pytest.mark.parametrize("body", [b"\xff=1", b"Title=%FF", "Title=视频".encode(), b"no form"])
def test_a_malformed_form_is_rejected(client: AliyunAvatar, body: bytes) -> None:
    response = client.send(SUBMIT, client.of_tenant(GOOD), body=body, content_type=FORM)
    status, code, message = client.gateway_error(response)
    assert (status, code) == (400, "InvalidParameter")
    assert "a form in UTF-8" in message


def test_a_deeply_nested_json_parameter_is_invalid(client: AliyunAvatar) -> None:
    response = client.send(SUBMIT, client.of_tenant(GOOD), body=f"CallbackParams={DEEP}".encode(), content_type=FORM)
    status, code, message = client.gateway_error(response)
    assert (status, code) == (400, "InvalidCallbackParams")
    assert "depth" in message


def test_the_content_type_of_an_empty_body_is_ignored(client: AliyunAvatar) -> None:
    assert client.send("QueryAvatarList", client.of_tenant({"ModelType": "2d"}), content_type="x/y").status == 200


def test_a_body_of_10_megabytes_is_too_large(client: AliyunAvatar) -> None:
    response = client.send(SUBMIT, client.of_tenant(GOOD), body=b"a" * 10_000_000, content_type=FORM)
    assert client.gateway_error(response)[:2] == (413, "RequestTooLarge")
    assert client.send("QueryAvatarList", client.of_tenant({"ModelType": "2d"})).status == 200


def test_the_response_to_a_head_request_has_no_body(client: AliyunAvatar) -> None:
    response = client.send("QueryAvatarList", client.of_tenant({"ModelType": "2d"}), method="HEAD")
    assert (response.status, response.body) == (200, b"")


def test_every_response_has_its_own_request_id(client: AliyunAvatar) -> None:
    ids = {client.send("QueryAvatarList", client.of_tenant({"ModelType": "2d"})).json["RequestId"] for _ in range(3)}
    assert len(ids) == 3
    assert all(request_id == request_id.upper() for request_id in ids)


@pytest.mark.parametrize("case", ["throttlingUser", "throttlingApi", "throttling"])
def test_throttling_errors_say_when_to_retry(client: AliyunAvatar, case: str) -> None:
    client.account.scenario("aliyun-avatar", "QueryAvatarList", error=case, times=1)
    response = client.send("QueryAvatarList", client.of_tenant({"ModelType": "2d"}))
    assert response.status == 400
    assert int(response.headers["x-acs-retry-after"]) == 1000
