"""Finds the account that the credentials of a request belong to."""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from bodydouble.contracts.model.contract import Contract, ErrorCase
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tokens import ACCESS, Token
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError


class CredentialLookup(Protocol):
    """The look-ups of authentication, for one vendor."""

    @property
    def control_token(self) -> str | None:
        """The token that requests to the control plane must carry; None on loopback."""

    def token(self, text: str) -> Token | None:
        """The token of a text, expired or not."""

    def by_key(self, key: str) -> tuple[Account, Mapping[str, str]] | None:
        """The account, and its credentials, that a key stands for."""

    def use_nonce(self, key: str, nonce: str, expires_wall_ms: int) -> bool:
        """Use a nonce once; False if the key has used it before.

        Args:
            expires_wall_ms: from when on it may be forgotten, epoch milliseconds of the real clock.
        """


def key_account(lookup: CredentialLookup, key: str, error: Enum, where: str) -> tuple[Account, Mapping[str, str]]:
    """The account that a key stands for, and its credentials.

    Args:
        where: the part of the request that the key stands in.

    Raises:
        ApiError: of the case `error`, if there is none.
    """
    # Anything else is not a key, and not every header value can be looked up.
    entry = lookup.by_key(key) if is_printable_ascii(key) else None
    if entry is None:
        raise ApiError(error, f"{where}: no account has this access key")
    return entry


def is_printable_ascii(text: str) -> bool:
    """Whether a text has only the characters of credentials and nonces."""
    return text.isascii() and text.isprintable()


def token_account(
    request: ReceivedRequest,
    lookup: CredentialLookup,
    text: str,
    where: str,
    *,
    invalid: ErrorCase | Enum,
    expired: ErrorCase | Enum,
    purpose: str = ACCESS,
) -> Account:
    """The account to which a token was issued; see `issued_token_account` where the contract's own operation issues it.

    Args:
        text: the token.
        where: the part of the request that it stands in.
        invalid, expired: the error cases.
        purpose: what the token must be for.

    Raises:
        ApiError: of the case `invalid` or `expired`.
    """
    token = lookup.token(text)
    if token is None or token.vendor != request.contract.vendor:
        raise ApiError(invalid, f"{where}: not a token that was issued here")
    if token.purpose != purpose:
        raise ApiError(invalid, f"{where}: the {purpose} token is needed, not the {token.purpose} token")
    if token.expires_at <= token.account.clock.now(request.wall_ms):
        raise ApiError(expired, f"{where}: ask for a new one")
    return token.account


def issued_token_account(
    request: ReceivedRequest, lookup: CredentialLookup, text: str, where: str, purpose: str = ACCESS
) -> Account:
    """The account to which the contract's token operation issued a token; arguments as of `token_account`.

    Raises:
        ApiError: of the cases that the operation's `x-token-lives` names.
    """
    errors = token_errors(request.contract)
    return token_account(request, lookup, text, where, **errors, purpose=purpose)


def token_errors(contract: Contract) -> dict[str, ErrorCase]:
    """The error cases `invalid` and `expired` of the tokens that a contract's own operation issues."""
    operation = contract.token_operation
    return {} if operation is None else dict(operation.token_errors)
