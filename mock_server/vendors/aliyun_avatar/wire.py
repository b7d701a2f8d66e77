"""How a request says what it wants: one path, the operation's name in a header or a parameter, forms in the query."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from bodydouble.contracts.core.wire import FORM, WireRequest, media_type
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.signatures import rpc_hmac_sha1
from bodydouble.mock_server.vendor_api.vendor import ApiError

ACTION_HEADER, ACTION_PARAMETER = "x-acs-action", "Action"
VERSION_HEADER, VERSION_PARAMETER = "x-acs-version", "Version"
VERSION = "2022-01-30"
_PARAMETERS = {ACTION_HEADER: ACTION_PARAMETER, VERSION_HEADER: VERSION_PARAMETER}


def _named(request: WireRequest, header: str) -> str | None:
    # The header counts where both are given; that they agree is a matter of the specification.
    given = request.headers.get(header)
    return given if given is not None else dict(rpc_hmac_sha1.parameters(request)).get(_PARAMETERS[header])


def action(request: WireRequest) -> str:
    """The name of the operation that is called; empty if none is named."""
    return _named(request, ACTION_HEADER) or ""


def routing(request: WireRequest) -> str:
    """What tells the operation from the others; empty if the request is for another version."""
    if _named(request, VERSION_HEADER) not in (None, VERSION):
        return ""
    return f"{ACTION_PARAMETER}={action(request)}"


def normalise(request: WireRequest) -> WireRequest:
    """Bring all parameters into the query.

    Raises:
        ApiError: unsupportedMediaType or malformedBody.
    """
    if not request.body:
        return request
    declared = media_type(request.headers)
    if declared != FORM:
        violation = Violation("body", "", "media-type", declared, FORM)
        raise ApiError("unsupportedMediaType", str(violation), (violation,))
    return replace(request, query=urlencode(request.query_pairs + _form(request.body)), body=b"")


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        violation = Violation("body", "", "form", body[:200].decode("utf-8", "backslashreplace"), "a form in UTF-8")
        raise ApiError("malformedBody", str(violation), (violation,)) from error
