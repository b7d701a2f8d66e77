"""The main job from start to end, as a timeline: token, avatar, voice, video, callbacks, download, quota.

Starts a server and a callback receiver on free ports of this machine; needs nothing else.
"""

import argparse
import hashlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rich.console import Console

from bodydouble.testing import mp4, wav

CONSOLE = Console(highlight=False)
STARTED = time.perf_counter()
NAME, COMPANY = "Ann Example", "Example Ltd"


def say(who: str, what: str) -> None:
    """Print one line of the timeline."""
    colours = {"client": "cyan", "callback": "magenta", "server": "green", "time": "yellow"}
    elapsed = time.perf_counter() - STARTED
    CONSOLE.print(f"[dim]{elapsed:6.2f} s[/dim]  [{colours[who]}]{who:8}[/{colours[who]}]  {what}", soft_wrap=True)


class Receiver(BaseHTTPRequestHandler):
    """Receives callbacks, and serves the material that the vendor would fetch."""

    callbacks: "queue.Queue[dict[str, Any]]" = queue.Queue()

    def do_POST(self) -> None:
        callback = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._respond(b'{"code": "0", "success": true, "message": "Request successful"}', "application/json")
        self.callbacks.put(callback)

    def do_GET(self) -> None:
        if self.path.endswith(".wav"):
            self._respond(wav(12_000), "audio/wav")
        else:
            self._respond(mp4(60_000), "video/mp4")

    def _respond(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The timeline says what matters."""


def call(method: str, url: str, content: Any = None) -> Any:
    """One HTTP request with JSON in and out."""
    request = urllib.request.Request(
        url,
        method=method,
        data=None if content is None else json.dumps(content).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"null")


class Guiji:
    """The few calls of a client that matter here."""

    def __init__(self, base_url: str, credentials: dict[str, str]) -> None:
        self.base_url = base_url
        timestamp = str(time.time_ns() // 1_000_000)
        text = credentials["app_id"] + timestamp + credentials["secret"]
        sign = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        query = f"grant_type=sign&appId={credentials['app_id']}&timestamp={timestamp}&sign={sign}"
        response = call("GET", f"{base_url}/openapi/oauth/token?{query}")
        self.token = response["data"]["access_token"]
        say("client", f"token {self.token[:8]}…, good for {response['data']['expires_in']} s")

    def __call__(self, method: str, path: str, content: Any = None) -> Any:
        response = call(method, f"{self.base_url}{path}?access_token={self.token}", content)
        if response["code"] != "0":
            raise SystemExit(f"{path} was rejected: {response['message']}")
        return response["data"]


def next_callback(task_type: str) -> dict[str, Any]:
    """Wait for a callback."""
    callback = Receiver.callbacks.get(timeout=30)
    if callback["taskType"] != task_type:
        raise SystemExit(f"{task_type} was expected, {callback['taskType']} came")
    say("callback", f"{task_type}: {json.dumps(callback['data'])}")
    data: dict[str, Any] = callback["data"]
    return data


@contextmanager
def running_server() -> Iterator[str]:
    """A server on a free port; yields its base URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bodydouble", "serve", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit("the server did not start")
            try:
                call("GET", f"http://127.0.0.1:{port}/_mock/health")
                break
            except OSError:
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(10)


def play(base_url: str, receiver_url: str, folder: Path) -> None:
    """The story."""
    account = call("POST", f"{base_url}/_mock/accounts", {})
    control = f"{base_url}/_mock/accounts/{account['id']}"
    guiji = Guiji(base_url, account["vendors"]["guiji"]["credentials"])
    before = guiji("GET", "/openapi/user/v2/get")["account"]
    say("client", f"quota: {before['fastTrainingAmount']} trainings, {before['fastDuration']} ms of video")

    training = guiji(
        "POST",
        "/openapi/video/v3/create/training",
        {
            "name": "Presenter",
            "videoUrl": f"{receiver_url}/material/training.mp4",
            "authorizeUrl": f"{receiver_url}/material/consent.mp4",
            "authorizeText": f"I am {NAME}. I consent {COMPANY} clone my avatar for the synthesis of video.",
            "level": 1,
            "callbackUrl": f"{receiver_url}/callback",
        },
    )
    say("client", f"avatar training {training['trainingId']} submitted; minutes at the vendor, seconds here")
    avatar = next_callback("video-training")

    voice = guiji(
        "POST",
        "/openapi/speaker/v3/clone",
        {
            "name": "Narrator",
            "audioUrl": f"{receiver_url}/material/sample.wav",
            "authorizeUrl": f"{receiver_url}/material/consent.wav",
            "authorizeText": f"I am {NAME}. I consent {COMPANY} clone my voice for the synthesis of audio.",
            "callbackUrl": f"{receiver_url}/callback",
        },
    )
    say("client", f"voice clone {voice['speakerId']} submitted")
    next_callback("voice-clone")

    call("POST", f"{control}/clock/freeze")
    say("time", "clock frozen: from now on, the test controls the time")
    video = guiji(
        "POST",
        "/openapi/video/v3/simpleCreate",
        {
            "videoName": "Welcome",
            "sceneId": str(avatar["sceneId"]),
            "speakerId": voice["speakerId"],
            "text": "Welcome to the studio. This video was made without a studio, a camera or a bill.",
            "callbackUrl": f"{receiver_url}/callback",
        },
    )
    status = guiji("GET", f"/openapi/video/v2/get/{video['videoId']}")["synthesisStatus"]
    say("client", f"video {video['videoId']} submitted, status {status}")
    for happened in call("POST", f"{control}/clock/advance", {"seconds": 60})["happened"]:
        what = happened.get("state") or f"callback {happened['outcome']}"
        say("time", f"advanced: {happened.get('kind', happened.get('callback'))} -> {what}")
    result = next_callback("video-synthesis")

    with urllib.request.urlopen(result["videoUrl"], timeout=30) as response:
        content = response.read()
    path = folder / "welcome.mp4"
    path.write_bytes(content)
    say(
        "client",
        f"downloaded {len(content)} bytes of {response.headers['Content-Type']}, {result['duration']} s, to {path}",
    )
    after = guiji("GET", "/openapi/user/v2/get")["account"]
    say("client", f"quota: {after['fastTrainingAmount']} trainings, {after['fastDuration']} ms of video")
    used = before["fastDuration"] - after["fastDuration"]
    if used != round(float(result["duration"]) * 1000):
        raise SystemExit(f"{used} ms were charged for {result['duration']} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the video is stored; a temporary folder by default")
    arguments = parser.parse_args()
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="bodydouble-demo-"))
    with running_server() as base_url:
        say("server", f"serving on {base_url}")
        play(base_url, f"http://127.0.0.1:{receiver.server_port}", folder)
    say("server", "stopped")


if __name__ == "__main__":
    main()
