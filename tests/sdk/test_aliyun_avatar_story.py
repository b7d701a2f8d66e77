"""A whole use case through the vendor's own SDK: videos, a list, a cancellation, and a custom avatar."""

import pytest

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar_sdk import Call, Sdk, asynchronous, synchronous

pytestmark = pytest.mark.process

TEXT = {"Title": "早安", "Text": "大家好。今天天气很好。"}


def poll(sdk: Sdk, task: str) -> str:
    """Poll until the task ends, and advance the clock in between."""
    for _ in range(10):
        status = str(sdk.app_data("GetVideoTaskInfo", TaskUuid=task).status)
        if status not in ("1", "2"):
            return status
        sdk.account.advance(1)
    raise AssertionError(f"the task has not ended: {status}")


@pytest.mark.parametrize("call", [synchronous, asynchronous])
def test_videos_are_created_listed_and_cancelled_and_an_avatar_is_created_and_used(
    account: Account, call: Call
) -> None:
    account.settings("aliyun-avatar", training_confirmation=True)
    sdk = Sdk(account, call)

    task = sdk.app_data("SubmitTextTo2DAvatarVideoTask", **TEXT, AudioInfo={"Voice": "yunqi"}).task_uuid
    assert poll(sdk, task) == "3"
    result = sdk.app_data("GetVideoTaskInfo", TaskUuid=task).task_result
    video, subtitles = account.http.get(result.video_url), account.http.get(result.subtitles_url)
    assert video.headers["content-type"] == "video/mp4"
    assert "大家好。" in subtitles.body.decode()

    other = sdk.app_data("SubmitTextTo3DAvatarVideoTask", **TEXT).task_uuid
    assert [row.task_uuid for row in sdk.app_data("QueryVideoTaskInfo", Title="早安").list] == [other, task]
    assert sdk.app_data("CancelVideoTask", TaskUuid=other).is_cancel is True
    assert [row.task_uuid for row in sdk.app_data("QueryVideoTaskInfo").list] == [task]
    assert poll(sdk, other) == "5"

    footage = {
        "Name": "小云",
        "Portrait": "https://media.example.com/face.png",
        "Video": "https://media.example.com/footage.mp4",
        "Transparent": False,
        "Orientation": 2,
    }
    code = sdk.data("Create2dAvatar", **footage).code
    account.advance(5)
    assert sdk.data("QueryAvatar", Code=code).make_stage == "2"
    sdk.data("ConfirmAvatar2dTrain", Code=code, Confirm="ACCEPT")
    account.advance(5)
    assert sdk.data("QueryAvatar", Code=code).make_status == "3"
    own = sdk.app_data("SubmitTextTo2DAvatarVideoTask", **TEXT, AvatarInfo={"Code": code}).task_uuid
    assert poll(sdk, own) == "3"
