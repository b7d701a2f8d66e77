"""A Guiji client: signs in and sends."""

import hashlib
import time
from typing import Any

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from tests.support.vendor_support import CALLBACK_URL

AVATAR_CONSENT = "I am Ann Example. I consent Example Ltd clone my avatar for the synthesis of video."
VOICE_CONSENT = "I am Ann Example. I consent Example Ltd clone my voice for the synthesis of audio."
TRAININGS = "/openapi/video/v2/training/pageList"
VOICES = "/openapi/speaker/v2/clonePageList"
VIDEOS = "/openapi/video/v2/pageList"
AUDIOS = "/openapi/speaker/v2/tts/pageList"
PUBLIC_AVATARS = "/openapi/robot/v2/fastPublicPageList"
PUBLIC_VOICES = "/openapi/speaker/v2/fastPublicPageList"
ACKNOWLEDGEMENT = {"code": "0", "success": True, "message": "Request successful"}


class Guiji:
    """A signed-in client of an account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.token: str = self.sign_in().json["data"]["access_token"]

    def sign_in(self, **changed: str) -> HttpResponse:
        """Ask for a token; `changed` replaces query parameters after signing."""
        credentials = self.account.credentials("guiji")
        timestamp = str(time.time_ns() // 1_000_000)
        text = credentials["app_id"] + timestamp + credentials["secret"]
        query = {
            "grant_type": "sign",
            "appId": credentials["app_id"],
            "timestamp": timestamp,
            "sign": hashlib.md5(text.encode()).hexdigest(),
        }
        return self.account.http.get("/openapi/oauth/token", query={**query, **changed})

    def later(self, seconds: float) -> None:
        """Advance the clock, and sign in again in case the token has expired."""
        self.account.advance(seconds)
        self.token = self.sign_in().json["data"]["access_token"]

    def send(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> HttpResponse:
        """Send a request with the token."""
        query = {"access_token": self.token, **arguments.pop("query", {})}
        return self.account.http.request(method, path, query=query, json_body=json_body, **arguments)

    def data(self, method: str, path: str, json_body: Any = ...) -> Any:
        """Send a request that must succeed; its data."""
        content = self.send(method, path, json_body).json
        assert content["code"] == "0", content
        return content["data"]

    def rejection(self, method: str, path: str, json_body: Any = ...) -> tuple[str, str]:
        """Send a request that must be rejected; code and message."""
        content = self.send(method, path, json_body).json
        assert content["success"] is False, content
        assert content["data"] is None
        return content["code"], content["message"]

    def page(self, path: str, page: int = 1, size: int = 10, **filters: Any) -> dict[str, Any]:
        """A page of a list."""
        return self.data("POST", path, {"page": page, "size": size, **filters})

    def train(self, **changed: Any) -> int:
        """Submit a training; its id."""
        request = {
            "name": "Presenter",
            "videoUrl": "https://media.example.com/training.mp4",
            "authorizeUrl": "https://media.example.com/consent.mp4",
            "authorizeText": AVATAR_CONSENT,
            "level": 1,
            **changed,
        }
        return int(self.data("POST", "/openapi/video/v3/create/training", request)["trainingId"])

    def authorize_avatar(self, scene_id: int | str, text: str = AVATAR_CONSENT) -> bool:
        """Hand in consent for a trained avatar."""
        request = {"sceneId": scene_id, "authorizeUrl": "https://media.example.com/a.mp4", "authorizeText": text}
        return bool(self.data("POST", "/openapi/video/v3/authorize", request))

    def authorize_voice(self, speaker_id: str, text: str = VOICE_CONSENT) -> bool:
        """Hand in consent for a cloned voice."""
        request = {"speakerId": speaker_id, "authorizeUrl": "https://media.example.com/a.wav", "authorizeText": text}
        return bool(self.data("POST", "/openapi/speaker/v3/authorize", request))

    def training(self, training_id: int) -> dict[str, Any]:
        return self.data("GET", f"/openapi/video/v2/training/get/{training_id}")

    def clone(self, **changed: Any) -> str:
        """Submit a voice to clone; its speakerId."""
        request = {
            "name": "Narrator",
            "audioUrl": "https://media.example.com/sample.wav",
            "authorizeUrl": "https://media.example.com/consent.wav",
            "authorizeText": VOICE_CONSENT,
            **changed,
        }
        return str(self.data("POST", "/openapi/speaker/v3/clone", request)["speakerId"])

    def voice(self, speaker_id: str) -> dict[str, Any]:
        return self.data("GET", f"/openapi/speaker/v2/clone/{speaker_id}")

    def synthesise(self, **changed: Any) -> int:
        """Submit a video; its id."""
        request = {"sceneId": "-101", "text": "Hello there.", "speakerId": "C_101", **changed}
        return int(self.data("POST", "/openapi/video/v3/simpleCreate", request)["videoId"])

    def video(self, video_id: int) -> dict[str, Any]:
        return self.data("GET", f"/openapi/video/v2/get/{video_id}")

    def speak(self, content: str = "Hello there.", **changed: Any) -> int:
        """Submit an audio; its id."""
        request = {"speakerId": "C_101", "content": content, **changed}
        return int(self.data("POST", "/openapi/speaker/v3/fastTts", request)["id"])

    def audio(self, audio_id: int) -> dict[str, Any]:
        return self.data("GET", f"/openapi/speaker/v2/tts/{audio_id}")

    def benefits(self) -> dict[str, int]:
        return self.data("GET", "/openapi/user/v2/get")["account"]


def known_values(account: Account) -> dict[str, list[object]]:
    """Ids of the catalogue and of one task of each kind, finished and not."""
    guiji = Guiji(account)
    finished = {"training": guiji.train(), "video": guiji.synthesise(), "audio": guiji.speak()}
    speaker = guiji.clone()
    account.advance(10)
    scene = guiji.training(finished["training"])["sceneId"]
    running = [guiji.train(), guiji.synthesise(), guiji.speak()]
    return {
        "id": [*finished.values(), *running],
        "sceneId": ["-101", 109, scene],
        "speakerId": ["C_101", "C_120", speaker, guiji.clone()],
        "callbackUrl": [CALLBACK_URL],
    }


def sample_traffic(account: Account) -> str:
    """Create and read a video; the token."""
    client = Guiji(account)
    client.video(client.synthesise())
    return client.token
