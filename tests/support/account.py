"""An account of the server; see contracts.testing.account."""

from contracts.testing.account import Account

__all__ = ["Account"]
