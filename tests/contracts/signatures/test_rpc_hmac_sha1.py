"""The older query signature, against a request that the vendor's own SDK (alibabacloud-avatar20220130 2.5.3) made."""

from dataclasses import replace

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import rpc_hmac_sha1

SECRET = "testsk"
QUERY = (
    "Action=StartInstance&Format=json&Version=2022-01-30&Timestamp=2026-11-21T06%3A39%3A39Z&SignatureNonce="
    "af65d81a2290586a01e4ec29ccd8bfec&App=%7B%22AppId%22%3A%22ALIPUB5748B17121450%22%7D&BizId=b+1~%2A&Channel=%7B%22"
    "ReqConfig%22%3A%7B%22url%22%3A%22rtmp%3A%2F%2Fa%2Fb%3Fx%3D1%26y%3D2%22%7D%2C%22Type%22%3A%22RTMP%22%7D&"
    "CommandRequest=%7B%22AlphaSwitch%22%3Atrue%2C%22Locate%22%3A0%7D&TenantId=9185&TextRequest=%7B%22Volume%22%3A50%7D"
    "&User=%7B%22UserId%22%3A%2223423%22%2C%22UserName%22%3A%22%E6%B5%8B%E8%AF%95+%E7%94%A8%E6%88%B7%2A~%2B%26%3D%2F"
    "%22%7D&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&AccessKeyId=testak&Signature=spjO%2BTAyU1u1b%2FcU%2F54%2B"
    "u4YsdCI%3D"
)
RECORDED = WireRequest("POST", "/", QUERY, {"host": "127.0.0.1:18451"}, b"")


def test_a_request_that_the_sdk_signed_is_verified() -> None:
    assert rpc_hmac_sha1.verify_request(RECORDED, SECRET)


def test_the_string_to_sign_is_that_of_the_sdk() -> None:
    text = rpc_hmac_sha1.string_to_sign("POST", RECORDED.query_pairs)
    assert text.startswith("POST&%2F&AccessKeyId%3Dtestak%26Action%3DStartInstance%26App%3D%257B%2522AppId%2522%253A")
    assert "BizId%3Db%25201~%252A%26" in text
    assert "Signature%3D" not in text


@pytest.mark.parametrize(
    "changed",
    [
        replace(RECORDED, method="GET"),
        replace(RECORDED, query=QUERY.replace("9185", "9186")),
        replace(RECORDED, query=QUERY + "&More=1"),
        replace(RECORDED, query=QUERY.replace("StartInstance", "StopInstance")),
        replace(RECORDED, query=QUERY.partition("&Signature=")[0]),
    ],
    ids=["method", "value", "parameter", "action", "no signature"],
)
def test_any_change_after_signing_breaks_the_signature(changed: WireRequest) -> None:
    assert not rpc_hmac_sha1.verify_request(changed, SECRET)


def test_another_secret_gives_another_signature() -> None:
    assert not rpc_hmac_sha1.verify_request(RECORDED, "wrong")


def test_the_parameters_of_a_form_body_are_signed_like_those_of_the_query() -> None:
    form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    unsigned = WireRequest("POST", "/", "Action=SendText", form, b"Text=%E4%BD%A0+%E5%A5%BD")
    signed = rpc_hmac_sha1.sign(unsigned, "key", SECRET, date="2026-11-21T06:39:39Z", nonce="n")
    assert ("Text", "你 好") in signed.parameters
    assert rpc_hmac_sha1.verify_request(signed, SECRET)
    assert not rpc_hmac_sha1.verify_request(replace(signed, body=b"Text=other"), SECRET)
