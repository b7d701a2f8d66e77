"""An Alibaba Cloud avatar client: signs and sends, without the vendor's SDK."""

import json
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import acs3_hmac_sha256, rpc_hmac_sha1
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from bodydouble.mock_server.testing.receiver import Receiver
from tests.support.vendor_support import CALLBACK_URL

VERSION = "2022-01-30"
FORM = "application/x-www-form-urlencoded"
APP = "ALIPUB5748B17121450"
AVATAR_2D, AVATAR_3D = "CH_2d_7QmWxR4pKd9TzBvA", "CH_wN7aPq2LzT0cVb83"
SWITCHED_ON, SWITCHED_OFF = "avatar_operation_public_cn-7pp2802", "avatar_operation_public_cn-4kd9317"
LICENSE = "EXAMPLE_LICENSE_0001"
UNSEEN = {"ClientAuth": "device"}
# Seconds that the creation of an avatar takes at the default pace.
WHOLE_MAKING = 11
# More instances and videos than any test creates.
MANY = 100_000
_SPEAKERS = (
    ("Text", "2D", AVATAR_2D),
    ("Audio", "2D", AVATAR_2D),
    ("Text", "3D", AVATAR_3D),
    ("Audio", "3D", AVATAR_3D),
)


def utc(offset: float = 0) -> str:
    """The real time, some seconds off, as the vendor writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))


class AliyunAvatar:
    """A client with an account's credentials."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.credentials = account.credentials("aliyun-avatar")
        self.host = account.http.base_url.removeprefix("http://")

    def request(
        self,
        action: str,
        parameters: dict[str, Any],
        *,
        method: str = "POST",
        body: bytes = b"",
        content_type: str | None = None,
        version: str = VERSION,
    ) -> WireRequest:
        """An unsigned request with the operation's name in the header."""
        headers = {"host": self.host, "x-acs-action": action, "x-acs-version": version, "accept": "application/json"}
        if content_type is not None:
            headers["content-type"] = content_type
        return WireRequest(method, "/", urlencode(_texts(parameters)), headers, body)

    def sign(
        self, request: WireRequest, *, date: str | None = None, nonce: str | None = None, **key: str
    ) -> WireRequest:
        """Sign with version 3; `key` replaces parts of the access key."""
        credentials = {**self.credentials, **key}
        return acs3_hmac_sha256.sign(
            request,
            credentials["access_key_id"],
            credentials["access_key_secret"],
            date=date or utc(),
            nonce=nonce or uuid.uuid4().hex,
        )

    def sign_rpc(
        self, action: str, parameters: dict[str, Any], *, date: str | None = None, nonce: str | None = None, **key: str
    ) -> WireRequest:
        """A request signed in the older form."""
        credentials = {**self.credentials, **key}
        query = urlencode({"Action": action, "Version": VERSION, "Format": "json", **_texts(parameters)})
        return rpc_hmac_sha1.sign(
            WireRequest("POST", "/", query, {"host": self.host}, b""),
            credentials["access_key_id"],
            credentials["access_key_secret"],
            date=date or utc(),
            nonce=nonce or uuid.uuid4().hex,
        )

    def deliver(self, request: WireRequest) -> HttpResponse:
        """Send a request as it is."""
        path = f"{request.path}?{request.query}" if request.query else request.path
        headers = dict(request.headers)
        return self.account.http.request(request.method, path, body=request.body or None, headers=headers)

    def send(self, action: str, parameters: dict[str, Any], **form: Any) -> HttpResponse:
        """Sign and send a request."""
        return self.deliver(self.sign(self.request(action, parameters, **form)))

    def content(self, action: str, parameters: dict[str, Any], **form: Any) -> dict[str, Any]:
        """Send a request that the gateway must accept; the service's response."""
        response = self.send(action, parameters, **form)
        assert response.status == 200, response.body
        content: dict[str, Any] = response.json
        return content

    def data(self, action: str, **parameters: Any) -> Any:
        """Send a request of the account's tenant that must succeed; its data."""
        content = self.content(action, self.of_tenant(parameters))
        assert content["Code"] == "0", content
        assert content["Success"] is True
        return content.get("Data")

    def rejection(self, action: str, **parameters: Any) -> tuple[str, str]:
        """Send a request of the account's tenant that the service must reject; code and message."""
        content = self.content(action, self.of_tenant(parameters))
        assert content["Success"] is False, content
        return content["Code"], content["Message"]

    def gateway_error(self, response: HttpResponse) -> tuple[int, str, str]:
        """Require the response to be an error of the gateway; status, code and message."""
        content = response.json
        assert set(content) == {"RequestId", "HostId", "Code", "Message"}
        assert content["HostId"] == self.host
        return response.status, content["Code"], content["Message"]

    def of_tenant(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Parameters with the account's tenant, unless they name another."""
        return {"TenantId": self.credentials["tenant_id"], **parameters}

    def listen(self, receiver: Receiver) -> None:
        """Have the account's events sent to a receiver, which has acknowledged the first event, the validation."""
        self.account.settings("aliyun-avatar", callback_url=receiver.url)
        # Until it is on record: a receiver that has received it may not have responded yet.
        assert self.account.wait_for_delivery("aliyun-avatar")["state"] == "delivered"

    def start(self, **changed: Any) -> str:
        """Start an instance; its SessionId."""
        return str(self.data("StartInstance", **{"App": {"AppId": APP}, **changed})["SessionId"])

    def running(self, **changed: Any) -> list[str]:
        """The running instances' SessionIds."""
        rows = self.data("QueryRunningInstance", **{"App": {"AppId": APP}, **changed})
        return [row["SessionId"] for row in rows]

    def submit(self, **changed: Any) -> str:
        """Submit a 2D video from a text; its TaskUuid."""
        request = {"App": {"AppId": APP}, "Title": "Video", "Text": "你好。欢迎光临。", **changed}
        return str(self.data("SubmitTextTo2DAvatarVideoTask", **request)["TaskUuid"])

    def task(self, uuid_: str, app_id: str = APP) -> dict[str, Any]:
        content = self.content(
            "GetVideoTaskInfo", self.of_tenant({"App": {"AppId": app_id}, "TaskUuid": uuid_}), method="GET"
        )
        assert content["Code"] == "0", content
        shown: dict[str, Any] = content["Data"]
        return shown

    def tasks(self, **filters: Any) -> dict[str, Any]:
        return self.data("QueryVideoTaskInfo", **{"App": {"AppId": APP}, **filters})

    def create_avatar(self, **changed: Any) -> str:
        """Submit a custom avatar; its code."""
        request = {
            "Name": "Presenter",
            "Portrait": "https://media.example.com/face.png",
            "Video": "https://media.example.com/footage.mp4",
            "Transparent": True,
            "Orientation": 1,
            **changed,
        }
        return str(self.data("Create2dAvatar", **request)["Code"])

    def avatar(self, code: str) -> dict[str, Any]:
        return self.data("QueryAvatar", Code=code)


def _texts(parameters: dict[str, Any]) -> dict[str, str]:
    return {
        name: json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, (dict, list)) else value
        for name, value in parameters.items()
    }


def known_values(account: Account) -> dict[str, list[object]]:
    """Applications, avatars at every stage, videos, instances and devices, in an account of wide limits."""
    # The URL is set by an event, and no receiver listens for the later events either.
    account.settings(
        "aliyun-avatar", callback_url=CALLBACK_URL, concurrency=MANY, concurrent_videos=MANY, training_confirmation=True
    )
    aliyun = AliyunAvatar(account)
    finished = aliyun.submit()
    awaiting: list[object] = [aliyun.create_avatar() for _ in range(20)]
    account.settings("aliyun-avatar", training_confirmation=False)
    trained: list[object] = [aliyun.create_avatar() for _ in range(20)]
    account.scenario("aliyun-avatar", "Create2dAvatar", outcome="failure", times=20)
    failed: list[object] = [aliyun.create_avatar() for _ in range(20)]
    account.advance(WHOLE_MAKING)
    devices: list[object] = [f"device-{number}" for number in range(20)]
    for device in devices:
        application = {"AppId": APP, "License": LICENSE, "DeviceType": "largeScreen"}
        aliyun.data("ClientAuth", DeviceId=device, **application)
    running: list[object] = [aliyun.start() for _ in range(21)]
    return {
        "TenantId": [int(aliyun.credentials["tenant_id"])],
        "AppId": [APP],
        "Voice": ["yunqi"],
        "License": [LICENSE],
        "SessionId": running[:1],
        "StopInstance.SessionId": running[1:],
        "Vaml": ["<vaml>你好</vaml>", "<vaml><break/></vaml>"],
        "TaskUuid": [finished, aliyun.submit()],
        "CancelVideoTask.TaskUuid": [aliyun.submit() for _ in range(20)],
        **{f"Submit{source}To{model}AvatarVideoTask.Code": [code] for source, model, code in _SPEAKERS},
        "characterCode": [AVATAR_2D, AVATAR_3D],
        "QueryAvatar.Code": [AVATAR_2D, AVATAR_3D, trained[0], failed[0]],
        "ConfirmAvatar2dTrain.Code": awaiting,
        "Update2dAvatar.Code": failed,
        "DeleteAvatar.Code": trained[1:],
        "Render3dAvatar.Code": [AVATAR_3D],
        "ClientUnbindDevice.DeviceId": devices,
        "InstanceId": [SWITCHED_ON, SWITCHED_OFF],
        "StartTimedResetOperate.InstanceId": [SWITCHED_OFF],
        "CloseTimedResetOperate.InstanceId": [SWITCHED_ON],
    }


def sample_traffic(account: Account) -> str:
    """A video; the access key."""
    client = AliyunAvatar(account)
    client.submit()
    return str(client.credentials["access_key_id"])
