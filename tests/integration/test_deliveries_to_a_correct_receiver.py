"""Callbacks of the mock server, sent to a receiver that passes the receiver tests."""

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.serving import serving
from examples import receiver_correct
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import Guiji

pytestmark = pytest.mark.process


def test_a_receiver_that_passes_the_receiver_tests_accepts_the_mock_servers_callbacks(account: Account) -> None:
    guiji = Guiji(account)
    with serving(receiver_correct.create_app({})) as base:
        done = guiji.synthesise(callbackUrl=f"{base}/guiji")
        account.scenario("guiji", "createVideo", outcome="failed", reason="no face found", times=1)
        failed = guiji.synthesise(callbackUrl=f"{base}/guiji")
        happened = account.advance(10)
        probe = HttpClient(base).get("/processed").json
    assert [event["outcome"] for event in happened if event["type"] == "delivery"] == ["delivered", "delivered"]
    assert probe == {"processed": 2, "tasks": {str(done): "success", str(failed): "fail"}}


def test_the_mock_servers_signatures_satisfy_the_receiver(account: Account) -> None:
    client = AliyunAvatar(account)
    keys = {"tenantId": client.credentials["tenant_id"], "authKey": "TestAuthkey"}
    with serving(receiver_correct.create_app(keys)) as base:
        account.settings("aliyun-avatar", auth_key="TestAuthkey", callback_url=f"{base}/aliyun-avatar")
        task = client.submit(Callback="True")
        account.advance(5)
        assert {delivery["state"] for delivery in account.deliveries()} == {"delivered"}
        assert HttpClient(base).get("/processed").json["tasks"][task] == 3
        account.settings("aliyun-avatar", auth_key="OtherAuthkey")
        client.submit(Callback="True")
        account.advance(5)
    assert any("401" in str(delivery) for delivery in account.deliveries())
