"""Making, describing, resetting and deleting accounts."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bodydouble.mock_server.clock import Clock, utc_text, wall_ms
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import accounts, deliveries, quotas
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, Account

if TYPE_CHECKING:
    from bodydouble.mock_server.composition import Services

# Identifiers on the wire count up from somewhere in this range, so that two accounts seldom share one.
FIRST_NUMBERS = range(100_000, 900_000_000)


class AccountExistsError(ValueError):
    """There is an account of that id already."""


class AccountService:
    """Makes and ends accounts.

    Args:
        services: the parts of the server.
    """

    def __init__(self, services: "Services") -> None:
        self._services = services

    def prepare(self) -> None:
        """Make the default account unless it is there, and take over what a predecessor on the same state left."""
        with self._services.state.main.write() as connection:
            deliveries.release_all_leases(connection)
            if accounts.get(connection, DEFAULT_ACCOUNT) is None:
                self._create(connection, DEFAULT_ACCOUNT, 0, Clock(), self._services.settings.pace, {})

    def create(
        self,
        account_id: str | None = None,
        *,
        seed: int | None = None,
        frozen_at: int | None = None,
        pace: float | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Account:
        """Make an account.

        Args:
            account_id: chosen by the server if None.
            seed: random if None.
            frozen_at: epoch milliseconds at which its clock stands; it runs with real time if None.
            pace: the server's if None.
            settings: by vendor, over the vendor's defaults.

        Raises:
            AccountExistsError: there is one of that id.
        """
        account_id = account_id or f"account-{secrets.token_hex(8)}"
        chosen_seed = secrets.randbits(62) if seed is None else seed
        try:
            with self._services.state.main.write() as connection:
                return self._create(
                    connection,
                    account_id,
                    chosen_seed,
                    Clock(frozen_at=frozen_at),
                    pace or self._services.settings.pace,
                    settings or {},
                )
        except IntegrityError as error:
            raise AccountExistsError(f"there is an account {account_id!r} already") from error

    def _create(
        self,
        connection: Connection,
        account_id: str,
        seed: int,
        clock: Clock,
        pace: float,
        settings: Mapping[str, Mapping[str, Any]],
    ) -> Account:
        real = wall_ms()
        span = len(FIRST_NUMBERS)
        chosen = {
            name: {**vendor.settings, **settings.get(name, {})} for name, vendor in self._services.vendors.items()
        }
        accounts.create(
            connection,
            account_id,
            seed=seed,
            clock=clock,
            pace=pace,
            first_number=FIRST_NUMBERS.start + identifiers.number(span, seed, account_id, "first number"),
            settings=chosen,
            wall_ms=real,
        )
        account = Account(account_id, seed, clock, pace, chosen, 0, clock.now(real))
        for name, vendor in self._services.vendors.items():
            made = vendor.new_credentials(account_id, seed)
            accounts.add_credentials(connection, account_id, name, made.key, made.content)
            quotas.create(connection, account_id, name, vendor.quotas)
            if vendor.populate is not None:
                vendor.populate(self._services, connection, account, clock.now(real))
        return account

    def change_settings(
        self, connection: Connection, account: Account, changes: Mapping[str, Mapping[str, Any]], real: int
    ) -> None:
        """Change some vendors' settings of an account, with all that follows, within a transaction."""
        merged = {**account.settings, **{name: {**account.settings[name], **one} for name, one in changes.items()}}
        accounts.set_settings(connection, account.id, merged)
        changed = replace(account, settings=merged)
        for name in changes:
            settings_changed = self._services.vendors[name].settings_changed
            if settings_changed is not None:
                now = account.clock.now(real)
                settings_changed(self._services, connection, changed, account.settings[name], now)

    def delete(self, account_id: str) -> bool:
        """End an account with all that is its own; the default one is made anew. Whether there was one."""
        with self._services.state.main.write() as connection:
            found = accounts.remove(connection, account_id)
            if found and account_id == DEFAULT_ACCOUNT:
                self._create(connection, account_id, 0, Clock(), self._services.settings.pace, {})
        self._services.journal.forget(account_id)
        return found

    def reset(self, account_id: str) -> Account | None:
        """Bring an account back to its first day: same id, seed, pace, settings and credentials, nothing else."""
        with self._services.state.main.write() as connection:
            account = accounts.get(connection, account_id)
            if account is None:
                return None
            accounts.remove(connection, account_id)
            made = self._create(connection, account_id, account.seed, Clock(), account.pace, account.settings)
        self._services.journal.forget(account_id)
        return made

    def describe(self, connection: Connection, account: Account, base_url: str) -> dict[str, Any]:
        """What the control plane shows of an account."""
        real = wall_ms()
        now = account.clock.now(real)
        made = accounts.credentials_of(connection, account.id)
        return {
            "id": account.id,
            "seed": account.seed,
            "pace": account.pace,
            "clock": describe_clock(account.clock, real),
            "settings": account.settings,
            "vendors": {
                name: {
                    "base_url": base_url,
                    "credentials": made[name],
                    "quotas": {
                        quota: {"remaining": left, "total": total}
                        for quota, (left, total) in self._services.tasks.remaining(
                            connection, account, name, now
                        ).items()
                    },
                }
                for name in self._services.vendors
            },
        }


def describe_clock(clock: Clock, real: int) -> dict[str, Any]:
    """What the control plane shows of a clock."""
    now = clock.now(real)
    return {
        "mode": "running" if clock.frozen_at is None else "frozen",
        "now": now,
        "now_text": utc_text(now),
        "offset": now - real,
    }
