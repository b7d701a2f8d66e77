"""The suite's conventions for every vendor: names in `tests/support/<package>.py`.

`known_values(account)`
    Values that exist at the mock server, by name of the parameter or field, or `operationId.name`. Without them no
    generated request would find anything. A vendor may do without.
`sample_traffic(account)`
    Sends a few requests that succeed; returns the credential by which a recording shows that they are the account's.
`UNSEEN`
    Kinds of things whose state the vendor shows nowhere, by the operation that creates them. A vendor may do without.
"""

import importlib
from types import ModuleType

from bodydouble.contracts.model import documents
from bodydouble.mock_server.testing.account import Account

CONTROL = "control"
# Nothing listens there: the callback is refused or fails, but the request is valid.
CALLBACK_URL = "http://127.0.0.1:9/callback"


def vendors() -> list[str]:
    """Every vendor that has a specification."""
    return [name for name in documents.names() if name != CONTROL]


def known_values(name: str, account: Account) -> dict[str, list[object]]:
    """Values that exist in an account at a vendor, or for the control plane."""
    module = _support(name)
    values: dict[str, list[object]] = module.known_values(account) if hasattr(module, "known_values") else {}
    return values


def sample_traffic(name: str, account: Account) -> str:
    """Send a few requests to a vendor; the credential by which a recording shows them."""
    credential: str = _support(name).sample_traffic(account)
    return credential


def unseen(name: str) -> dict[str, str]:
    """Kinds of things whose state a vendor shows nowhere, by the operation that creates them."""
    return getattr(_support(name), "UNSEEN", {})


def _support(name: str) -> ModuleType:
    return importlib.import_module(f"tests.support.{name.replace('-', '_')}")
