"""Bringing a state to what a seed declares: all of it, or nothing."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.services import scenario_rules
from bodydouble.mock_server.services.accounts import AccountExistsError, AccountService
from bodydouble.mock_server.services.effects import Effects
from bodydouble.mock_server.services.fault_profiles import plant_profile
from bodydouble.mock_server.services.seeds import creation, model, rules
from bodydouble.mock_server.services.seeds.document import SeedDocument
from bodydouble.mock_server.services.seeds.model import SeedAccount, SeedEntry
from bodydouble.mock_server.services.snapshots.document import SnapshotError
from bodydouble.mock_server.services.snapshots.service import SnapshotService
from bodydouble.mock_server.services.task_context import TaskContext
from bodydouble.mock_server.services.tasks import TaskService, remaining_quotas
from bodydouble.mock_server.services.toolbox import Toolboxes
from bodydouble.mock_server.store import accounts, quotas, scenarios, tasks
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.settings import NewTask, Objection, TaskRejected
from bodydouble.mock_server.vendor_api.vendor import Vendor

logger = logging.getLogger(__name__)


class _Rejected(Exception):
    """Something in a seed cannot be made; place and reason."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(problem)
        self.place, self.problem = place, problem


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed that keeps all rules.

    Attributes:
        document: where it stands.
        accounts: what it declares.
    """

    document: SeedDocument
    accounts: tuple[SeedAccount, ...]

    @property
    def own_profiles(self) -> frozenset[str]:
        """The ids of the accounts that have a profile of their own."""
        return frozenset(account.id for account in self.accounts if account.profile is not None)


class SeedService:
    """Reads seeds, and creates what they declare.

    Args:
        database: the state.
        vendors: by name.
        account_service: creates accounts.
        toolboxes: what the vendors' handlers use.
        objection_to: why nothing may be sent to a URL.
        snapshots: restores those that a seed has.
    """

    def __init__(
        self,
        database: Database,
        vendors: Mapping[str, Vendor],
        account_service: AccountService,
        toolboxes: Toolboxes,
        objection_to: Objection,
        snapshots: SnapshotService,
    ) -> None:
        self._database, self._vendors, self._accounts = database, vendors, account_service
        self._toolboxes, self._objection_to, self._snapshots = toolboxes, objection_to, snapshots

    def checked(self, file: SeedDocument) -> Seed:
        """The seed of a file.

        Raises:
            SeedError: it breaks a rule.
        """
        declared = []
        for index, content in enumerate(file.content["accounts"]):
            place = f"/accounts/{index}"
            try:
                declared.append(model.account(content, place))
            except ValueError as error:
                raise file.error([(f"{place}/clock/frozen_at", f"no time: {error}")]) from error
        problems = list(rules.problems(declared, self._vendors, self._objection_to, self._snapshots))
        if problems:
            raise file.error(problems)
        return Seed(file, tuple(declared))

    def apply(self, seed: Seed) -> list[str]:
        """Create the accounts of a seed that do not exist, in one transaction; those that exist stay as they are.

        Returns:
            The ids of the accounts that were created.

        Raises:
            SeedError: a vendor's operation rejects something; then nothing has been created.
        """
        try:
            return self._apply(seed)
        except AccountExistsError:
            # Another server that starts at the same time on the same database has created it.
            return self._apply(seed)

    def _apply(self, seed: Seed) -> list[str]:
        try:
            with self._database.write() as connection:
                known = set(accounts.all_ids(connection))
                created = [account for account in seed.accounts if account.id not in known]
                for account in created:
                    self._create(connection, account)
        except _Rejected as error:
            raise seed.document.error([(error.place, error.problem)]) from error
        for account in seed.accounts:
            if account.id in known:
                logger.warning("%s: account %s exists and stays as it is", seed.document.path, account.id)
        return [account.id for account in created]

    def _create(self, connection: Connection, declared: SeedAccount) -> None:
        self._require_free_keys(connection, declared)
        account = self._accounts.create_within(
            connection,
            declared.id,
            declared.seed,
            declared.clock,
            declared.pace,
            declared.settings,
            declared.callback_clock,
            {name: rules.credentials(declared, self._vendors[name]) for name in declared.credentials},
        )
        if declared.snapshot is not None:
            self._restore(connection, account, declared)
            return
        for vendor, amounts in declared.quotas.items():
            for name, amount in amounts.items():
                quotas.set_total(connection, account.id, vendor, name, amount.total)
        loader = _AccountLoader(connection, account, declared, self._vendors, self._toolboxes)
        loader.make_entries()
        loader.set_used()
        loader.plant()

    def _restore(self, connection: Connection, account: Account, declared: SeedAccount) -> None:
        try:
            self._snapshots.restore_within(connection, account, declared.snapshot or {})
        except SnapshotError as error:
            raise _Rejected(f"{declared.place}/snapshot{error.place}", error.reason) from error

    def _require_free_keys(self, connection: Connection, declared: SeedAccount) -> None:
        for name in declared.credentials:
            if accounts.by_key(connection, name, rules.credentials(declared, self._vendors[name]).key) is not None:
                raise _Rejected(f"{declared.place}/credentials/{name}", "another account has the same key")


class _AccountLoader:
    """Gives a new account what a seed declares of it.

    Args:
        connection: the transaction.
        account: that was created.
    """

    def __init__(
        self,
        connection: Connection,
        account: Account,
        declared: SeedAccount,
        vendors: Mapping[str, Vendor],
        toolboxes: Toolboxes,
    ) -> None:
        self._connection, self._account, self._declared = connection, account, declared
        self._vendors, self._toolboxes = vendors, toolboxes
        self._service: TaskService = toolboxes.service
        self._now = account.created_at

    def make_entries(self) -> None:
        """Make the catalogue, and then the tasks, oldest first."""
        for entry in self._declared.catalogue:
            for age in entry.ages:
                self._make(self._ready(entry), age)
        entries = [(age, entry) for entry in self._declared.tasks for age in entry.ages]
        for age, entry in sorted(entries, key=lambda pair: -pair[0]):
            self._make(entry, age)

    def _ready(self, entry: SeedEntry) -> SeedEntry:
        lifecycle = creation.lifecycle_of(self._vendors[entry.vendor].contract, entry)
        return entry if lifecycle is None else creation.ready(lifecycle, entry)

    def _make(self, entry: SeedEntry, age: int) -> None:
        vendor, created_at = self._vendors[entry.vendor], self._now - age
        if created_at < 0:
            raise _Rejected(f"{entry.place}/age", "it would have been created before 1970")
        try:
            task = (
                self._added(vendor, entry, created_at)
                if entry.fields is not None
                else self._made(vendor, entry, created_at)
            )
        except ApiError as error:
            raise _Rejected(entry.place, str(error)) from error
        except TaskRejected as error:
            place, _, problem = str(error).partition(": ")
            raise _Rejected(f"{entry.place}/fields{place}", problem) from error
        if task is not None:
            self._age(task, entry, created_at)

    def _added(self, vendor: Vendor, entry: SeedEntry, created_at: int) -> Task | None:
        tools = self._toolboxes.for_account(self._connection, self._account, vendor.name, created_at)
        new = NewTask(entry.kind or "", entry.name or "", DEFAULT_OUTCOME, entry.reason, entry.fields or {})
        return None if vendor.add_task is None else vendor.add_task(tools, new)

    def _made(self, vendor: Vendor, entry: SeedEntry, created_at: int) -> Task | None:
        operation = creation.making_operation(vendor.contract, entry)
        if operation is None:
            return None
        content = rules.credentials(self._declared, vendor).content
        wire = creation.wire_request(vendor.contract, operation, entry, content)
        request = creation.request_at(vendor, operation, wire, self._account, created_at, wall_ms())
        effects = Effects()
        tools = self._toolboxes.for_request(request, self._connection, effects)
        vendor.handlers[operation.id].act(request, tools)
        return self._made_task(operation, effects)

    def _made_task(self, operation: Operation, effects: Effects) -> Task | None:
        if operation.role is None or effects.task_id is None:
            return None
        return tasks.by_id(self._connection, effects.task_id)

    def _age(self, task: Task, entry: SeedEntry, created_at: int) -> None:
        context = TaskContext(self._connection, self._account, task.vendor, "", self._now, "")
        lifecycle = self._service.lifecycle_of(task)
        if entry.state is None and entry.outcome is None:
            # What it asks for may come to another outcome than success.
            entry = replace(entry, outcome=task.plan.outcome)
        plan = creation.plan_at(lifecycle, entry, created_at, self._now, self._account.tempo)
        self._service.rewrite(context, task, plan)

    def set_used(self) -> None:
        """Let of each quota have been used what the seed says."""
        for vendor, amounts in self._declared.quotas.items():
            context = TaskContext(self._connection, self._account, vendor, "", self._now, "")
            left = remaining_quotas(context)
            for name, amount in amounts.items():
                if amount.used is not None:
                    missing = left[name][0] - (amount.total - amount.used)
                    quotas.adjust(self._connection, self._account.id, vendor, name, missing)

    def plant(self) -> None:
        """Plant scenarios and profile."""
        planted = [scenario_rules.new_scenario(self._account, values) for values in self._declared.scenarios]
        scenarios.add(self._connection, self._account.id, *planted)
        profile = self._declared.profile
        if profile is not None:
            plant_profile(self._connection, self._account, profile.name, profile.seed)
