"""Custom 2D avatars: check, review, optional confirmation, training, update and deletion; official avatars."""

import struct
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver
from bodydouble.mock_server.testing.server import Server
from tests.support.aliyun_avatar import APP, AVATAR_2D, AVATAR_3D, AliyunAvatar


def make_state(client: AliyunAvatar, code: str) -> tuple[str, str]:
    shown = client.avatar(code)
    return shown["MakeStatus"], shown["MakeStage"]


def failed_avatar(account: Account, outcome: str, **changed: Any) -> tuple[AliyunAvatar, str]:
    client = AliyunAvatar(account)
    account.scenario("aliyun-avatar", "Create2dAvatar", outcome=outcome, times=1)
    code = client.create_avatar(**changed)
    account.advance(10)
    return client, code


def test_an_avatar_goes_through_check_review_and_training(account: Account) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar()
    assert code.startswith("CH_2d_")
    seen = [make_state(client, code)]
    for seconds in (1, 4, 5):
        account.advance(seconds)
        seen.append(make_state(client, code))
    assert seen == [("1", "1"), ("1", "2"), ("1", "3"), ("3", "4")]


def test_a_custom_avatar_shows_the_fields_of_its_request(account: Account) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar(Name="小云", Description="讲解", Image="https://media.example.com/thumb.png")
    shown = client.avatar(code)
    assert (shown["Name"], shown["Description"], shown["ModelType"], shown["AvatarType"]) == ("小云", "讲解", "2d", "1")
    assert shown["Image"] == "https://media.example.com/thumb.png"
    assert shown["Portrait"] == "https://media.example.com/face.png"
    assert shown["SupportedResolutions"]["Offline"][0]["Height"] == 1920
    assert "Code" not in shown
    assert "Preview" not in shown
    assert "MakeFailReason" not in shown


def test_the_pictures_of_a_trained_avatar_can_be_downloaded(account: Account) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar(Orientation=2)
    account.advance(10)
    shown = client.avatar(code)
    assert account.http.get(shown["Image"]).headers["content-type"] == "image/png"
    assert account.http.get(shown["Preview"]).headers["content-type"] == "video/webm"
    assert shown["SupportedResolutions"]["Offline"][0]["Width"] == 1920


@pytest.mark.parametrize(("orientation", "size"), [(1, (1080, 1920)), (2, (1920, 1080))])
def test_an_avatar_without_a_thumbnail_shows_the_first_frame_of_its_footage_from_the_start(
    account: Account, orientation: int, size: tuple[int, int]
) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar(Orientation=orientation)
    image = client.avatar(code)["Image"]
    for seconds in (0, 1, 4, 6):
        account.advance(seconds)
        shown = client.avatar(code)
        assert shown["Image"] == image != shown["Portrait"]
        picture = account.http.get(image)
        assert picture.headers["content-type"] == "image/png"
        assert struct.unpack(">II", picture.body[16:24]) == size
    assert client.data("QueryAvatarList", ModelType="2d")["List"][0]["Image"] == image
    client.data("DeleteAvatar", Code=code)
    assert account.http.get(image).status == 404


@pytest.mark.parametrize("outcome", ["failure", "rejected", "trainingFailure"])
def test_a_failed_avatar_keeps_the_first_frame_of_its_footage(account: Account, outcome: str) -> None:
    client, code = failed_avatar(account, outcome)
    shown = client.avatar(code)
    assert shown["Image"] != shown["Portrait"]
    assert account.http.get(shown["Image"]).status == 200
    client.data("Update2dAvatar", Code=code, Video="https://media.example.com/new.mp4", Orientation=2)
    picture = account.http.get(client.avatar(code)["Image"]).body
    assert struct.unpack(">II", picture[16:24]) == (1920, 1080), "the new footage is shot in landscape"


def test_the_preview_of_an_avatar_cannot_be_downloaded_before_it_is_trained(account: Account) -> None:
    client = AliyunAvatar(account)
    first, second = client.create_avatar(), client.create_avatar()
    account.act(first, "finish")
    url = client.avatar(first)["Preview"]
    rows = [account.task(code)["id"] for code in (first, second)]
    assert account.http.get(url.replace(f"/{rows[0]}/", f"/{rows[1]}/")).status == 404


@pytest.mark.parametrize(("outcome", "stage"), [("failure", "1"), ("rejected", "2"), ("trainingFailure", "3")])
def test_a_failed_avatar_keeps_its_stage_and_shows_the_reason(account: Account, outcome: str, stage: str) -> None:
    client, code = failed_avatar(account, outcome)
    assert make_state(client, code) == ("2", stage)
    assert client.avatar(code)["MakeFailReason"]


def test_training_needs_no_confirmation_unless_it_is_enabled(account: Account) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar()
    account.advance(5)
    rejection, message = client.rejection("ConfirmAvatar2dTrain", Code=code, Confirm="ACCEPT")
    assert rejection == "10010002"
    assert "training" in message


@pytest.mark.parametrize(("decision", "after"), [("ACCEPT", ("3", "4")), ("DECLINE", ("2", "2"))])
def test_training_waits_for_confirmation_if_it_is_enabled(
    account: Account, decision: str, after: tuple[str, str]
) -> None:
    client = AliyunAvatar(account)
    account.settings("aliyun-avatar", training_confirmation=True)
    code = client.create_avatar()
    assert client.rejection("ConfirmAvatar2dTrain", Code=code, Confirm=decision)[0] == "10010002"
    account.advance(100)
    assert make_state(client, code) == ("1", "2")
    assert client.data("ConfirmAvatar2dTrain", Code=code, Confirm=decision) is None
    account.advance(5)
    assert make_state(client, code) == after
    assert client.rejection("ConfirmAvatar2dTrain", Code=code, Confirm=decision)[0] == "10010002"


def test_a_confirmed_avatar_can_be_downloaded_only_after_its_training(account: Account) -> None:
    client = AliyunAvatar(account)
    account.settings("aliyun-avatar", training_confirmation=True)
    code = client.create_avatar()
    account.advance(5)
    client.data("ConfirmAvatar2dTrain", Code=code, Confirm="ACCEPT")
    account.advance(4)
    assert "Preview" not in client.avatar(code)
    account.advance(1)
    assert account.http.get(client.avatar(code)["Preview"]).status == 200


def test_an_avatar_cannot_be_updated_while_it_is_being_made(account: Account) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar()
    for _ in range(3):
        rejection, message = client.rejection("Update2dAvatar", Code=code, Name="Other")
        assert rejection == "10010002"
        assert "being made" in message
        account.advance(3)
    assert client.avatar(code)["Name"] == "Presenter"


def test_an_update_keeps_the_fields_that_it_omits(account: Account) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar(Description="讲解")
    account.advance(10)
    assert client.data("Update2dAvatar", Code=code, Name="Other") == {"Code": code}
    shown = client.avatar(code)
    assert (shown["Name"], shown["Description"], shown["MakeStatus"]) == ("Other", "讲解", "3")


def test_new_footage_is_accepted_only_after_a_failure_and_restarts_the_process(account: Account) -> None:
    client, code = failed_avatar(account, "failure")
    footage = "https://media.example.com/longer.mp4"
    client.data("Update2dAvatar", Code=code, Video=footage)
    assert make_state(client, code) == ("1", "1")
    account.advance(10)
    assert make_state(client, code) == ("3", "4")
    assert client.avatar(code)["Name"] == "Presenter"
    rejection, message = client.rejection("Update2dAvatar", Code=code, Video=footage)
    assert rejection == "10010002"
    assert "Update2dAvatar is not possible while the task is 'success'" in message


def test_a_restarted_process_needs_a_new_confirmation(account: Account) -> None:
    account.settings("aliyun-avatar", training_confirmation=True)
    client, code = failed_avatar(account, "rejected")
    client.data("Update2dAvatar", Code=code, Video="https://media.example.com/other.mp4")
    account.advance(100)
    assert make_state(client, code) == ("1", "2")
    client.data("ConfirmAvatar2dTrain", Code=code, Confirm="ACCEPT")


def test_avatars_are_listed_by_model_in_pages_with_custom_avatars_first(account: Account) -> None:
    client = AliyunAvatar(account)
    first, second = client.create_avatar(), client.create_avatar()
    listed = client.data("QueryAvatarList", ModelType="2d")
    assert (listed["TotalCount"], listed["PageNo"], listed["PageSize"], listed["TotalPage"]) == (8, 1, 10, 1)
    codes = [row["Code"] for row in listed["List"]]
    assert codes[:3] == [second, first, AVATAR_2D]
    page = client.data("QueryAvatarList", ModelType="2d", PageNo=2, PageSize=3)
    assert [row["Code"] for row in page["List"]] == codes[3:6]
    assert page["TotalPage"] == 3
    official = client.data("QueryAvatarList", ModelType="3d")["List"]
    assert {row["ModelType"] for row in official} == {"3d"}
    assert all("MakeStatus" not in row for row in official)


def test_official_avatars_have_pictures(account: Account) -> None:
    client = AliyunAvatar(account)
    flat, solid = client.avatar(AVATAR_2D), client.avatar(AVATAR_3D)
    assert account.http.get(flat["Preview"]).headers["content-type"] == "video/webm"
    assert account.http.get(solid["Portrait"]).headers["content-type"] == "image/png"
    assert "AllLocateImages" in solid
    assert "AllLocateImages" not in flat
    assert flat["AvatarType"] == "0"


def test_a_deleted_avatar_is_gone(account: Account) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar()
    assert client.data("DeleteAvatar", Code=code) is None
    for action in ("QueryAvatar", "DeleteAvatar", "Update2dAvatar"):
        assert client.rejection(action, Code=code)[0] == "10010002"
    assert client.data("QueryAvatarList", ModelType="2d")["TotalCount"] == 6


@pytest.mark.parametrize("action", ["DeleteAvatar", "Update2dAvatar"])
def test_an_official_avatar_can_neither_be_updated_nor_deleted(account: Account, action: str) -> None:
    code, message = AliyunAvatar(account).rejection(action, Code=AVATAR_2D)
    assert code == "10010003"
    assert "official" in message


def test_a_custom_avatar_belongs_to_its_account(account: Account, server: Server) -> None:
    client, other = AliyunAvatar(account), AliyunAvatar(Account(server))
    code = client.create_avatar()
    for action in ("QueryAvatar", "DeleteAvatar", "Update2dAvatar"):
        assert other.rejection(action, Code=code)[0] == "10010002"
    assert other.data("QueryAvatarList", ModelType="2d")["TotalCount"] == 6


def test_a_custom_avatar_can_be_used_once_it_is_trained(account: Account) -> None:
    client = AliyunAvatar(account)
    code = client.create_avatar(Transparent="False")
    request = {"App": {"AppId": APP}, "Title": "Video", "Text": "你好", "AvatarInfo": {"Code": code}}
    assert "not ready" in client.rejection("SubmitTextTo2DAvatarVideoTask", **request)[1]
    account.advance(10)
    assert "transparent" in client.rejection("SubmitTextTo2DAvatarVideoTask", **request, VideoInfo={"IsAlpha": True})[1]
    task = client.submit(**request)
    account.advance(5)
    assert client.task(task)["Status"] == "3"


@pytest.mark.parametrize(("outcome", "status"), [("success", "3"), ("trainingFailure", "2")])
def test_an_event_is_sent_when_an_avatar_is_finished_or_has_failed(
    account: Account, receiver: Receiver, outcome: str, status: str
) -> None:
    AliyunAvatar(account).listen(receiver)
    _, code = failed_avatar(account, outcome, Callback="True")
    event = receiver.wait_for(2)[1].json
    assert event["eventType"] == "AVATAR_TRAINING_FINISHED"
    assert (event["data"]["code"], event["data"]["makeStatus"]) == (code, status)
    assert ("makeFailReason" in event["data"]) == (status == "2")


def test_avatar_events_need_a_callback_url(account: Account) -> None:
    client = AliyunAvatar(account)
    request = client.of_tenant(
        {
            "Name": "Presenter",
            "Portrait": "https://media.example.com/face.png",
            "Video": "https://media.example.com/footage.mp4",
            "Transparent": "true",
            "Orientation": 1,
            "Callback": "true",
        }
    )
    assert client.content("Create2dAvatar", request)["Code"] == "10010042"
    assert account.tasks(kind="avatar") == []
