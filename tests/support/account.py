"""An account of the server; see bodydouble.contracts.testing.account."""

from bodydouble.contracts.testing.account import Account

__all__ = ["Account"]
