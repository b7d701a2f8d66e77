"""Signatures of callbacks: known values, and what a receiver refuses."""

from typing import Any

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.signatures import callbacks, mss_a
from bodydouble.contracts.signatures.callbacks import SignatureRejected

KEYS = {"authKey": "EXAMPLE_AUTH_KEY", "tenantId": "9185", "key": "k3y"}
NOW = 1_725_928_200_000
URL = "http://127.0.0.1:18453/cb?x=1&a=2"
SIGNED = [("softsugar", "taskCompleted"), ("aliyun-avatar", "videoTaskFinished"), ("huawei-metastudio", "videoResult")]
COVERING = {
    "scheme": "md5-template",
    "content": "{timestamp}.{body}.{authKey}",
    "timestamp": {"in": "query", "name": "t", "unit": "seconds"},
    "signature": {"in": "header", "name": "X-Sign"},
    "window": 30,
}


def signature_of(vendor: str, callback: str) -> dict[str, Any]:
    signature = load_contract(vendor).callbacks[callback].delivery.signature
    assert signature is not None
    return dict(signature)


def test_mss_a_signs_as_the_vendors_own_vector() -> None:
    url = "https://api.example.com/v1/products?live_id=111&limit=10&offset=0"
    secret = mss_a.sign(url, "GCTbw44s6MPLh4GqgDpnfuFHgy25Enly", mss_a.timestamp_text(1_725_928_200))
    assert secret == "5e7fe8869a12a87ea966d9edbc02e38cd4ce62c73b8b05c638f15835e78902d7"


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://127.0.0.1:18453/cb", "5d1c38d0d7f700d6a3436a81533231243c1bfaae8846518c2d031035ccc27e23"),
        (URL, "113cacf5c0326f89696f5847e228dd3627b4719901f3125de00fd83bfd88d7cb"),
        ("https://example.com", "fe8e785c8c43f8ea913cf3e235ce2376723aa4859aebfe0f25f69adc4fcc9836"),
    ],
)
def test_a_huawei_callback_carries_secret_and_time_in_its_query(url: str, secret: str) -> None:
    signed = callbacks.sign(signature_of("huawei-metastudio", "videoResult"), KEYS, url, NOW)
    assert dict(signed.headers) == {}
    joint = "&" if "?" in url else "?"
    assert signed.url(url + "#part") == f"{url}{joint}secret={secret}&time_stamp=66df9308#part"


def test_an_alibaba_callback_carries_signature_and_time_in_its_headers() -> None:
    signed = callbacks.sign(signature_of("aliyun-avatar", "videoTaskFinished"), KEYS, URL, NOW)
    # printf '%s' '9185|1725928200000|EXAMPLE_AUTH_KEY' | md5sum
    assert dict(signed.headers) == {
        "VH-TIMESTAMP": "1725928200000",
        "VH-SIGNATURE": "172c10b4f9a919773d55e659a77b2709",
    }
    assert signed.url(URL) == URL


@pytest.mark.parametrize(("vendor", "callback"), SIGNED)
def test_only_the_signed_callback_is_verified(vendor: str, callback: str) -> None:
    signature = signature_of(vendor, callback)
    signed = callbacks.sign(signature, KEYS, URL, NOW)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    callbacks.verify(signature, KEYS, signed.url(URL), headers, b"{}", NOW + 30_000)
    with pytest.raises(SignatureRejected, match="wrong"):
        callbacks.verify(signature, dict.fromkeys(KEYS, "other"), signed.url(URL), headers, b"{}", NOW)
    with pytest.raises(SignatureRejected, match="seconds off"):
        callbacks.verify(signature, KEYS, signed.url(URL), headers, b"{}", NOW + 301_000)
    with pytest.raises(SignatureRejected, match="missing"):
        callbacks.verify(signature, KEYS, URL, {}, b"{}", NOW)


def test_a_template_with_the_body_rejects_a_changed_body() -> None:
    signed = callbacks.sign(COVERING, KEYS, URL, NOW, b'{"status":5}')
    headers = {name.lower(): value for name, value in signed.headers.items()}
    callbacks.verify(COVERING, KEYS, signed.url(URL), headers, b'{"status":5}', NOW)
    with pytest.raises(SignatureRejected, match="wrong"):
        callbacks.verify(COVERING, KEYS, signed.url(URL), headers, b'{"status":9}', NOW)
    with pytest.raises(SignatureRejected, match="more than 30 seconds"):
        callbacks.verify(COVERING, KEYS, signed.url(URL), headers, b'{"status":5}', NOW + 31_000)


def test_a_signature_may_stand_in_the_body() -> None:
    signature = {
        **signature_of("softsugar", "taskCompleted"),
        "timestamp": {"in": "body", "name": "timestamp", "unit": "milliseconds"},
        "signature": {"in": "body", "name": "sign"},
    }
    signed = callbacks.sign(signature, KEYS, URL, NOW)
    body = signed.content(b'{"taskId":1}')
    callbacks.verify(signature, KEYS, URL, {}, body, NOW)
    with pytest.raises(SignatureRejected, match="signature is missing"):
        callbacks.verify(signature, KEYS, URL, {}, b'{"timestamp":"1725928200000"}', NOW)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("milliseconds", "1725928200000"),
        ("seconds", "1725928200"),
        ("hexadecimal-seconds", "66df9308"),
        ("iso-8601", "2024-09-10T00:30:00Z"),
        ("basic-iso-8601", "20240910T003000Z"),
    ],
)
def test_a_time_is_written_and_read_in_every_unit(unit: str, text: str) -> None:
    assert callbacks.timestamp_text(NOW, unit) == text
    assert callbacks.timestamp_value(text, unit) == NOW
    assert callbacks.timestamp_value("soon", unit) is None


def test_a_scheme_of_requests_does_not_sign_callbacks() -> None:
    with pytest.raises(ValueError, match="acs3-hmac-sha256"):
        callbacks.required_parts({"scheme": "acs3-hmac-sha256"})


PARTS = {"softsugar": ["authKey"], "aliyun-avatar": ["authKey", "tenantId"], "huawei-metastudio": ["key"]}


@pytest.mark.parametrize(("vendor", "callback"), SIGNED)
def test_the_parts_of_a_signature_are_known_from_the_specification(vendor: str, callback: str) -> None:
    signature = signature_of(vendor, callback)
    assert sorted(callbacks.required_parts(signature)) == PARTS[vendor]
    assert not callbacks.covers_body(signature)
    assert callbacks.covers_url(signature) is (vendor == "huawei-metastudio")
