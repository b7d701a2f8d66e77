"""What the operations do, one module for each chapter of the vendor's document."""

from bodydouble.mock_server.vendor_api.vendor import Handler
from bodydouble.mock_server.vendors.aliyun_avatar.operations import (
    avatars,
    client,
    console,
    dialogue,
    instances,
    messages,
    videos,
)

HANDLERS: dict[str, Handler] = {
    **instances.handlers,
    **messages.handlers,
    **videos.handlers,
    **avatars.handlers,
    **client.handlers,
    **console.handlers,
    **dialogue.handlers,
}
