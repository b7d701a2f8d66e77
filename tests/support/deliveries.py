"""What happened to the callbacks of an account."""

from typing import Any

from bodydouble.mock_server.testing.account import Account


def delivery_attempts(account: Account, seconds: float) -> list[dict[str, Any]]:
    """Advance the clock of an account; the attempts to deliver callbacks meanwhile, in order."""
    return [event for event in account.advance(seconds) if event["type"] == "delivery"]
