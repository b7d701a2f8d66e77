"""The envelopes of responses are made from the templates of the specification."""

from dataclasses import replace
from typing import Any

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, ErrorCase
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.vendor_api.envelope import EnvelopeRenderer
from bodydouble.mock_server.vendor_api.response import ApiError

REQUEST = WireRequest("POST", "/", "", {"host": "127.0.0.1:8080"}, b"")


def contract_with(**templates: Any) -> Contract:
    contract = load_contract("guiji")
    return replace(contract, envelope=replace(contract.envelope, templates=templates))


def success(template: Any, data: Any) -> Any:
    contract = contract_with(default={"success": template, "failure": {}})
    return EnvelopeRenderer(contract).success(contract.operations["getVideo"], data).body


@pytest.mark.parametrize(
    ("template", "data", "body"),
    [
        ("$data", {"id": 1}, {"id": 1}),
        ({"code": 0, "data": "$data"}, [1], {"code": 0, "data": [1]}),
        ({"data?": "$data"}, None, {}),
        ({"data?": "$data"}, 0, {"data": 0}),
        ({"data": {"more": True, "$spread": "$data"}}, {"id": 1}, {"data": {"more": True, "id": 1}}),
        ({"data": {"more": True, "$spread": "$data"}}, None, {"data": {"more": True}}),
    ],
)
def test_a_template_is_filled_in(template: Any, data: Any, body: Any) -> None:
    assert success(template, data) == body


def failure(case: ErrorCase, error: ApiError, **templates: Any) -> Any:
    return EnvelopeRenderer(contract_with(**templates)).failure(case, error, None, REQUEST)


def test_a_failure_has_its_code_message_and_detail() -> None:
    case = load_contract("guiji").errors["resourceNotFound"]
    template = {"c": "$code", "m": "$message", "n": "$case", "h": "$host"}
    response = failure(case, ApiError(case, "/id: unknown"), default={"failure": template})
    assert response.status == case.status
    message = f"{case.message}: /id: unknown"
    assert response.body == {"c": case.code, "m": message, "n": "resourceNotFound", "h": "127.0.0.1:8080"}


def test_an_error_case_chooses_its_template_and_headers() -> None:
    case = replace(load_contract("guiji").errors["resourceNotFound"], envelope="gateway", headers={"Retry-After": "1"})
    response = failure(
        case, ApiError(case), default={"failure": {}}, gateway={"failure": {"g": 1}, "headers": {"X-Id": "$requestHex"}}
    )
    assert response.body == {"g": 1}
    assert response.headers["Retry-After"] == "1"
    assert len(response.headers["X-Id"]) == 32


def test_a_body_and_its_header_show_the_same_identifier() -> None:
    template = {"success": {"id": "$requestUuid"}, "headers": {"X-Id": "$requestUuid"}}
    contract = contract_with(default=template)
    response = EnvelopeRenderer(contract).success(contract.operations["getVideo"], None)
    assert response.body["id"] == response.headers["X-Id"]


def test_a_success_without_content_has_no_body() -> None:
    contract = load_contract("control")
    response = EnvelopeRenderer(contract).success(contract.operations["deleteAccount"], None)
    assert (response.status, response.body) == (204, None)
