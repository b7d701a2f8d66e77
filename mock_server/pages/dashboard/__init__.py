"""The dashboard: accounts, their clocks, tasks, deliveries, journals and scenarios, as the control plane knows them."""

from flask import Flask

from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.dashboard.accounts import account_pages
from bodydouble.mock_server.pages.dashboard.deliveries import delivery_pages
from bodydouble.mock_server.pages.dashboard.journal import journal_pages
from bodydouble.mock_server.pages.dashboard.overview import overview_pages
from bodydouble.mock_server.pages.dashboard.scenarios import scenario_pages
from bodydouble.mock_server.pages.dashboard.tasks import task_pages
from bodydouble.mock_server.pages.dashboard.tones import DELIVERY_TONES, status_tone


def add_dashboard(app: Flask, context: PageContext) -> None:
    """Add all pages of the dashboard."""
    app.jinja_env.globals.update(delivery_tones=DELIVERY_TONES, status_tone=status_tone)
    for blueprint in (overview_pages, account_pages, task_pages, delivery_pages, journal_pages, scenario_pages):
        app.register_blueprint(blueprint(context))
