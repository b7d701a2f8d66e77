"""The WSGI application: vendors, control plane and result files on one port."""

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server import control
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.control.toolbox import control_toolboxes
from bodydouble.mock_server.delivery.receiver_tls import ReceiverTls
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.vendors import load_vendors
from bodydouble.mock_server.web.exchange_recorder import Recorder
from bodydouble.mock_server.web.file_application import LaterFileApplication
from bodydouble.mock_server.web.front import Front
from bodydouble.mock_server.web.operation_routes import operation_routes
from bodydouble.mock_server.web.page_routes import PageRoutes
from bodydouble.mock_server.web.pipeline import OpenToolbox, Pipeline
from bodydouble.mock_server.web.vendor_paths import RESERVED, check_paths, segments_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def load_services(settings: Settings) -> Services:
    """Load and compile everything that requests need. Opens no connection; to be prepared before a fork.

    Raises:
        ValueError: a vendor package does not fit its contract, or two vendors have operations at the same place.
    """
    # First of all: what the thread reads is there when the contracts are.
    receiver_tls = ReceiverTls(settings.callback_ca, insecure=settings.callback_insecure)
    receiver_tls.begin_reading()
    vendors, control_plane = load_vendors(), load_control()
    check_paths([vendor.contract for vendor in vendors.values()], reserved=RESERVED)
    return Services(settings, vendors, control_plane, receiver_tls)


@functools.cache
def load_control() -> Vendor:
    """The control plane, in the form of one more vendor."""
    return Vendor.from_package(control, load_contract(control.NAME), has_accounts=False)


def create_app(services: Services) -> "WSGIApplication":
    """The application of a server.

    Args:
        services: prepared (see Services.prepare); started by the process that runs the application.
    """
    pipelines = [_pipeline(services, vendor, services.toolboxes.for_request) for vendor in services.vendors.values()]
    control_pipeline = _pipeline(services, services.control, control_toolboxes(services))
    app = operation_routes(
        pipelines, control_pipeline, services.settings, lambda errors: LaterFileApplication(services, errors)
    )
    if services.settings.record is not None:
        app = Recorder(app, services.settings.record)
    app = PageRoutes(app, services, control_pipeline)
    # Around everything, the recorder included: what it refuses is no traffic of an operation.
    return Front(app, services.settings, _own_segments([*pipelines, control_pipeline]), control_pipeline)


def _own_segments(pipelines: Iterable[Pipeline]) -> frozenset[str]:
    paths = (path for pipeline in pipelines for path in pipeline.contract.operations_by_path)
    return frozenset(segments_of(path)[0] for path in paths) | frozenset(RESERVED)


def _pipeline(services: Services, vendor: Vendor, open_toolbox: OpenToolbox) -> Pipeline:
    return Pipeline(
        vendor,
        services.state.main,
        services.journal,
        services.credentials(vendor.name),
        open_toolbox,
        services.traffic.requests_of(vendor.name),
    )
