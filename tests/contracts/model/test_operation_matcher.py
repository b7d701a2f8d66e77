"""Which operation a request is for."""

import pytest

from bodydouble.contracts.core.wire import FORM, WireRequest
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.operation_matcher import Matcher


def matched(vendor: str, method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> str | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    operation = Matcher(load_contract(vendor)).match(WireRequest(method, path, query, named, body)).operation
    return None if operation is None else operation.id


@pytest.mark.parametrize("vendor", documents.names())
def test_every_operation_of_every_vendor_is_found_by_its_own_address(vendor: str) -> None:
    contract = load_contract(vendor)
    for operation in contract.operations.values():
        path = operation.path.replace("{", "").replace("}", "")
        assert matched(vendor, operation.method, path, operation.routing) == operation.id


def test_operations_at_one_address_are_distinguished_by_header_query_or_form() -> None:
    assert matched("aliyun-avatar", "POST", "/", x_acs_action="SendText") == "SendText"
    assert matched("aliyun-avatar", "POST", "/", "Action=SendText") == "SendText"
    assert matched("aliyun-avatar", "POST", "/", body=b"Action=SendText&x=1", content_type=FORM) == "SendText"


def test_the_header_counts_before_the_parameter() -> None:
    assert matched("aliyun-avatar", "POST", "/", "Action=SendText", x_acs_action="SendVaml") == "SendVaml"
    assert matched("aliyun-avatar", "POST", "/", "Action=SendText", x_acs_action="Unknown") is None


def test_a_form_body_counts_as_query_where_parameters_come_from_the_query_alone() -> None:
    request = WireRequest("POST", "/", "Action=SendText", {"content-type": f"{FORM}; charset=utf-8"}, b"TenantId=1+2")
    match = Matcher(load_contract("aliyun-avatar")).match(request)
    assert (match.request.query_pairs, match.request.body) == ([("Action", "SendText"), ("TenantId", "1 2")], b"")


def test_path_values_are_decoded_and_a_static_path_comes_first() -> None:
    contract = load_contract("guiji")
    match = Matcher(contract).match(WireRequest("GET", "/openapi/speaker/v2/clone/a%2Fb", "", {}, b""))
    assert match.path_values == {"speakerId": "a/b"}
    assert matched("guiji", "POST", "/openapi/speaker/v2/tts/pageList") == contract.operations["listAudios"].id


def test_a_wrong_method_names_the_right_ones_and_an_unknown_path_none() -> None:
    matcher = Matcher(load_contract("guiji"))
    assert matcher.match(WireRequest("PUT", "/openapi/user/v2/get", "", {}, b"")).allowed == ("GET",)
    assert matcher.match(WireRequest("GET", "/openapi/user/v3/get", "", {}, b"")).allowed == ()


def test_head_matches_the_operations_of_get() -> None:
    assert matched("guiji", "HEAD", "/openapi/user/v2/get") == "getAccountBenefits"


def test_an_operation_is_found_by_its_alternative_methods_too() -> None:
    assert matched("aliyun-avatar", "GET", "/", "Action=QueryAvatar") == "QueryAvatar"
    assert matched("aliyun-avatar", "GET", "/", "Action=SendText") is None
    matcher = Matcher(load_contract("aliyun-avatar"))
    assert matcher.match(WireRequest("PUT", "/", "Action=QueryAvatar", {}, b"")).allowed == ("GET", "POST")
