"""What a seed may declare: the rules that its form cannot say."""

from collections.abc import Iterator, Mapping

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.mock_server.engine.plans import PlanError, Tempo
from bodydouble.mock_server.engine.profiles import PROFILES
from bodydouble.mock_server.services import scenario_rules
from bodydouble.mock_server.services.scenario_rules import ScenarioRejected
from bodydouble.mock_server.services.seeds import creation
from bodydouble.mock_server.services.seeds.document import Problem
from bodydouble.mock_server.services.seeds.model import SeedAccount, SeedEntry
from bodydouble.mock_server.services.setting_rules import check_settings
from bodydouble.mock_server.services.snapshots.document import SnapshotError
from bodydouble.mock_server.services.snapshots.service import SnapshotService
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT
from bodydouble.mock_server.vendor_api.credentials import Credentials
from bodydouble.mock_server.vendor_api.settings import Objection, SettingRejected
from bodydouble.mock_server.vendor_api.vendor import Vendor

# Of one account, of all vendors; a snapshot holds more.
MAX_ENTRIES = 20_000
# The time that a plan is tried at.
_NOW = 2**41


def problems(
    accounts: list[SeedAccount], vendors: Mapping[str, Vendor], objection_to: Objection, snapshots: SnapshotService
) -> Iterator[Problem]:
    """What is wrong with the accounts of a seed, each with its place.

    Args:
        objection_to: why nothing may be sent to a URL.
        snapshots: knows what a snapshot may be.
    """
    yield from _repeated_ids(accounts)
    yield from _repeated_keys(accounts, vendors)
    for account in accounts:
        yield from _unknown_vendors(account, vendors)
        yield from _credential_problems(account, vendors)
        yield from _setting_problems(account, vendors, objection_to)
        yield from _quota_problems(account, vendors)
        yield from _scenario_problems(account, vendors)
        yield from _snapshot_problems(account, vendors, objection_to, snapshots)
        if sum(entry.count for entry in account.entries) > MAX_ENTRIES:
            yield f"{account.place}/tasks", f"more than {MAX_ENTRIES} in all"
        for entry in account.entries:
            if entry.vendor in vendors:
                yield from _entry_problems(account, entry, vendors[entry.vendor])


def credentials(account: SeedAccount, vendor: Vendor) -> Credentials:
    """The credentials of an account at a vendor.

    Raises:
        LookupError: it chooses some that cannot be chosen.
    """
    return vendor.new_credentials(account.id, account.seed).with_chosen(account.credentials.get(vendor.name, {}))


def _repeated_ids(accounts: list[SeedAccount]) -> Iterator[Problem]:
    ids: set[str] = set()
    for account in accounts:
        if account.id in ids:
            yield f"{account.place}/id", "there already"
        ids.add(account.id)


def _repeated_keys(accounts: list[SeedAccount], vendors: Mapping[str, Vendor]) -> Iterator[Problem]:
    # Every server has the default account.
    first_keys = {name: vendor.new_credentials(DEFAULT_ACCOUNT, 0).key for name, vendor in vendors.items()}
    owners = dict.fromkeys(first_keys.items(), DEFAULT_ACCOUNT)
    for account in accounts:
        for name, vendor in vendors.items():
            try:
                key = credentials(account, vendor).key
            except LookupError:
                continue
            if owners.setdefault((name, key), account.id) != account.id:
                yield f"{account.place}/credentials/{name}", "another account has the same key"


def _unknown_vendors(account: SeedAccount, vendors: Mapping[str, Vendor]) -> Iterator[Problem]:
    places = [f"credentials/{name}" for name in account.credentials] + [f"quotas/{name}" for name in account.quotas]
    yield from (
        (f"{account.place}/{place}", _no_vendor(vendors)) for place in places if place.partition("/")[2] not in vendors
    )
    yield from (
        (f"{entry.place}/vendor", _no_vendor(vendors)) for entry in account.entries if entry.vendor not in vendors
    )


def _no_vendor(vendors: Mapping[str, Vendor]) -> str:
    return f"there is no such vendor; there are {', '.join(sorted(vendors))}"


def _credential_problems(account: SeedAccount, vendors: Mapping[str, Vendor]) -> Iterator[Problem]:
    for name in account.credentials.keys() & vendors.keys():
        try:
            credentials(account, vendors[name])
        except LookupError as error:
            place, _, problem = str(error.args[0]).partition(": ")
            yield f"{account.place}/credentials/{name}{place}", problem


def _setting_problems(
    account: SeedAccount, vendors: Mapping[str, Vendor], objection_to: Objection
) -> Iterator[Problem]:
    try:
        check_settings(account.settings, vendors, objection_to)
    except SettingRejected as error:
        place, _, problem = str(error).partition(": ")
        yield f"{account.place}/settings{place}", problem


def _quota_problems(account: SeedAccount, vendors: Mapping[str, Vendor]) -> Iterator[Problem]:
    for name in account.quotas.keys() & vendors.keys():
        known = vendors[name].quotas
        for quota, amount in account.quotas[name].items():
            place = f"{account.place}/quotas/{name}/{quota}"
            if quota not in known:
                yield place, f"there is no such quota; {name} has {', '.join(known) or 'none'}"
            elif amount.used is not None and amount.used > amount.total:
                yield f"{place}/used", "more than the total"


def _scenario_problems(account: SeedAccount, vendors: Mapping[str, Vendor]) -> Iterator[Problem]:
    for index, scenario in enumerate(account.scenarios):
        try:
            scenario_rules.check(scenario, vendors)
        except ScenarioRejected as error:
            place, _, problem = str(error).partition(": ")
            yield f"{account.place}/scenarios/{index}{place}", problem
    if account.profile is not None and account.profile.name not in PROFILES:
        yield f"{account.place}/profile", f"there is no such profile; there are {', '.join(PROFILES)}"


def _snapshot_problems(
    account: SeedAccount, vendors: Mapping[str, Vendor], objection_to: Objection, snapshots: SnapshotService
) -> Iterator[Problem]:
    document, place = account.snapshot, f"{account.place}/snapshot"
    if document is None:
        return
    try:
        snapshots.require_usable(document)
        check_settings(document["settings"], vendors, objection_to)
        for index, scenario in enumerate(document["scenarios"]):
            place = f"{account.place}/snapshot/scenarios/{index}"
            scenario_rules.check(scenario_rules.body_of(scenario), vendors)
    except SnapshotError as error:
        yield f"{place}{error.place}", error.reason
    except SettingRejected as error:
        below, _, problem = str(error).partition(": ")
        yield f"{place}/settings{below}", problem
    except ScenarioRejected as error:
        below, _, problem = str(error).partition(": ")
        yield f"{place}{below}", problem


def _entry_problems(account: SeedAccount, entry: SeedEntry, vendor: Vendor) -> Iterator[Problem]:
    if entry.ages[-1] < 0:
        yield f"{entry.place}/every", "the last of them would be created in the future"
        return
    if entry.fields is not None:
        yield from _added_problems(entry, vendor)
        return
    operation = creation.making_operation(vendor.contract, entry)
    if operation is None:
        field = "operation" if entry.operation is not None else "kind"
        yield f"{entry.place}/{field}", f"cannot be made: {vendor.name}'s {creation.makers(vendor.contract)}"
        return
    try:
        own = credentials(account, vendor).content
    except LookupError:
        return
    yield from creation.request_problems(vendor.contract, operation, entry, own)
    yield from _plan_problems(entry, creation.lifecycle_of(vendor.contract, entry))


def _added_problems(entry: SeedEntry, vendor: Vendor) -> Iterator[Problem]:
    if vendor.add_task is None:
        yield f"{entry.place}/fields", f"operations of {vendor.name} make every task"
    elif entry.operation is not None or entry.request:
        yield f"{entry.place}/fields", "either an operation makes it, or it has fields"
    else:
        yield from _kind_problems(entry, vendor.contract)


def _kind_problems(entry: SeedEntry, contract: Contract) -> Iterator[Problem]:
    lifecycle = contract.lifecycles.get(entry.kind or "")
    if lifecycle is None:
        yield f"{entry.place}/kind", f"{contract.vendor} has {', '.join(contract.lifecycles)}"
    else:
        yield from _plan_problems(entry, lifecycle)


def _plan_problems(entry: SeedEntry, lifecycle: Lifecycle | None) -> Iterator[Problem]:
    if lifecycle is None:
        for name in ("state", "outcome", "reason"):
            if getattr(entry, name) is not None:
                yield f"{entry.place}/{name}", "it has no states"
        return
    try:
        creation.plan_at(lifecycle, entry, _NOW - entry.age, _NOW, Tempo())
    except PlanError as error:
        field = "outcome" if entry.state is None or entry.outcome not in (None, *lifecycle.outcomes) else "state"
        yield f"{entry.place}/{field}", str(error)
