"""`{code, success, message, data}`: a text code, `"0"` for success; application errors come with HTTP 200."""

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ErrorCase
from bodydouble.mock_server.vendor_api.vendor import ApiError, Json, OperationRequest, Response


def success(request: OperationRequest, data: Json) -> Response:
    """Wrap the data of a success."""
    return Response(200, {"code": "0", "message": "Request successful", "success": True, "data": data})


def failure(case: ErrorCase, refusal: ApiError, wire: WireRequest) -> Response:
    """Wrap an error case; the vendor's words come first, then what exactly is wrong."""
    body = {"code": case.code, "message": refusal.explain(case.message), "success": False, "data": None}
    return Response(case.status, body)
