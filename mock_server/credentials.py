"""Making credentials that look like the vendors'."""

from mock_server.engine import identifiers
from mock_server.store.accounts import DEFAULT_ACCOUNT


def credential(account_id: str, seed: int, vendor: str, name: str, length: int = 32) -> str:
    """One value of an account's credentials.

    The default account's are readable and always the same, so that they can stand in documentation; all others are
    hexadecimal and follow from the seed, which is random unless the operator chose one.
    """
    if account_id == DEFAULT_ACCOUNT:
        return f"{vendor}-{name}-default"
    return identifiers.hexadecimal(length, seed, account_id, vendor, name)
