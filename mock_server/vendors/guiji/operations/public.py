"""2. Public Avatars & Voices."""

from typing import Any

from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.guiji import names, records
from bodydouble.mock_server.vendors.guiji.catalogue import AVATARS, VOICES
from bodydouble.mock_server.vendors.guiji.operations import common

handlers = Handlers[Toolbox]()


@handlers.operation("listPublicAvatars")
def list_public_avatars(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """2.1: the public avatars, by part of their name."""
    return common.page_of(request, (records.public_avatar(avatar, request.base_url) for avatar in AVATARS.values()))


@handlers.operation("listPublicVoices")
def list_public_voices(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """2.2: the public voices, by part of their name and by sex."""
    ready = tools.tasks.lifecycle(names.VOICE).states[names.VOICE_SUCCESS].code
    voices = (records.public_voice(voice, request.base_url, ready) for voice in VOICES.values())
    return common.page_of(request, voices)
