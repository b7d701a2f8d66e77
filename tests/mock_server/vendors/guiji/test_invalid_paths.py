"""Unknown and malformed identifiers, unknown paths and wrong methods."""

import pytest

from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import AUDIOS, TRAININGS, VIDEOS, VOICES, Guiji
from tests.support.guiji_requests import (
    AUTHORIZE_AVATAR,
    AUTHORIZE_VOICE,
    GETS,
    GOOD,
    MISSING_OR_INVALID,
    SPEAK,
    SYNTHESISE,
    TRAIN,
    assert_nothing_happened,
    error_message,
)

pytestmark = pytest.mark.generated


def test_ids_of_another_account_are_unknown(guiji: Guiji, account: Account) -> None:
    stranger = Guiji(Account(account.server))
    training, voice, video, audio = guiji.train(), guiji.clone(), guiji.synthesise(), guiji.speak()
    account.advance(10)
    scene = guiji.training(training)["sceneId"]
    for path in (
        f"/openapi/video/v2/training/get/{training}",
        f"/openapi/speaker/v2/clone/{voice}",
        f"/openapi/video/v2/get/{video}",
        f"/openapi/speaker/v2/tts/{audio}",
    ):
        assert "path parameter" in error_message(stranger.send("GET", path), "40001")
    for path, changed, field in (
        (TRAIN, {"id": training}, "/id"),
        (SYNTHESISE, {"sceneId": scene}, "/sceneId"),
        (SYNTHESISE, {"speakerId": voice}, "/speakerId"),
        (SPEAK, {"speakerId": voice}, "/speakerId"),
        (AUTHORIZE_AVATAR, {"sceneId": scene}, "/sceneId"),
        (AUTHORIZE_VOICE, {"speakerId": voice}, "/speakerId"),
    ):
        code = "40025" if field == "/sceneId" else "40001"
        assert field in error_message(stranger.send("POST", path, {**GOOD[path], **changed}), code)
    for path in (TRAININGS, VOICES, VIDEOS, AUDIOS):
        assert stranger.data("POST", path, GOOD[path])["totalRecord"] == 0
    assert_nothing_happened(stranger)


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("number", ["1", "0", "-1", str(2**63 - 1), str(-(2**63))])
def test_an_unknown_id_is_rejected(guiji: Guiji, path: str, number: str) -> None:
    message = error_message(guiji.send("GET", path.format(number)), "40001")
    assert "path parameter id: this account has no" in message
    assert number in message


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("abc", "type"),
        ("1.5", "type"),
        ("1e3", "type"),
        ("0x10", "type"),
        ("%20", "type"),
        ("null", "type"),
        ("%FF", "type"),
        ("%00", "type"),
        ("%D9%A1", "type"),
        (str(2**63), "maximum"),
        (str(-(2**63) - 1), "minimum"),
        ("9" * 400, "maximum"),
        ("9" * 5000, "type"),
    ],
    ids=lambda value: value[:12],
)
def test_an_id_that_is_not_a_64_bit_integer_is_rejected(guiji: Guiji, path: str, text: str, rule: str) -> None:
    message = error_message(guiji.send("GET", path.format(text)), MISSING_OR_INVALID)
    assert f"path parameter id: {rule}: got" in message


def test_a_get_of_the_audio_list_path_is_rejected_as_an_invalid_id(guiji: Guiji) -> None:
    message = error_message(guiji.send("GET", AUDIOS), MISSING_OR_INVALID)
    assert 'path parameter id: type: got "pageList"' in message


def test_an_unknown_speaker_is_rejected(guiji: Guiji) -> None:
    for speaker in ("C_1", "C_101", "%FF", "x" * 2000, "'%20or%201=1"):
        assert "path parameter speakerId" in error_message(
            guiji.send("GET", f"/openapi/speaker/v2/clone/{speaker}"), "40001"
        )


@pytest.mark.parametrize(
    "path",
    [
        "/openapi",
        "/openapi/",
        "/openapi/video/v2/get",
        "/openapi/video/v2/get/",
        "/openapi/video/v2/get/1/2",
        "/openapi/video/v4/simpleCreate",
        "/openapi/video/v3/simpleCreate/",
        "/openapi//video/v3/simpleCreate",
        "/openapi/VIDEO/v3/simpleCreate",
        "/openapi/speaker/v2/clone/a/b",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_rejected(guiji: Guiji, method: str, path: str) -> None:
    message = error_message(guiji.send(method, path), "49404", 404)
    assert message == f"Unknown path: {method} {path}"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        *((method, SPEAK, "POST") for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS")),
        *((method, "/openapi/user/v2/get", "GET") for method in ("POST", "PUT", "DELETE", "BREW")),
        ("POST", "/openapi/speaker/v2/tts/1", "GET"),
        ("DELETE", AUDIOS, "GET, POST"),
    ],
)
def test_a_wrong_method_is_rejected_and_the_allowed_methods_are_named(
    guiji: Guiji, method: str, path: str, allowed: str
) -> None:
    response = guiji.send(method, path)
    assert f"{method} {path}: allowed is {allowed}" in error_message(response, "49405", 405)
    assert response.headers["allow"] == allowed
