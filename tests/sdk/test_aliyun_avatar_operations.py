"""Every operation, called through the vendor's own SDK, synchronously and in an event loop."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import APP, AVATAR_2D, AVATAR_3D, LICENSE, SWITCHED_OFF, SWITCHED_ON
from tests.support.aliyun_avatar_sdk import Call, Sdk, asynchronous, synchronous

pytestmark = pytest.mark.process

TEXT = {"Title": "示例 *~+&=/", "Text": "你好。Hello & welcome +1."}
RECORDING = {"Title": "Recording", "Url": "https://media.example.com/speech.wav?a=1&b=2"}
FOOTAGE = {
    "Name": "小云",
    "Portrait": "https://media.example.com/face.png",
    "Video": "https://media.example.com/footage.mp4",
    "Transparent": True,
    "Orientation": 1,
}
Check = Callable[[Sdk], None]
CHECKS: dict[str, Check] = {}


def of(operation: str) -> Callable[[Check], Check]:
    """Register the check of an operation through the SDK."""

    def register(check: Check) -> Check:
        assert operation not in CHECKS
        CHECKS[operation] = check
        return check

    return register


@pytest.mark.parametrize("call", [synchronous, asynchronous])
@pytest.mark.parametrize("operation", sorted(load_contract("aliyun-avatar").operations))
def test_the_sdk_reads_the_response_of_the_operation_into_its_model(
    account: Account, operation: str, call: Call
) -> None:
    CHECKS[operation](Sdk(account, call))


def test_every_operation_is_called() -> None:
    assert set(CHECKS) == set(load_contract("aliyun-avatar").operations)
    assert len(CHECKS) == 30


def start(sdk: Sdk, **fields: Any) -> str:
    return str(sdk.app_data("StartInstance", **fields).session_id)


def submit(sdk: Sdk) -> str:
    return str(sdk.app_data("SubmitTextTo2DAvatarVideoTask", **TEXT).task_uuid)


def create(sdk: Sdk) -> str:
    return str(sdk.data("Create2dAvatar", **FOOTAGE).code)


@of("StartInstance")
def start_instance(sdk: Sdk) -> None:
    data = sdk.app_data(
        "StartInstance",
        BizId="b 1~*",
        User={"UserId": "23423", "UserName": "测试 用户*~+&=/"},
        CommandRequest={"AlphaSwitch": True, "Locate": 0},
        TextRequest={"Volume": 50},
    )
    assert len(data.session_id) == 32
    assert data.request_id
    assert data.channel.type == "6"
    assert data.channel.gslb
    assert data.token
    channel = {"Type": "RTMP", "ReqConfig": {"url": "rtmp://a/b?x=1&y=2"}}
    assert sdk.app_data("StartInstance", Channel=channel).channel is None


@of("StopInstance")
def stop_instance(sdk: Sdk) -> None:
    session = start(sdk)
    data = sdk.data("StopInstance", SessionId=session)
    assert data.session_id == session
    assert data.request_id
    assert sdk.send("StopInstance", SessionId=session).code == "10010014"


@of("QueryRunningInstance")
def query_running_instance(sdk: Sdk) -> None:
    first, second = start(sdk, User={"UserId": "1", "UserName": "张三"}), start(sdk)
    rows = sdk.app_data("QueryRunningInstance")
    assert [row.session_id for row in rows] == [second, first]
    assert rows[1].user.user_name == "张三"
    assert sdk.app_data("QueryRunningInstance", SessionId="unknown") == []


@of("SendText")
def send_text(sdk: Sdk) -> None:
    session = start(sdk)
    extension = {"IsStream": True, "Index": 0, "Position": "start"}
    data = sdk.data(
        "SendText",
        SessionId=session,
        Text="你好",
        UniqueCode="1",
        Interrupt=True,
        Feedback=False,
        StreamExtension=extension,
    )
    assert (data.session_id, data.unique_code) == (session, "1")


@of("SendVaml")
def send_vaml(sdk: Sdk) -> None:
    session = start(sdk)
    data = sdk.data("SendVaml", SessionId=session, Vaml='<vaml uniqueCode="u-1">你好</vaml>')
    assert (data.session_id, data.unique_code) == (session, "u-1")


@of("SendCommand")
def send_command(sdk: Sdk) -> None:
    session = start(sdk)
    data = sdk.data("SendCommand", SessionId=session, Code="INTERRUPT", Content={}, UniqueCode="1", Feedback=False)
    assert (data.session_id, data.unique_code) == (session, "1")


@of("SendMessage")
def send_message(sdk: Sdk) -> None:
    session = start(sdk)
    text = {"CommandType": "START", "SpeechText": "你好", "Id": "1", "interrupt": False}
    data = sdk.data("SendMessage", SessionId=session, TextRequest=text)
    assert data.session_id == session
    assert data.request_id
    sdk.data("SendMessage", SessionId=session, VAMLRequest={"Code": "VAML_REQUEST", "Vaml": "<vaml>你好</vaml>"})


def ends_well(sdk: Sdk, task: str, kind: str) -> None:
    sdk.account.advance(5)
    data = sdk.app_data("GetVideoTaskInfo", TaskUuid=task)
    assert (data.task_uuid, data.status, data.type, data.process) == (task, "3", kind, "100")
    assert sdk.account.http.get(data.task_result.video_url).status == 200
    assert data.task_result.video_duration > 0


@of("SubmitAudioTo3DAvatarVideoTask")
def submit_audio_3d(sdk: Sdk) -> None:
    video = {"Resolution": 1, "IsAlpha": True, "AlphaFormat": 1}
    data = sdk.app_data(
        "SubmitAudioTo3DAvatarVideoTask",
        **RECORDING,
        VideoInfo=video,
        AvatarInfo={"Code": AVATAR_3D, "Locate": 3},
        AudioInfo={"SampleRate": 16000},
        Callback=False,
    )
    ends_well(sdk, data.task_uuid, "1")


@of("SubmitTextTo3DAvatarVideoTask")
def submit_text_3d(sdk: Sdk) -> None:
    avatar = {"Code": AVATAR_3D, "Angle": 1, "IndustryCode": "live"}
    data = sdk.app_data("SubmitTextTo3DAvatarVideoTask", **TEXT, VideoInfo={"Resolution": 2}, AvatarInfo=avatar)
    ends_well(sdk, data.task_uuid, "1")


@of("SubmitTextTo2DAvatarVideoTask")
def submit_text_2d(sdk: Sdk) -> None:
    style = {"Name": "alibabapuhuiti", "Color": "#000000FF", "OutlineColor": "#FFFFFF00", "Size": 36, "Y": 984}
    data = sdk.app_data(
        "SubmitTextTo2DAvatarVideoTask",
        **TEXT,
        VideoInfo={"Resolution": 4, "SubtitleEmbedded": True, "SubtitleStyle": style},
        AudioInfo={"Voice": "yunqi", "SpeechRate": -100, "Volume": 50, "PitchRate": 10, "SampleRate": 48000},
        AvatarInfo={"Code": AVATAR_2D, "X": -10, "Y": 10, "Width": 1080, "Height": 1920},
        ExtParams="{}",
    )
    ends_well(sdk, data.task_uuid, "3")


@of("SubmitAudioTo2DAvatarVideoTask")
def submit_audio_2d(sdk: Sdk) -> None:
    data = sdk.app_data("SubmitAudioTo2DAvatarVideoTask", **RECORDING, AvatarInfo={"Code": AVATAR_2D})
    ends_well(sdk, data.task_uuid, "3")


@of("SubmitAvatarVideoTask")
def submit_customised(sdk: Sdk) -> None:
    video = json.dumps({"text": "测试", "characterCode": AVATAR_2D})
    data = sdk.app_data("SubmitAvatarVideoTask", Title="Customised", VideoParams=video)
    ends_well(sdk, data.task_uuid, "3")


@of("GetVideoTaskInfo")
def get_video_task_info(sdk: Sdk) -> None:
    task = submit(sdk)
    data = sdk.app_data("GetVideoTaskInfo", TaskUuid=task)
    assert (data.task_uuid, data.status, data.type) == (task, "1", "3")
    assert data.task_result is None
    assert sdk.send("GetVideoTaskInfo", App={"AppId": APP}, TaskUuid="unknown").code == "10010002"


@of("CancelVideoTask")
def cancel_video_task(sdk: Sdk) -> None:
    task = submit(sdk)
    data = sdk.app_data("CancelVideoTask", TaskUuid=task)
    assert (data.task_uuid, data.is_cancel) == (task, True)
    data = sdk.app_data("CancelVideoTask", TaskUuid=task)
    assert data.is_cancel is False
    assert "cancelled" in data.fail_reason


@of("QueryVideoTaskInfo")
def query_video_task_info(sdk: Sdk) -> None:
    tasks = [submit(sdk) for _ in range(3)]
    data = sdk.app_data("QueryVideoTaskInfo", Title="示例 *", Type=3, Status=1, OrderById="asc", PageNo=1, PageSize=2)
    assert (data.page_no, data.page_size, data.total_count) == (1, 2, 3)
    assert [row.task_uuid for row in data.list] == tasks[:2]
    assert (data.list[0].status, data.list[0].type, data.list[0].title) == (1, 3, TEXT["Title"])


@of("Create2dAvatar")
def create_2d_avatar(sdk: Sdk) -> None:
    assert create(sdk).startswith("CH_2d_")


@of("ConfirmAvatar2dTrain")
def confirm_avatar_2d_train(sdk: Sdk) -> None:
    sdk.account.settings("aliyun-avatar", training_confirmation=True)
    code = create(sdk)
    sdk.account.advance(5)
    sdk.data("ConfirmAvatar2dTrain", Code=code, Confirm="ACCEPT")
    assert sdk.data("QueryAvatar", Code=code).make_stage == "3"


@of("Update2dAvatar")
def update_2d_avatar(sdk: Sdk) -> None:
    code = create(sdk)
    sdk.account.advance(10)
    assert sdk.data("Update2dAvatar", Code=code, Name="Other", Transparent=False).code == code
    assert sdk.data("QueryAvatar", Code=code).name == "Other"


@of("QueryAvatarList")
def query_avatar_list(sdk: Sdk) -> None:
    data = sdk.data("QueryAvatarList", ModelType="2d", PageNo=1, PageSize=4)
    assert (data.total_count, data.page_no, data.page_size, data.total_page) == (6, 1, 4, 2)
    assert data.list[0].code == AVATAR_2D
    assert data.list[0].supported_resolutions.offline[0].height == 1920


@of("QueryAvatar")
def query_avatar(sdk: Sdk) -> None:
    code = create(sdk)
    data = sdk.data("QueryAvatar", Code=code)
    assert (data.name, data.model_type, data.avatar_type) == ("小云", "2d", "1")
    assert (data.make_status, data.make_stage) == ("1", "1")
    assert sdk.data("QueryAvatar", Code=AVATAR_3D).all_locate_images == {}


@of("DeleteAvatar")
def delete_avatar(sdk: Sdk) -> None:
    code = create(sdk)
    sdk.data("DeleteAvatar", Code=code)
    assert sdk.send("QueryAvatar", Code=code).code == "10010002"


@of("ClientAuth")
def client_auth(sdk: Sdk) -> None:
    device = {"License": LICENSE, "DeviceId": "d-1", "DeviceType": "largeScreen", "DeviceInfo": '{"a":1}'}
    sdk.data("ClientAuth", AppId=APP, **device)
    assert sdk.send("ClientAuth", AppId=APP, **{**device, "License": "wrong"}).code == "10010003"


@of("ClientUnbindDevice")
def client_unbind_device(sdk: Sdk) -> None:
    sdk.data("ClientAuth", AppId=APP, License=LICENSE, DeviceId="d-1", DeviceType="largeScreen")
    sdk.data("ClientUnbindDevice", DeviceId="d-1")
    assert sdk.send("ClientUnbindDevice", DeviceId="d-1").code == "10010002"


@of("ClientStart")
def client_start(sdk: Sdk) -> None:
    assert sdk.data("ClientStart", AppId=APP).im_token


@of("LicenseAuth")
def license_auth(sdk: Sdk) -> None:
    assert sdk.data("LicenseAuth", AppId=APP, License=LICENSE).token


@of("Render3dAvatar")
def render_3d_avatar(sdk: Sdk) -> None:
    data = sdk.data("Render3dAvatar", AppId=APP, Code=AVATAR_3D)
    assert json.loads(data.render_data)["code"] == AVATAR_3D


def switch_state(sdk: Sdk, instance: str) -> tuple[int, str]:
    data = sdk.data("QueryTimedResetOperateStatus", InstanceId=instance)
    return data.status, data.status_str


@of("StartTimedResetOperate")
def start_timed_reset_operate(sdk: Sdk) -> None:
    data = sdk.data("StartTimedResetOperate", InstanceId=SWITCHED_OFF)
    assert data.instance_id == SWITCHED_OFF
    assert data.tenant_id == int(sdk.account.credentials("aliyun-avatar")["tenant_id"])
    assert switch_state(sdk, SWITCHED_OFF) == (11, "开机中")
    sdk.account.advance(3)
    assert switch_state(sdk, SWITCHED_OFF) == (10, "开机")


@of("CloseTimedResetOperate")
def close_timed_reset_operate(sdk: Sdk) -> None:
    sdk.data("CloseTimedResetOperate", InstanceId=SWITCHED_ON)
    assert switch_state(sdk, SWITCHED_ON) == (21, "关机中")
    sdk.account.advance(1)
    assert switch_state(sdk, SWITCHED_ON) == (20, "关机")


@of("QueryTimedResetOperateStatus")
def query_timed_reset_operate_status(sdk: Sdk) -> None:
    data = sdk.data("QueryTimedResetOperateStatus", InstanceId=SWITCHED_ON)
    assert (data.instance_id, data.status, data.status_str) == (SWITCHED_ON, 10, "开机")
    assert data.tenant_id == sdk.account.credentials("aliyun-avatar")["tenant_id"]


@of("DuplexDecision")
def duplex_decision(sdk: Sdk) -> None:
    body = sdk.send(
        "DuplexDecision",
        AppId=APP,
        SessionId="dialogue",
        BizRequestId="1",
        DialogStatus="ROBOT_TALK",
        CallTime=1,
        Text="请你闭嘴",
        InterruptType=1,
        CustomKeywords=["闭嘴", "x"],
        DialogContext={"CurUtteranceIdx": 1, "Histories": [{"User": "你好", "Robot": "你好啊"}]},
    )
    assert (body.code, body.success) == ("0", "true")
    assert (body.data.action_type, body.data.grab_type) == ("INTERRUPT", "GRAB")
