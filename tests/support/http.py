"""A plain HTTP client; see bodydouble.mock_server.testing.http."""

from bodydouble.mock_server.testing.http import TIMEOUT, Http, Reply

__all__ = ["TIMEOUT", "Http", "Reply"]
