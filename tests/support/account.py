"""An account of the server; see bodydouble.mock_server.testing.account."""

from bodydouble.mock_server.testing.account import Account

__all__ = ["Account"]
