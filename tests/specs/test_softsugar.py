"""What the vendor's document says, the specification of SoftSugar says; what it does not say is marked."""

from typing import Any

import pytest

from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.core.json_pointer import lookup, pointer
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract

CONTENT: dict[str, Any] = documents.load("softsugar").content
SCHEMAS: dict[str, Any] = CONTENT["components"]["schemas"]
STEPS = {
    "parse_json",
    "preprocess",
    "postprocess",
    "main_process",
    "audio_process",
    "video_process",
    "wait_srt_stream",
    "send_task_response",
    "receive_task_from_agent",
    "st_mobile_change_package",
}


def test_the_steps_of_time_info_are_the_ten_of_the_document_and_five_of_them_are_phases() -> None:
    assert SCHEMAS["StepTimings"]["properties"].keys() == STEPS
    phases = {entry["const"] for entry in SCHEMAS["TaskPhaseName"]["oneOf"]}
    assert phases - STEPS == {"asset_download", "result_upload"}


@pytest.mark.parametrize("code", [1, 3333, -1, -2147483648])
def test_any_code_but_zero_is_a_failure(code: int) -> None:
    response = load_contract("softsugar").operations["cancelTask"].response(200)
    assert response is not None
    assert response.body is not None
    assert response.body.json is not None
    assert response.body.json.is_valid({"code": code, "message": "Error", "data": None})
    assert response.body.json.is_valid({"code": 0, "message": "success", "data": None})
    assert not response.body.json.is_valid({"code": 0, "message": "success", "data": 7})


def test_every_least_length_or_number_that_a_request_must_have_is_marked_as_invented() -> None:
    # The document has no such limit; ranges of numbers are its own.
    requests = ("TokenRequest", "Refresh", "FaceSwap", "Content", "FilePreheating", "Preheat", "Transcoding", "Text")
    unmarked = [
        pointer(path)
        for name, schema in SCHEMAS.items()
        if name.startswith(requests)
        for path, node in nodes(schema)
        if isinstance(node, dict) and {"minLength", "minItems"} & node.keys() and "x-provenance" not in node
    ]
    assert unmarked == []


@pytest.mark.parametrize(
    "place",
    [
        "/AvatarJob",
        "/TaskInput/properties/rebuild2DAvatarModelVideo/allOf/1",
        "/TaskDetailQuery/allOf/0/properties/userId",
        "/TaskDetailQuery/allOf/0/properties/key",
        "/BillQuery/allOf/0/properties/billStartTime",
        "/BillQuery/allOf/0/properties/billEndTime",
        "/VoiceBillQuery/allOf/0/properties/billStartTime",
        "/VoiceBillQuery/allOf/0/properties/billEndTime",
        "/Task/properties/isDelete",
        "/Bill/properties/billingValue",
        "/StepTimings",
    ],
)
def test_what_the_document_does_not_say_has_its_source(place: str) -> None:
    provenance = lookup(SCHEMAS, place)["x-provenance"]
    assert provenance["kind"] in ("inferred", "invented")
    assert provenance["source"]


@pytest.mark.parametrize("field", ["startTime", "endTime"])
def test_a_bill_always_has_its_times(field: str) -> None:
    assert field in SCHEMAS["Bill"]["required"]
    assert SCHEMAS["Bill"]["properties"][field]["$ref"].endswith("/LocalDateTime")


@pytest.mark.parametrize("number", range(115, 127))
def test_every_decision_about_a_contradiction_names_its_lines(number: int) -> None:
    (entry,) = [entry for entry in CONTENT["x-discrepancies"] if entry["id"] == number]
    assert entry["source"].startswith("vendor document, line")
