"""Errors in the vendor's own SDK: exceptions of its own types."""

from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import (
    AlibabaCloudException,
    ClientException,
    ServerException,
    ThrottlingException,
)
from darabonba.policy.retry import RetryOptions

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import APP
from tests.support.aliyun_avatar_sdk import Call, Sdk, asynchronous, synchronous

pytestmark = pytest.mark.process

CALLS = pytest.mark.parametrize("call", [synchronous, asynchronous])
OLDER = {"signature_algorithm": "v2"}


def raised(
    account: Account, call: Call, expected: type[AlibabaCloudException], chosen: dict[str, Any] | None = None
) -> Any:
    with pytest.raises(expected) as caught:
        Sdk(account, call, **chosen or {}).send("QueryAvatarList", ModelType="2d")
    return caught.value


@CALLS
@pytest.mark.parametrize("chosen", [{}, OLDER], ids=["version 3", "older"])
def test_both_signatures_of_the_sdk_are_accepted(account: Account, call: Call, chosen: dict[str, Any]) -> None:
    assert Sdk(account, call, **chosen).data("QueryAvatarList", ModelType="2d").total_count == 6


@CALLS
@pytest.mark.parametrize("chosen", [{}, OLDER], ids=["version 3", "older"])
def test_a_wrong_secret_raises_a_client_exception(account: Account, call: Call, chosen: dict[str, Any]) -> None:
    error = raised(account, call, ClientException, {"access_key_secret": "wrong", **chosen})
    assert (error.code, error.status_code) == ("SignatureDoesNotMatch", 400)
    assert "server string to sign is" in error.message
    assert error.request_id


@CALLS
@pytest.mark.parametrize("chosen", [{}, OLDER], ids=["version 3", "older"])
def test_an_unknown_key_raises_a_client_exception(account: Account, call: Call, chosen: dict[str, Any]) -> None:
    error = raised(account, call, ClientException, {"access_key_id": "nobody", **chosen})
    assert (error.code, error.status_code) == ("InvalidAccessKeyId.NotFound", 404)


@CALLS
def test_temporary_credentials_of_the_sdk_are_accepted(account: Account, call: Call) -> None:
    sdk = Sdk(account, call, security_token="token", type="sts")
    assert sdk.data("QueryAvatarList", ModelType="2d").total_count == 6


@CALLS
def test_throttling_raises_a_throttling_exception_with_the_time_to_wait(account: Account, call: Call) -> None:
    account.scenario("aliyun-avatar", "QueryAvatarList", error="throttlingUser", times=1)
    error = raised(account, call, ThrottlingException)
    assert (error.code, error.status_code, error.retry_after) == ("Throttling.User", 400, 1000)


def test_a_client_that_retries_recovers_from_throttling(account: Account) -> None:
    account.scenario("aliyun-avatar", "QueryAvatarList", error="throttlingUser", times=1)
    condition = {
        "maxAttempts": 3,
        "maxDelay": 10,
        "exception": ["ThrottlingException"],
        "errorCode": ["Throttling.User"],
    }
    sdk = Sdk(account, synchronous, retry_options=RetryOptions({"retryable": True, "retryCondition": [condition]}))
    assert sdk.data("QueryAvatarList", ModelType="2d").total_count == 6
    assert [entry["status"] for entry in account.journal()][:2] in ([200, 400], [400, 200])


@CALLS
@pytest.mark.parametrize(
    ("case", "code", "status"),
    [("internalError", "InternalError", 500), ("serviceUnavailable", "ServiceUnavailable", 503)],
)
def test_a_fault_of_the_server_raises_a_server_exception(
    account: Account, call: Call, case: str, code: str, status: int
) -> None:
    account.scenario("aliyun-avatar", "QueryAvatarList", error=case, times=1)
    error = raised(account, call, ServerException)
    assert (error.code, error.status_code) == (code, status)


@CALLS
def test_a_missing_parameter_raises_a_client_exception_that_names_it(account: Account, call: Call) -> None:
    with pytest.raises(ClientException) as caught:
        Sdk(account, call).send("GetVideoTaskInfo", App={"AppId": APP})
    assert caught.value.code == "MissingTaskUuid"


@CALLS
def test_a_business_error_raises_nothing_because_the_sdk_does_not_look_at_it(account: Account, call: Call) -> None:
    body = Sdk(account, call).send("QueryAvatar", Code="CH_2d_nobody")
    assert (body.code, body.success, body.data) == ("10010002", False, None)
    body = Sdk(account, call).send("StopInstance", SessionId="unknown")
    assert (body.code, body.success) == ("10010014", False)
    assert body.data.request_id


@pytest.mark.parametrize("case", ["systemError", "orderExpired", "accountNotFound"])
def test_a_scenario_chooses_any_business_error(account: Account, case: str) -> None:
    account.scenario("aliyun-avatar", "DuplexDecision", error=case, times=1)
    request = {"SessionId": "s", "BizRequestId": "1", "DialogStatus": "USER_TALK", "CallTime": 0, "Text": "你"}
    body = Sdk(account, synchronous).send("DuplexDecision", AppId=APP, **request)
    assert body.success == "false"
    assert body.code.startswith("100")
