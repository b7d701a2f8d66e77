"""The second opinion detects violations: otherwise its silence at the end of a session would mean nothing."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from tests.crosscheck.second_opinion import SAMPLES, Evaluation, evaluate

AT = datetime(2026, 1, 1, tzinfo=UTC)
JSON = {"content-type": "application/json"}
AVATARS = {
    "code": "0",
    "message": "Request successful",
    "success": True,
    "data": {
        "pageSize": 10,
        "pageNo": 1,
        "totalRecord": 1,
        "records": [{"id": -1, "sceneName": "a", "coverUrl": "http://127.0.0.1/a.jpg", "resolution": "1080x1920"}],
    },
}


def exchange(
    body: Any = None, response: Any = None, status: int = 200, query: str = "access_token=t"
) -> RecordedExchange:
    request = WireRequest(
        "POST",
        "/openapi/robot/v2/fastPublicPageList",
        query,
        {"host": "127.0.0.1", **JSON},
        json.dumps({"page": 1, "size": 10} if body is None else body).encode(),
    )
    content = json.dumps(AVATARS if response is None else response).encode()
    return RecordedExchange(request, WireResponse(status, JSON, content), AT, 0.1)


def reasons(evaluation: Evaluation) -> list[tuple[str, str]]:
    return [(disagreement.message, disagreement.reason) for disagreement in evaluation.disagreements]


def test_a_conforming_exchange_is_validated_without_disagreement() -> None:
    evaluation = evaluate([exchange()])
    assert (evaluation.disagreements, evaluation.responses, evaluation.requests) == ((), {"guiji": 1}, {"guiji": 1})


def test_a_response_with_a_wrong_type_deep_inside_is_found() -> None:
    broken = json.loads(json.dumps(AVATARS))
    broken["data"]["records"][0]["id"] = "minus one"
    assert [message for message, _ in reasons(evaluate([exchange(response=broken)]))] == ["response"]


def test_a_response_with_an_undeclared_status_is_found() -> None:
    assert [message for message, _ in reasons(evaluate([exchange(status=418)]))] == ["response"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"body": {"page": "one", "size": 10}}, "is not of type 'integer'"),
        ({"body": {"size": 10}}, "'page' is a required property"),
        ({"query": ""}, "Security"),
    ],
)
def test_an_accepted_request_that_breaks_the_specification_is_found(changes: dict[str, Any], reason: str) -> None:
    ((message, actual_reason),) = reasons(evaluate([exchange(**changes)]))
    assert message == "request"
    assert reason in actual_reason


def test_a_rejected_request_may_violate_the_specification() -> None:
    rejection = {"code": "40016", "message": "Parameter invalid", "success": False, "data": None}
    evaluation = evaluate([exchange(body={"page": "one"}, response=rejection)])
    assert (evaluation.disagreements, evaluation.requests) == ((), {"guiji": 0})


def test_operations_at_one_address_are_distinguished_by_header_and_by_parameter() -> None:
    response = WireResponse(200, JSON, json.dumps({"Success": "yes", "Code": "0"}).encode())
    by_header = WireRequest("POST", "/", "Text=x&Signature=s", {"x-acs-action": "StartInstance"}, b"")
    by_parameter = replace(by_header, query="Text=x&Signature=s&Action=StopInstance", headers={})
    evaluation = evaluate([RecordedExchange(request, response, AT, 0.1) for request in (by_header, by_parameter)])
    assert evaluation.responses == {"aliyun-avatar": 2}
    assert len([disagreement for disagreement in evaluation.disagreements if disagreement.message == "response"]) == 2


def disagreements_about_a_form(query: str) -> list[str]:
    response = WireResponse(200, JSON, json.dumps({"Success": "yes", "Code": "0"}).encode())
    form = {"x-acs-action": "SendText", "content-type": "application/x-www-form-urlencoded"}
    request = WireRequest("POST", "/", query, form, b"TenantId=1&SessionId=s&Text=t&UniqueCode=u&Signature=x")
    return [
        disagreement.message for disagreement in evaluate([RecordedExchange(request, response, AT, 0.1)]).disagreements
    ]


def test_a_request_that_the_prose_of_a_specification_allows_is_no_disagreement() -> None:
    assert disagreements_about_a_form("Action=SendText") == ["response"]


def test_a_parameter_that_contradicts_the_header_must_not_be_accepted() -> None:
    assert disagreements_about_a_form("Action=Other") == ["request", "response"]


def test_an_operation_may_be_called_by_its_alternative_methods() -> None:
    response = WireResponse(200, JSON, json.dumps({"Success": "yes", "Code": "0"}).encode())
    request = WireRequest("GET", "/", "TenantId=1&Code=c&Signature=s", {"x-acs-action": "QueryAvatar"}, b"")
    evaluation = evaluate([RecordedExchange(request, response, AT, 0.1)])
    assert evaluation.responses == {"aliyun-avatar": 1}
    assert [disagreement.message for disagreement in evaluation.disagreements] == ["response"]


def test_an_accepted_request_for_no_operation_is_found() -> None:
    elsewhere = replace(exchange(), request=replace(exchange().request, method="PATCH"))
    assert reasons(evaluate([elsewhere])) == [("request", "accepted, but no operation of the specification")]


def test_exchanges_without_an_operation_are_counted_and_the_rest_is_sampled_by_kind() -> None:
    elsewhere = replace(exchange(), request=replace(exchange().request, path="/files/video.mp4"))
    evaluation = evaluate([elsewhere, *[exchange()] * (SAMPLES + 3)])
    assert (evaluation.foreign, evaluation.responses, evaluation.sampled_out) == (1, {"guiji": SAMPLES}, 3)
