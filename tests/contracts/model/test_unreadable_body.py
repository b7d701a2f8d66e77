"""A request's body that is compressed is refused with words that name its content coding."""

import gzip
import zlib

import brotli
import pytest

from bodydouble.contracts.core.wire import FORM, JSON, WireRequest
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.operation_matcher import Matcher

BODIES = {"gzip": gzip.compress(b"{}", mtime=0), "deflate": zlib.compress(b"{}"), "br": brotli.compress(b"{}")}


@pytest.mark.parametrize(("coding", "body"), BODIES.items())
def test_a_compressed_body_is_a_violation_that_names_its_coding(coding: str, body: bytes) -> None:
    headers = {"content-type": JSON, "content-encoding": coding}
    request = WireRequest("POST", "/openapi/robot/v2/fastPublicPageList", "access_token=t", headers, body)
    match = Matcher(load_contract("guiji")).match(request)
    assert match.operation is not None
    parsed = match.operation.parse(match.request, match.path_values)
    (violation,) = parsed.violations
    assert (violation.part, violation.rule, violation.got) == ("body", "content-encoding", coding)
    assert "content coding" in str(violation)
    assert parsed.condition == "malformed-body"


def test_a_compressed_form_is_a_violation_that_names_its_coding() -> None:
    headers = {"content-type": FORM, "content-encoding": "gzip"}
    request = WireRequest("POST", "/", "Action=QueryAvatarList", headers, gzip.compress(b"TenantId=1", mtime=0))
    match = Matcher(load_contract("aliyun-avatar")).match(request)
    assert match.operation is not None
    violations = match.operation.parse(request, match.path_values).violations
    assert [violation.rule for violation in violations] == ["content-encoding"]


@pytest.mark.parametrize("coding", ["", "identity"])
def test_without_a_coding_the_bytes_are_named(coding: str) -> None:
    headers = {"content-type": JSON, "content-encoding": coding}
    request = WireRequest("POST", "/openapi/robot/v2/fastPublicPageList", "access_token=t", headers, b"\xff")
    match = Matcher(load_contract("guiji")).match(request)
    assert match.operation is not None
    assert [v.rule for v in match.operation.parse(match.request, match.path_values).violations] == ["encoding"]
