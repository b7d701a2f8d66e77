"""Credentials: making them look like the vendors', and finding the account that a request's stand for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, Account
from bodydouble.mock_server.store.tokens import ACCESS, Token
from bodydouble.mock_server.vendor_api.request import ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError


@dataclass(frozen=True, slots=True)
class Credentials:
    """One vendor's credentials of an account.

    Attributes:
        key: the part that a request names; unique among all accounts.
        content: all of them, under the names that the control plane shows.
    """

    key: str
    content: Mapping[str, str]


class CredentialLookup(Protocol):
    """What authentication may look up, for one vendor."""

    @property
    def control_token(self) -> str | None:
        """What requests to the control plane must carry; None on loopback."""

    def token(self, text: str) -> Token | None:
        """The token of a text, expired or not."""

    def by_key(self, key: str) -> tuple[Account, Mapping[str, str]] | None:
        """The account, and its credentials, that a key stands for."""

    def use_nonce(self, key: str, nonce: str, expires_wall_ms: int) -> bool:
        """Use a nonce once; False if the key has used it before.

        Args:
            expires_wall_ms: from when on it may be forgotten, epoch milliseconds of the real clock.
        """


def credential(account_id: str, seed: int, vendor: str, name: str, length: int = 32) -> str:
    """One value of an account's credentials.

    The default account's are readable and always the same, so that they can stand in documentation; all others are
    hexadecimal and follow from the seed, which is random unless the operator chose one.
    """
    if account_id == DEFAULT_ACCOUNT:
        return f"{vendor}-{name}-default"
    return identifiers.hexadecimal(length, seed, account_id, vendor, name)


def token_account(
    request: ReceivedRequest,
    lookup: CredentialLookup,
    text: str,
    where: str,
    *,
    invalid: Enum,
    expired: Enum,
    purpose: str = ACCESS,
) -> Account:
    """The account to which a token was issued.

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
