"""The drift detector: a conforming endpoint shows no drift, and each kind of drift has its entry."""

import copy
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import urllib3

import bodydouble.contracts.proxy.drift_report
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.drift_detector import DriftEntry
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpClient, HttpResponse
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji

AVATARS: dict[str, Any] = {
    "code": "0",
    "message": "Request successful",
    "success": True,
    "data": {
        "pageSize": 10,
        "pageNo": 1,
        "totalRecord": 2,
        "records": [
            {"id": -292, "sceneName": "test", "coverUrl": "http://127.0.0.1/a.jpg", "resolution": "1080x1920"},
            {"id": -293, "sceneName": "test", "coverUrl": "http://127.0.0.1/b.jpg", "resolution": "1080x1920"},
        ],
    },
}
PATH = "/openapi/robot/v2/fastPublicPageList"
TOKEN = "a-secret-token-of-a-client"


class DriftingEndpoint:
    """An endpoint behind a proxy, whose response the test chooses."""

    def __init__(self) -> None:
        self.endpoint = Receiver(respond(200, AVATARS))
        self.proxy = Proxy(load_contract("guiji"), self.endpoint.url.removesuffix("/callback")).__enter__()
        self.http = HttpClient(self.proxy.base_url)

    def set_response(self, content: Any, status: int = 200) -> None:
        self.endpoint.behaviour = respond(status, content)

    def call(self, times: int = 1, query: dict[str, str] | None = None, **body: Any) -> HttpResponse:
        for _ in range(times):
            parameters = {"access_token": TOKEN, **(query or {})}
            response = self.http.post(PATH, {"page": 1, "size": 10, **body}, query=parameters)
        return response

    def only_entry(self) -> DriftEntry:
        (entry,) = self.proxy.report().entries
        return entry

    def close(self) -> None:
        self.http.close()
        self.proxy.close()
        self.endpoint.close()


@pytest.fixture
def drifting() -> Iterator[DriftingEndpoint]:
    running = DriftingEndpoint()
    yield running
    running.close()


def changed(**records: Any) -> dict[str, Any]:
    content = copy.deepcopy(AVATARS)
    for record in content["data"]["records"]:
        record.update(records)
    return content


def place(entry: DriftEntry) -> tuple[str, str, str, str, str]:
    return entry.operation, entry.origin, entry.direction, entry.pointer, entry.rule


@pytest.mark.process
def test_a_conforming_endpoint_shows_no_drift(account: Account, server: Server) -> None:
    with Proxy(load_contract("guiji"), server.base_url) as proxy:
        account.http = HttpClient(proxy.base_url)
        guiji = Guiji(account)
        training, speaker = guiji.train(), guiji.clone()
        video, audio = guiji.synthesise(), guiji.speak()
        guiji.training(training), guiji.voice(speaker), guiji.video(video), guiji.audio(audio), guiji.benefits()
        guiji.sign_in(sign="0" * 32)
        result = proxy.report()
    assert result.entries == ()
    assert (result.exchanges, result.validated, len(result.operations)) == (11, 11, 10)


def test_an_undocumented_field_is_a_single_entry_however_often_it_is_seen(drifting: DriftingEndpoint) -> None:
    drifting.set_response(changed(mood="happy"))
    drifting.call(times=3)
    entry = drifting.only_entry()
    assert place(entry) == ("listPublicAvatars", "endpoint", "response", "/data/records/*/mood", "undocumented-field")
    assert (entry.count, entry.sample, entry.status) == (3, '"happy"', 200)


def test_a_value_of_another_type_is_an_entry(drifting: DriftingEndpoint) -> None:
    drifting.set_response(changed(sceneName=7))
    drifting.call()
    entry = drifting.only_entry()
    assert place(entry)[3:] == ("/data/records/*/sceneName", "type")
    assert (entry.count, entry.sample) == (2, "7")


@pytest.mark.process
def test_an_undocumented_enumeration_member_is_an_entry(account: Account, server: Server) -> None:
    account.http = HttpClient(server.base_url)
    guiji = Guiji(account)
    video = guiji.synthesise()
    content = guiji.send("GET", f"/openapi/video/v2/get/{video}").json
    content["data"]["synthesisStatus"] = 99
    endpoint = Receiver(respond(200, content))
    with Proxy(load_contract("guiji"), endpoint.url.removesuffix("/callback")) as proxy:
        HttpClient(proxy.base_url).get(f"/openapi/video/v2/get/{video}", query={"access_token": "t"})
        (entry,) = proxy.report().entries
    endpoint.close()
    assert (entry.pointer, entry.rule, entry.sample) == ("/data/synthesisStatus", "enum", "99")
    assert "1" in entry.expected


def test_a_missing_documented_field_is_an_entry(drifting: DriftingEndpoint) -> None:
    content = changed()
    for record in content["data"]["records"]:
        del record["id"]
    drifting.set_response(content)
    drifting.call()
    entry = drifting.only_entry()
    assert (entry.pointer, entry.rule, entry.sample) == ("/data/records/*/id", "required", "nothing")


def test_an_undocumented_status_is_an_entry(drifting: DriftingEndpoint) -> None:
    drifting.set_response({"any": "thing"}, 418)
    drifting.call()
    entries = {entry.rule: entry for entry in drifting.proxy.report().entries}
    assert entries["undocumented-status"].sample == "418"
    assert entries["undocumented-status"].origin == "endpoint"


def test_an_undocumented_error_code_is_an_entry(drifting: DriftingEndpoint) -> None:
    drifting.set_response({"code": "77777", "message": "Nobody told you", "success": False, "data": None})
    drifting.call(times=2)
    entry = drifting.only_entry()
    assert (entry.rule, entry.sample, entry.count) == ("undocumented-error", '"77777: Nobody told you"', 2)


def test_a_response_that_is_not_json_is_an_entry(drifting: DriftingEndpoint) -> None:
    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.wfile.write(b"<html>maintenance</html>")

    drifting.endpoint.behaviour = behaviour
    drifting.call()
    assert "media-type" in {entry.rule for entry in drifting.proxy.report().drift}


def send(handler: BaseHTTPRequestHandler, body: bytes, **headers: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def test_a_repeated_key_is_an_entry(drifting: DriftingEndpoint) -> None:
    body = json.dumps(AVATARS).encode()
    records = body.replace(b'{"id": ', b'{"id": "7", "id": ')
    drifting.endpoint.behaviour = lambda handler: send(handler, records)
    drifting.call()
    entry = drifting.only_entry()
    assert place(entry)[3:] == ("/data/records/*/id", "repeated-key")
    assert entry.count == 2


def test_a_body_that_is_not_what_its_encoding_says_is_an_entry(drifting: DriftingEndpoint) -> None:
    drifting.endpoint.behaviour = lambda handler: send(handler, json.dumps(AVATARS).encode(), Content_Encoding="gzip")
    url = f"{drifting.proxy.base_url}{PATH}?access_token={TOKEN}"
    # A client that decodes it would fail.
    response = urllib3.request("POST", url, json={"page": 1, "size": 10}, decode_content=False, preload_content=False)
    response.read(decode_content=False)
    entry = drifting.only_entry()
    assert place(entry)[1:] == ("endpoint", "response", "/Content-Encoding", "content-encoding")
    assert (entry.part, entry.sample) == ("header", '"gzip"')


def test_an_invalid_request_that_the_endpoint_rejects_is_misuse_but_no_drift(drifting: DriftingEndpoint) -> None:
    drifting.set_response({"code": "40016", "message": "Parameter invalid", "success": False, "data": None})
    drifting.call(page="none")
    report = drifting.proxy.report()
    assert [place(entry)[1:] for entry in report.misuse] == [("client", "request", "/page", "type")]
    assert [entry for entry in report.drift if entry.rule != "undocumented-error"] == []


def test_an_invalid_request_that_the_endpoint_accepts_is_drift(drifting: DriftingEndpoint) -> None:
    drifting.call(page="none")
    (entry,) = drifting.proxy.report().drift
    assert (entry.part, entry.pointer, entry.rule, entry.sample) == ("body", "/page", "accepted", '"none"')


def test_a_valid_request_that_the_endpoint_rejects_is_drift(drifting: DriftingEndpoint) -> None:
    case = load_contract("guiji").conditions["invalid-parameter"]
    drifting.set_response({"code": case.code, "message": case.message, "success": False, "data": None})
    drifting.call()
    assert drifting.only_entry().rule == "rejected"


def test_an_undocumented_parameter_is_misuse(drifting: DriftingEndpoint) -> None:
    drifting.call(query={"pagesize": "10"})
    entry = drifting.only_entry()
    assert (entry.origin, entry.part, entry.pointer, entry.rule) == (
        "client",
        "query",
        "/pagesize",
        "undocumented-parameter",
    )


def test_an_operation_that_only_the_endpoint_has_is_drift(drifting: DriftingEndpoint) -> None:
    drifting.http.get("/openapi/video/v9/new")
    entry = drifting.only_entry()
    assert (entry.operation, entry.origin, entry.rule) == (
        "GET /openapi/video/v9/new",
        "endpoint",
        "undocumented-operation",
    )
    drifting.set_response({"code": "404", "message": "none", "success": False, "data": None}, 404)
    drifting.http.get("/openapi/video/v9/newer")
    assert [entry.operation for entry in drifting.proxy.report().misuse] == ["GET /openapi/video/v9/newer"]


def test_a_request_for_an_issued_url_is_no_finding(drifting: DriftingEndpoint) -> None:
    drifting.set_response(changed(coverUrl=f"{drifting.proxy.base_url}/files/cover.jpg?expires=1"))
    drifting.call()
    drifting.http.get("/files/cover.jpg?expires=1")
    assert drifting.proxy.report().entries == ()
    drifting.http.get("/files/other.jpg")
    assert drifting.only_entry().operation == "GET /files/other.jpg"


def test_samples_are_redacted_in_every_field(drifting: DriftingEndpoint) -> None:
    secret = TOKEN
    drifting.set_response(changed(access_token=secret, note=f"you are {secret}", nested={"authorizeText": "I am Ann"}))
    drifting.call()
    text = json.dumps(drifting.proxy.report().as_json())
    assert text.count("undocumented-field") == 3
    assert secret not in text
    assert "Ann" not in text


def test_the_findings_are_available_while_the_proxy_runs(drifting: DriftingEndpoint) -> None:
    drifting.set_response(changed(mood="happy"))
    drifting.call()
    response = drifting.http.get("/_proxy/drift")
    assert response.status == 200
    assert response.json == json.loads(json.dumps(drifting.proxy.report().as_json()))
    assert response.json["entries"][0]["pointer"] == "/data/records/*/mood"
    assert drifting.http.get("/_proxy/other").status == 404
    assert len(drifting.endpoint.received) == 1


def test_the_number_of_entries_is_limited(drifting: DriftingEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodydouble.contracts.proxy.drift_report, "MAX_ENTRIES", 3)
    for number in range(5):
        drifting.http.get(f"/openapi/{number}")
    result = drifting.proxy.report()
    assert (len(result.entries), result.entries_dropped) == (3, 2)


def test_a_request_without_its_credentials_is_misuse(drifting: DriftingEndpoint) -> None:
    case = load_contract("guiji").errors["accessTokenInvalid"]
    drifting.set_response({"code": case.code, "message": case.message, "success": False, "data": None})
    for query in ({}, {"access_token": ""}):
        drifting.http.post(PATH, {"page": 1, "size": 10}, query=query)
    entry = drifting.only_entry()
    assert (entry.origin, entry.part, entry.pointer, entry.rule) == ("client", "query", "/access_token", "required")
    assert (entry.expected, entry.sample, entry.count) == ("credentials in query access_token", "nothing", 2)


def test_an_endpoint_that_needs_no_credentials_differs_from_the_contract(drifting: DriftingEndpoint) -> None:
    drifting.http.post(PATH, {"page": 1, "size": 10})
    report = drifting.proxy.report()
    assert [entry.rule for entry in report.misuse] == ["required"]
    assert [(entry.rule, entry.pointer) for entry in report.drift] == [("accepted", "/access_token")]


def test_operations_without_security_need_no_credentials(drifting: DriftingEndpoint) -> None:
    drifting.set_response({**AVATARS, "data": {"access_token": TOKEN, "expires_in": 7199}})
    drifting.http.get(
        "/openapi/oauth/token",
        query={"grant_type": "sign", "appId": "a", "timestamp": "1741572705000", "sign": "0" * 32},
    )
    assert drifting.proxy.report().entries == ()


def test_a_credential_of_one_exchange_is_in_no_other_part_of_the_report(drifting: DriftingEndpoint) -> None:
    drifting.call()
    drifting.http.get(f"/openapi/unknown/{TOKEN}", query={"token": TOKEN})
    drifting.set_response(changed(echo=TOKEN, secret="not-in-the-contract"))
    drifting.call()
    report = json.dumps(drifting.proxy.report().as_json())
    assert TOKEN not in report
    assert "not-in-the-contract" not in report
    assert "GET /openapi/unknown/[redacted]" in report
