"""2. Public Avatars & Voices."""

from typing import Any

from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.guiji import names, records
from bodydouble.mock_server.vendors.guiji.catalogue import AVATARS, VOICES
from bodydouble.mock_server.vendors.guiji.operations import common

handlers = Handlers[Toolbox]()


def _matches(name: str, request: OperationRequest) -> bool:
    return request.body.get("name", "").lower() in name.lower()


@handlers.operation("listPublicAvatars")
def list_public_avatars(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """2.1: the public avatars, by part of their name."""
    avatars = [avatar for avatar in AVATARS.values() if _matches(avatar["sceneName"], request)]
    return common.page_of(request, [records.public_avatar(avatar, request.base_url) for avatar in avatars])


@handlers.operation("listPublicVoices")
def list_public_voices(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """2.2: the public voices, by part of their name and by sex."""
    sex = request.body.get("sex")
    voices = [voice for voice in VOICES.values() if _matches(voice["ttsName"], request) and sex in (None, voice["sex"])]
    ready = tools.tasks.lifecycle(names.VOICE).states[names.VOICE_SUCCESS].code
    return common.page_of(request, [records.public_voice(voice, request.base_url, ready) for voice in voices])
