"""A plain HTTP client; see contracts.testing.http."""

from contracts.testing.http import TIMEOUT, Http, Reply

__all__ = ["TIMEOUT", "Http", "Reply"]
