"""The laws between requests in a proxy's traffic are drift; two clients with other credentials are not confused."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bodydouble.contracts.core.wire import JSON, WireRequest, WireResponse
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.drift_report import DriftLog
from bodydouble.contracts.proxy.senders import sender_of
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.signatures import acs3_hmac_sha256, rpc_hmac_sha1, sdk_hmac_sha256

GUIJI = load_contract("guiji")
NOT_FOUND = {"code": "40001", "message": "Resource not found", "success": False, "data": None}
VIDEO = {"id": 7, "videoName": "Emma", "synthesisStatus": 1, "createTime": "2026-01-01 10:00:00"}


def create(token: str = "a-token-of-the-client") -> RecordedExchange:
    body = {"callbackUrl": "https://client.example/hook", "videoName": "Emma"}
    example = {**GUIJI.operations["createVideo"].example_fields, **body}
    operation = GUIJI.operations["createVideo"]
    return exchanged(operation.method, operation.path, token, example, success({"videoId": 7}))


def read(content: Any, token: str = "a-token-of-the-client") -> RecordedExchange:
    operation = GUIJI.operations["getVideo"]
    return exchanged(operation.method, operation.path.replace("{id}", "7"), token, None, content)


def success(data: Any) -> dict[str, Any]:
    return {"code": "0", "message": "Request successful", "success": True, "data": data}


def exchanged(method: str, path: str, token: str, body: Any, content: Any) -> RecordedExchange:
    sent = b"" if body is None else json.dumps(body).encode()
    request = WireRequest(method, path, f"access_token={token}", {"content-type": JSON}, sent)
    response = WireResponse(200, {"content-type": JSON}, json.dumps(content).encode())
    return RecordedExchange(request, response, datetime.now(UTC), 0.1, size=len(response.body))


def laws_of(*exchanges: RecordedExchange) -> list[tuple[str, str, str]]:
    log = DriftLog(GUIJI, "https://vendor.example")
    for exchange in exchanges:
        log.add(exchange)
    names = {"created-shown", "values-kept", "identity"}
    return [(entry.operation, entry.rule, entry.sample) for entry in log.report().drift if entry.rule in names]


def test_a_right_endpoint_does_not_drift() -> None:
    assert laws_of(create(), read(success(VIDEO))) == []


@pytest.mark.parametrize(
    ("content", "rule", "sample"),
    [
        (NOT_FOUND, "created-shown", "\"createVideo has created '7', and getVideo does not show it\""),
        (success({**VIDEO, "id": 8}), "identity", "\"asked for '7', and shown '8'\""),
        (
            success({**VIDEO, "videoName": "Ann"}),
            "values-kept",
            '"createVideo gave \'7\' the /videoName "Emma"; it is shown as "Ann""',
        ),
    ],
)
def test_a_violated_law_is_drift(content: Any, rule: str, sample: str) -> None:
    rows = laws_of(create(), read(content))
    assert ("getVideo", rule, sample) in rows


def test_another_client_need_not_see_what_one_has_created() -> None:
    assert laws_of(create(), read(NOT_FOUND, "another-token-of-another-client")) == []


def test_a_read_that_was_sent_before_the_create_had_ended_need_not_find_it() -> None:
    log = DriftLog(GUIJI, "https://vendor.example")
    missing = read(NOT_FOUND)
    start = log.begin(missing.request)
    log.add(create())
    log.add(missing, start)
    assert [entry.rule for entry in log.report().drift if entry.rule == "created-shown"] == []


def test_an_incomplete_response_proves_nothing() -> None:
    assert laws_of(create(), replace(read(NOT_FOUND), whole=False)) == []


def test_a_sender_is_told_by_the_key_and_not_by_the_signature() -> None:
    aliyun, huawei = load_contract("aliyun-avatar"), load_contract("huawei-metastudio")
    keys = {"access_key_id": "k", "access_key_secret": "s", "access_key": "k", "secret_key": "s"}
    other = {**keys, "access_key_id": "other", "access_key": "other"}
    request = WireRequest("GET", "/", "Action=QueryAvatar", {"host": "h"}, b"")
    for contract, name, scheme in (
        (aliyun, "QueryAvatar", acs3_hmac_sha256),
        (aliyun, "QueryAvatar", rpc_hmac_sha1),
        (huawei, "ShowAsset", sdk_hmac_sha256),
    ):
        operation = contract.operations[name]
        request = replace(request, headers={**operation.constant_headers, "host": "h"})
        first, second = (scheme.sign_request(request, keys) for _ in range(2))
        assert sender_of(operation, first) == sender_of(operation, second)
        assert sender_of(operation, first) != sender_of(operation, scheme.sign_request(request, other))
