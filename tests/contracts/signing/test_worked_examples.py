"""Worked examples of signatures: what they compute is what the signature code accepts."""

import base64
import hashlib
import hmac

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.signatures import acs3_hmac_sha256, callbacks, md5_template, rpc_hmac_sha1, sdk_hmac_sha256
from bodydouble.contracts.signatures.scheme import REQUEST_SCHEMES
from bodydouble.contracts.signing.snippets import Caller
from bodydouble.contracts.signing.worked_examples import (
    CALLBACK_URL,
    TIME,
    WorkedExample,
    callback_example,
    callback_parts,
    sign_in_examples,
)

VENDORS = ("aliyun-avatar", "guiji", "huawei-metastudio", "softsugar")
BASE_URL = "http://127.0.0.1:8080"
SIGNED = [
    (vendor, name)
    for vendor in VENDORS
    for name, callback in load_contract(vendor).callbacks.items()
    if callback.delivery.signature is not None
]


def worked(vendor: str, name: str, credentials: dict[str, str]) -> WorkedExample:
    return sign_in_examples(load_contract(vendor), Caller(BASE_URL, credentials))[name]


def sent(text: str) -> WireRequest:
    """The request that a step shows."""
    head, _, body = text.partition("\n\n")
    line, *headers = head.split("\n")
    method, target = line.split(" ")
    path, _, query = target.partition("?")
    return WireRequest(method, path, query, dict(header.split(": ", 1) for header in headers), body.encode())


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_signature_of_a_vendor_has_an_example(vendor: str) -> None:
    contract = load_contract(vendor)
    expected = {scheme.name for scheme in contract.security_schemes.values() if scheme.signature is not None}
    expected |= {operation.id for operation in contract.operations.values() if operation.signature is not None}
    assert sign_in_examples(contract, Caller.unknown(contract)).keys() == expected


def test_the_schemes_of_requests_all_have_one() -> None:
    contracts = [load_contract(vendor) for vendor in VENDORS]
    schemes = [scheme for contract in contracts for scheme in contract.security_schemes.values()]
    signed = [scheme.signature["scheme"] for scheme in schemes if scheme.signature is not None]
    assert set(signed) == REQUEST_SCHEMES.keys()


def test_the_example_of_acs3_is_accepted() -> None:
    example = worked("aliyun-avatar", "acs3", {"access_key_id": "id", "access_key_secret": "secret"})
    request, canonical, text, signature, authorization = (step.text for step in example.steps)
    signed = sent(request)
    assert signed.headers["x-acs-date"] == "2026-01-01T00:00:00Z"
    assert text == f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    assert signature == hmac.new(b"secret", text.encode(), hashlib.sha256).hexdigest()
    whole = WireRequest("POST", "/", signed.query, {**signed.headers, "authorization": authorization}, b"")
    assert acs3_hmac_sha256.verify_request(whole, "secret")
    assert not acs3_hmac_sha256.verify_request(whole, "another")


def test_the_example_of_rpc_is_accepted() -> None:
    example = worked("aliyun-avatar", "rpc", {"access_key_id": "id", "access_key_secret": "secret"})
    parameters, text, signature, query = (step.text for step in example.steps)
    assert "Timestamp=2026-01-01T00:00:00Z" in parameters.split("\n")
    assert "Action=" in parameters
    assert signature == base64.b64encode(hmac.new(b"secret&", text.encode(), hashlib.sha1).digest()).decode()
    assert rpc_hmac_sha1.verify_request(WireRequest("POST", "/", query, {}, b""), "secret")


def test_the_example_of_the_sdk_signature_is_accepted() -> None:
    known = {"access_key": "access", "secret_key": "secret", "project_id": "project-1"}
    request, canonical, text, signature, authorization = (
        step.text for step in worked("huawei-metastudio", "akSk", known).steps
    )
    signed = sent(request)
    assert signed.headers["x-sdk-date"] == "20260101T000000Z"
    assert text.endswith(hashlib.sha256(canonical.encode()).hexdigest())
    assert signature == hmac.new(b"secret", text.encode(), hashlib.sha256).hexdigest()
    whole = WireRequest("GET", signed.path, signed.query, {**signed.headers, "authorization": authorization}, b"")
    assert "/project-1/" in signed.path
    assert sdk_hmac_sha256.verify_request(whole, "secret")


@pytest.mark.parametrize(
    ("vendor", "operation", "credentials", "timestamp"),
    [
        ("guiji", "getAccessToken", {"app_id": "app", "secret": "secret"}, f"{TIME}000"),
        ("softsugar", "createToken", {"app_id": "app", "app_key": "secret"}, str(TIME)),
    ],
)
def test_the_example_of_a_token_is_the_digest_of_its_text(
    vendor: str, operation: str, credentials: dict[str, str], timestamp: str
) -> None:
    time, text, digest = (step.text for step in worked(vendor, operation, credentials).steps)
    assert (time, text) == (timestamp, f"app{timestamp}secret")
    assert md5_template.verify("{text}", {"text": text}, digest)


@pytest.mark.parametrize(("vendor", "name"), SIGNED)
def test_the_example_of_a_callback_is_accepted_by_a_receiver(vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    callback, caller = contract.callbacks[name], Caller.unknown(contract)
    example, signature = callback_example(callback, caller), callback.delivery.signature
    assert example is not None
    assert signature is not None
    url, headers = CALLBACK_URL, {}
    if example.result.startswith("https://"):
        url = example.result
    else:
        headers = {key.lower(): text for key, text in (line.split(": ", 1) for line in example.result.split("\n"))}
    callbacks.verify(signature, callback_parts(signature, caller), url, headers, b"", TIME * 1000)
    wrong = dict.fromkeys(callback_parts(signature, caller), "another")
    with pytest.raises(callbacks.SignatureRejected):
        callbacks.verify(signature, wrong, url, headers, b"", TIME * 1000)


def test_the_account_signs_callbacks_with_its_own_values() -> None:
    contract = load_contract("aliyun-avatar")
    caller = Caller(BASE_URL, {"tenant_id": "9185"}, "default", {"auth_key": "BodydoubleAuthKy", "concurrency": 10})
    example = callback_example(contract.callbacks["videoTaskFinished"], caller)
    assert example is not None
    assert f"9185|{TIME}000|BodydoubleAuthKy" in [step.text for step in example.steps]


def test_a_callback_that_is_not_signed_has_no_example() -> None:
    contract = load_contract("guiji")
    assert callback_example(contract.callbacks["videoResult"], Caller.unknown(contract)) is None
