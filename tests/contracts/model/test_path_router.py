"""Operations of one path are told apart as their specification says."""

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.path_router import PathRouter, form_as_query

ALIYUN = PathRouter(load_contract("aliyun-avatar").operations.values())
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def request(query: str = "", headers: dict[str, str] | None = None, body: bytes = b"") -> WireRequest:
    return WireRequest("POST", "/", query, headers or {}, body)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (request("Action=StopInstance"), "StopInstance"),
        (request(headers={"x-acs-action": "StopInstance"}), "StopInstance"),
        (request("Action=StartInstance", {"x-acs-action": "StopInstance"}), "StopInstance"),
        (request("Action=StopInstance&Version=2022-01-30"), "StopInstance"),
        (request(headers=FORM, body=b"Action=StopInstance&Version=2022-01-30"), "StopInstance"),
        (request("Action=StopInstance", {"x-acs-version": "2022-01-30"}), "StopInstance"),
    ],
)
def test_a_header_or_a_parameter_names_the_operation(wire: WireRequest, name: str) -> None:
    operation, _ = ALIYUN.find(wire)
    assert operation is not None
    assert operation.id == name
    assert ALIYUN.names(wire)


@pytest.mark.parametrize(
    "wire",
    [
        request(),
        request("Action=Unknown"),
        request("Action=StopInstance&Version=2021-01-30"),
        request("Action=StopInstance&Version=2022-01-30", {"x-acs-version": "1999-01-01"}),
        request(headers={"content-type": "text/plain"}, body=b"Action=StopInstance"),
    ],
)
def test_no_name_an_unknown_one_or_another_version_finds_nothing(wire: WireRequest) -> None:
    assert ALIYUN.find(wire) == (None, ())
    assert not ALIYUN.names(wire)


def test_without_a_routing_parameter_the_method_decides() -> None:
    contract = load_contract("guiji")
    path = contract.operations["getVideo"].path
    router = PathRouter(operation for operation in contract.operations.values() if operation.path == path)
    assert router.find(WireRequest("HEAD", path, "", {}, b""))[0] is contract.operations["getVideo"]
    assert router.find(WireRequest("DELETE", path, "", {}, b"")) == (None, ("GET",))
    assert not router.names(WireRequest("GET", path, "", {}, b""))


def test_a_form_body_becomes_part_of_the_query() -> None:
    changed, violation, condition = form_as_query(request("a=1", FORM, b"b=%20&c="))
    assert (changed.query_pairs, changed.body) == ([("a", "1"), ("b", " "), ("c", "")], b"")
    assert (violation, condition) == (None, None)


@pytest.mark.parametrize(
    ("headers", "body", "condition"),
    [
        ({"content-type": "application/json"}, b"{}", "unsupported-media-type"),
        ({}, b"a=1", "unsupported-media-type"),
        (FORM, "a=é".encode(), "malformed-body"),
        (FORM, b"a", "malformed-body"),
        (FORM, b"a=%ff", "malformed-body"),
    ],
)
def test_another_body_is_a_violation(headers: dict[str, str], body: bytes, condition: str) -> None:
    wire = request("", headers, body)
    changed, violation, actual = form_as_query(wire)
    assert changed is wire
    assert violation is not None
    assert actual == condition
