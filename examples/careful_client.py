"""The client of fragile_client.py with its four mistakes mended."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

import urllib3

STATES = {-1: "editing", 1: "queued", 2: "processing", 3: "ready", 4: "failed", 6: "cancelled", 7: "failed"}


class GuijiError(Exception):
    """Guiji rejected a call."""


@dataclass(frozen=True)
class Video:
    """One video; the length in seconds."""

    name: str
    state: str
    seconds: float
    url: str


class Guiji:
    """Signs in, creates videos and reads them."""

    def __init__(self, base_url: str, app_id: str, secret: str) -> None:
        self.base_url = base_url
        timestamp = str(time.time_ns() // 1_000_000)
        sign = hashlib.md5(f"{app_id}{timestamp}{secret}".encode(), usedforsecurity=False).hexdigest()
        query = {"grant_type": "sign", "appId": app_id, "timestamp": timestamp, "sign": sign}
        self.token = self._get("/openapi/oauth/token", query)["access_token"]

    def _get(self, path: str, query: dict[str, str]) -> Any:
        content = urllib3.request("GET", self.base_url + path, fields=query, retries=False).json()
        if content["code"] != "0":
            raise GuijiError(content["message"])
        return content["data"]

    def video(self, video_id: int) -> Video:
        """Read a video."""
        data = self._get(f"/openapi/video/v2/get/{video_id}", {"access_token": self.token})
        url = data.get("videoUrl")
        seconds = float(data.get("duration") or 0)
        state = STATES.get(data.get("synthesisStatus"), "unknown")
        return Video(data.get("videoName") or "", state, seconds, url or "")

    def create_video(self, text: str) -> int:
        """Have a text spoken; the id of the video."""
        url = f"{self.base_url}/openapi/video/v3/simpleCreate?access_token={self.token}"
        order = {"videoName": text[:20], "sceneId": -101, "speakerId": "C_101", "text": text}
        try:
            content = urllib3.request("POST", url, json=order, retries=False).json()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            # The video may exist, and costs: whether it does has to be looked up.
            raise GuijiError("Guiji gives no response; the video may have been created") from error
        if content["code"] != "0":
            raise GuijiError(content["message"])
        return int(content["data"]["videoId"])
