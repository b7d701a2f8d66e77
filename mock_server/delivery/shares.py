"""How many attempts may be under way at once: in all, for one account, and to one receiver.

Receivers that do not respond keep their attempts under way until the timeout. The shares see to it that
they delay only themselves.
"""

import threading
from collections import Counter
from typing import TypeVar

from bodydouble.contracts.core.late_dataclass import dataclass

Key = TypeVar("Key", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attempts of one worker may be under way.

    Attributes:
        total: in all.
        common: in all, if an account is to have more than one of them; the rest is for accounts that have none.
        account: of one account.
        destination: to one host and port; an account that has none under way may exceed it.
        pair: of one account to one host and port.
    """

    total: int = 512
    common: int = 256
    account: int = 48
    destination: int = 64
    pair: int = 16


class Shares:
    """Counts the attempts that are under way, and decides which others may begin."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._guard = threading.Lock()
        self._total = 0
        self._accounts: Counter[str] = Counter()
        self._destinations: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()

    @property
    def under_way(self) -> int:
        """How many attempts are under way."""
        return self._total

    def may_begin(self, account_id: str, destination: str) -> int:
        """How many further attempts of an account to a host and port may begin."""
        with self._guard:
            return self._may_begin(account_id, destination)

    def account_may_begin(self, account_id: str) -> bool:
        """Whether a further attempt of an account, to some destination, may begin."""
        with self._guard:
            return self._account_may_begin(account_id) > 0

    def take(self, account_id: str, destination: str) -> bool:
        """Begin an attempt; False if it may not begin now."""
        with self._guard:
            if self._may_begin(account_id, destination) < 1:
                return False
            self._change(account_id, destination, 1)
            return True

    def give_back(self, account_id: str, destination: str) -> None:
        """End an attempt."""
        with self._guard:
            self._change(account_id, destination, -1)

    def _may_begin(self, account_id: str, destination: str) -> int:
        account = self._account_may_begin(account_id)
        if not self._accounts[account_id]:
            return min(account, self.limits.pair)
        to_destination = self.limits.destination - self._destinations[destination]
        return min(account, to_destination, self.limits.pair - self._pairs[account_id, destination])

    def _account_may_begin(self, account_id: str) -> int:
        under_way, limits = self._accounts[account_id], self.limits
        in_common = min(limits.common - self._total, limits.account - under_way)
        return in_common if under_way or in_common > 0 else min(1, limits.total - self._total)

    def _change(self, account_id: str, destination: str, by: int) -> None:
        self._total += by
        _change(self._accounts, account_id, by)
        _change(self._destinations, destination, by)
        _change(self._pairs, (account_id, destination), by)


def _change(counter: Counter[Key], key: Key, by: int) -> None:
    counter[key] += by
    if not counter[key]:
        del counter[key]
