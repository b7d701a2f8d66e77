"""The parts of a running server, put together once."""

from collections.abc import Mapping

from bodydouble.contracts.model.validators import Validator
from bodydouble.contracts.redaction.secret_names import EVIDENT_NAMES, spellings
from bodydouble.contracts.redaction.traffic import traffic_fields
from bodydouble.mock_server.delivery.background import Background
from bodydouble.mock_server.delivery.deliverer import Deliverer
from bodydouble.mock_server.delivery.destination_policy import DestinationPolicy
from bodydouble.mock_server.delivery.dispatcher import Dispatcher
from bodydouble.mock_server.delivery.receiver_tls import ReceiverTls
from bodydouble.mock_server.delivery.turns import REQUEST_TURNS
from bodydouble.mock_server.services.accounts import AccountService, FirstProfile
from bodydouble.mock_server.services.clocks import ClockService
from bodydouble.mock_server.services.credentials import StoredCredentials
from bodydouble.mock_server.services.metrics.traffic import TrafficMetrics
from bodydouble.mock_server.services.monitoring import MonitoringService
from bodydouble.mock_server.services.retention import INTERVAL as RETENTION_INTERVAL
from bodydouble.mock_server.services.retention import RetentionService
from bodydouble.mock_server.services.snapshots.rules import ControlRules
from bodydouble.mock_server.services.snapshots.service import SnapshotService
from bodydouble.mock_server.services.tasks import TaskService
from bodydouble.mock_server.services.toolbox import Toolboxes
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.store.credential_cache import CredentialCache
from bodydouble.mock_server.store.issued_values import IssuedValues
from bodydouble.mock_server.store.journal import Journal
from bodydouble.mock_server.store.state import State
from bodydouble.mock_server.vendor_api.vendor import Vendor

# Seconds between two looks at whether there are journal entries to write, which requests themselves say.
JOURNAL_INTERVAL = 5.0


class Services:
    """The parts of a running server.

    Args:
        settings: how it is run.
        vendors: that it mocks, by name.
        control: the control plane, in the form of one more vendor.
        receiver_tls: which certificates of receivers are trusted; by the settings if None.
    """

    def __init__(
        self,
        settings: Settings,
        vendors: Mapping[str, Vendor],
        control: Vendor,
        receiver_tls: ReceiverTls | None = None,
    ) -> None:
        self.receiver_tls = receiver_tls or ReceiverTls(settings.callback_ca, insecure=settings.callback_insecure)
        self.settings = settings
        self.vendors = vendors
        self.control = control
        self.background = Background()
        self.state = State(settings.state, settings.durability)
        self.redactors = {
            name: traffic_fields(vendor.contract) for name, vendor in {**vendors, control.name: control}.items()
        }
        self._credential_cache = CredentialCache(self.state.main)
        secret_names = _secret_names(vendors)
        issued = IssuedValues(self.state.main, secret_names, filter(None, [settings.control_token]))
        self.journal = Journal(self.state.journal, self.redactors, issued)
        self.tasks = TaskService({name: vendor.contract for name, vendor in vendors.items()})
        self.destination_policy = DestinationPolicy(settings.callback_hosts, settings.port)
        self.toolboxes = Toolboxes(self.tasks, self.destination_policy.objection)
        self.accounts = AccountService(
            self.state.main,
            self.journal,
            vendors,
            self.toolboxes,
            settings.pace,
            None if settings.profile is None else FirstProfile(settings.profile, settings.fault_seed),
        )
        self.snapshots = SnapshotService(
            self.state.main,
            vendors,
            self.tasks,
            settings,
            secret_names | spellings(EVIDENT_NAMES),
            ControlRules(vendors, _form_of_scenarios(control), self.destination_policy.objection),
        )
        self.deliverer = Deliverer(
            self.state.main, vendors, self.destination_policy, settings.base_url, self.receiver_tls
        )
        self.clocks = ClockService(self.state.main, self.tasks, self.deliverer)
        self.dispatcher = Dispatcher(self.state.main, self.deliverer, self.background)
        for database in (self.state.main, self.state.journal):
            database.on_foreign_lock = REQUEST_TURNS.give_up
        self.traffic = TrafficMetrics(
            [*(vendor.contract for vendor in vendors.values()), control.contract], settings.workers
        )
        self.journal.on_lost = self.traffic.count_lost_entries
        self.monitoring = MonitoringService(self.state, self.background, self.traffic)
        self.deliverer.on_attempt = self.monitoring.count_attempt
        self.retention = RetentionService(self.state.main, settings)
        self._threads = (
            self.background.thread("retention", self.retention.apply, RETENTION_INTERVAL, self.state.main.close),
            writing := self.background.thread(
                "journal", self.journal.gather, JOURNAL_INTERVAL, self.state.journal.close
            ),
        )
        self.journal.on_pending = writing.wake

    def credentials(self, vendor: str) -> StoredCredentials:
        """What the authentication of a vendor may look up."""
        return StoredCredentials(vendor, self._credential_cache, self.state.main, self.settings.control_token)

    def prepare(self) -> None:
        """Make the tables, the accounts of the seed and the default account, and take over what a predecessor left.

        Once, before serving.

        Raises:
            OSError: the file of the seed cannot be read.
            SeedError: the seed cannot be used, and nothing of it has been done.
        """
        if self.settings.seed is None:
            self.state.create_tables()
            self.accounts.prepare()
        else:
            self._prepare_with_seed(self.settings.seed)
        self.receiver_tls.require_usable()

    def _prepare_with_seed(self, path: str) -> None:
        # Imported here: few servers have one.
        from bodydouble.mock_server.services.seeds import document
        from bodydouble.mock_server.services.seeds.service import SeedService

        objection = self.destination_policy.objection
        seeds = SeedService(self.state.main, self.vendors, self.accounts, self.toolboxes, objection, self.snapshots)
        # Before anything is written.
        seed = seeds.checked(document.read(path))
        self.state.create_tables()
        seeds.apply(seed)
        self.accounts.prepare(seed.own_profiles)

    def start(self) -> None:
        """Start the background threads of this process."""
        self.monitoring.start()
        for thread in self._threads:
            thread.start()
        self.dispatcher.start()
        self.background.start()

    def stop(self) -> None:
        """End the background threads; attempts under way are waited for, but not for long."""
        # First what must not be lost: this process may be ended before a hanging thread is.
        self.journal.flush_safely()
        self.background.stop()
        self.dispatcher.stop()
        for thread in self._threads:
            thread.stop()
        self.journal.stop()
        self.state.close()


def _form_of_scenarios(control: Vendor) -> Validator:
    body = control.contract.operations["addScenario"].request_body
    if body is None or body.json is None:
        raise ValueError("scenarios are added without a body of JSON")
    return body.json


def _secret_names(vendors: Mapping[str, Vendor]) -> frozenset[str]:
    # What the specifications call a secret, as a setting of an account may be named.
    sensitive = (item for vendor in vendors.values() for item in vendor.contract.sensitive.items())
    return spellings(name for name, kind in sensitive if kind == "secret")
