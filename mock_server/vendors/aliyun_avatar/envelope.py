"""What the two layers say in an error: the gateway names a parameter in its code, too, the service in its message."""

import re
from itertools import takewhile

from bodydouble.contracts.core import json_pointer
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ErrorCase
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors

_VERSION = "2022-01-30"
_GATEWAY = "gateway"
# In code and message of these cases stands the parameter's name instead of this word.
_PARAMETER = "Parameter"
_NAMED_PARAMETER = frozenset({Errors.missingParameter.name, Errors.invalidParameter.name})
_PLAIN = re.compile(r"[A-Za-z0-9]{1,64}")
# How the detail of a parameterEmpty begins: with one name, or with several of which one is required.
_MISSING = re.compile(r"([\w.]+(?: or [\w.]+)*): (?:one is )?required")


def words(case: ErrorCase, error: ApiError, request: WireRequest) -> tuple[int | str, str]:
    """The vendor's code and message; the message ends with what exactly is wrong."""
    if case.envelope != _GATEWAY:
        return case.code, error.explain(_service_message(case, error))
    code, message, detail = str(case.code), case.message, error.detail
    if case.name in _NAMED_PARAMETER and error.violations:
        name = _parameter(error.violations[0].pointer)
        code, message = code.replace(_PARAMETER, name), message.replace(_PARAMETER, name)
    if case.name == Errors.invalidApiNotFound.name:
        detail = f"{detail}: no operation is called {_called(request)[:80]!r} in version {_VERSION}"
    return code, f"{message} {detail}" if detail else message


def _service_message(case: ErrorCase, error: ApiError) -> str:
    # The vendor writes "xx参数不能为空": the name of the parameter stands in front.
    missing = _MISSING.match(error.detail) if case.name == Errors.parameterEmpty.name else None
    return f"{missing[1]}{case.message}" if missing else case.message


def _parameter(pointer: str) -> str:
    # Keys that the caller invented stand in the message only.
    return ".".join(takewhile(_PLAIN.fullmatch, json_pointer.parts(pointer)))


def _called(request: WireRequest) -> str:
    # What the request names, of whatever version: the header counts before the parameter.
    name = request.headers.get("x-acs-action")
    return name if name is not None else dict(request.parameters).get("Action", "")
