"""The WSGI application: vendors, control plane and result files on one port."""

from flask import Flask

from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.control import VENDOR as control
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.vendors import load_vendors
from bodydouble.mock_server.web.exchange_recorder import Recorder
from bodydouble.mock_server.web.file_routes import add_file_routes
from bodydouble.mock_server.web.flask_app import Application
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.routing import add_routes
from bodydouble.mock_server.web.upload_routes import add_upload_routes


def load_services(settings: Settings) -> Services:
    """Load and compile everything that requests need. Opens no connection and starts no thread, so it may be forked."""
    control.check()
    return Services(settings, load_vendors(), control)


def create_app(services: Services) -> Flask:
    """The application of a server.

    Args:
        services: prepared (see Services.prepare); started by whoever runs the application.
    """
    app = Application("bodydouble", static_folder=None)
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = services.settings.max_body_bytes
    pipelines = [Pipeline(vendor, services) for vendor in services.vendors.values()]
    add_routes(app, [*pipelines, Pipeline(services.control, services)])
    add_file_routes(app, services)
    add_upload_routes(app, services)
    if services.settings.record is not None:
        app.wsgi_app = Recorder(app.wsgi_app, services.settings.record)  # type: ignore[method-assign]
    return app
