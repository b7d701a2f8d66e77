"""Signature version 3, against requests that the vendor's own SDK (alibabacloud-avatar20220130 2.5.3) made."""

from dataclasses import replace

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import acs3_hmac_sha256
from bodydouble.contracts.signatures.acs3_hmac_sha256 import (
    Authorization,
    IncompleteSignatureError,
    UnsupportedAlgorithmError,
)

SECRET = "testsk"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SIGNED = (
    "accept;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;"
    "x-acs-signature-nonce;x-acs-version"
)
SYNCHRONOUS_QUERY = (
    "App=%7B%22AppId%22%3A%22ALIPUB5748B17121450%22%7D&BizId=b+1~%2A&Channel=%7B%22ReqConfig%22%3A%7B%22url%22%3A%22"
    "rtmp%3A%2F%2Fa%2Fb%3Fx%3D1%26y%3D2%22%7D%2C%22Type%22%3A%22RTMP%22%7D&CommandRequest=%7B%22AlphaSwitch%22%3Atrue"
    "%2C%22Locate%22%3A0%7D&TenantId=9185&TextRequest=%7B%22Volume%22%3A50%7D&User=%7B%22UserId%22%3A%2223423%22%2C%22"
    "UserName%22%3A%22%E6%B5%8B%E8%AF%95+%E7%94%A8%E6%88%B7%2A~%2B%26%3D%2F%22%7D"
)
ASYNCHRONOUS_QUERY = (
    "App=%7B%22AppId%22:%22ALIPUB5748B17121450%22%7D&BizId=b+1~*&Channel=%7B%22ReqConfig%22:%7B%22url%22:%22rtmp://a/b?"
    "x%3D1%26y%3D2%22%7D,%22Type%22:%22RTMP%22%7D&CommandRequest=%7B%22AlphaSwitch%22:true,%22Locate%22:0%7D&TenantId="
    "9185&TextRequest=%7B%22Volume%22:50%7D&User=%7B%22UserId%22:%2223423%22,%22UserName%22:%22%E6%B5%8B%E8%AF%95+"
    "%E7%94%A8%E6%88%B7*~%2B%26%3D/%22%7D"
)


def recorded(
    method: str, query: str, action: str, date: str, nonce: str, signature: str, provider: str = "static_ak"
) -> WireRequest:
    headers = {
        "host": "127.0.0.1:18451",
        "x-acs-version": "2022-01-30",
        "x-acs-action": action,
        "user-agent": "AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2",
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "accept": "application/json",
        "x-acs-content-sha256": EMPTY,
        "x-acs-credentials-provider": provider,
        "authorization": f"ACS3-HMAC-SHA256 Credential=testak,SignedHeaders={SIGNED},Signature={signature}",
    }
    return WireRequest(method, "/", query, headers, b"")


POST = recorded(
    "POST",
    SYNCHRONOUS_QUERY,
    "StartInstance",
    "2026-11-21T06:39:39Z",
    "08d4b0a874b395a1a44d28749b837d7d",
    "3c15e96b867a48e75400085acb51d4093e228045e5ca75c2c34eceb47c9de5d8",
)
GET = recorded(
    "GET",
    "App=%7B%22AppId%22%3A%22a%22%7D&TaskUuid=u-1&TenantId=1",
    "GetVideoTaskInfo",
    "2026-11-21T06:39:39Z",
    "e8e5338441235c12ecb71619c3db2b3c",
    "bc39732a5bf4bf61a23b0a1a212727d699a1b02bb86f7b416f429be89509239c",
)
ASYNCHRONOUS = recorded(
    "POST",
    ASYNCHRONOUS_QUERY,
    "StartInstance",
    "2026-11-21T06:41:57Z",
    "9a176144aa93bb1e0dc72338d2b3abc2",
    "b1a5051ccf9b2e1b45ddb91650ec7694ffe4400bfa6865dde8d09a55669d965b",
)


def authorization(request: WireRequest) -> Authorization:
    return Authorization.from_text(request.headers["authorization"])


@pytest.mark.parametrize("request_", [POST, GET, ASYNCHRONOUS], ids=["post", "get", "asynchronous client"])
def test_a_request_that_the_sdk_signed_is_verified(request_: WireRequest) -> None:
    assert acs3_hmac_sha256.verify(request_, authorization(request_), SECRET)


def test_the_string_to_sign_is_that_of_the_sdk() -> None:
    signed = authorization(POST).signed_headers
    expected = "710174b501997864e1bbb9dd43d0bd04fc256789ba4a6e874053640598452ec7"
    assert acs3_hmac_sha256.string_to_sign(POST, signed) == f"ACS3-HMAC-SHA256\n{expected}"


def test_a_query_is_decoded_and_encoded_anew_so_both_clients_sign_the_same_text() -> None:
    canonical = [
        acs3_hmac_sha256.canonical_request(request, authorization(request).signed_headers).splitlines()[2]
        for request in (POST, ASYNCHRONOUS)
    ]
    assert canonical[0] == canonical[1]
    assert "BizId=b%201~%2A" in canonical[0]


def test_temporary_credentials_sign_their_token_too() -> None:
    names = [*SIGNED.split(";"), "x-acs-accesskey-id", "x-acs-security-token"]
    request = recorded(
        "POST",
        SYNCHRONOUS_QUERY,
        "StartInstance",
        "2026-11-21T06:39:39Z",
        "c12edd6dbfe57644bb7fb6dfa20db3ee",
        "1ef9d88b02a31aae2cb4119c284314f56205e3f49dfedc70c2a151ed0d5df2da",
        "static_sts",
    )
    headers = {
        **request.headers,
        "x-acs-accesskey-id": "testak",
        "x-acs-security-token": "stsTok",
        "authorization": request.headers["authorization"].replace(SIGNED, ";".join(sorted(names))),
    }
    request = replace(request, headers=headers)
    assert acs3_hmac_sha256.verify(request, authorization(request), SECRET)


@pytest.mark.parametrize(
    "changed",
    [
        replace(POST, method="GET"),
        replace(POST, query=POST.query.replace("9185", "9186")),
        replace(POST, query=POST.query + "&More=1"),
        replace(POST, path="/other"),
        replace(POST, headers={**POST.headers, "x-acs-action": "StopInstance"}),
        replace(POST, headers={**POST.headers, "x-acs-content-sha256": "0" * 64}),
    ],
    ids=["method", "value", "parameter", "path", "header", "hash of the body"],
)
def test_any_change_after_signing_breaks_the_signature(changed: WireRequest) -> None:
    assert not acs3_hmac_sha256.verify(changed, authorization(POST), SECRET)


def test_another_secret_gives_another_signature() -> None:
    assert not acs3_hmac_sha256.verify(POST, authorization(POST), "wrong")


def test_a_request_that_is_signed_is_verified() -> None:
    headers = {"host": "h", "x-acs-action": "A", "x-acs-version": "2022-01-30", "user-agent": "not signed"}
    unsigned = WireRequest("POST", "/", "a=1+2&b=%E4%BD%A0", headers, b"c=3")
    signed = acs3_hmac_sha256.sign(unsigned, "key", SECRET, date="2026-11-21T06:39:39Z", nonce="n")
    assert signed.headers["x-acs-content-sha256"] == acs3_hmac_sha256.content_hash(b"c=3")
    assert acs3_hmac_sha256.verify(signed, authorization(signed), SECRET)
    assert not acs3_hmac_sha256.verify(signed, authorization(signed), "wrong")


def test_an_authorization_is_read_with_and_without_blanks_after_its_commas() -> None:
    expected = authorization(POST)
    assert Authorization.from_text(POST.headers["authorization"].replace(",", ", ")) == expected
    assert expected.to_text() == POST.headers["authorization"]


@pytest.mark.parametrize("text", ["", "Bearer x", "ACS3-HMAC-SM3 Credential=a", "Basic YTpi"])
def test_another_algorithm_is_unsupported(text: str) -> None:
    with pytest.raises(UnsupportedAlgorithmError, match="must begin with ACS3-HMAC-SHA256"):
        Authorization.from_text(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ACS3-HMAC-SHA256", "Credential"),
        ("ACS3-HMAC-SHA256 Credential=a,Signature=b", "SignedHeaders"),
        (f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders={SIGNED}", "Signature="),
        ("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host;x-acs-date,Signature=b", "x-acs-action"),
    ],
)
def test_an_incomplete_authorization_says_what_is_missing(text: str, reason: str) -> None:
    with pytest.raises(IncompleteSignatureError, match=reason):
        Authorization.from_text(text)
