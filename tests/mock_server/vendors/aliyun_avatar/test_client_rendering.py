"""Rendering on the device: licences, devices, render data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.aliyun_avatar import APP, AVATAR_2D, AVATAR_3D, LICENSE, AliyunAvatar
from tests.support.in_process import InProcessServer

STREAMING_ONLY = "ALIPUB5E03A96712548"
DEVICE: dict[str, Any] = {"AppId": APP, "License": LICENSE, "DeviceId": "d-1", "DeviceType": "largeScreen"}


def test_a_licence_is_exchanged_for_a_token(account: Account) -> None:
    client = AliyunAvatar(account)
    token = client.data("LicenseAuth", AppId=APP, License=LICENSE)["Token"]
    assert token
    account.advance(1)
    assert client.data("LicenseAuth", AppId=APP, License=LICENSE)["Token"] != token


@pytest.mark.parametrize("action", ["LicenseAuth", "ClientAuth"])
def test_a_licence_must_belong_to_the_application(account: Account, action: str) -> None:
    code, message = AliyunAvatar(account).rejection(action, **{**DEVICE, "License": "wrong"})
    assert code == "10010003"
    assert "License" in message


@pytest.mark.parametrize("action", ["LicenseAuth", "ClientAuth", "ClientStart", "Render3dAvatar"])
def test_only_a_device_application_can_be_used(account: Account, action: str) -> None:
    client = AliyunAvatar(account)
    request = {**DEVICE, "Code": AVATAR_3D}
    assert client.rejection(action, **{**request, "AppId": STREAMING_ONLY})[0] == "10010028"
    assert client.rejection(action, **{**request, "AppId": "nobody's"})[0] == "10010003"


def test_a_device_can_be_bound_repeatedly_and_unbound_once(account: Account) -> None:
    client = AliyunAvatar(account)
    for _ in range(2):
        assert client.data("ClientAuth", **DEVICE) is None
    assert len(account.tasks(kind="device")) == 1
    assert client.data("ClientUnbindDevice", DeviceId="d-1") is None
    code, message = client.rejection("ClientUnbindDevice", DeviceId="d-1")
    assert code == "10010002"
    assert "released" in message
    assert client.rejection("ClientUnbindDevice", DeviceId="d-2")[0] == "10010002"
    client.data("ClientAuth", **DEVICE)
    assert account.task("d-1")["state"] == "bound"


def test_a_licence_covers_a_limited_number_of_devices(account: Account) -> None:
    client = AliyunAvatar(account)
    for number in range(100):
        client.data("ClientAuth", **{**DEVICE, "DeviceId": f"device-{number}"})
    code, message = client.rejection("ClientAuth", **DEVICE)
    assert code == "10010003"
    assert "100 devices are bound" in message
    client.data("ClientUnbindDevice", DeviceId="device-7")
    client.data("ClientAuth", **DEVICE)


@pytest.mark.parametrize("forget", [False, True])
def test_devices_of_the_past_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forget: bool) -> None:
    # Of its own: its state is looked into.
    server = InProcessServer(tmp_path)
    account = Account(server)
    client, reads = AliyunAvatar(account), []
    for number in range(110):
        client.data("ClientAuth", **{**DEVICE, "DeviceId": f"device-{number}"})
        if number < 20:
            client.data("ClientUnbindDevice", DeviceId=f"device-{number}")
    if forget:
        # As in a state of an earlier version.
        with server.services.state.main.write() as connection:
            connection.exec_driver_sql(f"DELETE FROM resources WHERE account_id = '{account.id}' AND kind = 'license'")
    every = tasks.every

    def counted(*scope: Any, **options: Any) -> Iterator[Task]:
        reads.append(scope)
        return every(*scope, **options)

    monkeypatch.setattr(tasks, "every", counted)
    for device in (5, 7, 111, 6, 4, 112, 113, 114, 115, 116):
        client.data("ClientAuth", **{**DEVICE, "DeviceId": f"device-{device}"})
    assert len(reads) == forget
    assert "100 devices are bound" in client.rejection("ClientAuth", **DEVICE)[1]
    server.close()
    client.data("ClientUnbindDevice", DeviceId="device-111")
    client.data("ClientAuth", **DEVICE)
    assert client.rejection("ClientAuth", **{**DEVICE, "DeviceId": "device-111"})[0] == "10010003"


def test_unbinding_needs_a_device_id(account: Account) -> None:
    code, message = AliyunAvatar(account).rejection("ClientUnbindDevice")
    assert code == "10010001"
    assert "DeviceId: required, but missing" in message


def test_a_device_belongs_to_its_account(account: Account, server: Server) -> None:
    AliyunAvatar(account).data("ClientAuth", **DEVICE)
    assert AliyunAvatar(Account(server)).rejection("ClientUnbindDevice", DeviceId="d-1")[0] == "10010002"


def test_a_client_connection_gets_a_token(account: Account) -> None:
    assert AliyunAvatar(account).data("ClientStart", AppId=APP)["ImToken"]


def test_render_data_is_json_text_that_describes_a_3d_avatar(account: Account) -> None:
    client = AliyunAvatar(account)
    data = json.loads(client.data("Render3dAvatar", AppId=APP, Code=AVATAR_3D)["RenderData"])
    assert data == {"code": AVATAR_3D, "name": "星眠", "width": 1080, "height": 1920}
    code, message = client.rejection("Render3dAvatar", AppId=APP, Code=AVATAR_2D)
    assert code == "10010002"
    assert "2D avatar" in message
    assert client.rejection("Render3dAvatar", AppId=APP, Code="CH_nobody")[0] == "10010002"
