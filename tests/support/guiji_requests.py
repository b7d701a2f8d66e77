"""Valid requests to Guiji, for tests that make them invalid, and checks of the rejection."""

from typing import Any

from bodydouble.mock_server.testing.http import HttpResponse
from tests.support.guiji import (
    AUDIOS,
    AVATAR_CONSENT,
    PUBLIC_AVATARS,
    PUBLIC_VOICES,
    TRAININGS,
    VIDEOS,
    VOICE_CONSENT,
    VOICES,
    Guiji,
)

TRAIN = "/openapi/video/v3/create/training"
CLONE = "/openapi/speaker/v3/clone"
SYNTHESISE = "/openapi/video/v3/simpleCreate"
SPEAK = "/openapi/speaker/v3/fastTts"
AUTHORIZE_AVATAR = "/openapi/video/v3/authorize"
AUTHORIZE_VOICE = "/openapi/speaker/v3/authorize"
LISTS = (PUBLIC_AVATARS, PUBLIC_VOICES, TRAININGS, VOICES, VIDEOS, AUDIOS)
GETS = ("/openapi/video/v2/training/get/{}", "/openapi/video/v2/get/{}", "/openapi/speaker/v2/tts/{}")

URL = "https://media.example.com/file"
GOOD: dict[str, dict[str, Any]] = {
    TRAIN: {"name": "a", "videoUrl": URL, "authorizeUrl": URL, "authorizeText": AVATAR_CONSENT, "level": 1},
    CLONE: {"name": "a", "audioUrl": f"{URL}.wav", "authorizeUrl": URL, "authorizeText": VOICE_CONSENT},
    SYNTHESISE: {"sceneId": "-101", "text": "Hello.", "speakerId": "C_101"},
    SPEAK: {"speakerId": "C_101", "content": "Hello."},
    AUTHORIZE_AVATAR: {"sceneId": -101, "authorizeUrl": URL, "authorizeText": AVATAR_CONSENT},
    AUTHORIZE_VOICE: {"speakerId": "C_101", "authorizeUrl": URL, "authorizeText": VOICE_CONSENT},
    **{path: {"page": 1, "size": 10} for path in LISTS},
}
CREATES = (TRAIN, CLONE, SYNTHESISE, SPEAK)

JSON = {"Content-Type": "application/json"}
MISSING_OR_INVALID = "40015"


def error_message(response: HttpResponse, code: str, status: int = 200) -> str:
    """Require the response to be an error in the vendor's envelope; its message."""
    assert response.status == status, response.body
    assert response.headers["content-type"] == "application/json"
    content = response.json
    assert content.keys() == {"code", "success", "message", "data"}
    assert (content["code"], content["success"], content["data"]) == (code, False, None), content
    return str(content["message"])


def assert_nothing_happened(guiji: Guiji) -> None:
    """No task was created, no quota was used, and the server still responds."""
    assert guiji.account.tasks(vendor="guiji") == []
    quotas = guiji.account.describe()["vendors"]["guiji"]["quotas"]
    assert all(quota["remaining"] == quota["total"] for quota in quotas.values())
