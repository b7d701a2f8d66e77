"""What the handlers of the control plane may use: all accounts, and the services that act on them."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.delivery.background import Background
from bodydouble.mock_server.delivery.deliverer import Deliverer
from bodydouble.mock_server.services.accounts import AccountService
from bodydouble.mock_server.services.clocks import ClockService
from bodydouble.mock_server.services.effects import Effects
from bodydouble.mock_server.services.monitoring import MonitoringService
from bodydouble.mock_server.services.snapshots.service import SnapshotService
from bodydouble.mock_server.services.tasks import TaskService
from bodydouble.mock_server.services.toolbox import Toolboxes
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.store.journal import Journal
from bodydouble.mock_server.vendor_api.request import AuthenticatedRequest
from bodydouble.mock_server.vendor_api.settings import Objection
from bodydouble.mock_server.vendor_api.vendor import Vendor


@dataclass(frozen=True, slots=True)
class ControlToolbox:
    """What a handler of the control plane may use, within one request.

    Attributes:
        connection: for reading; the transaction of a handler that has one. A handler for monitoring has none.
        toolboxes: what a vendor's own code uses when the control plane asks it for something.
        objection_to: why nothing may be sent to a URL, or None.
        effects: what the handler has done, for the journal.
    """

    connection: Connection
    settings: Settings
    vendors: Mapping[str, Vendor]
    accounts: AccountService
    clocks: ClockService
    tasks: TaskService
    snapshots: SnapshotService
    toolboxes: Toolboxes
    deliverer: Deliverer
    background: Background
    monitoring: MonitoringService
    journal: Journal
    redactors: Mapping[str, FieldRedactor]
    objection_to: Objection
    effects: Effects


def control_toolboxes(services: Services) -> Callable[[AuthenticatedRequest, Connection, Effects], ControlToolbox]:
    """What opens the toolbox of a request to the control plane."""

    def open_toolbox(request: AuthenticatedRequest, connection: Connection, effects: Effects) -> ControlToolbox:
        return ControlToolbox(
            connection=connection,
            settings=services.settings,
            vendors=services.vendors,
            accounts=services.accounts,
            clocks=services.clocks,
            tasks=services.tasks,
            snapshots=services.snapshots,
            toolboxes=services.toolboxes,
            deliverer=services.deliverer,
            background=services.background,
            monitoring=services.monitoring,
            journal=services.journal,
            redactors=services.redactors,
            objection_to=services.destination_policy.objection,
            effects=effects,
        )

    return open_toolbox
