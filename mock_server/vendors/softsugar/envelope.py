"""`{code, message, data}`: code 0 for success; failures of the service come with HTTP 200 too."""

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ErrorCase
from bodydouble.mock_server.vendor_api.vendor import ApiError, Json, OperationRequest, Response

# Seconds after which a throttled call may be made again.
RETRY_AFTER = 1


def success(request: OperationRequest, data: Json) -> Response:
    """Wrap the data of a success."""
    return Response(200, {"code": 0, "message": "success", "data": data})


def failure(case: ErrorCase, refusal: ApiError, wire: WireRequest) -> Response:
    """Wrap an error case; its words come first, then what exactly is wrong."""
    headers = {"Retry-After": str(RETRY_AFTER)} if "throttled" in case.conditions else {}
    body = {"code": case.code, "message": refusal.explain(case.message), "data": None}
    return Response(case.status, body, headers)
