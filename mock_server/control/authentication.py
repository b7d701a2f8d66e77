"""Who may use the control plane: everybody on loopback; elsewhere, whoever has the token."""

import hmac

from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest

SCHEME = "Bearer "


def authenticate(request: OperationRequest) -> None:
    """Hold a request to the control token, if the server has one.

    Raises:
        ApiError: unauthorized.
    """
    expected = request.services.settings.control_token
    if expected is None:
        return
    given = request.wire.headers.get("authorization", "")
    if not given.startswith(SCHEME) or not hmac.compare_digest(
        given.removeprefix(SCHEME).encode("utf-8", "surrogateescape"), expected.encode()
    ):
        raise ApiError("unauthorized", "header Authorization: Bearer <the control token>")
