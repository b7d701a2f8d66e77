"""What a new account has bought, and what a person would set in the vendor's console."""

from typing import Any

QUOTAS: dict[str, int] = {}
SETTINGS: dict[str, Any] = {}
