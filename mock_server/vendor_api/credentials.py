"""Making credentials that look like the vendors', and finding the account that a token stands for."""

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, Account
from bodydouble.mock_server.store.tokens import ACCESS
from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest


def credential(account_id: str, seed: int, vendor: str, name: str, length: int = 32) -> str:
    """One value of an account's credentials.

    The default account's are readable and always the same, so that they can stand in documentation; all others are
    hexadecimal and follow from the seed, which is random unless the operator chose one.
    """
    if account_id == DEFAULT_ACCOUNT:
        return f"{vendor}-{name}-default"
    return identifiers.hexadecimal(length, seed, account_id, vendor, name)


def token_account(
    request: OperationRequest, text: str, where: str, *, invalid: str, expired: str, purpose: str = ACCESS
) -> Account:
    """The account to which a token was issued.

    Args:
        text: the token.
        where: the part of the request that it stands in.
        invalid, expired: the error cases to refuse with.
        purpose: what the token must be for.

    Raises:
        ApiError: of the case `invalid` or `expired`.
    """
    token = request.services.credential_cache.token(text)
    if token is None or token.vendor != request.vendor:
        raise ApiError(invalid, f"{where}: not a token that was issued here")
    if token.purpose != purpose:
        raise ApiError(invalid, f"{where}: the {purpose} token is needed, not the {token.purpose} token")
    if token.expires_at <= token.account.clock.now(request.real):
        raise ApiError(expired, f"{where}: ask for a new one")
    return token.account
