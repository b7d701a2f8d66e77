"""How a request says what it wants: one path, the operation's name in a header or a parameter, forms in the query."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from contracts.messages import WireRequest
from contracts.signatures import rpc_hmac_sha1
from contracts.violations import Violation
from mock_server.vendor import Refusal

ACTION_HEADER, ACTION_PARAMETER = "x-acs-action", "Action"
VERSION_HEADER, VERSION_PARAMETER = "x-acs-version", "Version"
VERSION = "2022-01-30"
# Operations that the vendor's metadata allows with both methods; the specification has them under POST.
_ALSO_GET = frozenset(
    {
        "QueryVideoTaskInfo",
        "QueryAvatarList",
        "QueryAvatar",
        "StartTimedResetOperate",
        "CloseTimedResetOperate",
        "QueryTimedResetOperateStatus",
    }
)
_ROUTING = {
    ACTION_HEADER: ACTION_PARAMETER,
    VERSION_HEADER: VERSION_PARAMETER,
}


def _named(request: WireRequest, header: str) -> str:
    # The header counts where both are given.
    given = request.headers.get(header)
    return given if given is not None else dict(rpc_hmac_sha1.parameters(request)).get(_ROUTING[header], "")


def action(request: WireRequest) -> str:
    """The name of the operation that is called; empty if none is named."""
    return _named(request, ACTION_HEADER)


def routing(request: WireRequest) -> tuple[str, str]:
    """The method under which the specification has the operation, and what tells it from the others."""
    name = action(request)
    if _named(request, VERSION_HEADER) not in ("", VERSION):
        return request.method, ""
    method = "POST" if name in _ALSO_GET and request.method in ("GET", "HEAD") else request.method
    return method, f"{ACTION_PARAMETER}={name}"


def normalise(request: WireRequest) -> WireRequest:
    """Bring all parameters into the query, without those that only routed the request.

    Raises:
        Refusal: unsupportedMediaType or malformedBody.
    """
    pairs = request.query_pairs
    if request.body:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != rpc_hmac_sha1.FORM:
            violation = Violation("body", "", "media-type", media_type, rpc_hmac_sha1.FORM)
            raise Refusal("unsupportedMediaType", str(violation), (violation,))
        pairs = pairs + _form(request.body)
    kept = [(name, value) for name, value in pairs if name not in _ROUTING.values()]
    headers = {name: value for name, value in request.headers.items() if name not in _ROUTING}
    return replace(request, query=urlencode(kept), headers=headers, body=b"")


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        violation = Violation("body", "", "form", body[:200].decode("utf-8", "backslashreplace"), "a form in UTF-8")
        raise Refusal("malformedBody", str(violation), (violation,)) from error
