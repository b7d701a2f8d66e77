"""Files in the formats of the vendor's metadata are taken, and others refused by their address."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.vendor_api.media_formats import why_unsuitable
from tests.support.aliyun_avatar import APP, AliyunAvatar

pytestmark = pytest.mark.generated

HOST = "https://media.example.com/"
VIDEO: dict[str, Any] = {"App": {"AppId": APP}, "Title": "Video"}
AVATAR: dict[str, Any] = {
    "Name": "Presenter",
    "Portrait": f"{HOST}a.png",
    "Video": f"{HOST}a.mp4",
    "Transparent": True,
    "Orientation": 1,
}


def with_file(action: str, field: str, url: str) -> tuple[str, dict[str, Any]]:
    """A request that names a file in the field, which may be one of an object."""
    outer, _, inner = field.partition(".")
    base = AVATAR if action == "Create2dAvatar" else VIDEO
    required = {"Text": "你好。"} if "Text" in action else {}
    resolution = {"Resolution": 3} if outer == "VideoInfo" else {}
    return action, {**base, **required, outer: {**resolution, inner: url} if inner else url}


TEXT_2D, RECORDING_3D = "SubmitTextTo2DAvatarVideoTask", "SubmitAudioTo3DAvatarVideoTask"
PICTURES = ["a.jpg", "a.JPEG", "a.png?x=a.gif", "a", "v1.2/a"]
FOOTAGE = ["a.mov", "a.webm", "a.MP4"]
TAKEN = {
    ("StartInstance", "CommandRequest.BackGroundImageUrl"): PICTURES,
    (TEXT_2D, "VideoInfo.BackgroundImageUrl"): PICTURES,
    (RECORDING_3D, "Url"): ["a.wav", "a.WAV", "a", "a%2Ewav"],
    ("Create2dAvatar", "Video"): FOOTAGE,
    ("Create2dAvatar", "Image"): ["a.png"],
}
REFUSED = {
    ("StartInstance", "CommandRequest.BackGroundImageUrl"): ["a.gif", "a.webp"],
    (TEXT_2D, "VideoInfo.BackgroundImageUrl"): ["a.gif"],
    ("SubmitTextTo3DAvatarVideoTask", "VideoInfo.BackgroundImageUrl"): ["a.bmp"],
    ("SubmitAudioTo2DAvatarVideoTask", "Url"): ["a.mp3", "a.wav.m4a", "a%2Emp3"],
    (RECORDING_3D, "Url"): ["a.mp3"],
    ("Create2dAvatar", "Video"): ["a.avi"],
    ("Create2dAvatar", "Portrait"): ["a.jpg"],
    ("Create2dAvatar", "Image"): ["a.jpg"],
}


def each(cases: dict[tuple[str, str], list[str]]) -> list[tuple[str, str, str]]:
    return [(*place, name) for place, files in cases.items() for name in files]


@pytest.mark.parametrize(("action", "field", "name"), each(TAKEN))
def test_a_file_of_a_listed_format_is_taken(account: Account, action: str, field: str, name: str) -> None:
    path, parameters = with_file(action, field, HOST + name)
    assert AliyunAvatar(account).data(path, **parameters)


@pytest.mark.parametrize(("action", "field", "name"), each(REFUSED))
def test_a_file_of_another_format_is_refused_and_nothing_is_made(
    account: Account, action: str, field: str, name: str
) -> None:
    path, parameters = with_file(action, field, HOST + name)
    code, message = AliyunAvatar(account).rejection(path, **parameters)
    assert code == "10010002"
    assert f"{field}: " in message
    assert "format only" in message
    assert account.tasks(vendor="aliyun-avatar") == []


def test_new_footage_of_another_format_is_refused_and_changes_nothing(account: Account) -> None:
    client = AliyunAvatar(account)
    account.scenario("aliyun-avatar", "Create2dAvatar", outcome="trainingFailure", times=1)
    code = client.create_avatar()
    account.advance(10)
    before = client.avatar(code)
    assert client.rejection("Update2dAvatar", Code=code, Video=f"{HOST}a.avi")[0] == "10010002"
    assert client.avatar(code) == before


@pytest.mark.parametrize("url", ["https://bucket.example.com/v1.2%2Fspeech", "https://example.com", "https://a.b/"])
def test_a_point_outside_the_files_name_is_no_extension(url: str) -> None:
    assert why_unsuitable(url, ("wav",)) is None


def test_an_address_that_cannot_be_read_suits_no_format() -> None:
    assert "not a usable URL" in (why_unsuitable("https://[bad", ("wav",)) or "")
