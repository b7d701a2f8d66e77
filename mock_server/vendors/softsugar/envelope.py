"""`{code, message, data}`: code 0 for success; failures of the service come with HTTP 200 too."""

from contracts.contract import ErrorCase
from contracts.messages import WireRequest
from mock_server.vendor import Answer, Json, OperationRequest, Refusal


def success(request: OperationRequest, data: Json) -> Answer:
    """Wrap the data of a success."""
    return Answer(200, {"code": 0, "message": "success", "data": data})


def failure(case: ErrorCase, refusal: Refusal, wire: WireRequest) -> Answer:
    """Wrap an error case; its words come first, then what exactly is wrong."""
    return Answer(case.status, {"code": case.code, "message": refusal.explain(case.message), "data": None})
