"""Plain JSON; errors as `{error, message}` with the HTTP status that fits."""

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ErrorCase
from bodydouble.mock_server.vendor_api.vendor import ApiError, Json, OperationRequest, Response

_NO_CONTENT = 204


def success(request: OperationRequest, data: Json) -> Response:
    """Answer with the status that the specification has for a success."""
    status = next(int(status) for status in request.operation.responses if status.startswith("2"))
    return Response(status, None if status == _NO_CONTENT else data)


def failure(case: ErrorCase, refusal: ApiError, wire: WireRequest) -> Response:
    """Answer with an error case."""
    return Response(case.status, {"error": case.name, "message": refusal.explain(case.message)})
