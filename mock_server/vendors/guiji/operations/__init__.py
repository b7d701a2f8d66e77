"""What the operations do, one module for each chapter of the vendor's document."""

from bodydouble.mock_server.vendor_api.vendor import Handler
from bodydouble.mock_server.vendors.guiji.operations import account, audios, avatars, public, videos, voices

HANDLERS: dict[str, Handler] = {
    **account.handlers,
    **public.handlers,
    **avatars.handlers,
    **voices.handlers,
    **videos.handlers,
    **audios.handlers,
}
