"""What the control plane's operations do, one module for each chapter of its specification."""

from bodydouble.mock_server.control.operations import accounts, clock, deliveries, journal, scenarios, tasks, tokens
from bodydouble.mock_server.vendor_api.vendor import Handler

HANDLERS: dict[str, Handler] = {
    **accounts.handlers,
    **tokens.handlers,
    **clock.handlers,
    **tasks.handlers,
    **scenarios.handlers,
    **deliveries.handlers,
    **journal.handlers,
}
