"""What the proxy finds: a faithful endpoint has no drift, and each way of drifting has its row."""

import copy
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

import bodydouble.contracts.proxy.drift_report
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.drift_detector import DriftEntry
from bodydouble.contracts.proxy.server import Proxy
from tests.support.account import Account
from tests.support.guiji import Guiji
from tests.support.http import HttpClient, HttpResponse
from tests.support.receiver import Receiver, respond
from tests.support.server import Server

AVATARS = {
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


class Drifting:
    """An endpoint that answers what it is told, behind a proxy."""

    def __init__(self) -> None:
        self.endpoint = Receiver(respond(200, AVATARS))
        self.proxy = Proxy(load_contract("guiji"), self.endpoint.url.removesuffix("/callback")).__enter__()
        self.http = HttpClient(self.proxy.base_url)

    def answers(self, content: Any, status: int = 200) -> None:
        self.endpoint.behaviour = respond(status, content)

    def ask(self, times: int = 1, query: dict[str, str] | None = None, **body: Any) -> HttpResponse:
        for _ in range(times):
            asked = {"access_token": TOKEN, **(query or {})}
            reply = self.http.post(PATH, {"page": 1, "size": 10, **body}, query=asked)
        return reply

    def only_row(self) -> DriftEntry:
        (row,) = self.proxy.report().rows
        return row

    def close(self) -> None:
        self.http.close()
        self.proxy.close()
        self.endpoint.close()


@pytest.fixture
def drifting() -> Iterator[Drifting]:
    running = Drifting()
    yield running
    running.close()


def changed(**records: Any) -> dict[str, Any]:
    content = copy.deepcopy(AVATARS)
    for record in content["data"]["records"]:  # type: ignore[index]
        record.update(records)
    return content


def place(row: DriftEntry) -> tuple[str, str, str, str, str]:
    return row.operation, row.by, row.direction, row.pointer, row.rule


def test_a_faithful_endpoint_shows_no_drift(account: Account, server: Server) -> None:
    with Proxy(load_contract("guiji"), server.base_url) as proxy:
        account.http = HttpClient(proxy.base_url)
        guiji = Guiji(account)
        training, speaker = guiji.train(), guiji.clone()
        video, audio = guiji.synthesise(), guiji.speak()
        guiji.training(training), guiji.voice(speaker), guiji.video(video), guiji.audio(audio), guiji.benefits()
        guiji.sign_in(sign="0" * 32)
        found = proxy.report()
    assert found.rows == ()
    assert (found.exchanges, found.validated, len(found.operations)) == (11, 11, 10)


def test_an_undocumented_field_is_one_row_however_often_it_comes(drifting: Drifting) -> None:
    drifting.answers(changed(mood="happy"))
    drifting.ask(times=3)
    row = drifting.only_row()
    assert place(row) == ("listPublicAvatars", "endpoint", "response", "/data/records/*/mood", "undocumented-field")
    assert (row.count, row.sample, row.status) == (3, '"happy"', 200)


def test_a_value_of_another_type_is_a_row(drifting: Drifting) -> None:
    drifting.answers(changed(sceneName=7))
    drifting.ask()
    row = drifting.only_row()
    assert place(row)[3:] == ("/data/records/*/sceneName", "type")
    assert (row.count, row.sample) == (2, "7")


def test_an_unlisted_member_of_an_enumeration_is_a_row(account: Account, server: Server) -> None:
    account.http = HttpClient(server.base_url)
    guiji = Guiji(account)
    content = guiji.send("GET", f"/openapi/video/v2/get/{guiji.synthesise()}").json
    content["data"]["synthesisStatus"] = 99
    endpoint = Receiver(respond(200, content))
    with Proxy(load_contract("guiji"), endpoint.url.removesuffix("/callback")) as proxy:
        HttpClient(proxy.base_url).get("/openapi/video/v2/get/1", query={"access_token": "t"})
        (row,) = proxy.report().rows
    endpoint.close()
    assert (row.pointer, row.rule, row.sample) == ("/data/synthesisStatus", "enum", "99")
    assert "1" in row.expected


def test_a_documented_field_that_is_missing_is_a_row(drifting: Drifting) -> None:
    content = changed()
    for record in content["data"]["records"]:
        del record["id"]
    drifting.answers(content)
    drifting.ask()
    row = drifting.only_row()
    assert (row.pointer, row.rule, row.sample) == ("/data/records/*/id", "required", "nothing")


def test_an_undeclared_status_is_a_row(drifting: Drifting) -> None:
    drifting.answers({"any": "thing"}, 418)
    drifting.ask()
    rows = {row.rule: row for row in drifting.proxy.report().rows}
    assert rows["undocumented-status"].sample == "418"
    assert rows["undocumented-status"].by == "endpoint"


def test_an_unlisted_error_code_is_a_row(drifting: Drifting) -> None:
    drifting.answers({"code": "77777", "message": "Nobody told you", "success": False, "data": None})
    drifting.ask(times=2)
    row = drifting.only_row()
    assert (row.rule, row.sample, row.count) == ("undocumented-error", '"77777: Nobody told you"', 2)


def test_an_answer_that_is_no_json_is_a_row(drifting: Drifting) -> None:
    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.wfile.write(b"<html>maintenance</html>")

    drifting.endpoint.behaviour = behaviour
    drifting.ask()
    assert "media-type" in {row.rule for row in drifting.proxy.report().drift}


def test_a_mistake_of_the_client_that_the_endpoint_refuses_is_no_drift(drifting: Drifting) -> None:
    drifting.answers({"code": "40016", "message": "Parameter invalid", "success": False, "data": None})
    drifting.ask(page="none")
    report = drifting.proxy.report()
    assert [place(row)[1:] for row in report.misuse] == [("client", "request", "/page", "type")]
    assert [row for row in report.drift if row.rule != "undocumented-error"] == []


def test_a_mistake_of_the_client_that_the_endpoint_accepts_is_drift(drifting: Drifting) -> None:
    drifting.ask(page="none")
    (row,) = drifting.proxy.report().drift
    assert (row.part, row.pointer, row.rule, row.sample) == ("body", "/page", "accepted", '"none"')


def test_a_valid_request_that_the_endpoint_takes_for_invalid_is_drift(drifting: Drifting) -> None:
    case = load_contract("guiji").conditions["invalid-parameter"]
    drifting.answers({"code": case.code, "message": case.message, "success": False, "data": None})
    drifting.ask()
    assert drifting.only_row().rule == "refused"


def test_a_parameter_that_the_contract_does_not_know_is_the_clients(drifting: Drifting) -> None:
    drifting.ask(query={"pagesize": "10"})
    row = drifting.only_row()
    assert (row.by, row.part, row.pointer, row.rule) == ("client", "query", "/pagesize", "undocumented-parameter")


def test_an_operation_that_only_the_endpoint_knows_is_drift(drifting: Drifting) -> None:
    drifting.http.get("/openapi/video/v9/new")
    row = drifting.only_row()
    assert (row.operation, row.by, row.rule) == ("GET /openapi/video/v9/new", "endpoint", "undocumented-operation")
    drifting.answers({"code": "404", "message": "none", "success": False, "data": None}, 404)
    drifting.http.get("/openapi/video/v9/newer")
    assert [row.operation for row in drifting.proxy.report().misuse] == ["GET /openapi/video/v9/newer"]


def test_fetching_a_file_whose_address_the_endpoint_gave_out_is_no_finding(drifting: Drifting) -> None:
    drifting.answers(changed(coverUrl=f"{drifting.proxy.base_url}/files/cover.jpg?expires=1"))
    drifting.ask()
    drifting.http.get("/files/cover.jpg?expires=1")
    assert drifting.proxy.report().rows == ()
    drifting.http.get("/files/other.jpg")
    assert drifting.only_row().operation == "GET /files/other.jpg"


def test_samples_show_no_secrets_wherever_the_endpoint_puts_them(drifting: Drifting) -> None:
    secret = TOKEN
    drifting.answers(changed(access_token=secret, note=f"you are {secret}", nested={"authorizeText": "I am Ann"}))
    drifting.ask()
    text = json.dumps(drifting.proxy.report().as_json())
    assert text.count("undocumented-field") == 3
    assert secret not in text
    assert "Ann" not in text


def test_the_findings_can_be_asked_for_while_it_runs(drifting: Drifting) -> None:
    drifting.answers(changed(mood="happy"))
    drifting.ask()
    reply = drifting.http.get("/_proxy/drift")
    assert reply.status == 200
    assert reply.json == json.loads(json.dumps(drifting.proxy.report().as_json()))
    assert reply.json["rows"][0]["pointer"] == "/data/records/*/mood"
    assert drifting.http.get("/_proxy/other").status == 404
    assert len(drifting.endpoint.received) == 1


def test_the_rows_are_bounded(drifting: Drifting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodydouble.contracts.proxy.drift_report, "MOST_ROWS", 3)
    for number in range(5):
        drifting.http.get(f"/openapi/{number}")
    found = drifting.proxy.report()
    assert (len(found.rows), found.rows_dropped) == (3, 2)
