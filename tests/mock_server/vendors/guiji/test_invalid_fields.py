"""Fields that are out of range, of a wrong type, missing, or name unknown things: rejected without any effect."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.guiji import PUBLIC_AVATARS, PUBLIC_VOICES, VIDEOS, VOICES, Guiji
from tests.support.guiji_requests import (
    AUTHORIZE_AVATAR,
    AUTHORIZE_VOICE,
    CLONE,
    CREATES,
    GOOD,
    LISTS,
    MISSING_OR_INVALID,
    SPEAK,
    SYNTHESISE,
    TRAIN,
    assert_nothing_happened,
    error_message,
)

pytestmark = pytest.mark.generated


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("page", 0, "minimum"),
        ("page", -1, "minimum"),
        ("page", 2**31, "maximum"),
        ("page", 2**63, "maximum"),
        ("page", 2**64, "maximum"),
        ("page", 1.5, "type"),
        ("page", "1", "type"),
        ("page", None, "type"),
        ("page", True, "type"),
        ("page", [1], "type"),
        ("size", 0, "minimum"),
        ("size", -10, "minimum"),
        ("size", 10**9, "maximum"),
        ("size", 2**63, "maximum"),
        ("size", {}, "type"),
    ],
)
def test_a_page_out_of_range_is_rejected(guiji: Guiji, path: str, name: str, value: Any, rule: str) -> None:
    message = error_message(guiji.send("POST", path, {**GOOD[path], name: value}), MISSING_OR_INVALID)
    assert f"/{name}: {rule}: got" in message


@pytest.mark.parametrize(
    ("path", "name", "value", "rule"),
    [
        *((path, "sex", sex, "enum") for path in (PUBLIC_VOICES, VOICES, CLONE) for sex in (0, 3, -1, "1", None)),
        *((VOICES, "status", status, "enum") for status in (-1, 5, "2")),
        *((SYNTHESISE, "pn", pn, "enum") for pn in (2, -1, "0", None)),
        *((TRAIN, "level", level, "enum") for level in (0, 2, "1", None)),
        (TRAIN, "compress", "yes", "type"),
        (TRAIN, "compress", 1, "type"),
        (TRAIN, "id", "7", "type"),
        (TRAIN, "id", 2**63, "maximum"),
        (TRAIN, "videoUrl", "ftp://media.example.com/a.mp4", "pattern"),
        (TRAIN, "name", "", "minLength"),
        (TRAIN, "authorizeText", 5, "type"),
        (CLONE, "audioUrl", "not a url", "pattern"),
        (SYNTHESISE, "sceneId", "-10l", "pattern"),
        (SYNTHESISE, "sceneId", "", "pattern"),
        (SYNTHESISE, "sceneId", "9" * 19, "pattern"),
        (SYNTHESISE, "audioUrl", "file:///etc/passwd", "pattern"),
        (AUTHORIZE_AVATAR, "sceneId", "the first", "pattern"),
        (SPEAK, "content", "", "minLength"),
        (SPEAK, "content", ["Hello."], "type"),
        (VOICES, "expireStartTime", "2025-13-01 00:00:00", "pattern"),
        (VOICES, "expireEndTime", "2025-01-01T00:00:00Z", "pattern"),
        (VOICES, "expireEndTime", 1741572705000, "type"),
        (PUBLIC_AVATARS, "name", 7, "type"),
    ],
)
def test_a_field_of_a_wrong_type_or_value_is_rejected(
    guiji: Guiji, path: str, name: str, value: Any, rule: str
) -> None:
    message = error_message(guiji.send("POST", path, {**GOOD[path], name: value}), MISSING_OR_INVALID)
    assert f"/{name}: {rule}: got" in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("path", CREATES)
@pytest.mark.parametrize("url", ["", "word", "file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "//a", 7])
def test_a_callback_url_that_is_not_a_web_address_is_rejected(guiji: Guiji, path: str, url: Any) -> None:
    message = error_message(guiji.send("POST", path, {**GOOD[path], "callbackUrl": url}), MISSING_OR_INVALID)
    assert "/callbackUrl: " in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("path", CREATES)
@pytest.mark.parametrize(
    "url",
    [
        "http://callbacks.example.com/",
        "https://192.0.2.7/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[2001:db8::1]:8080/",
        "http://[::ffff:192.0.2.7]/",
        "http://3221225991/",
        "http://0.0.0.0:9/",
        "http://127.0.0.1@callbacks.example.com/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://[::1/",
        "http:///path",
    ],
)
def test_a_callback_url_with_a_disallowed_host_is_rejected(guiji: Guiji, path: str, url: str) -> None:
    message = error_message(guiji.send("POST", path, {**GOOD[path], "callbackUrl": url}), "49001")
    assert "/callbackUrl: " in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize(
    ("request_body", "missing"),
    [
        ({"sceneId": "-101"}, ["/audioUrl", "/text", "/speakerId"]),
        ({"sceneId": "-101", "text": "Hello."}, ["/speakerId"]),
        ({"sceneId": "-101", "speakerId": "C_101"}, ["/text"]),
        ({"text": "Hello.", "speakerId": "C_101"}, ["/sceneId"]),
    ],
)
def test_a_video_without_text_or_recording_is_rejected(
    guiji: Guiji, request_body: dict[str, Any], missing: list[str]
) -> None:
    message = error_message(guiji.send("POST", SYNTHESISE, request_body), MISSING_OR_INVALID)
    assert all(f"{field}: required, but missing" in message for field in missing)
    assert_nothing_happened(guiji)


@pytest.mark.parametrize(
    "request_body",
    [
        {"sceneId": "-101", "audioUrl": ""},
        {"sceneId": "-101", "audioUrl": "", "text": "", "speakerId": "C_101"},
        {"sceneId": "-101", "text": "Hello.", "speakerId": ""},
        {"sceneId": "-101", "audioUrl": None, "text": None},
    ],
)
def test_a_video_with_an_empty_text_or_recording_url_is_rejected(guiji: Guiji, request_body: dict[str, Any]) -> None:
    assert "/" in error_message(guiji.send("POST", SYNTHESISE, request_body), MISSING_OR_INVALID)
    assert_nothing_happened(guiji)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (SYNTHESISE, "sceneId", "-999"),
        (SYNTHESISE, "sceneId", 0),
        (SYNTHESISE, "sceneId", 2**63 - 1),
        (SYNTHESISE, "sceneId", -(2**63)),
        (SYNTHESISE, "speakerId", "C_999"),
        (SPEAK, "speakerId", "nobody"),
        (AUTHORIZE_AVATAR, "sceneId", -999),
        (AUTHORIZE_VOICE, "speakerId", "C_999"),
        (TRAIN, "id", 1),
    ],
)
def test_an_unknown_scene_or_speaker_is_rejected(guiji: Guiji, path: str, name: str, value: Any) -> None:
    code = "40025" if name == "sceneId" else "40001"
    assert f"/{name}: " in error_message(guiji.send("POST", path, {**GOOD[path], name: value}), code)
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("path", GOOD)
def test_the_error_names_every_missing_required_field(guiji: Guiji, path: str) -> None:
    required = [name for name in GOOD[path] if name not in ("text", "speakerId") or path != SYNTHESISE]
    for name in required:
        body = {other: value for other, value in GOOD[path].items() if other != name}
        assert f"/{name}: required, but missing" in error_message(guiji.send("POST", path, body), MISSING_OR_INVALID)
    assert_nothing_happened(guiji)


def test_unknown_fields_and_query_parameters_are_ignored(guiji: Guiji) -> None:
    assert guiji.send("POST", VIDEOS, {**GOOD[VIDEOS], "sort": "name"}, query={"q": "1"}).json["code"] == "0"


def test_rejected_requests_among_accepted_ones_use_no_quota(guiji: Guiji) -> None:
    def send(index: int) -> str:
        if index % 2:
            return str(guiji.send("POST", SPEAK, {**GOOD[SPEAK], "speakerId": "nobody"}).json["code"])
        return str(guiji.send("POST", SPEAK, {**GOOD[SPEAK], "content": "ten chars."}).json["code"])

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(send, range(200)))
    assert codes == ["0", "40001"] * 100
    assert len(guiji.account.tasks(vendor="guiji", limit=1000)) == 100
    benefits = guiji.benefits()
    assert benefits["totalTtsWordsAmount"] - benefits["ttsWordsAmount"] == 1000
