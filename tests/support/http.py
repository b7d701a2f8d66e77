"""A plain HTTP client; see bodydouble.contracts.testing.http."""

from bodydouble.contracts.testing.http import TIMEOUT, Http, Reply

__all__ = ["TIMEOUT", "Http", "Reply"]
