"""Whatever a client sends: an answer in the vendor's envelope that names field and rule, and nothing happens."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.account import Account
from tests.support.guiji import AVATAR_CONSENT, VOICE_CONSENT, Guiji
from tests.support.http import Reply

TRAIN = "/openapi/video/v3/create/training"
CLONE = "/openapi/speaker/v3/clone"
SYNTHESISE = "/openapi/video/v3/simpleCreate"
SPEAK = "/openapi/speaker/v3/fastTts"
AUTHORIZE_AVATAR = "/openapi/video/v3/authorize"
AUTHORIZE_VOICE = "/openapi/speaker/v3/authorize"
TRAININGS = "/openapi/video/v2/training/pageList"
VOICES = "/openapi/speaker/v2/clonePageList"
VIDEOS = "/openapi/video/v2/pageList"
AUDIOS = "/openapi/speaker/v2/tts/pageList"
PUBLIC_AVATARS = "/openapi/robot/v2/fastPublicPageList"
PUBLIC_VOICES = "/openapi/speaker/v2/fastPublicPageList"
LISTS = (PUBLIC_AVATARS, PUBLIC_VOICES, TRAININGS, VOICES, VIDEOS, AUDIOS)
GETS = ("/openapi/video/v2/training/get/{}", "/openapi/video/v2/get/{}", "/openapi/speaker/v2/tts/{}")

URL = "https://media.example.com/file"
GOOD: dict[str, dict[str, Any]] = {
    TRAIN: {"name": "a", "videoUrl": URL, "authorizeUrl": URL, "authorizeText": AVATAR_CONSENT, "level": 1},
    CLONE: {"name": "a", "audioUrl": f"{URL}.wav", "authorizeUrl": URL, "authorizeText": VOICE_CONSENT},
    SYNTHESISE: {"sceneId": "-101", "text": "Hello.", "speakerId": "C_101"},
    SPEAK: {"speakerId": "C_101", "content": "Hello."},
    AUTHORIZE_AVATAR: {"sceneId": -101, "authorizeUrl": URL, "authorizeText": AVATAR_CONSENT},
    AUTHORIZE_VOICE: {"speakerId": "C_101", "authorizeUrl": URL, "authorizeText": VOICE_CONSENT},
    **{path: {"page": 1, "size": 10} for path in LISTS},
}
CREATES = (TRAIN, CLONE, SYNTHESISE, SPEAK)

JSON = {"Content-Type": "application/json"}
MISSING_OR_INVALID = "40015"


def refusal(reply: Reply, code: str, status: int = 200) -> str:
    """Hold an answer to being a failure in the vendor's envelope; its message."""
    assert reply.status == status, reply.body
    assert reply.headers["content-type"] == "application/json"
    content = reply.json
    assert content.keys() == {"code", "success", "message", "data"}
    assert (content["code"], content["success"], content["data"]) == (code, False, None), content
    return str(content["message"])


def assert_nothing_happened(guiji: Guiji) -> None:
    """No task was made and no quota used, and the server goes on answering."""
    assert guiji.account.tasks(vendor="guiji") == []
    quotas = guiji.account.describe()["vendors"]["guiji"]["quotas"]
    assert all(quota["remaining"] == quota["total"] for quota in quotas.values())


@pytest.mark.parametrize("path", CREATES)
@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"{", "body: json"),
        (b"name=a&level=1", "body: json"),
        (b"", "body: json"),
        (b"   ", "body: json"),
        (b"[]", "body: type"),
        (b"null", "body: type"),
        (b'"text"', "body: type"),
        (b"7", "body: type"),
        (b'{"name":"\xff\xfe"}', "body: encoding"),
        (b"\xef\xbb\xbf{}", "body: json"),
        (b'{"name":"\\ud800"}', "body: json"),
        (b"[" * 10_000 + b"]" * 10_000, "body: depth"),
        (b'{"name":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, "body: depth"),
        (b'{"name":' + b"[" * 500 + b"1234567890123456789" + b"]" * 500 + b"}", "body: depth"),
        (b'{"level":NaN}', "body: json"),
        (b'{"level":-Infinity}', "body: json"),
        (b'{"level":' + b"7" * 400 + b"}", "/level: number"),
        (b'{"name":"a"}{"name":"b"}', "body: json"),
    ],
    ids=lambda value: value[:20].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_a_body_that_is_not_the_wanted_json_is_refused(guiji: Guiji, path: str, body: bytes, rule: str) -> None:
    message = refusal(guiji.send("POST", path, body=body, headers=JSON), MISSING_OR_INVALID)
    assert rule in message
    assert len(message) < 1000
    assert_nothing_happened(guiji)


def test_a_body_that_nests_as_deep_as_json_may_is_refused_for_its_type_alone(guiji: Guiji) -> None:
    body = b'{"page":' + b"[" * 127 + b"]" * 127 + b',"size":10}'
    assert "/page: type" in refusal(guiji.send("POST", VIDEOS, body=body, headers=JSON), MISSING_OR_INVALID)


@pytest.mark.parametrize("path", CREATES)
def test_a_body_of_ten_megabytes_is_refused(guiji: Guiji, path: str) -> None:
    body = json.dumps({**GOOD[path], "padding": "x" * 10_000_000}).encode()
    message = refusal(guiji.send("POST", path, body=body, headers=JSON), "49413", 413)
    assert "2097152 bytes" in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("path", [SPEAK, VIDEOS])
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "word"])
def test_a_body_of_another_content_type_is_refused(guiji: Guiji, path: str, media_type: str) -> None:
    body = json.dumps(GOOD[path]).encode()
    message = refusal(guiji.send("POST", path, body=body, headers={"Content-Type": media_type}), "49415", 415)
    assert f'media-type: got "{media_type}", expected application/json' in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "Application/JSON; charset=utf-8"}], ids=["none", "charset"])
def test_a_body_without_a_content_type_or_with_a_charset_is_taken(guiji: Guiji, headers: dict[str, str]) -> None:
    answer = guiji.send("POST", VIDEOS, body=json.dumps(GOOD[VIDEOS]).encode(), headers=headers)
    assert answer.json["code"] == "0"


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({}, {}),
        ({"access_token": ""}, {}),
        ({"access_token": "00000000-0000-4000-8000-000000000000"}, {}),
        ({"access_token": "no token at all / \x00 ' or 1=1 --"}, {}),
        ({"access_token": "x" * 5000}, {}),
        ({"Access_Token": "TOKEN"}, {}),
        ({"token": "TOKEN"}, {}),
        ({}, {"Authorization": "Bearer TOKEN"}),
        ({}, {"access_token": "TOKEN"}),
        ({}, {"Cookie": "access_token=TOKEN"}),
    ],
    ids=["missing", "empty", "unknown", "malformed", "long", "case", "name", "bearer", "header", "cookie"],
)
def test_a_request_without_a_good_token_in_the_query_is_refused(
    guiji: Guiji, path: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    query = {name: value.replace("TOKEN", guiji.token) for name, value in query.items()}
    headers = {name: value.replace("TOKEN", guiji.token) for name, value in headers.items()}
    answer = guiji.account.http.post(path, GOOD[path], query=query, headers=headers)
    assert "query parameter access_token" in refusal(answer, "40002")
    assert_nothing_happened(guiji)


def test_a_token_in_the_body_or_that_is_not_utf_8_is_no_token(guiji: Guiji) -> None:
    answer = guiji.account.http.post(VIDEOS, {**GOOD[VIDEOS], "access_token": guiji.token})
    assert "access_token" in refusal(answer, "40002")
    answer = guiji.account.http.post(f"{VIDEOS}?access_token=%FF%FE", GOOD[VIDEOS])
    assert "access_token" in refusal(answer, "40002")


def test_a_missing_token_is_noticed_before_a_bad_body(guiji: Guiji) -> None:
    refusal(guiji.account.http.post(VIDEOS, body=b"{", headers=JSON), "40002")


@pytest.mark.parametrize("path", CREATES)
def test_an_expired_token_is_refused_as_such(guiji: Guiji, path: str) -> None:
    guiji.account.advance(2 * 3600)
    message = refusal(guiji.send("POST", path, GOOD[path]), "40003")
    assert "access_token" in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("name", ["grant_type", "appId", "timestamp", "sign"])
def test_a_token_is_not_given_without_each_of_the_parameters(guiji: Guiji, name: str) -> None:
    query = {"grant_type": "sign", "appId": "a", "timestamp": "1741572705000", "sign": "0" * 32}
    del query[name]
    message = refusal(guiji.account.http.get("/openapi/oauth/token", query=query), MISSING_OR_INVALID)
    assert f"query parameter {name}: required, but missing" in message


@pytest.mark.parametrize(
    ("changed", "code", "rule"),
    [
        ({"grant_type": "client_credential"}, MISSING_OR_INVALID, "grant_type: const"),
        ({"timestamp": "now"}, MISSING_OR_INVALID, "timestamp: pattern"),
        ({"timestamp": "-1741572705000"}, MISSING_OR_INVALID, "timestamp: pattern"),
        ({"timestamp": str(2**63)}, MISSING_OR_INVALID, "timestamp: pattern"),
        ({"sign": "0" * 31}, MISSING_OR_INVALID, "sign: pattern"),
        ({"sign": "A" * 32}, MISSING_OR_INVALID, "sign: pattern"),
        ({"sign": "0" * 32}, "40002", "query parameter sign: must be the md5 of"),
        ({"appId": "nobody"}, "40002", "query parameter appId"),
    ],
    ids=lambda value: next(iter(value.items()))[0] if isinstance(value, dict) else "",
)
def test_a_token_is_not_given_for_bad_parameters(guiji: Guiji, changed: dict[str, str], code: str, rule: str) -> None:
    assert rule in refusal(guiji.sign_in(**changed), code)


def test_bytes_that_are_not_utf_8_in_the_query_are_refused_like_any_other_text(guiji: Guiji) -> None:
    answer = guiji.account.http.get("/openapi/oauth/token?grant_type=%FF&appId=%FF&timestamp=%FF&sign=%FF")
    assert "query parameter grant_type: const" in refusal(answer, MISSING_OR_INVALID)
    answer = guiji.account.http.get(
        f"/openapi/oauth/token?grant_type=sign&appId=%FF&timestamp=1741572705000&sign={'0' * 32}"
    )
    assert "query parameter appId" in refusal(answer, "40002")


def test_another_accounts_ids_are_unknown(guiji: Guiji, account: Account) -> None:
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
        assert "path parameter" in refusal(stranger.send("GET", path), "40001")
    for path, changed, field in (
        (TRAIN, {"id": training}, "/id"),
        (SYNTHESISE, {"sceneId": scene}, "/sceneId"),
        (SYNTHESISE, {"speakerId": voice}, "/speakerId"),
        (SPEAK, {"speakerId": voice}, "/speakerId"),
        (AUTHORIZE_AVATAR, {"sceneId": scene}, "/sceneId"),
        (AUTHORIZE_VOICE, {"speakerId": voice}, "/speakerId"),
    ):
        assert field in refusal(stranger.send("POST", path, {**GOOD[path], **changed}), "40001")
    for path in (TRAININGS, VOICES, VIDEOS, AUDIOS):
        assert stranger.data("POST", path, GOOD[path])["totalRecord"] == 0
    assert_nothing_happened(stranger)


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("number", ["1", "0", "-1", str(2**63 - 1), str(-(2**63))])
def test_an_unknown_id_is_refused(guiji: Guiji, path: str, number: str) -> None:
    message = refusal(guiji.send("GET", path.format(number)), "40001")
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
def test_an_id_that_is_not_a_64_bit_integer_is_refused(guiji: Guiji, path: str, text: str, rule: str) -> None:
    message = refusal(guiji.send("GET", path.format(text)), MISSING_OR_INVALID)
    assert f"path parameter id: {rule}: got" in message


def test_the_path_of_the_list_of_audios_is_a_bad_id_for_get(guiji: Guiji) -> None:
    message = refusal(guiji.send("GET", AUDIOS), MISSING_OR_INVALID)
    assert 'path parameter id: type: got "pageList"' in message


def test_an_unknown_speaker_is_refused(guiji: Guiji) -> None:
    for speaker in ("C_1", "C_101", "%00", "%FF", "x" * 2000, "'%20or%201=1"):
        assert "path parameter speakerId" in refusal(guiji.send("GET", f"/openapi/speaker/v2/clone/{speaker}"), "40001")


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
def test_an_unknown_path_is_refused(guiji: Guiji, method: str, path: str) -> None:
    message = refusal(guiji.send(method, path), "49404", 404)
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
def test_a_wrong_method_is_refused_and_the_right_ones_are_named(
    guiji: Guiji, method: str, path: str, allowed: str
) -> None:
    answer = guiji.send(method, path)
    assert f"{method} {path}: allowed is {allowed}" in refusal(answer, "49405", 405)
    assert answer.headers["allow"] == allowed


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
def test_a_page_out_of_range_is_refused(guiji: Guiji, path: str, name: str, value: Any, rule: str) -> None:
    message = refusal(guiji.send("POST", path, {**GOOD[path], name: value}), MISSING_OR_INVALID)
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
def test_a_field_of_a_wrong_type_or_value_is_refused(guiji: Guiji, path: str, name: str, value: Any, rule: str) -> None:
    message = refusal(guiji.send("POST", path, {**GOOD[path], name: value}), MISSING_OR_INVALID)
    assert f"/{name}: {rule}: got" in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("path", CREATES)
@pytest.mark.parametrize("url", ["", "word", "file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "//a", 7])
def test_a_callback_url_that_is_not_a_web_address_is_refused(guiji: Guiji, path: str, url: Any) -> None:
    message = refusal(guiji.send("POST", path, {**GOOD[path], "callbackUrl": url}), MISSING_OR_INVALID)
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
def test_a_callback_url_to_a_host_that_is_not_allowed_is_refused(guiji: Guiji, path: str, url: str) -> None:
    message = refusal(guiji.send("POST", path, {**GOOD[path], "callbackUrl": url}), "49001")
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
def test_a_video_without_anything_to_speak_is_refused(
    guiji: Guiji, request_body: dict[str, Any], missing: list[str]
) -> None:
    message = refusal(guiji.send("POST", SYNTHESISE, request_body), MISSING_OR_INVALID)
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
def test_an_empty_text_or_address_does_not_count_as_something_to_speak(
    guiji: Guiji, request_body: dict[str, Any]
) -> None:
    assert "/" in refusal(guiji.send("POST", SYNTHESISE, request_body), MISSING_OR_INVALID)
    assert_nothing_happened(guiji)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (SYNTHESISE, "sceneId", "-999"),
        (SYNTHESISE, "sceneId", 0),
        (SYNTHESISE, "sceneId", 2**63 - 1),
        (SYNTHESISE, "sceneId", -(2**63)),
        (SYNTHESISE, "speakerId", "C_999"),
        (SYNTHESISE, "speakerId", "C_101\u0000"),
        (SPEAK, "speakerId", "nobody"),
        (AUTHORIZE_AVATAR, "sceneId", -999),
        (AUTHORIZE_VOICE, "speakerId", "C_999"),
        (TRAIN, "id", 1),
    ],
)
def test_an_unknown_scene_or_speaker_is_refused(guiji: Guiji, path: str, name: str, value: Any) -> None:
    assert f"/{name}: " in refusal(guiji.send("POST", path, {**GOOD[path], name: value}), "40001")
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("path", GOOD)
def test_every_required_field_is_asked_for_by_name(guiji: Guiji, path: str) -> None:
    required = [name for name in GOOD[path] if name not in ("text", "speakerId") or path != SYNTHESISE]
    for name in required:
        body = {other: value for other, value in GOOD[path].items() if other != name}
        assert f"/{name}: required, but missing" in refusal(guiji.send("POST", path, body), MISSING_OR_INVALID)
    assert_nothing_happened(guiji)


def test_unknown_fields_and_query_parameters_are_ignored(guiji: Guiji) -> None:
    assert guiji.send("POST", VIDEOS, {**GOOD[VIDEOS], "sort": "name"}, query={"q": "1"}).json["code"] == "0"


def test_bad_requests_between_good_ones_cost_nothing(guiji: Guiji) -> None:
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
