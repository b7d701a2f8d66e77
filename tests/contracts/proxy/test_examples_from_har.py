"""Examples that are extracted from recordings."""

import json
from datetime import UTC, datetime
from typing import Any

import yaml

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.examples_from_har import RecordedExamples, examples_from
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

AT = datetime(2026, 1, 1, tzinfo=UTC)
JSON = {"content-type": "application/json"}
TRAINING = {
    "name": "Presenter",
    "videoUrl": "https://media.example.com/training.mp4",
    "authorizeUrl": "https://media.example.com/ann-consents.mp4",
    "authorizeText": "I am Ann Example. I consent Example Ltd clone my avatar for the synthesis of video.",
    "level": 1,
}
DONE = {"code": "0", "message": "Request successful", "success": True, "data": {"trainingId": 7}}


def training(sent: Any = None, response_content: Any = None, status: int = 200, **options: Any) -> RecordedExchange:
    request = WireRequest(
        "POST",
        "/openapi/video/v3/create/training",
        "access_token=the-token-of-a-client",
        JSON,
        json.dumps(TRAINING if sent is None else sent).encode(),
    )
    content = json.dumps(DONE if response_content is None else response_content).encode()
    return RecordedExchange(request, WireResponse(status, JSON, content), AT, 0.1, **options)


def extracted(*exchanges: RecordedExchange, vendor: str = "guiji") -> RecordedExamples:
    return examples_from(load_contract(vendor), exchanges, "traffic.har")


def test_request_and_response_become_entries_in_the_form_of_the_specifications() -> None:
    entries = yaml.safe_load(extracted(training()).to_yaml())
    assert [list(entry) for entry in entries] == [
        ["id", "source", "operation", "part", "invalid_because", "value"],
        ["id", "source", "operation", "part", "status", "invalid_because", "value"],
    ]
    assert entries[1] == {
        "id": "recorded-create-avatar-training-response",
        "source": "traffic.har",
        "operation": "createAvatarTraining",
        "part": "response",
        "status": 200,
        "invalid_because": [],
        "value": DONE,
    }


def test_personal_data_is_replaced_by_valid_placeholders() -> None:
    value = extracted(training()).examples[0].value
    assert value["videoUrl"] == TRAINING["videoUrl"]
    assert "ann" not in json.dumps(value).lower()
    body = load_contract("guiji").operations["createAvatarTraining"].request_body
    assert body is not None
    assert body.json is not None
    assert body.json.is_valid(value)


def test_a_redacted_recording_gives_the_same_examples() -> None:
    redacted = {**TRAINING, "authorizeUrl": "[redacted]", "authorizeText": "[redacted]"}
    assert extracted(training(redacted)) == extracted(training())


def test_a_secret_of_the_exchange_is_redacted_in_every_field() -> None:
    message = {**DONE, "message": "Hello, the-token-of-a-client"}
    assert extracted(training(response_content=message)).examples[1].value["message"] == "Hello, [redacted]"


def test_secrets_inside_json_strings_and_unknown_fields_are_replaced() -> None:
    request = {"materialName": "a", "url": "https://a.example/b.png", "param": json.dumps({"x": {"email": "a@b.c"}})}
    exchange = RecordedExchange(
        WireRequest(
            "POST", "/api/2dvh/v1/material/voice/content/repository/create", "", JSON, json.dumps(request).encode()
        ),
        WireResponse(200, JSON, b'{"code":0,"message":"ok","data":1}'),
        AT,
        0.1,
    )
    assert "a@b.c" not in extracted(exchange, vendor="softsugar").to_yaml()


def test_bodies_of_the_same_shape_are_a_single_example_and_each_error_case_has_its_own() -> None:
    other = {**DONE, "data": {"trainingId": 8}}
    token = load_contract("guiji").errors["accessTokenInvalid"]
    rejection = {"code": token.code, "message": token.message, "success": False, "data": None}
    result = extracted(
        training(),
        training(response_content=other),
        training(response_content=rejection),
        training(response_content=rejection),
    )
    assert [example.id for example in result.examples] == [
        "recorded-create-avatar-training-request",
        "recorded-create-avatar-training-response",
        "recorded-create-avatar-training-access-token-invalid-response",
    ]
    assert result.repeated == 3


def test_bodies_that_violate_the_contract_are_listed_and_left_out() -> None:
    violation = {**DONE, "data": {"trainingId": "seven"}}
    result = extracted(training(response_content=violation), training(status=418))
    assert [example.part for example in result.examples] == ["request"]
    assert result.invalid == (
        "createAvatarTraining response: /data/trainingId: type",
        "createAvatarTraining response: status 418 is not in the contract",
    )


def test_truncated_bodies_and_requests_without_operation_are_counted() -> None:
    elsewhere = RecordedExchange(WireRequest("GET", "/elsewhere", "", {}, b""), WireResponse(200), AT, 0.1)
    result = extracted(elsewhere, training(whole=False))
    assert (result.examples, result.unusable) == ((), 2)
