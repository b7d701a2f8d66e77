"""Two layers of answers: the service's `{RequestId, Code, Message, Success, Data}`, and the gateway's errors."""

import re
import uuid
from itertools import takewhile
from typing import Any

from bodydouble.contracts.core import json_pointer
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ErrorCase
from bodydouble.mock_server.vendor_api.vendor import ApiError, Json, OperationRequest, Response
from bodydouble.mock_server.vendors.aliyun_avatar.wire import VERSION, action

# Their answers have the request's id inside Data.
_STREAM_OPERATIONS = frozenset({"StartInstance", "StopInstance", "SendMessage"})
# Its Success is a text.
_DECISION = "DuplexDecision"
# In code and message of these cases stands the parameter's name instead of this word.
_PARAMETER = "Parameter"
_NAMED_PARAMETER = frozenset({"missingParameter", "invalidParameter"})
_THROTTLING = frozenset({"throttlingUser", "throttlingApi", "throttling"})
_PLAIN = re.compile(r"[A-Za-z0-9]{1,64}")
# What the vendor's SDK takes for milliseconds.
RETRY_AFTER = 1000


def _request_id() -> str:
    return str(uuid.uuid4()).upper()


def _service_body(operation: str, code: str, message: str, data: Json) -> dict[str, Any]:
    succeeded = code == "0"
    success: bool | str = succeeded if operation != _DECISION else str(succeeded).lower()
    body: dict[str, Any] = {"Code": code, "Message": message, "Success": success}
    if operation in _STREAM_OPERATIONS:
        return {**body, "Data": {"RequestId": _request_id(), **(data or {})}}
    body = {"RequestId": _request_id(), **body}
    return body if data is None else {**body, "Data": data}


def _parameter(pointer: str) -> str:
    # Keys that the caller invented stand in the message only.
    return ".".join(takewhile(_PLAIN.fullmatch, json_pointer.parts(pointer)))


def success(request: OperationRequest, data: Json) -> Response:
    """Wrap the data of a success."""
    return Response(200, _service_body(request.operation.id, "0", "operation success.", data))


def failure(case: ErrorCase, refusal: ApiError, wire: WireRequest) -> Response:
    """Wrap an error case; the vendor's words come first, then what exactly is wrong."""
    detail = refusal.detail
    if case.status == 200:
        return Response(200, _service_body(action(wire), str(case.code), refusal.explain(case.message), None))
    code, message = str(case.code), case.message
    if case.name in _NAMED_PARAMETER and refusal.violations:
        name = _parameter(refusal.violations[0].pointer)
        code, message = code.replace(_PARAMETER, name), message.replace(_PARAMETER, name)
    if case.name == "invalidApiNotFound":
        detail = f"{detail}: no operation is called {action(wire)[:80]!r} in version {VERSION}"
    body = {
        "RequestId": _request_id(),
        "HostId": wire.headers.get("host", ""),
        "Code": code,
        "Message": f"{message} {detail}" if detail else message,
    }
    return Response(case.status, body, {"x-acs-retry-after": str(RETRY_AFTER)} if case.name in _THROTTLING else {})
