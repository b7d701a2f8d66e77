"""Requests over HTTP, as they are."""

import urllib3

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.signing.request_signer import Send

TIMEOUT = 30.0


def sender(base_url: str) -> Send:
    """A function that sends requests to a server over HTTP, following no redirects."""
    pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def send(request: WireRequest) -> WireResponse:
        url = base_url.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")
        response = pool.request(
            request.method, url, body=request.body or None, headers=dict(request.headers), redirect=False
        )
        headers = {name.lower(): text for name, text in response.headers.items()}
        return WireResponse(response.status, headers, response.data)

    return send
