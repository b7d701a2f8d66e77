"""A plain HTTP client; see bodydouble.mock_server.testing.http."""

from bodydouble.mock_server.testing.http import TIMEOUT, HttpClient, HttpResponse

__all__ = ["TIMEOUT", "HttpClient", "HttpResponse"]
