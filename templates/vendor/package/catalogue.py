"""What a new account has: quotas that it has bought, and what a person would set in the vendor's console.

Seed data (public avatars, voices, ...) belongs to `catalogue.yaml` beside the specification: see the other vendors.
"""

from typing import Any

# Totals by name. A handler spends them: `tools.tasks.create(..., cost=Cost({name: amount}, Errors.thatCase))`,
# by a name out of names.py: `QUOTA_X = NAMES.quota(name)`.
QUOTAS: dict[str, int] = {}
# By name; a test changes them with `account.settings("acme-cloud", name=value)`.
SETTINGS: dict[str, Any] = {}
