"""A plain HTTP client: tests see what goes over the socket, without a vendor's SDK between."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from bodydouble.contracts.core.wire import JSON, with_query

TIMEOUT = 20.0


@dataclass(frozen=True)
class HttpResponse:
    """A response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


class HttpClient:
    """Requests to one server.

    Args:
        base_url: scheme, host and port.
        headers: sent with every request that has no header of the same name.
    """

    def __init__(self, base_url: str, headers: dict[str, str] | None = None) -> None:
        self.base_url = base_url
        self.headers = headers or {}
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        json_body: Any = ...,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """Send a request; redirects are not followed.

        Args:
            path: below the base URL, or a whole URL.
            query: added to that of the path.
            json_body: sent as JSON; None is sent as `null`.
        """
        url = path if path.startswith("http") else self.base_url + path
        url = with_query(url, urlencode(query or {}))
        sent = {**self.headers, **(headers or {})}
        if json_body is not ...:
            body = json.dumps(json_body).encode()
            sent.setdefault("Content-Type", JSON)
        return self.exchange(method, url, sent, body)

    def exchange(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> HttpResponse:
        """Send a complete request, and read the response."""
        response = self._pool.request(method, url, body=body, headers=headers, redirect=False)
        lower = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status, lower, response.data)

    def get(self, path: str, **arguments: Any) -> HttpResponse:
        """Send a GET request."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, json_body: Any = ..., **arguments: Any) -> HttpResponse:
        """Send a POST request."""
        return self.request("POST", path, json_body=json_body, **arguments)

    def put(self, path: str, json_body: Any = ..., **arguments: Any) -> HttpResponse:
        """Send a PUT request."""
        return self.request("PUT", path, json_body=json_body, **arguments)

    def delete(self, path: str, **arguments: Any) -> HttpResponse:
        """Send a DELETE request."""
        return self.request("DELETE", path, **arguments)

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()
