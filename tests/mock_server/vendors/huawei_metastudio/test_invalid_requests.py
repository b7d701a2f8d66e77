"""Invalid requests: rejected in the vendor's envelope, without any effect."""

from typing import Any

import pytest

from tests.support.huawei_metastudio import MetaStudio, error_in, video_request

pytestmark = pytest.mark.generated

INVALID, BODY = "MSS.00000003", "MSS.00000002"
CREATE, LIST = "/2d-digital-human-videos", "/digital-human-videos"
WRITES = [
    ("POST", CREATE),
    ("POST", "/files"),
    ("POST", "/digital-human-video-scripts"),
    ("PUT", "/digital-assets/b2c4e6f81a3d5c7e9f0b2d4f6a8c0e13"),
    ("POST", "/subtitle-files"),
]


def assert_nothing_was_created(studio: MetaStudio) -> None:
    assert studio.account.tasks(vendor="huawei-metastudio") == []
    assert studio.assets() == ["Own Scene", "Own Clip"]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"not json", BODY, "JSON text"),
        (b"{", BODY, "JSON text"),
        (b'{"a": "\xff\xfe"}', BODY, "UTF-8"),
        (b'{"a": "\\ud800"}', BODY, "JSON text"),
        (b'{"a": NaN}', BODY, "JSON text"),
        (b"[" * 10_000 + b"]" * 10_000, BODY, "depth"),
        (b'{"a": ' + b"9" * 400 + b"}", BODY, "body"),
        (b"[]", INVALID, "type"),
        (b"null", INVALID, "type"),
        (b'"text"', INVALID, "type"),
    ],
)
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_an_invalid_body_is_rejected(
    studio: MetaStudio, method: str, path: str, body: bytes, code: str, words: str
) -> None:
    status, got, message = studio.rejection(method, path, body=body)
    assert (status, got) == (400, code)
    assert words in message


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_an_empty_body_is_rejected(studio: MetaStudio, method: str, path: str) -> None:
    assert studio.rejection(method, path)[:2] == (400, BODY)
    assert_nothing_was_created(studio)


def test_an_empty_json_object_is_rejected(studio: MetaStudio) -> None:
    assert studio.rejection("POST", CREATE, {})[:2] == (400, INVALID)
    assert_nothing_was_created(studio)


def test_a_body_of_ten_megabytes_is_rejected(studio: MetaStudio) -> None:
    body = b'{"script_name": "' + b"a" * 10_000_000 + b'"}'
    path = studio.path(CREATE)
    # Rejected by its Content-Length, before the signature is checked.
    response = studio.account.http.post(path, body=body, headers={"Content-Type": "application/json"})
    assert error_in(response)[:2] == (413, "APIGW.0201")
    assert_nothing_was_created(studio)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json"])
def test_another_content_type_is_rejected(studio: MetaStudio, content_type: str) -> None:
    status, code, message = studio.rejection("POST", CREATE, video_request(), headers={"Content-Type": content_type})
    assert (status, code) == (415, BODY)
    assert "application/json" in message
    assert_nothing_was_created(studio)


def test_a_content_type_with_a_charset_is_accepted(studio: MetaStudio) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert studio.send("POST", CREATE, video_request(), headers=headers).status == 200


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/2d-digital-human-videos/a/b", "/2d-digital-human-videos/"])
def test_an_unknown_path_is_rejected(studio: MetaStudio, path: str) -> None:
    status, code, message = studio.rejection("GET", path)
    assert (status, code) == (404, "APIGW.0101")
    assert message.startswith("The API does not exist")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", CREATE, "POST"),
        ("GET", CREATE, "POST"),
        ("DELETE", f"{CREATE}/some-job", "GET"),
        ("PATCH", "/digital-assets/some-asset", "DELETE, GET, PUT"),
        ("OPTIONS", LIST, "GET"),
    ],
)
def test_a_wrong_method_is_rejected(studio: MetaStudio, method: str, path: str, allowed: str) -> None:
    response = studio.send(method, path)
    status, code, message = error_in(response)
    assert (status, code) == (405, "MSS.00010004")
    assert message.startswith("SR.method not allowed")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("job_id", ["a%2Fb", "%20", "a" * 65, "../x", "a.b", "%E5%90%8D", "a%00b"])
def test_a_malformed_id_is_rejected(studio: MetaStudio, job_id: str) -> None:
    status, code, _ = studio.rejection("GET", f"{CREATE}/{job_id}")
    assert (status, code) in ((400, INVALID), (404, "APIGW.0101"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"limit": 0}, "query parameter limit: minimum"),
        ({"limit": -1}, "query parameter limit: minimum"),
        ({"limit": 101}, "query parameter limit: maximum"),
        ({"limit": 10**9}, "query parameter limit: maximum"),
        ({"limit": "many"}, "query parameter limit: type"),
        ({"limit": ""}, "query parameter limit: type"),
        ({"limit": 1.5}, "query parameter limit: type"),
        ({"offset": -1}, "query parameter offset: minimum"),
        ({"offset": 2**63}, "query parameter offset: maximum"),
        ({"offset": 10**400}, "query parameter offset"),
        ({"sort_key": "name"}, "query parameter sort_key: enum"),
        ({"sort_dir": "up"}, "query parameter sort_dir: enum"),
        ({"job_type": "2D"}, "query parameter job_type: enum"),
        ({"state": "waiting"}, "query parameter state: pattern"),
        ({"create_since": "yesterday"}, "query parameter create_since: pattern"),
        ({"asset_name": "a" * 257}, "query parameter asset_name: maxLength"),
    ],
)
def test_invalid_query_parameters_are_rejected(studio: MetaStudio, query: dict[str, Any], words: str) -> None:
    status, code, message = studio.rejection("GET", LIST, query=query)
    assert (status, code) == (400, INVALID)
    assert words in message


def test_invalid_utf_8_in_the_query_breaks_the_signature_but_not_the_server(studio: MetaStudio) -> None:
    path = studio.path(LIST)
    headers = studio.signed("GET", path, {"asset_name": "x"})
    response = studio.account.http.get(f"{path}?asset_name=%ff%fe", headers=headers)
    assert error_in(response)[:2] == (401, "APIGW.0301")
    token = studio.account.control("POST", "/tokens", {"vendor": "huawei-metastudio", "seconds": 60}).json["token"]
    for query, status in (("asset_name=%ff%fe", 200), ("limit=%ff", 400), ("state=%ff", 400), ("%ff=1", 200)):
        assert studio.account.http.get(f"{path}?{query}", headers={"X-Auth-Token": token}).status == status


@pytest.mark.parametrize("value", ["张三", "a b", "a" * 257])
def test_a_user_id_that_is_not_printable_ascii_is_rejected(studio: MetaStudio, value: str) -> None:
    # Headers are sent as bytes; the server decodes each byte as one character.
    sent = value.encode().decode("latin-1")
    response = studio.send("GET", LIST, headers={"X-App-UserId": sent})
    status, code, message = error_in(response)
    assert (status, code) in ((400, INVALID), (401, "APIGW.0301"))
    assert "X-App-UserId" in message or status == 401


def test_a_scenario_can_cause_internal_errors(studio: MetaStudio) -> None:
    studio.account.scenario("huawei-metastudio", "ShowAsset", error="internalError", times=1)
    assert studio.rejection("GET", "/digital-assets/x")[:2] == (500, "MSS.00000004")
    studio.account.scenario("huawei-metastudio", "ShowAsset", error="unavailable", times=1)
    assert studio.rejection("GET", "/digital-assets/x")[:2] == (503, "APIGW.0201")


def test_the_journal_shows_the_violations(studio: MetaStudio) -> None:
    studio.video_rejection(model_asset_id=7)
    (entry,) = studio.account.journal(operation="Create2DDigitalHumanVideo")
    assert (entry["status"], entry["error"]) == (400, "invalidParameter")
    assert entry["violations"][0]["pointer"] == "/model_asset_id"
