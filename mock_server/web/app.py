"""The WSGI application: vendors, control plane and result files on one port."""

import functools
from collections.abc import Iterable

from flask import Flask

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server import control
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.control.toolbox import control_toolboxes
from bodydouble.mock_server.delivery.receiver_tls import ReceiverTls
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.vendors import load_vendors
from bodydouble.mock_server.web.exchange_recorder import Recorder
from bodydouble.mock_server.web.file_counts import count_files
from bodydouble.mock_server.web.file_routes import add_file_routes
from bodydouble.mock_server.web.front import Front
from bodydouble.mock_server.web.operation_routes import add_operations
from bodydouble.mock_server.web.pipeline import OpenToolbox, Pipeline
from bodydouble.mock_server.web.upload_routes import add_upload_routes
from bodydouble.mock_server.web.vendor_paths import RESERVED, check_paths, segments_of


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


def create_app(services: Services) -> Flask:
    """The application of a server.

    Args:
        services: prepared (see Services.prepare); started by the process that runs the application.
    """
    app = Flask("bodydouble", static_folder=None)
    app.url_map.merge_slashes = False
    pipelines = [_pipeline(services, vendor, services.toolboxes.for_request) for vendor in services.vendors.values()]
    control_pipeline = _pipeline(services, services.control, control_toolboxes(services))
    add_operations(app, pipelines, control_pipeline, services.settings)
    add_file_routes(app, services)
    add_upload_routes(app, services)
    count_files(app, services.traffic)
    if services.settings.record is not None:
        app.wsgi_app = Recorder(app.wsgi_app, services.settings.record)  # type: ignore[method-assign]
    # Around everything, the recorder included: what it refuses is no traffic of an operation.
    app.wsgi_app = Front(  # type: ignore[method-assign]
        app.wsgi_app, services.settings, _own_segments([*pipelines, control_pipeline]), control_pipeline
    )
    return app


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
