"""What the operations do, one module for each chapter of the specification."""

from bodydouble.mock_server.vendor_api.vendor import Handler
from bodydouble.mock_server.vendors.softsugar.operations import account, billing, materials, preheating, tasks

HANDLERS: dict[str, Handler] = {
    **account.handlers,
    **preheating.handlers,
    **materials.handlers,
    **tasks.handlers,
    **billing.handlers,
}
