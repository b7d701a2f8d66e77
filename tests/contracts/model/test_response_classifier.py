"""How responses are classified."""

import json

import pytest

from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS, classify


def reply(status: int, content: object) -> WireResponse:
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return WireResponse(status, {"content-type": "application/json"}, body)


@pytest.mark.parametrize(
    ("vendor", "response", "name"),
    [
        ("guiji", reply(200, {"code": "0", "data": {}}), "success"),
        ("guiji", reply(200, {"code": 0, "data": {}}), "200 0"),
        ("guiji", reply(200, {"code": "40003", "message": "access_token expired"}), "accessTokenExpired"),
        ("guiji", reply(200, {"code": "40015", "message": "Invalid parameter: page"}), "parameterInvalid"),
        ("guiji", reply(200, {"code": "40015", "message": "?"}), "parameterMissing or parameterInvalid"),
        ("guiji", reply(200, {"code": "77777", "message": "?"}), "200 77777"),
        ("guiji", reply(200, {"message": "?"}), "200 None"),
        ("guiji", reply(200, []), "200 None"),
        ("guiji", reply(200, b"<html>"), "200 None"),
        ("guiji", reply(405, {"code": "49405", "message": "Method not allowed"}), "wrongMethod"),
        ("guiji", reply(502, b"<html>"), "502 None"),
        ("softsugar", reply(200, {"code": 0, "data": None}), "success"),
        ("softsugar", reply(200, {"code": False, "data": None}), "200 None"),
        (
            "softsugar",
            reply(200, {"code": 3333, "message": "The request parameter is missing"}),
            "missingParameter",
        ),
        ("aliyun-avatar", reply(200, {"Code": "0", "Success": True}), "success"),
        ("aliyun-avatar", reply(200, {"Code": "10009008", "Message": "?"}), "startFailed"),
        ("aliyun-avatar", reply(400, {"Code": "MissingTenantId", "Message": "?"}), "missingParameter"),
        ("aliyun-avatar", reply(400, {"Code": "InvalidPageSize", "Message": "?"}), "invalidParameter"),
        (
            "aliyun-avatar",
            reply(400, {"Code": "InvalidTimeStamp.Expired", "Message": "?"}),
            "invalidTimeStampExpired",
        ),
        ("aliyun-avatar", reply(404, {"Code": "InvalidPageSize", "Message": "?"}), "404 InvalidPageSize"),
        ("huawei-metastudio", reply(200, {"job_id": "a"}), "success"),
        ("huawei-metastudio", reply(204, b""), "success"),
        ("control", reply(201, {"id": 1, "error": "accountNotFound"}), "success"),
        ("control", reply(404, {"error": "accountNotFound", "message": "?"}), "accountNotFound"),
    ],
)
def test_a_response_is_a_success_or_an_error_case(vendor: str, response: WireResponse, name: str) -> None:
    response_class = classify(load_contract(vendor), response, None)
    assert response_class.name == name
    assert response_class.failed is (name != "success")


def test_cases_that_share_a_code_are_distinguished_by_the_vendors_text() -> None:
    contract = load_contract("huawei-metastudio")
    for case in contract.errors.values():
        response_class = classify(
            contract, reply(case.status, {"error_code": case.code, "error_msg": f"{case.message}: id"}), None
        )
        assert case in response_class.cases
        assert {case.message for case in response_class.cases} == {case.message}


@pytest.mark.parametrize("vendor", documents.names())
def test_every_error_case_is_recognised(vendor: str) -> None:
    contract = load_contract(vendor)
    for case in contract.errors.values():
        body = {contract.envelope.code: case.code, contract.envelope.message: case.message}
        response_class = classify(contract, reply(case.status, body), None)
        assert response_class.failed
        assert case in response_class.cases
        assert response_class.reports(*case.conditions) is bool(case.conditions) or len(response_class.cases) > 1


def test_a_response_reports_a_condition_only_if_all_its_cases_do() -> None:
    contract = load_contract("guiji")
    assert classify(contract, reply(200, {"code": "40015", "message": "?"}), None).reports(*REQUEST_FORM_CONDITIONS)
    assert not classify(contract, reply(200, {"code": "40001", "message": "?"}), None).reports("internal-error")
    assert classify(contract, reply(200, {"code": "40001", "message": "Internal exception"}), None).reports(
        "internal-error"
    )
    assert not classify(contract, reply(200, {"code": "0"}), None).reports(*REQUEST_FORM_CONDITIONS)
    assert not classify(contract, reply(200, {"code": "77777"}), None).reports(*REQUEST_FORM_CONDITIONS)


@pytest.mark.parametrize(
    ("code", "case"),
    [
        ("InvalidTenantId", "invalidParameter"),
        ("InvalidApp.AppId", "invalidParameter"),
        ("InvalidDialogContext.Histories.0", "invalidParameter"),
        ("MissingApp.AppId", "missingParameter"),
        ("InvalidTimeStamp.Expired", "invalidTimeStampExpired"),
    ],
)
def test_a_code_may_name_a_field_inside_a_parameter(code: str, case: str) -> None:
    body = json.dumps({"RequestId": "1", "HostId": "example.com", "Code": code, "Message": "Refused."}).encode()
    assert classify(load_contract("aliyun-avatar"), WireResponse(400, {}, body), None).name == case


def test_of_cases_that_look_the_same_those_of_the_operation_are_meant() -> None:
    contract = load_contract("aliyun-avatar")
    response = reply(200, {"Code": "10010002", "Message": "参数非法: TaskUuid"})
    assert len(classify(contract, response, None).cases) > 2
    assert classify(contract, response, contract.operations["GetVideoTaskInfo"]).name == "taskNotFound"
    unlisted = classify(contract, response, contract.operations["StopInstance"])
    assert unlisted.cases == classify(contract, response, None).cases
