"""Authentication: signatures, tokens and projects; and the isolation of accounts."""

import hashlib

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from bodydouble.mock_server.testing.server import Server
from tests.support.huawei_metastudio import DRAFT, OWN_PICTURE, VENDOR, MetaStudio, error_in, video_request
from tests.support.times import DAY

LIST = "/digital-human-videos"


def issue(account: Account, seconds: int = DAY, vendor: str = VENDOR) -> str:
    response = account.control("POST", "/tokens", {"vendor": vendor, "seconds": seconds})
    assert response.status == 201, response.body
    assert response.json["vendor"] == vendor
    assert response.json["expires_at"] == account.now() + seconds * 1000
    return str(response.json["token"])


def with_token(studio: MetaStudio, token: str, **headers: str) -> HttpResponse:
    return studio.account.http.get(studio.path(LIST), headers={"X-Auth-Token": token, **headers})


def test_every_response_has_its_own_request_id(studio: MetaStudio) -> None:
    ids = {studio.send("GET", LIST).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_request_without_credentials_gets_the_documented_401(studio: MetaStudio) -> None:
    status, code, message = error_in(studio.account.http.get(studio.path(LIST)))
    assert (status, code) == (401, "MSS.00000001")
    assert message == "Unauthorized: neither header X-Auth-Token nor header Authorization"


def test_credentials_in_the_query_are_ignored(studio: MetaStudio) -> None:
    headers = studio.signed("GET", studio.path(LIST))
    query = {"Authorization": headers["Authorization"], "X-Sdk-Date": headers["X-Sdk-Date"], "X-Auth-Token": "x"}
    assert error_in(studio.account.http.get(studio.path(LIST), query=query))[:2] == (401, "MSS.00000001")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bearer abc", "expected SDK-HMAC-SHA256"),
        ("SDK-HMAC-SHA256", "expected SDK-HMAC-SHA256"),
        ("SDK-HMAC-SHA256 Access=a", "expected SDK-HMAC-SHA256"),
        (
            "SDK-HMAC-SHA256 Access=nobody, SignedHeaders=host;x-sdk-date, Signature=00",
            "no account has this access key",
        ),
    ],
)
def test_a_malformed_or_unknown_authorization_is_rejected(studio: MetaStudio, text: str, words: str) -> None:
    response = studio.account.http.get(studio.path(LIST), headers={"Authorization": text})
    status, code, message = error_in(response)
    assert (status, code) == (401, "APIGW.0301")
    assert message.startswith("Incorrect IAM authentication information: ")
    assert words in message


def test_the_error_for_a_wrong_secret_shows_what_the_server_signed(studio: MetaStudio) -> None:
    status, code, message = studio.rejection("GET", LIST, secret_key="wrong")
    assert (status, code) == (401, "APIGW.0301")
    assert "verify aksk signature fail" in message
    assert hashlib.sha256().hexdigest() in message
    assert studio.credentials["secret_key"] not in message


def test_a_body_that_was_changed_after_signing_is_detected(studio: MetaStudio) -> None:
    path = studio.path("/2d-digital-human-videos")
    headers = studio.signed("POST", path, body=b"{}")
    response = studio.account.http.post(path, video_request(), headers=headers)
    assert error_in(response)[:2] == (401, "APIGW.0301")
    assert studio.jobs() == []


@pytest.mark.parametrize("header", ["host", "x-sdk-date"])
def test_host_and_date_must_be_signed(studio: MetaStudio, header: str) -> None:
    headers = studio.signed("GET", studio.path(LIST))
    headers["Authorization"] = headers["Authorization"].replace(f"{header};", "").replace(f";{header}", "")
    status, code, message = error_in(studio.account.http.get(studio.path(LIST), headers=headers))
    assert (status, code) == (401, "APIGW.0301")
    assert f"SignedHeaders must name {header}" in message


@pytest.mark.parametrize(("off", "accepted"), [(-890, True), (890, True), (-910, False), (910, False)])
def test_a_signature_is_valid_for_fifteen_minutes_of_real_time(studio: MetaStudio, off: int, accepted: bool) -> None:
    studio.account.advance(30 * DAY)
    response = studio.send("GET", LIST, off=off)
    if accepted:
        assert response.status == 200
    else:
        status, code, message = error_in(response)
        assert (status, code) == (401, "APIGW.0301")
        assert "header X-Sdk-Date" in message


@pytest.mark.parametrize("text", ["", "now", "2026-11-21T06:41:58Z", "20261321T064158Z"])
def test_a_malformed_date_is_rejected(studio: MetaStudio, text: str) -> None:
    headers = {**studio.signed("GET", studio.path(LIST)), "X-Sdk-Date": text}
    status, code, message = error_in(studio.account.http.get(studio.path(LIST), headers=headers))
    assert (status, code) == (401, "APIGW.0301")
    assert "expected a time as YYYYMMDDTHHMMSSZ" in message


@pytest.mark.parametrize(
    "query", [{"asset_name": "名 *~/+"}, {"job_ids": ["b b", "a"]}, {"state": "WAITING,SUCCEED", "limit": 5}]
)
def test_special_characters_in_the_query_do_not_break_a_signature(studio: MetaStudio, query: dict[str, object]) -> None:
    assert studio.send("GET", LIST, query=query).status == 200


def test_a_token_is_sufficient_and_a_signature_beside_it_is_ignored(studio: MetaStudio) -> None:
    token = issue(studio.account)
    assert with_token(studio, token).status == 200
    assert with_token(studio, token, Authorization="nonsense").status == 200


def test_the_journal_does_not_show_credentials(studio: MetaStudio) -> None:
    token = issue(studio.account)
    with_token(studio, token)
    headers = studio.signed("GET", studio.path(LIST))
    assert studio.account.http.get(studio.path(LIST), headers=headers).status == 200
    shown = studio.account.control("GET", "/journal").body
    assert token.encode() not in shown
    assert headers["Authorization"].rpartition("=")[2].encode() not in shown


def test_a_wrong_token_is_rejected_even_with_a_valid_signature(studio: MetaStudio) -> None:
    headers = studio.signed("GET", studio.path(LIST))
    status, code, message = error_in(
        studio.account.http.get(studio.path(LIST), headers={**headers, "X-Auth-Token": "nonsense"})
    )
    assert (status, code) == (401, "APIGW.0301")
    assert "decrypt token fail" in message


def test_a_token_of_another_vendor_is_rejected(studio: MetaStudio) -> None:
    assert error_in(with_token(studio, issue(studio.account, vendor="guiji")))[:2] == (401, "APIGW.0301")


def test_a_token_expires_on_the_accounts_clock(studio: MetaStudio) -> None:
    token = issue(studio.account, seconds=60)
    studio.account.advance(59)
    assert with_token(studio, token).status == 200
    studio.account.advance(1)
    status, code, message = error_in(with_token(studio, token))
    assert (status, code) == (401, "APIGW.0301")
    assert "token expires" in message


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"vendor": "nobody", "seconds": 60}, 404),
        ({"vendor": VENDOR}, 400),
        ({"vendor": VENDOR, "seconds": 0}, 400),
        ({"vendor": VENDOR, "seconds": 10**12}, 400),
    ],
)
def test_no_token_is_issued_for_an_invalid_request(account: Account, body: dict[str, object], status: int) -> None:
    response = account.control("POST", "/tokens", body)
    assert response.status == status
    assert "token" not in response.json


def test_the_project_in_path_and_header_must_be_the_accounts(server: Server, studio: MetaStudio) -> None:
    other = MetaStudio(Account(server))
    other.account.freeze()
    path = f"/v1/{other.project}{LIST}"
    status, code, message = error_in(studio.account.http.get(path, headers=studio.signed("GET", path)))
    assert (status, code) == (400, "MSS.00010009")
    assert "path parameter project_id" in message
    status, code, message = studio.rejection("GET", LIST, headers={"X-Project-Id": other.project})
    assert (status, code) == (400, "MSS.00010009")
    assert "header X-Project-Id" in message
    headers = {"X-Auth-Token": issue(other.account)}
    assert error_in(studio.account.http.get(studio.path(LIST), headers=headers))[:2] == (400, "MSS.00010009")


def test_the_project_header_is_optional(studio: MetaStudio) -> None:
    headers = {"X-Auth-Token": issue(studio.account)}
    assert studio.account.http.get(studio.path(LIST), headers=headers).status == 200


def test_an_account_never_sees_data_of_another(server: Server, studio: MetaStudio) -> None:
    other = MetaStudio(Account(server))
    asset = studio.finished_video()
    job_id = studio.jobs()[0]
    script_id = studio.script(script_name="Mine")
    subtitles = studio.data("POST", "/subtitle-files", {"script_id": DRAFT})["job_id"]
    file = {
        "file_name": "a.png",
        "file_md5": "DzQ7CTESaiDxM9Z8KwGKOw==",
        "file_size": 1024,
        "file_type": "png",
        "asset_id": OWN_PICTURE,
        "asset_file_category": "OTHER",
    }
    file_id = studio.data("POST", "/files", file)["file_id"]
    assert other.jobs() == []
    assert other.assets() == ["Own Scene", "Own Clip"]
    for method, path, body in (
        ("GET", f"/2d-digital-human-videos/{job_id}", ...),
        ("POST", f"/2d-digital-human-videos/{job_id}/cancel", ...),
        ("GET", f"/digital-assets/{asset['asset_id']}", ...),
        ("PUT", f"/digital-assets/{asset['asset_id']}", {"asset_name": "Theirs"}),
        ("DELETE", f"/digital-assets/{asset['asset_id']}", ...),
        ("POST", f"/digital-assets/{asset['asset_id']}/restore", ...),
        ("GET", f"/digital-human-video-scripts/{script_id}", ...),
        ("PUT", f"/digital-human-video-scripts/{script_id}", {"script_name": "Theirs"}),
        ("DELETE", f"/digital-human-video-scripts/{script_id}", ...),
        ("POST", f"/digital-human-video-scripts/{script_id}/copy", ...),
        ("GET", f"/subtitle-files/{subtitles}", ...),
        ("POST", "/subtitle-files", {"script_id": script_id}),
        ("POST", f"/files/{file_id}/complete", {"state": "FAILED"}),
        ("POST", "/2d-digital-human-videos", {"script_id": script_id}),
    ):
        assert other.rejection(method, path, body)[0] == 400, path
    other.data("PUT", f"/digital-assets/{OWN_PICTURE}", {"asset_name": "Renamed"})
    assert studio.asset(OWN_PICTURE)["asset_name"] == "Own Scene"
    other.data("DELETE", f"/digital-human-video-scripts/{DRAFT}")
    assert studio.show_script(DRAFT)["script_name"] == "First draft"
    assert studio.asset(asset["asset_id"])["asset_state"] == "ACTIVED"


def test_a_scenario_can_cause_throttling_and_an_expired_signature(studio: MetaStudio) -> None:
    studio.account.scenario(VENDOR, "ListDigitalHumanVideo", error="throttled", times=1)
    status, code, message = studio.rejection("GET", LIST)
    assert (status, code) == (429, "APIGW.0308")
    assert message.startswith("The throttling threshold has been reached")
    studio.account.scenario(VENDOR, "ListDigitalHumanVideo", error="signatureExpired", times=1)
    assert studio.rejection("GET", LIST)[:2] == (401, "APIGW.0301")
    assert studio.jobs() == []
