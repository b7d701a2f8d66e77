"""Accounts: create, describe, reset and delete them."""

import functools
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import Clock, utc_text, wall_ms
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.services.fault_profiles import plant_profile
from bodydouble.mock_server.services.first_records import FirstRecordsService
from bodydouble.mock_server.services.task_context import TaskContext
from bodydouble.mock_server.services.tasks import remaining_quotas
from bodydouble.mock_server.services.toolbox import Toolboxes
from bodydouble.mock_server.store import accounts, deliveries, quotas
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, REAL_CLOCK, Account
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.journal import Journal
from bodydouble.mock_server.vendor_api.credentials import Credentials
from bodydouble.mock_server.vendor_api.vendor import Vendor

# Identifiers on the wire count up from somewhere in this range, so that two accounts seldom share one.
FIRST_NUMBERS = range(100_000, 900_000_000)
# Of how many accounts the first credentials are remembered: those that requests under way create.
_MAX_CREDENTIALS = 64
# Of a random seed: what every JSON parser reads as it is written, and the control plane accepts.
SEED_BITS = 53


class AccountExistsError(ValueError):
    """An account with that id exists already."""


@dataclass(frozen=True, slots=True)
class FirstProfile:
    """The profile of faults that every account of a server starts with.

    Attributes:
        name: of the profile.
        seed: of its choices; each account's own if None.
    """

    name: str
    seed: int | None = None


class AccountService:
    """Creates and deletes accounts.

    Args:
        database: the state.
        journal: forgets the entries of deleted accounts.
        vendors: by name.
        toolboxes: what vendors use to put into a new account what their accounts start with.
        pace: of accounts that do not choose another.
        profile: with which accounts start, if any.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        vendors: Mapping[str, Vendor],
        toolboxes: Toolboxes,
        pace: float,
        profile: FirstProfile | None = None,
    ) -> None:
        self._database, self._journal, self._vendors = database, journal, vendors
        self._toolboxes, self._pace, self._profile = toolboxes, pace, profile
        self._first_records = FirstRecordsService(vendors, toolboxes)
        # They are recorded, and shown in the response.
        self._credentials_of = functools.lru_cache(maxsize=_MAX_CREDENTIALS)(self._new_credentials)

    def _new_credentials(self, account_id: str, seed: int) -> Mapping[str, Credentials]:
        return {name: vendor.new_credentials(account_id, seed) for name, vendor in self._vendors.items()}

    def prepare(self, own_profiles: Collection[str] = ()) -> None:
        """Create the default account unless it exists, and take over what an earlier server on the same state left.

        The profile of the server is planted in every account, in place of another profile.

        Args:
            own_profiles: ids of accounts that have another profile.
        """
        with self._database.write() as connection:
            # Where other servers may use the same state, the leases of one that has ended run out by themselves.
            if not self._database.has_replicas:
                deliveries.release_all_leases(connection)
        try:
            with self._database.write() as connection:
                self._plant_profiles(connection, own_profiles)
                if accounts.get(connection, DEFAULT_ACCOUNT) is None:
                    self._create(connection, DEFAULT_ACCOUNT, 0, Clock(), self._pace, {}, REAL_CLOCK)
        except AccountExistsError:
            # Another server that starts at the same time on the same database has created it.
            with self._database.write() as connection:
                if accounts.get(connection, DEFAULT_ACCOUNT) is None:
                    raise

    def create(
        self,
        account_id: str | None = None,
        *,
        seed: int | None = None,
        frozen_at: int | None = None,
        pace: float | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        callback_clock: str = REAL_CLOCK,
    ) -> Account:
        """Create an account.

        Args:
            account_id: chosen by the server if None.
            seed: random if None.
            frozen_at: epoch milliseconds at which its clock stands; it runs with real time if None.
            pace: the server's if None.
            settings: by vendor, over the vendor's defaults.
            callback_clock: the clock that signs its callbacks: `real` or `account`.

        Raises:
            AccountExistsError: the id is in use.
        """
        account_id = account_id or f"account-{secrets.token_hex(8)}"
        chosen_seed = secrets.randbits(SEED_BITS) if seed is None else seed
        with self._database.write() as connection:
            return self._create(
                connection,
                account_id,
                chosen_seed,
                Clock(frozen_at=frozen_at),
                pace or self._pace,
                settings or {},
                callback_clock,
            )

    def create_within(
        self,
        connection: Connection,
        account_id: str,
        seed: int,
        clock: Clock,
        pace: float | None,
        settings: Mapping[str, Mapping[str, Any]],
        callback_clock: str,
        credentials: Mapping[str, Credentials],
    ) -> Account:
        """Create an account within a transaction; arguments as of `create`.

        Args:
            credentials: by vendor, where they do not follow from id and seed.

        Raises:
            AccountExistsError: the id is in use.
        """
        chosen = (seed, clock, pace or self._pace, settings, callback_clock)
        return self._create(connection, account_id, *chosen, credentials=credentials)

    def _create(
        self,
        connection: Connection,
        account_id: str,
        seed: int,
        clock: Clock,
        pace: float,
        settings: Mapping[str, Mapping[str, Any]],
        callback_clock: str,
        resets: int = 0,
        credentials: Mapping[str, Credentials] | None = None,
    ) -> Account:
        wall = wall_ms()
        span = len(FIRST_NUMBERS)
        chosen = {name: {**vendor.settings, **settings.get(name, {})} for name, vendor in self._vendors.items()}
        account = Account(account_id, seed, clock, pace, chosen, 0, clock.now(wall), callback_clock, resets)
        first_records = self._first_records.of_account(connection, account)
        first_number = FIRST_NUMBERS.start + identifiers.number(span, seed, account_id, "first number")
        count = sum(len(each.tasks) for each in first_records)
        created = accounts.create(
            connection,
            account_id,
            seed=seed,
            clock=clock,
            pace=pace,
            last_number=first_number + count,
            settings=chosen,
            callback_clock=callback_clock,
            wall_ms=wall,
            resets=resets,
        )
        if not created:
            raise AccountExistsError(f"there is an account {account_id!r} already")
        all_credentials = {**self._credentials_of(account_id, seed), **(credentials or {})}
        accounts.add_credentials(
            connection, account_id, {name: (new.key, new.content) for name, new in all_credentials.items()}
        )
        quotas.create(connection, account_id, {name: vendor.quotas for name, vendor in self._vendors.items()})
        numbers = iter(range(first_number + 1, first_number + 1 + count))
        self._first_records.record(connection, account, first_records, numbers)
        self._plant_profile(connection, account)
        return account

    def _plant_profile(self, connection: Connection, account: Account) -> None:
        if self._profile is not None:
            plant_profile(connection, account, self._profile.name, self._profile.seed)

    def _plant_profiles(self, connection: Connection, own_profiles: Collection[str]) -> None:
        if self._profile is None:
            return
        for account_id in accounts.all_ids(connection):
            account = None if account_id in own_profiles else accounts.get(connection, account_id)
            if account is not None:
                self._plant_profile(connection, account)

    def change_settings(
        self, connection: Connection, account: Account, changes: Mapping[str, Mapping[str, Any]], wall_ms: int
    ) -> None:
        """Change some vendors' settings of an account, with all that follows, within a transaction."""
        changed_vendors = {name: {**account.settings[name], **values} for name, values in changes.items()}
        merged = {**account.settings, **changed_vendors}
        accounts.set_settings(connection, account.id, merged)
        changed = replace(account, settings=merged)
        for name in changes:
            settings_changed = self._vendors[name].settings_changed
            if settings_changed is not None:
                tools = self._toolboxes.for_account(connection, changed, name, account.clock.now(wall_ms))
                settings_changed(tools, account.settings[name])

    def delete(self, account_id: str) -> bool:
        """Delete an account with all its data, and recreate the default account; whether the account existed."""
        with self._database.write() as connection:
            account = accounts.get(connection, account_id)
            accounts.remove(connection, account_id)
            if account is not None and account_id == DEFAULT_ACCOUNT:
                self._create(connection, account_id, 0, Clock(), self._pace, {}, REAL_CLOCK, account.resets + 1)
        self._journal.forget(account_id)
        return account is not None

    def reset(self, account_id: str) -> Account | None:
        """Reset an account: only its id, seed, pace, settings, callback clock and credentials stay.

        No token from before the reset is ever issued again.
        """
        with self._database.write() as connection:
            account = accounts.get(connection, account_id)
            if account is None:
                return None
            credentials = self._stored_credentials(connection, account)
            accounts.remove(connection, account_id)
            same = (account.pace, account.settings, account.callback_clock, account.resets + 1, credentials)
            renewed = self._create(connection, account_id, account.seed, Clock(), *same)
        self._journal.forget(account_id)
        return renewed

    def _stored_credentials(self, connection: Connection, account: Account) -> dict[str, Credentials]:
        stored = accounts.credentials_of(connection, account.id)
        first = self._credentials_of(account.id, account.seed)
        return {
            name: new.with_chosen({key: stored[name][key] for key in new.content if key not in new.derived})
            for name, new in first.items()
            if name in stored
        }

    def describe(self, connection: Connection, account: Account, base_url: str) -> dict[str, Any]:
        """What the control plane shows of an account."""
        wall = wall_ms()
        now = account.clock.now(wall)
        quotas_of = {
            name: remaining_quotas(TaskContext(connection, account, name, "", now, base_url)) for name in self._vendors
        }
        credentials = accounts.credentials_of(connection, account.id)
        return self._describe(account, wall, base_url, credentials, quotas_of)

    def describe_new(self, account: Account, base_url: str) -> dict[str, Any]:
        """What the control plane shows of an account as it was created: what is known without a look at the state."""
        credentials = {name: new.content for name, new in self._credentials_of(account.id, account.seed).items()}
        quotas_of = {
            name: {quota: (total, total) for quota, total in vendor.quotas.items()}
            for name, vendor in self._vendors.items()
        }
        return self._describe(account, wall_ms(), base_url, credentials, quotas_of)

    def _describe(
        self,
        account: Account,
        wall: int,
        base_url: str,
        credentials: Mapping[str, Mapping[str, str]],
        quotas_of: Mapping[str, Mapping[str, tuple[int, int]]],
    ) -> dict[str, Any]:
        return {
            "id": account.id,
            "seed": account.seed,
            "pace": account.pace,
            "clock": describe_clock(account.clock, wall),
            "settings": account.settings,
            "callback_clock": account.callback_clock,
            "vendors": {
                name: {
                    "base_url": base_url,
                    "credentials": credentials[name],
                    "quotas": {
                        quota: {"remaining": left, "total": total} for quota, (left, total) in quotas_of[name].items()
                    },
                }
                for name in self._vendors
            },
        }


def describe_clock(clock: Clock, wall_ms: int) -> dict[str, Any]:
    """What the control plane shows of a clock."""
    now = clock.now(wall_ms)
    return {
        "mode": "running" if clock.frozen_at is None else "frozen",
        "now": now,
        "now_text": utc_text(now),
        "offset": now - wall_ms,
    }
