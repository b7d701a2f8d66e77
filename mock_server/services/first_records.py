"""What new accounts start with, encoded once for as long as the vendors name the same values."""

from collections.abc import Iterator, Mapping, Sequence

import orjson
from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.services.toolbox import Toolboxes
from bodydouble.mock_server.store import resources
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.first_tasks import TaskTemplate
from bodydouble.mock_server.store.resources import NewResource
from bodydouble.mock_server.vendor_api.population import FirstResource, Population
from bodydouble.mock_server.vendor_api.vendor import Vendor


@dataclass(frozen=True, slots=True)
class FirstRecords:
    """What a new account starts with at one vendor.

    Attributes:
        population: what it was made from.
    """

    population: Population
    tasks: Sequence[TaskTemplate]
    resources: Sequence[NewResource]


class FirstRecordsService:
    """Records what new accounts start with.

    Args:
        vendors: by name.
        toolboxes: what vendors use to name it.
    """

    def __init__(self, vendors: Mapping[str, Vendor], toolboxes: Toolboxes) -> None:
        self._vendors, self._toolboxes = vendors, toolboxes
        # Of the latest account, by vendor.
        self._known: dict[str, FirstRecords] = {}

    def of_account(self, connection: Connection, account: Account) -> list[FirstRecords]:
        """What an account that is created now starts with."""
        return [self._of_vendor(connection, account, vendor) for vendor in self._vendors.values()]

    def _of_vendor(self, connection: Connection, account: Account, vendor: Vendor) -> FirstRecords:
        tools = self._toolboxes.for_account(connection, account, vendor.name, account.created_at)
        population, known = vendor.populate(tools), self._known.get(vendor.name)
        if known is None or known.population is not population:
            known = self._known[vendor.name] = self._encoded(vendor.name, population)
        return known

    def _encoded(self, vendor: str, population: Population) -> FirstRecords:
        tasks = [self._toolboxes.service.template(vendor, first) for first in population.tasks]
        return FirstRecords(population, tasks, [_new_resource(vendor, first) for first in population.resources])

    def record(
        self, connection: Connection, account: Account, records: Sequence[FirstRecords], numbers: Iterator[int]
    ) -> None:
        """Record what an account starts with, in few statements.

        Args:
            numbers: of the tasks.
        """
        templates = [template for each in records for template in each.tasks]
        self._toolboxes.service.record_first(connection, account, templates, numbers)
        new = [entry for each in records for entry in each.resources]
        resources.add_many(connection, account.id, new, created_at=account.created_at)


def _new_resource(vendor: str, first: FirstResource) -> NewResource:
    return NewResource(vendor, first.kind, first.category, first.key, orjson.dumps(first.content).decode())
