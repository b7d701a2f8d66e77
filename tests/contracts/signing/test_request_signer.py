"""Credentials on outgoing requests."""

import json
from urllib.parse import parse_qs

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.response_classifier import classify
from bodydouble.contracts.model.security import SecurityScheme
from bodydouble.contracts.signatures import md5_template, rpc_hmac_sha1
from bodydouble.contracts.signing.request_signer import RequestSigner, SigningError
from bodydouble.mock_server.testing.account import Account
from tests.support import specification
from tests.support.plain_sender import sender

REQUEST = WireRequest("POST", "/things", "a=1&a=%20&b", {"content-type": "application/json"}, b"{}")
QUERY_TOKEN = SecurityScheme("accessToken", "query", "access_token")
BEARER = SecurityScheme("accessToken", "header", "Authorization", "Bearer ")


class Issuer:
    """Stands for the vendor: remembers the requests, and issues tokens."""

    def __init__(self, content: object) -> None:
        self.requests: list[WireRequest] = []
        self._content = content

    def __call__(self, request: WireRequest) -> WireResponse:
        self.requests.append(request)
        return WireResponse(200, {}, json.dumps(self._content).encode())


def test_a_credential_in_the_query_leaves_the_rest_as_it_was() -> None:
    signed = QUERY_TOKEN.put(REQUEST, "t&k")
    assert signed.query == "a=1&a=%20&b&access_token=t%26k"
    assert QUERY_TOKEN.find(signed) == "t&k"
    assert QUERY_TOKEN.put(signed, "other").query == "a=1&a=%20&b&access_token=other"
    assert QUERY_TOKEN.remove(signed) == REQUEST
    assert QUERY_TOKEN.find(REQUEST) is None


def test_a_credential_in_a_header_has_its_prefix() -> None:
    signed = BEARER.put(REQUEST, "token")
    assert signed.headers["authorization"] == "Bearer token"
    assert BEARER.find(signed) == "token"
    assert BEARER.remove(signed) == REQUEST


def test_an_operation_says_which_schemes_it_takes() -> None:
    contract = load_contract("control")
    assert contract.operations["getHealth"].security == ((),)
    anonymous, (token,) = contract.operations["listAccounts"].security
    assert anonymous == ()
    assert (token.name, token.location, token.prefix) == ("controlToken", "header", "Bearer ")
    huawei = load_contract("huawei-metastudio")
    possible = huawei.operations["Create2DDigitalHumanVideo"].security
    names = [[scheme.name for scheme in combination] for combination in possible]
    assert names == [["akSk"], ["token"]]


def signing(contract: Contract, content: object) -> tuple[RequestSigner, Issuer]:
    issuer = Issuer(content)
    return RequestSigner(contract, {"app_id": "me", "secret": "key"}, issuer), issuer


def test_a_token_is_asked_for_by_a_signed_call_and_used_for_all_requests() -> None:
    contract = specification.contract()
    signer, issuer = signing(contract, {"code": 0, "data": {"access_token": "token"}})
    for _ in range(3):
        signed = signer.sign(contract.operations["createThing"], REQUEST)
        assert QUERY_TOKEN.find(signed) == "token"
    (token_request,) = issuer.requests
    query = {name: values[0] for name, values in parse_qs(token_request.query).items()}
    assert (token_request.method, token_request.path) == ("GET", "/token")
    assert query["grant"] == "sign"
    assert query["appId"] == "me"
    assert query["sign"] == md5_template.sign("{a}{b}{c}", {"a": "me", "b": query["timestamp"], "c": "key"})


def test_a_token_may_be_asked_for_in_a_body_and_go_into_a_header() -> None:
    contract = load_contract("softsugar")
    content = {"code": 0, "data": {"accessToken": "one", "refreshToken": "two"}}
    issuer = Issuer(content)
    signer = RequestSigner(contract, {"app_id": "me", "app_key": "key"}, issuer)
    used = {
        operation.id: signer.sign(operation, REQUEST).headers.get("authorization")
        for operation in contract.operations.values()
    }
    body = json.loads(issuer.requests[0].body)
    assert body["sign"] == md5_template.sign("{a}{b}{c}", {"a": "me", "b": body["timestamp"], "c": "key"})
    assert len(body["timestamp"]) == 10
    assert body["grantType"] == "sign"
    assert used.pop("createToken") is None
    assert used.pop("refreshToken") == "Bearer two"
    assert set(used.values()) == {"Bearer one"}


def test_a_public_operation_gets_nothing() -> None:
    contract = specification.contract()
    signer, issuer = signing(contract, {})
    assert signer.sign(contract.operations["getToken"], REQUEST) == REQUEST
    assert issuer.requests == []


def test_the_control_token_is_sent_unchanged() -> None:
    contract = load_contract("control")
    operation = contract.operations["listAccounts"]
    with_token = RequestSigner(contract, {"control_token": "open sesame"}, Issuer({}))
    assert with_token.sign(operation, REQUEST).headers["authorization"] == "Bearer open sesame"
    assert RequestSigner(contract, {}, Issuer({})).sign(operation, REQUEST) == REQUEST


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"code": 2002, "message": "Bad signature: sign"}, "getToken: signatureInvalid: Bad signature: sign"),
        ({"code": 0, "data": {}}, "the response has no accessToken"),
    ],
)
def test_a_signer_that_gets_no_token_says_why(content: object, words: str) -> None:
    contract = specification.contract()
    signer, _ = signing(contract, content)
    with pytest.raises(SigningError, match=words):
        signer.sign(contract.operations["createThing"], REQUEST)


def test_missing_credentials_are_named() -> None:
    contract = specification.contract()
    with pytest.raises(SigningError, match="getToken: no credential 'secret'"):
        RequestSigner(contract, {"app_id": "me"}, Issuer({})).sign(contract.operations["createThing"], REQUEST)


def test_credentials_that_no_scheme_uses_are_rejected() -> None:
    content = specification.content()
    content["paths"]["/things"]["post"]["security"] = [{"signed": []}]
    content["components"]["securitySchemes"]["signed"] = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-signature": {"scheme": "mss-a"},
    }
    contract = specification.contract(content)
    signer, _ = signing(contract, {})
    with pytest.raises(SigningError, match="createThing: these credentials fit none of signed"):
        signer.sign(contract.operations["createThing"], REQUEST)


@pytest.mark.process
def test_the_mock_server_accepts_the_requests_that_are_signed(account: Account) -> None:
    contract, send = load_contract("guiji"), sender(account.server.base_url)
    operation = contract.operations["getAccountBenefits"]
    signer = RequestSigner(contract, account.credentials("guiji"), send)
    request = WireRequest("GET", operation.path, "", {}, b"")
    assert json.loads(send(signer.sign(operation, request)).body)["code"] == "0"
    assert json.loads(send(request).body)["code"] == "40002"


@pytest.mark.process
@pytest.mark.parametrize("vendor", ["aliyun-avatar", "huawei-metastudio"])
def test_the_mock_server_accepts_each_request_that_is_signed_on_its_own(account: Account, vendor: str) -> None:
    contract, send, credentials = load_contract(vendor), sender(account.server.base_url), account.credentials(vendor)
    operation, path, query = {
        "aliyun-avatar": ("QueryAvatarList", "/", f"TenantId={credentials.get('tenant_id')}&ModelType=2d"),
        "huawei-metastudio": ("ListAssets", f"/v1/{credentials.get('project_id')}/digital-assets", "limit=1"),
    }[vendor]
    method, host = contract.operations[operation].method, account.server.base_url.removeprefix("http://")
    request = WireRequest(method, path, query, {"host": host}, b"")
    signer = RequestSigner(contract, credentials, send)
    # Twice: a date and a number that were used before would be refused.
    for _ in range(2):
        response = send(signer.sign(contract.operations[operation], request))
        assert not classify(contract, response, None).failed, response.body
    assert classify(contract, send(request), None).failed


@pytest.mark.process
def test_the_older_signature_of_alibaba_is_accepted_too(account: Account) -> None:
    credentials, send = account.credentials("aliyun-avatar"), sender(account.server.base_url)
    query = f"Action=QueryAvatarList&Version=2022-01-30&Format=json&TenantId={credentials['tenant_id']}&ModelType=2d"
    for _ in range(2):
        response = send(rpc_hmac_sha1.sign_request(WireRequest("POST", "/", query, {}, b""), credentials))
        assert not classify(load_contract("aliyun-avatar"), response, None).failed, response.body


def test_headers_of_one_value_are_sent_by_every_client() -> None:
    contract = load_contract("aliyun-avatar")
    credentials = {"access_key_id": "me", "access_key_secret": "key"}
    signed = RequestSigner(contract, credentials, Issuer({})).sign(contract.operations["SendText"], REQUEST)
    assert signed.headers["x-acs-action"] == "SendText"
    assert signed.headers["x-acs-version"] == "2022-01-30"
    assert "x-acs-action" in signed.headers["authorization"]


@pytest.mark.parametrize(
    ("vendor", "credentials", "absent"),
    [
        ("huawei-metastudio", {}, "access_key"),
        ("huawei-metastudio", {"access_key": "a"}, "secret_key"),
        ("aliyun-avatar", {}, "access_key_id"),
        ("aliyun-avatar", {"access_key_id": "a"}, "access_key_secret"),
    ],
)
def test_a_credential_that_a_signature_lacks_is_named(vendor: str, credentials: dict[str, str], absent: str) -> None:
    contract = load_contract(vendor)
    signer = RequestSigner(contract, credentials, Issuer({}))
    with pytest.raises(SigningError, match=f"no credential '{absent}'"):
        signer.sign(next(iter(contract.operations.values())), REQUEST)


def test_a_token_is_used_if_there_is_no_key_to_sign_with() -> None:
    contract = load_contract("huawei-metastudio")
    signer = RequestSigner(contract, {"token": "t-1"}, Issuer({}))
    signed = signer.sign(contract.operations["Create2DDigitalHumanVideo"], REQUEST)
    assert signed.headers["x-auth-token"] == "t-1"
    assert "authorization" not in signed.headers
