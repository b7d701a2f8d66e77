"""Identifiers and other arbitrary values that are the same for the same seed and the same calls."""

import hashlib
import uuid

from bodydouble.contracts.core.late_dataclass import dataclass


def _digest(*parts: str | int) -> bytes:
    return hashlib.blake2b("\x00".join(map(str, parts)).encode(), digest_size=32).digest()


def hexadecimal(length: int, *parts: str | int) -> str:
    """A text of up to 64 lower-case hexadecimal digits."""
    return _digest(*parts).hex()[:length]


def seeded_uuid(*parts: str | int) -> str:
    """A text in the form of a random UUID."""
    return str(uuid.UUID(bytes=_digest(*parts)[:16], version=4))


def number(below: int, *parts: str | int) -> int:
    """An integer from 0 to below a bound."""
    return int.from_bytes(_digest(*parts)[:8]) % below


@dataclass(frozen=True, slots=True)
class AccountIdentifiers:
    """The identifiers of one account: the same parts give the same value in the same account, and another elsewhere.

    Attributes:
        seed: the account's.
        account_id: keeps accounts of the same seed apart.
    """

    seed: int
    account_id: str

    def hexadecimal(self, length: int, *parts: str | int) -> str:
        """A text of up to 64 lower-case hexadecimal digits."""
        return hexadecimal(length, self.seed, self.account_id, *parts)

    def uuid(self, *parts: str | int) -> str:
        """A text in the form of a random UUID."""
        return seeded_uuid(self.seed, self.account_id, *parts)

    def number(self, below: int, *parts: str | int) -> int:
        """An integer from 0 up to, but without, a bound."""
        return number(below, self.seed, self.account_id, *parts)
