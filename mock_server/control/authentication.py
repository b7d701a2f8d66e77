"""Access to the control plane: open on loopback; elsewhere, only with the control token."""

import hmac

from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.senders import CredentialLookup

SCHEME = "Bearer "


def authenticate(request: ReceivedRequest, credentials: CredentialLookup) -> None:
    """Require the control token, if the server has one.

    Raises:
        ApiError: unauthorized.
    """
    expected = credentials.control_token
    if expected is None:
        return
    header = request.wire.headers.get("authorization", "")
    if not header.startswith(SCHEME) or not hmac.compare_digest(
        header.removeprefix(SCHEME).encode("utf-8", "surrogateescape"), expected.encode()
    ):
        raise ApiError(Errors.unauthorized, "header Authorization: Bearer <the control token>")
