"""Signatures of the vendor's SDK, and what a verifier must not accept."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import sdk_hmac_sha256

AGENT = (
    "huaweicloud-usdk-python/3.0; os/Linux##1_SMP_PREEMPT_DYNAMIC_@0#x86_64 python/3.11.7 impl/CPython; "
    "app/4007b97e-3ffb-4657-b4bd-c1368624837d"
)
HEADERS = {
    "content-type": "application/json",
    "host": "127.0.0.1:18452",
    "user-agent": AGENT,
    "x-project-id": "0d697589d98091f12f92c0073501cd79",
    "x-sdk-date": "20261121T064158Z",
}
# Recorded from PyPI huaweicloudsdkmetastudio 3.1.219 with the credentials testak and testsk.
LISTING = WireRequest(
    "GET",
    "/v1/0d697589d98091f12f92c0073501cd79/digital-human-videos",
    "asset_name=%E5%90%8D%20%2A~%2F%2B&fuzzy_query_field=asset_name&job_ids=a&job_ids=b%20b&limit=10&offset=0"
    "&state=WAITING%2CSUCCEED",
    HEADERS,
    b"",
)
LISTING_SIGNATURE = "f3f80a750ea360c0ae70b1256f1a4848b2d93f5c74571c43cf47a2e1e6de0d20"
CREATION = WireRequest(
    "POST",
    "/v1/0d697589d98091f12f92c0073501cd79/2d-digital-human-videos",
    "",
    {**HEADERS, "x-app-userid": "user-1"},
    b'{"model_asset_id": "0c7798664ee7178b3dba3bbef57c32e7", "voice_config": {"voice_asset_id": '
    b'"394f3a27cd0b3d6164ca75c3db1edf6c", "speed": 100, "pitch": 100, "volume": 140}, "video_config": {"codec": '
    b'"H264", "bitrate": 5000, "width": 1920, "height": 1080, "frame_rate": "25"}, "shoot_scripts": [{"sequence_no": '
    b'0, "shoot_script": {"script_type": "TEXT", "text_config": {"text": '
    rb'"\u5927\u5bb6\u597d\uff0c\u6211\u662f\u4e91\u73b2\u3002"}, "background_config": [{"background_type": "COLOR", '
    b'"background_color_config": "#FFFFFF"}], "layer_config": [{"layer_type": "HUMAN", "position": {"dx": 656, "dy": '
    b'0, "layer_index": 1}, "size": {"width": 607, "height": 1080}}]}}], "output_asset_config": {"asset_name": '
    rb'"\u81ea\u6211\u4ecb\u7ecd"}, "callback_config": {"callback_url": "http://127.0.0.1:18453/cb?x=1", "auth_type": '
    b'"MSS_A", "key": "k3y"}}',
)
CREATION_SIGNATURE = "7e93e8e6fd83e86e4a8227809017e202b3d0a2b09da56d46918df946f8dbcc73"


@pytest.mark.parametrize(("request_", "signature"), [(LISTING, LISTING_SIGNATURE), (CREATION, CREATION_SIGNATURE)])
def test_signs_as_the_vendors_sdk_does(request_: WireRequest, signature: str) -> None:
    authorization = sdk_hmac_sha256.sign(request_, "testak", "testsk", list(request_.headers))
    assert authorization.signature == signature
    assert authorization.access == "testak"
    assert sdk_hmac_sha256.verify(request_, sdk_hmac_sha256.Authorization.from_text(authorization.to_text()), "testsk")


def test_the_text_to_sign_holds_the_date_and_the_digest_of_the_canonical_request() -> None:
    assert sdk_hmac_sha256.string_to_sign(CREATION, sorted(CREATION.headers)) == (
        "SDK-HMAC-SHA256\n20261121T064158Z\n69b34d1d2c3479f810ac427f573ea8756325e0061cc8672a8ed1bb838c44a33f"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"path": CREATION.path + "x"},
        {"query": "a=1"},
        {"body": CREATION.body.replace(b"5000", b"5001")},
        {"body": CREATION.body.replace(b", ", b",")},
        {"headers": {**CREATION.headers, "x-project-id": "other"}},
        {"headers": {**CREATION.headers, "x-sdk-date": "20261121T064159Z"}},
    ],
)
def test_anything_that_is_signed_and_then_changed_is_noticed(changed: dict[str, Any]) -> None:
    authorization = sdk_hmac_sha256.sign(CREATION, "testak", "testsk", list(CREATION.headers))
    assert not sdk_hmac_sha256.verify(replace(CREATION, **changed), authorization, "testsk")


def test_another_secret_or_signature_is_rejected() -> None:
    authorization = sdk_hmac_sha256.sign(CREATION, "testak", "testsk", list(CREATION.headers))
    assert not sdk_hmac_sha256.verify(CREATION, authorization, "testsl")
    assert not sdk_hmac_sha256.verify(CREATION, replace(authorization, signature=""), "testsk")
    assert not sdk_hmac_sha256.verify(CREATION, replace(authorization, signature="\udcff"), "testsk")


@pytest.mark.parametrize(
    ("path", "query", "canonical"),
    [
        ("/v1/p", "", "/v1/p/\n"),
        ("/v1/p/", "", "/v1/p/\n"),
        ("/v1/a%2Fb", "", "/v1/a/b/\n"),
        ("/v1/a b*~", "", "/v1/a%20b%2A~/\n"),
        ("/v1/p", "b=2&a=2&a=1", "/v1/p/\na=1&a=2&b=2"),
        ("/v1/p", "a=x+y", "/v1/p/\na=x%2By"),
        ("/v1/p", "a", "/v1/p/\na="),
        ("/v1/p", "a=%e5%90%8d", "/v1/p/\na=%E5%90%8D"),
    ],
)
def test_path_and_query_are_decoded_sorted_and_encoded_again(path: str, query: str, canonical: str) -> None:
    text = sdk_hmac_sha256.canonical_request(WireRequest("GET", path, query, {}, b""), ())
    assert text.startswith(f"GET\n{canonical}\n")


def test_header_values_are_trimmed_and_absent_ones_empty() -> None:
    text = sdk_hmac_sha256.canonical_request(WireRequest("GET", "/", "", {"host": "  h  "}, b""), ("host", "x-gone"))
    assert text.split("\n")[3:6] == ["host:h", "x-gone:", ""]


@pytest.mark.parametrize(
    ("headers", "body", "digest"),
    [
        ({}, b"", hashlib.sha256().hexdigest()),
        ({}, b"{}", hashlib.sha256(b"{}").hexdigest()),
        ({"x-sdk-content-sha256": "UNSIGNED-PAYLOAD"}, b"{}", "UNSIGNED-PAYLOAD"),
        ({"x-sdk-content-sha256": "UNSIGNED-PAYLOAD"}, b"", hashlib.sha256().hexdigest()),
    ],
)
def test_the_body_counts_by_its_digest_unless_a_header_gives_it(
    headers: dict[str, str], body: bytes, digest: str
) -> None:
    text = sdk_hmac_sha256.canonical_request(WireRequest("POST", "/", "", headers, body), ())
    assert text.rpartition("\n")[2] == digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer abc",
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=host",
        "SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature=0",
        "SDK-HMAC-SHA256 Access=a b, SignedHeaders=host, Signature=0",
        "V11-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=0",
    ],
)
def test_an_authorization_of_another_form_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError, match="expected SDK-HMAC-SHA256"):
        sdk_hmac_sha256.Authorization.from_text(text)


def test_the_authorization_is_read_with_and_without_spaces_after_its_commas() -> None:
    expected = sdk_hmac_sha256.Authorization("a", ("host", "x-sdk-date"), "00ff")
    assert sdk_hmac_sha256.Authorization.from_text(expected.to_text()) == expected
    assert sdk_hmac_sha256.Authorization.from_text(expected.to_text().replace(", ", ",")) == expected
