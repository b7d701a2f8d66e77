"""Plain JSON; errors as `{error_code, error_msg}`, from the gateway with `request_id`; always `X-Request-Id`."""

import secrets

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ErrorCase
from bodydouble.mock_server.vendor_api.vendor import ApiError, Json, OperationRequest, Response

REQUEST_ID_HEADER = "X-Request-Id"
GATEWAY = "APIGW."
# The limit of `error_msg` in the contract.
LONGEST_MESSAGE = 4096


def success(request: OperationRequest, data: Json) -> Response:
    """Answer with the data of a success; without a body if there is none."""
    return Response(200, data, {REQUEST_ID_HEADER: _request_id()})


def failure(case: ErrorCase, refusal: ApiError, wire: WireRequest) -> Response:
    """Wrap an error case; the vendor's words come first, then what exactly is wrong."""
    request_id = _request_id()
    body = {"error_code": case.code, "error_msg": refusal.explain(case.message)[:LONGEST_MESSAGE]}
    if str(case.code).startswith(GATEWAY):
        body["request_id"] = request_id
    return Response(case.status, body, {REQUEST_ID_HEADER: request_id})


def _request_id() -> str:
    # Told apart from all others, also from those of equal requests: not made from the account's seed.
    return secrets.token_hex(16)
