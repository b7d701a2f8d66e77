"""Timed-reset instances: on, off, starting and stopping."""

import pytest

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import SWITCHED_OFF, SWITCHED_ON, AliyunAvatar

START, CLOSE, QUERY = "StartTimedResetOperate", "CloseTimedResetOperate", "QueryTimedResetOperateStatus"


def status(client: AliyunAvatar, instance: str) -> tuple[int, str]:
    shown = client.data(QUERY, InstanceId=instance)
    return shown["Status"], shown["StatusStr"]


def test_a_new_account_has_one_instance_on_and_one_off(account: Account) -> None:
    client = AliyunAvatar(account)
    assert status(client, SWITCHED_ON) == (10, "开机")
    assert status(client, SWITCHED_OFF) == (20, "关机")


def test_an_instance_takes_minutes_to_start(account: Account) -> None:
    client = AliyunAvatar(account)
    receipt = client.data(START, InstanceId=SWITCHED_OFF)
    assert receipt == {"InstanceId": SWITCHED_OFF, "TenantId": int(client.credentials["tenant_id"])}
    account.advance(2.9)
    assert status(client, SWITCHED_OFF) == (11, "开机中")
    account.advance(0.1)
    assert status(client, SWITCHED_OFF) == (10, "开机")


def test_an_instance_takes_less_than_a_minute_to_stop(account: Account) -> None:
    client = AliyunAvatar(account)
    client.data(CLOSE, InstanceId=SWITCHED_ON)
    account.advance(0.4)
    assert status(client, SWITCHED_ON) == (21, "关机中")
    account.advance(0.1)
    assert status(client, SWITCHED_ON) == (20, "关机")
    client.data(START, InstanceId=SWITCHED_ON)


@pytest.mark.parametrize(("action", "instance"), [(START, SWITCHED_ON), (CLOSE, SWITCHED_OFF)])
def test_an_instance_cannot_be_switched_to_its_current_state(account: Account, action: str, instance: str) -> None:
    client = AliyunAvatar(account)
    code, message = client.rejection(action, InstanceId=instance)
    assert code == "10010002"
    assert action in message


def test_an_instance_that_is_starting_cannot_be_switched(account: Account) -> None:
    client = AliyunAvatar(account)
    client.data(START, InstanceId=SWITCHED_OFF)
    for action in (START, CLOSE):
        assert client.rejection(action, InstanceId=SWITCHED_OFF)[0] == "10010002"


@pytest.mark.parametrize("action", [START, CLOSE, QUERY])
def test_an_unknown_instance_is_rejected(account: Account, action: str) -> None:
    code, message = AliyunAvatar(account).rejection(action, InstanceId="avatar_operation_public_cn-unknown")
    assert code == "10010002"
    assert "InstanceId" in message


def test_the_tenant_id_is_a_string_in_the_status_response(account: Account) -> None:
    client = AliyunAvatar(account)
    assert client.data(QUERY, InstanceId=SWITCHED_ON)["TenantId"] == client.credentials["tenant_id"]
    assert client.data(QUERY, InstanceId=SWITCHED_ON, TenantId=9185)["TenantId"] == "9185"
