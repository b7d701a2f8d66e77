"""Video tasks: five ways to submit, six states, lists, cancellation, downloadable results."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver
from bodydouble.mock_server.testing.server import Server
from bodydouble.mock_server.vendors.aliyun_avatar import catalogue
from tests.support.aliyun_avatar import APP, AVATAR_2D, AVATAR_3D, AliyunAvatar
from tests.support.times import DAY

ONLY_2D, ONLY_3D = "ALIPUB2D60C41987302", "ALIPUB3D71F52840916"
TEXT, RECORDING = {"Text": "你好。欢迎光临。"}, {"Url": "https://media.example.com/speech.wav"}
SUBMITS: dict[str, dict[str, Any]] = {
    "SubmitTextTo2DAvatarVideoTask": TEXT,
    "SubmitTextTo3DAvatarVideoTask": TEXT,
    "SubmitAudioTo2DAvatarVideoTask": RECORDING,
    "SubmitAudioTo3DAvatarVideoTask": RECORDING,
    "SubmitAvatarVideoTask": {"VideoParams": {"text": "测试", "characterCode": AVATAR_2D}},
}
EACH = pytest.mark.parametrize("action", SUBMITS)


def submit(client: AliyunAvatar, action: str, **changed: Any) -> str:
    request = {"App": {"AppId": APP}, "Title": "Video", **SUBMITS[action], **changed}
    return str(client.data(action, **request)["TaskUuid"])


def rejection(client: AliyunAvatar, action: str, **changed: Any) -> tuple[str, str]:
    return client.rejection(action, **{"App": {"AppId": APP}, "Title": "Video", **SUBMITS[action], **changed})


@EACH
def test_a_task_waits_then_runs_then_succeeds_and_its_files_can_be_downloaded(account: Account, action: str) -> None:
    client = AliyunAvatar(account)
    task = submit(client, action)
    seen = [client.task(task)["Status"]]
    for seconds in (1, 4):
        account.advance(seconds)
        seen.append(client.task(task)["Status"])
    assert seen == ["1", "2", "3"]
    shown = client.task(task)
    assert shown["Type"] == ("1" if "3D" in action else "3")
    result = shown["TaskResult"]
    video, picture = account.http.get(result["VideoUrl"]), account.http.get(result["PreviewPic"])
    assert (video.status, video.headers["content-type"], video.body[4:8]) == (200, "video/mp4", b"ftyp")
    assert (picture.status, picture.headers["content-type"]) == (200, "image/png")
    assert ("SubtitlesUrl" in result) == ("Audio" not in action)
    if "SubtitlesUrl" in result:
        subtitles = account.http.get(result["SubtitlesUrl"])
        assert (subtitles.status, subtitles.headers["content-type"]) == (200, "text/x-ssa")
        assert subtitles.body.startswith(b"[Script Info]")


def test_a_task_that_has_not_ended_has_no_result(account: Account) -> None:
    client = AliyunAvatar(account)
    task = client.submit()
    for _ in range(2):
        assert "TaskResult" not in client.task(task)
        assert "TaskResult" not in client.tasks()["List"][0]
        account.advance(1)
    assert [file["code"] for file in account.task(task)["steps"]] == ["1", "2", "3", "6"]


def test_status_and_type_are_strings_in_the_detail_and_numbers_in_the_list(account: Account) -> None:
    client = AliyunAvatar(account)
    task = client.submit(Title="标题")
    detail, row = client.task(task), client.tasks()["List"][0]
    assert (detail["Status"], detail["Type"], detail["Process"]) == ("1", "3", "0")
    assert (row["Status"], row["Type"], row["Title"], row["TaskUuid"]) == (1, 3, "标题", task)
    account.advance(10)
    assert client.task(task)["Process"] == "100"
    assert client.tasks()["List"][0]["TaskResult"] == client.task(task)["TaskResult"]


def test_a_task_and_its_files_expire_after_7_days(account: Account) -> None:
    client = AliyunAvatar(account)
    task = client.submit()
    account.advance(5)
    url = client.task(task)["TaskResult"]["VideoUrl"]
    account.advance(7 * DAY - 60)
    assert account.http.get(url).status == 200
    account.advance(60)
    shown = client.task(task)
    assert shown["Status"] == "6"
    assert "TaskResult" not in shown
    assert account.http.get(url).status == 410
    assert client.tasks()["List"] == []


def test_a_failed_task_shows_the_reason(account: Account) -> None:
    client = AliyunAvatar(account)
    account.scenario("aliyun-avatar", "SubmitTextTo2DAvatarVideoTask", outcome="failure", reason="no sound", times=1)
    task = client.submit()
    account.advance(10)
    shown = client.task(task)
    assert shown["Status"] == "4"
    assert shown["TaskResult"] == {"FailReason": "no sound", "FailCode": "20002"}
    assert client.tasks(Status=4)["TotalCount"] == 1


def test_a_stuck_task_never_ends(account: Account) -> None:
    client = AliyunAvatar(account)
    account.scenario("aliyun-avatar", "SubmitTextTo2DAvatarVideoTask", outcome="stuck")
    task = client.submit()
    account.advance(30 * DAY)
    assert client.task(task)["Status"] == "2"


def test_a_task_can_be_cancelled_only_while_it_waits(account: Account) -> None:
    client = AliyunAvatar(account)
    waiting, running = client.submit(), client.submit()
    cancelled = client.data("CancelVideoTask", App={"AppId": APP}, TaskUuid=waiting)
    assert cancelled == {"TaskUuid": waiting, "IsCancel": True}
    account.advance(2)
    for task, state in ((running, "running"), (waiting, "cancelled")):
        response = client.data("CancelVideoTask", App={"AppId": APP}, TaskUuid=task)
        assert response["IsCancel"] is False
        assert state in response["FailReason"]
    account.advance(10)
    assert (client.task(waiting)["Status"], client.task(running)["Status"]) == ("5", "3")
    assert "TaskResult" not in client.task(waiting)


def test_cancelled_tasks_are_not_listed(account: Account) -> None:
    client = AliyunAvatar(account)
    waiting, cancelled = client.submit(), client.submit()
    client.data("CancelVideoTask", App={"AppId": APP}, TaskUuid=cancelled)
    assert [row["TaskUuid"] for row in client.tasks()["List"]] == [waiting]
    assert client.tasks(TaskUuid=cancelled)["TotalCount"] == 0


def test_tasks_are_listed_newest_first_in_pages(account: Account) -> None:
    client = AliyunAvatar(account)
    tasks = [client.submit(Title=f"Video {number}") for number in range(5)]

    def listed(**filters: Any) -> list[str]:
        return [row["TaskUuid"] for row in client.tasks(**filters)["List"]]

    assert listed() == tasks[::-1]
    assert listed(OrderById="asc") == tasks
    assert listed(PageNo=2, PageSize=2) == tasks[2:0:-1]
    assert listed(PageNo=4, PageSize=2) == []
    assert listed(PageNo=2_147_483_647, PageSize=100) == []
    page = client.tasks(PageNo=2, PageSize=2)
    assert (page["PageNo"], page["PageSize"], page["TotalCount"]) == (2, 2, 5)


def test_tasks_can_be_filtered_by_title_type_status_and_id(account: Account) -> None:
    client = AliyunAvatar(account)
    done = submit(client, "SubmitTextTo3DAvatarVideoTask", Title="早安新闻")
    account.advance(10)
    waiting = submit(client, "SubmitTextTo2DAvatarVideoTask", Title="晚安新闻")

    def listed(**filters: Any) -> list[str]:
        return [row["TaskUuid"] for row in client.tasks(**filters)["List"]]

    assert listed(Title="早安") == [done]
    assert listed(Title="新闻") == [waiting, done]
    assert listed(Type=1) == [done]
    assert listed(Type=3) == [waiting]
    assert listed(Status=3) == [done]
    assert listed(Status=1) == [waiting]
    assert listed(TaskUuid=done) == [done]
    assert listed(TaskUuid=done, Status=1) == []


def test_a_task_belongs_to_its_application_and_account(account: Account, server: Server) -> None:
    client, other = AliyunAvatar(account), AliyunAvatar(Account(server))
    task = client.submit()
    assert client.tasks(App={"AppId": ONLY_2D})["List"] == []
    assert other.tasks()["List"] == []
    for caller, app in ((client, ONLY_2D), (other, APP)):
        code, message = caller.rejection("CancelVideoTask", App={"AppId": app}, TaskUuid=task)
        assert code == "10010002"
        assert "TaskUuid" in message
    assert client.task(task)["Status"] == "1"


@EACH
def test_the_application_must_support_the_kind_of_video(account: Account, action: str) -> None:
    wrong = ONLY_2D if "3D" in action else ONLY_3D
    assert rejection(AliyunAvatar(account), action, App={"AppId": wrong})[0] == "10010028"


@EACH
def test_an_unknown_application_is_rejected(account: Account, action: str) -> None:
    assert rejection(AliyunAvatar(account), action, App={"AppId": "nobody's"})[0] == "10010003"


@pytest.mark.parametrize("action", [name for name in SUBMITS if name != "SubmitAvatarVideoTask"])
def test_the_avatar_must_exist_and_be_of_the_right_model(account: Account, action: str) -> None:
    client = AliyunAvatar(account)
    code, message = rejection(client, action, AvatarInfo={"Code": "CH_nobody"})
    assert code == "10010002"
    assert "AvatarInfo.Code" in message
    other = AVATAR_2D if "3D" in action else AVATAR_3D
    code, message = rejection(client, action, AvatarInfo={"Code": other})
    assert code == "10010002"
    assert other in message


def test_not_every_3d_avatar_can_speak_a_recording(account: Account) -> None:
    client, silent = AliyunAvatar(account), {"Code": "CH_hS5nLk2RpD7xUa94"}
    assert "recordings" in rejection(client, "SubmitAudioTo3DAvatarVideoTask", AvatarInfo=silent)[1]
    submit(client, "SubmitTextTo3DAvatarVideoTask", AvatarInfo=silent)


@pytest.mark.generated
@pytest.mark.parametrize("code", catalogue.AVATARS)
def test_every_official_avatar_supports_transparency(account: Account, code: str) -> None:
    client, model = AliyunAvatar(account), catalogue.AVATARS[code].model.upper()
    for alpha_format, extension in ((1, "webm"), (2, "mov"), (3, "mp4")):
        video = {"IsAlpha": True, "AlphaFormat": alpha_format, "Resolution": 3 if portrait(code) else 4}
        task = submit(client, f"SubmitTextTo{model}AvatarVideoTask", AvatarInfo={"Code": code}, VideoInfo=video)
        account.act(task, "finish")
        assert client.task(task)["TaskResult"]["VideoUrl"].endswith(f".{extension}")


def portrait(code: str) -> bool:
    return (1080, 1920) in catalogue.AVATARS[code].offline


@pytest.mark.parametrize("action", ["SubmitTextTo2DAvatarVideoTask", "SubmitAudioTo2DAvatarVideoTask"])
@pytest.mark.parametrize(("transparent", "accepted"), [("True", True), ("False", False)])
def test_a_custom_avatar_supports_transparency_if_its_footage_is_transparent(
    account: Account, action: str, transparent: str, accepted: bool
) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar(Transparent=transparent)
    account.advance(11)
    request = {"AvatarInfo": {"Code": code}, "VideoInfo": {"IsAlpha": True}}
    if accepted:
        assert submit(client, action, **request)
        return
    assert rejection(client, action, **request)[1].endswith(f"VideoInfo.IsAlpha: {code} cannot be transparent")
    submit(client, action, AvatarInfo={"Code": code})


def test_not_every_2d_avatar_supports_every_resolution(account: Account) -> None:
    client, landscape = AliyunAvatar(account), {"Code": "CH_2d_e9HoJ4xCnQ1SyLgT"}
    action = "SubmitTextTo2DAvatarVideoTask"
    assert "1920x1080" in rejection(client, action, AvatarInfo=landscape, VideoInfo={"Resolution": 3})[1]
    submit(client, action, AvatarInfo=landscape, VideoInfo={"Resolution": 4})
    submit(client, action, AvatarInfo=landscape)


@pytest.mark.parametrize(
    ("video_info", "content_type", "mask"),
    [
        ({"IsAlpha": True}, "video/webm", False),
        ({"IsAlpha": True, "AlphaFormat": 1}, "video/webm", False),
        ({"IsAlpha": True, "AlphaFormat": 2}, "video/quicktime", False),
        ({"IsAlpha": True, "AlphaFormat": 3}, "video/mp4", True),
        ({"IsAlpha": False, "AlphaFormat": 1}, "video/mp4", False),
    ],
)
def test_a_transparent_video_has_the_requested_format(
    account: Account, video_info: dict[str, Any], content_type: str, mask: bool
) -> None:
    client = AliyunAvatar(account)
    task = client.submit(VideoInfo=video_info)
    account.advance(5)
    result = client.task(task)["TaskResult"]
    assert account.http.get(result["VideoUrl"]).headers["content-type"] == content_type
    assert ("AlphaUrl" in result) == mask
    if mask:
        assert account.http.get(result["AlphaUrl"]).status == 200


def test_the_speech_rate_can_halve_or_double_the_length(account: Account) -> None:
    client = AliyunAvatar(account)
    tasks = [client.submit(AudioInfo={"SpeechRate": rate, "Voice": "yunqi"}) for rate in (0, 500, -500)]
    account.advance(5)
    normal, fast, slow = (client.task(task)["TaskResult"]["VideoDuration"] for task in tasks)
    assert (fast, slow) == (normal / 2, normal * 2)


def test_an_unknown_voice_is_rejected(account: Account) -> None:
    code, message = rejection(AliyunAvatar(account), "SubmitTextTo2DAvatarVideoTask", AudioInfo={"Voice": "nobody"})
    assert code == "10010002"
    assert "AudioInfo.Voice" in message


def test_a_sensitive_text_is_rejected(account: Account) -> None:
    client = AliyunAvatar(account)
    assert rejection(client, "SubmitTextTo3DAvatarVideoTask", Text="这是示例敏感词")[0] == "10010030"
    assert rejection(client, "SubmitAvatarVideoTask", VideoParams={"text": "示例敏感词"})[0] == "10010030"
    assert account.tasks(kind="videoTask") == []


def test_the_number_of_concurrent_videos_is_limited(account: Account) -> None:
    client = AliyunAvatar(account)
    account.settings("aliyun-avatar", concurrent_videos=2)
    client.submit()
    client.submit()
    assert rejection(client, "SubmitTextTo2DAvatarVideoTask")[0] == "10050008"
    account.advance(5)
    client.submit()


def test_the_total_number_of_videos_is_limited_and_cancelled_videos_do_not_count(account: Account) -> None:
    client = AliyunAvatar(account)
    account.set_quota("aliyun-avatar", "videos", 2)
    client.submit()
    cancelled = client.submit()
    assert rejection(client, "SubmitTextTo2DAvatarVideoTask")[0] == "10010021"
    client.data("CancelVideoTask", App={"AppId": APP}, TaskUuid=cancelled)
    client.submit()


def test_events_for_start_and_end_contain_the_callers_parameters(account: Account, receiver: Receiver) -> None:
    client = AliyunAvatar(account)
    client.listen(receiver)
    task = client.submit(Callback="True", CallbackParams={"orderId": "订单-1"})
    account.advance(5)
    started, finished = (request.json for request in receiver.wait_for(3)[1:])
    shared = {"appId": APP, "taskUuid": task, "type": 3, "callbackParams": {"orderId": "订单-1"}}
    assert started["eventType"] == "VIDEO_TASK_STARTED"
    assert started["data"] == {**shared, "status": 2}
    assert finished["eventType"] == "VIDEO_TASK_FINISHED"
    assert finished["data"] == {**shared, "status": 3, "taskResult": client.task(task)["TaskResult"]}
    assert finished["tenantId"] == int(client.credentials["tenant_id"])


def test_an_event_is_sent_for_a_failure_and_none_for_a_cancellation(account: Account, receiver: Receiver) -> None:
    client = AliyunAvatar(account)
    client.listen(receiver)
    client.data("CancelVideoTask", App={"AppId": APP}, TaskUuid=client.submit(Callback="true"))
    account.scenario("aliyun-avatar", "SubmitTextTo2DAvatarVideoTask", outcome="failure", reason="no sound")
    client.submit(Callback="true")
    account.advance(10)
    started, finished = (request.json["data"] for request in receiver.received[1:])
    assert (started["status"], finished["status"]) == (2, 4)
    assert finished["taskResult"]["FailReason"] == "no sound"


@EACH
def test_events_need_a_callback_url_and_parameters_without_events_are_ignored(account: Account, action: str) -> None:
    client = AliyunAvatar(account)
    assert rejection(client, action, Callback="true")[0] == "10010042"
    account.settings("aliyun-avatar", auth_key="")
    assert rejection(client, action, Callback="true")[0] == "10010041"
    submit(client, action, CallbackParams={"orderId": "1"})
    assert account.deliveries() == []


@pytest.mark.parametrize(
    ("action", "longest"), [("SubmitTextTo2DAvatarVideoTask", 64), ("SubmitAudioTo2DAvatarVideoTask", 32)]
)
def test_titles_have_a_maximum_length(account: Account, action: str, longest: int) -> None:
    client = AliyunAvatar(account)
    submit(client, action, Title="题" * longest)
    request = client.of_tenant({"App": {"AppId": APP}, **SUBMITS[action], "Title": "题" * (longest + 1)})
    assert client.gateway_error(client.send(action, request))[:2] == (400, "InvalidTitle")


def test_a_resolution_is_required_only_for_3d_text_videos(account: Account) -> None:
    client = AliyunAvatar(account)
    request = {"App": {"AppId": APP}, "Title": "Video", **TEXT, "VideoInfo": {"IsAlpha": False}}
    response = client.send("SubmitTextTo3DAvatarVideoTask", client.of_tenant(request))
    assert client.gateway_error(response)[:2] == (400, "MissingVideoInfo.Resolution")
    client.data("SubmitTextTo2DAvatarVideoTask", **request)
