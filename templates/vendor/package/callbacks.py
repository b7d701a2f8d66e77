"""What the callbacks carry. They are not signed."""

from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.response import Json
from bodydouble.mock_server.vendors.acme_cloud import records


def body(event: CallbackEvent) -> Json:
    """The payload of a callback about a task that has ended."""
    return records.task(event.task)
