"""A token that is refused before its life has ended is a finding."""

import json

import pytest

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.exchange_log import LoggedExchange
from bodydouble.contracts.endpoint.token_lives import TokenLives
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.loader import load_contract

JSON = {"content-type": "application/json"}
GUIJI, SOFTSUGAR = load_contract("guiji"), load_contract("softsugar")


def guiji(operation: str, query: str, content: object, at: float) -> LoggedExchange:
    request = WireRequest("GET", "/", query, {}, b"")
    response = WireResponse(200, JSON, json.dumps(content).encode())
    return LoggedExchange(1, "fuzzing", OperationExchange(GUIJI, GUIJI.operations[operation], request, response), at, 0)


def softsugar(operation: str, token: str, status: int, content: object, at: float) -> LoggedExchange:
    request = WireRequest("POST", "/", "", {"authorization": f"Bearer {token}"}, b"{}")
    response = WireResponse(status, JSON, json.dumps(content).encode())
    exchange = OperationExchange(SOFTSUGAR, SOFTSUGAR.operations[operation], request, response)
    return LoggedExchange(1, "fuzzing", exchange, at, 0)


def failure(case: str) -> dict[str, object]:
    return {"code": GUIJI.errors[case].code, "message": GUIJI.errors[case].message, "success": False, "data": None}


ISSUED = guiji("getAccessToken", "", {"code": "0", "data": {"access_token": "young", "expires_in": 7199}}, 100.0)


@pytest.mark.parametrize(
    ("token", "case", "at", "reasons"),
    [
        ("young", "accessTokenExpired", 120.0, ["accessTokenExpired 20 seconds"]),
        ("young", "accessTokenInvalid", 7299.0, ["accessTokenInvalid 7199 seconds"]),
        ("young", "accessTokenExpired", 7301.0, []),
        ("young", "resourceNotFound", 120.0, []),
        ("other", "accessTokenInvalid", 120.0, []),
    ],
)
def test_a_young_token_is_not_refused(token: str, case: str, at: float, reasons: list[str]) -> None:
    words: list[str] = []
    lives = TokenLives(lambda entry, message: words.append(message))
    lives.observe(ISSUED)
    lives.observe(guiji("listVideos", f"access_token={token}", failure(case), at))
    assert [text for text, expected in zip(words, reasons, strict=True) if expected in text] == words
    assert lives.used == (token == "young")


def test_a_refresh_token_may_be_invalid_for_another_but_not_expired() -> None:
    words: list[str] = []
    lives = TokenLives(lambda entry, message: words.append(message))
    issued = {"code": 0, "data": {"accessToken": "a", "refreshToken": "r"}}
    lives.observe(softsugar("createToken", "", 200, issued, 0.0))
    for case in ("tokenInvalid", "tokenExpired"):
        error = SOFTSUGAR.errors[case]
        content = {"code": error.code, "message": error.message}
        lives.observe(softsugar("refreshToken", "r", error.status, content, 1000.0))
    assert [text.partition(",")[0] for text in words] == [
        "the refresh token is refused as tokenExpired 1000 seconds after createToken issued it"
    ]


@pytest.mark.parametrize("vendor", ["aliyun-avatar", "huawei-metastudio"])
def test_a_contract_whose_requests_are_signed_as_a_whole_has_no_tokens_to_watch(vendor: str) -> None:
    contract = load_contract(vendor)
    lives = TokenLives(lambda entry, message: None)
    for operation in contract.operations.values():
        request = WireRequest(operation.method, operation.path, "", {"authorization": "x"}, b"")
        exchange = OperationExchange(contract, operation, request, WireResponse(200, JSON, b"{}"))
        lives.observe(LoggedExchange(1, "fuzzing", exchange, 0.0, 0.0))
    assert lives.used == 0
