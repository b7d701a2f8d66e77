"""Request signing: both signature versions, their time window and their nonces."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.aliyun_avatar import FORM, AliyunAvatar, utc

QUERY: dict[str, Any] = {"TenantId": 9185, "ModelType": "2d"}
SCHEMES = pytest.mark.parametrize("scheme", ["acs3", "rpc"])


def signed(client: AliyunAvatar, scheme: str, **chosen: Any) -> Any:
    if scheme == "rpc":
        return client.sign_rpc("QueryAvatarList", QUERY, **chosen)
    return client.sign(client.request("QueryAvatarList", QUERY), **chosen)


@SCHEMES
def test_a_signed_request_succeeds(account: Account, scheme: str) -> None:
    client = AliyunAvatar(account)
    response = client.deliver(signed(client, scheme))
    assert response.status == 200
    assert response.json["Success"] is True


@SCHEMES
def test_the_error_for_a_wrong_secret_shows_the_string_that_the_server_signed(account: Account, scheme: str) -> None:
    client = AliyunAvatar(account)
    status, code, message = client.gateway_error(client.deliver(signed(client, scheme, access_key_secret="wrong")))
    assert (status, code) == (400, "SignatureDoesNotMatch")
    assert "server string to sign is: " in message
    if scheme == "acs3":
        assert "server canonical request is: POST\n/\nModelType=2d&TenantId=9185\n" in message


@SCHEMES
def test_an_unknown_access_key_is_not_found(account: Account, scheme: str) -> None:
    client = AliyunAvatar(account)
    for key in ("nobody", "\x7f", "ключ"):
        if scheme == "rpc" or key == "nobody":
            response = client.deliver(signed(client, scheme, access_key_id=key))
            assert client.gateway_error(response)[:2] == (404, "InvalidAccessKeyId.NotFound")


@SCHEMES
@pytest.mark.parametrize("offset", [-1000, 1000])
def test_a_date_more_than_15_minutes_off_is_expired(account: Account, scheme: str, offset: int) -> None:
    client = AliyunAvatar(account)
    status, code, message = client.gateway_error(client.deliver(signed(client, scheme, date=utc(offset))))
    assert (status, code) == (400, "InvalidTimeStamp.Expired")
    assert "more than 900 s from now" in message


@SCHEMES
@pytest.mark.parametrize("offset", [-800, 800])
def test_a_date_less_than_15_minutes_off_is_accepted(account: Account, scheme: str, offset: int) -> None:
    client = AliyunAvatar(account)
    assert client.deliver(signed(client, scheme, date=utc(offset))).status == 200


@SCHEMES
def test_the_date_is_compared_with_the_real_clock(account: Account, scheme: str) -> None:
    account.advance(3600)
    client = AliyunAvatar(account)
    assert client.deliver(signed(client, scheme)).status == 200


@SCHEMES
@pytest.mark.parametrize("date", ["yesterday", "2026-13-45T00:00:00Z", "2026-01-01 00:00:00"])
def test_a_date_in_another_format_is_malformed(account: Account, scheme: str, date: str) -> None:
    client = AliyunAvatar(account)
    response = client.deliver(signed(client, scheme, date=date))
    assert client.gateway_error(response)[:2] == (400, "InvalidTimeStamp.Format")


@SCHEMES
def test_a_nonce_is_accepted_once(account: Account, scheme: str) -> None:
    client = AliyunAvatar(account)
    request = signed(client, scheme)
    assert client.deliver(request).status == 200
    assert client.gateway_error(client.deliver(request))[:2] == (400, "SignatureNonceUsed")


def test_two_accounts_may_use_the_same_nonce(account: Account, server: Server) -> None:
    for sender in (account, Account(server)):
        client = AliyunAvatar(sender)
        assert client.deliver(signed(client, "acs3", nonce="the same for both")).status == 200


@SCHEMES
def test_a_rejected_signature_does_not_consume_the_nonce(account: Account, scheme: str) -> None:
    client = AliyunAvatar(account)
    assert client.deliver(signed(client, scheme, access_key_secret="wrong", nonce="kept")).status == 400
    assert client.deliver(signed(client, scheme, nonce="kept")).status == 200


@SCHEMES
def test_a_nonce_that_is_too_long_is_rejected(account: Account, scheme: str) -> None:
    client = AliyunAvatar(account)
    response = client.deliver(signed(client, scheme, nonce="n" * 129))
    assert client.gateway_error(response)[:2] == (400, "IncompleteSignature")


@SCHEMES
def test_a_parameter_that_was_changed_after_signing_is_detected(account: Account, scheme: str) -> None:
    client = AliyunAvatar(account)
    request = signed(client, scheme)
    changed = replace(request, query=request.query.replace("ModelType=2d", "ModelType=3d"))
    assert client.gateway_error(client.deliver(changed))[:2] == (400, "SignatureDoesNotMatch")


def test_an_action_that_was_changed_after_signing_is_detected(account: Account) -> None:
    client = AliyunAvatar(account)
    request = signed(client, "acs3")
    changed = replace(request, headers={**request.headers, "x-acs-action": "QueryAvatar"})
    assert client.gateway_error(client.deliver(changed))[:2] == (400, "SignatureDoesNotMatch")


def test_a_body_that_was_changed_after_signing_is_detected(account: Account) -> None:
    client = AliyunAvatar(account)
    request = client.sign(client.request("QueryAvatarList", QUERY, body=b"a=1", content_type=FORM))
    status, code, message = client.gateway_error(client.deliver(replace(request, body=b"a=2")))
    assert (status, code) == (400, "SignatureDoesNotMatch")
    assert "x-acs-content-sha256" in message


@SCHEMES
def test_parameters_in_a_form_body_are_equivalent_to_query_parameters(account: Account, scheme: str) -> None:
    client = AliyunAvatar(account)
    request = client.request("QueryAvatarList", {}, body=urlencode(QUERY).encode(), content_type=FORM)
    if scheme == "acs3":
        response = client.deliver(client.sign(request))
    else:
        # The whole request is in the form, including action and signature.
        whole = client.sign_rpc("QueryAvatarList", QUERY)
        form = {"host": client.host, "content-type": FORM}
        response = client.deliver(replace(whole, query="", body=whole.query.encode(), headers=form))
    assert response.status == 200, response.body
    assert response.json["Data"]["TotalCount"] == 6


def test_spaces_after_the_commas_of_an_authorization_are_allowed(account: Account) -> None:
    client = AliyunAvatar(account)
    request = signed(client, "acs3")
    authorization = request.headers["authorization"].replace(",", ", ")
    assert client.deliver(replace(request, headers={**request.headers, "authorization": authorization})).status == 200


@pytest.mark.parametrize(
    ("authorization", "code", "named"),
    [
        ("", "InvalidSignatureMethod", "ACS3-HMAC-SHA256"),
        ("Bearer abc", "InvalidSignatureMethod", "Bearer"),
        ("ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=b", "InvalidSignatureMethod", "ACS3-HMAC-SM3"),
        ("ACS3-HMAC-SHA256 nonsense", "IncompleteSignature", "Credential"),
        ("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=b", "IncompleteSignature", "x-acs-date"),
    ],
)
def test_the_error_for_an_unusable_authorization_gives_the_reason(
    account: Account, authorization: str, code: str, named: str
) -> None:
    client = AliyunAvatar(account)
    request = client.request("QueryAvatarList", QUERY)
    request = replace(request, headers={**request.headers, "authorization": authorization})
    status, got, message = client.gateway_error(client.deliver(request))
    assert (status, got) == (400, code)
    assert named in message


@pytest.mark.parametrize("header", ["x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"])
def test_a_header_that_must_be_signed_is_required(account: Account, header: str) -> None:
    client = AliyunAvatar(account)
    request = signed(client, "acs3")
    headers = {name: value for name, value in request.headers.items() if name != header}
    status, code, message = client.gateway_error(client.deliver(replace(request, headers=headers)))
    assert (status, code) == (400, "IncompleteSignature")
    assert header in message


@pytest.mark.parametrize(
    ("parameter", "value", "code"),
    [
        ("Timestamp", "", "IncompleteSignature"),
        ("SignatureNonce", "", "IncompleteSignature"),
        ("AccessKeyId", "", "IncompleteSignature"),
        ("SignatureMethod", "HMAC-SHA256", "InvalidSignatureMethod"),
        ("SignatureVersion", "2.0", "IncompleteSignature"),
    ],
)
def test_the_error_names_the_invalid_part_of_a_version_1_signature(
    account: Account, parameter: str, value: str, code: str
) -> None:
    client = AliyunAvatar(account)
    request = client.sign_rpc("QueryAvatarList", QUERY)
    pairs = {**dict(request.query_pairs), parameter: value}
    status, got, message = client.gateway_error(client.deliver(replace(request, query=urlencode(pairs))))
    assert (status, got) == (400, code)
    assert f"query parameter {parameter}" in message


def test_the_error_for_an_unsigned_request_names_the_missing_header(account: Account) -> None:
    client = AliyunAvatar(account)
    status, code, message = client.gateway_error(client.deliver(client.request("QueryAvatarList", QUERY)))
    assert (status, code) == (400, "IncompleteSignature")
    assert "header Authorization: required, but missing" in message


def test_credentials_in_the_wrong_place_are_ignored(account: Account) -> None:
    client = AliyunAvatar(account)
    request = client.request("QueryAvatarList", QUERY)
    headers = {**request.headers, "access_key_secret": client.credentials["access_key_secret"]}
    response = client.deliver(replace(request, headers=headers))
    assert client.gateway_error(response)[:2] == (400, "IncompleteSignature")


def test_temporary_credentials_are_verified_like_permanent_ones(account: Account) -> None:
    client = AliyunAvatar(account)
    request = client.request("QueryAvatarList", QUERY)
    temporary = {"x-acs-accesskey-id": client.credentials["access_key_id"], "x-acs-security-token": "token"}
    request = client.sign(replace(request, headers={**request.headers, **temporary}))
    assert client.deliver(request).status == 200
    changed = replace(request, headers={**request.headers, "x-acs-security-token": "another"})
    assert client.gateway_error(client.deliver(changed))[:2] == (400, "SignatureDoesNotMatch")


def test_the_default_accounts_credentials_are_fixed(server: Server) -> None:
    shown = server.http.get("/_mock/accounts/default").json["vendors"]["aliyun-avatar"]["credentials"]
    assert shown == {
        "access_key_id": "aliyun-avatar-access-key-id-default",
        "access_key_secret": "aliyun-avatar-access-key-secret-default",
        "tenant_id": "9185",
        "app_id_2d": "aliyun-avatar-app-id-2d-default",
        "app_id_3d": "aliyun-avatar-app-id-3d-default",
    }
