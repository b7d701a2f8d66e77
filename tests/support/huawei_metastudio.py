"""A MetaStudio client: signs and sends."""

import base64
import copy
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import sdk_hmac_sha256
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from tests.support.vendor_support import CALLBACK_URL

VENDOR = "huawei-metastudio"
AVATAR, LARGE_AVATAR = "0c7798664ee7178b3dba3bbef57c32e7", "ed80545cf035d5cd33db3d90cc944654"
VOICE, MUSIC = "394f3a27cd0b3d6164ca75c3db1edf6c", "db6d8a16b48ff29a6e30bca534eb7483"
PICTURE, CLIP = "34534f0262813a6838bdcfb8bc949af6", "8df09f26758099acad583fc831005ab9"
OWN_PICTURE, OWN_CLIP = "b2c4e6f81a3d5c7e9f0b2d4f6a8c0e13", "d8680e9de8b02014d0415dafdf1738a1"
DRAFT, TEMPLATE = "7f5a1c3e9b2d4f608a7c5e3d1b9f2a46", "c1a34705c6770e8498a90eee2d8a18cb"
FIRST_FILE = "5d0f7b9c2e4a6183a5c7e9f1b3d50628"
# Beyond the longest work of a job at the server's default pace.
READY = 10


def scene(text: str = "Hello, everyone.", **changed: Any) -> dict[str, Any]:
    """A scene that is driven by text."""
    number = changed.pop("sequence_no", 0)
    script = {
        "script_type": "TEXT",
        "text_config": {"text": text},
        "background_config": [{"background_type": "COLOR", "background_color_config": "#FFFFFF"}],
        **changed,
    }
    return {"sequence_no": number, "shoot_script": script}


def recorded_scene(**changed: Any) -> dict[str, Any]:
    """A scene that is driven by a recording."""
    number = changed.pop("sequence_no", 0)
    return {"sequence_no": number, "shoot_script": {"script_type": "AUDIO", **changed}}


def file_declaration(content: bytes = b"\x89PNG not really", **changed: Any) -> dict[str, Any]:
    """The body that declares a picture before its upload."""
    return {
        "file_name": "logo.png",
        "file_md5": base64.b64encode(hashlib.md5(content).digest()).decode(),
        "file_size": len(content),
        "file_type": "png",
        "asset_id": OWN_PICTURE,
        "asset_file_category": "OTHER",
        **changed,
    }


_REQUEST: dict[str, Any] = {
    "model_asset_id": AVATAR,
    "voice_config": {"voice_asset_id": VOICE, "speed": 100, "pitch": 100, "volume": 140},
    "video_config": {"codec": "H264", "bitrate": 5000, "width": 1920, "height": 1080, "frame_rate": "25"},
    "shoot_scripts": [scene()],
    "output_asset_config": {"asset_name": "Introduction"},
}


def video_request(**changed: Any) -> dict[str, Any]:
    """A valid request; `changed` replaces whole fields, None removes them."""
    request = {**copy.deepcopy(_REQUEST), **changed}
    return {name: value for name, value in request.items() if value is not None}


def video_config(**changed: Any) -> dict[str, Any]:
    """A valid video_config with some fields changed."""
    return {**_REQUEST["video_config"], **changed}


class MetaStudio:
    """A client of an account.

    Args:
        account: whose credentials are used.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.credentials = account.credentials(VENDOR)
        self.project = self.credentials["project_id"]

    def path(self, path: str) -> str:
        """The path of an API below the project."""
        return f"/v1/{self.project}{path}"

    def signed(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        off: int = 0,
        **credentials: str,
    ) -> dict[str, str]:
        """The headers of a signed request.

        Args:
            path: the whole one.
            off: offset of the client's clock in seconds.
            credentials: others than the account's.
        """
        used = {**self.credentials, **credentials}
        signing_time = datetime.now(UTC) + timedelta(seconds=off)
        sent = {
            "Host": self.account.server.base_url.removeprefix("http://"),
            "Content-Type": "application/json",
            "X-Project-Id": self.project,
            "X-Sdk-Date": signing_time.strftime("%Y%m%dT%H%M%SZ"),
            **(headers or {}),
        }
        wire = WireRequest(
            method,
            path,
            urlencode(query or {}, doseq=True, quote_via=quote),
            {name.lower(): value for name, value in sent.items()},
            body,
        )
        names = [name.lower() for name in sent]
        authorization = sdk_hmac_sha256.sign(wire, used["access_key"], used["secret_key"], names)
        return {**sent, "Authorization": authorization.to_text()}

    def send(
        self,
        method: str,
        path: str,
        json_body: Any = ...,
        *,
        query: dict[str, Any] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        **signing: Any,
    ) -> HttpResponse:
        """Send a signed request; `path` is below the project."""
        raw = json.dumps(json_body).encode() if json_body is not ... else body or b""
        whole = self.path(path)
        sent = self.signed(method, whole, query, raw, headers, **signing)
        text = urlencode(query or {}, doseq=True, quote_via=quote)
        return self.account.http.request(method, f"{whole}?{text}" if text else whole, body=raw, headers=sent)

    def data(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        """Send a request that must succeed; its data, or None for an empty response."""
        response = self.send(method, path, json_body, **arguments)
        assert response.status == 200, response.body
        assert response.headers["x-request-id"]
        return response.json if response.body else None

    def rejection(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> tuple[int, str, str]:
        """Send a request that must be rejected; status, code and message."""
        return error_in(self.send(method, path, json_body, **arguments))

    def create(self, headers: dict[str, str] | None = None, **changed: Any) -> str:
        """Create a video job; its id."""
        body = video_request(**changed)
        return str(self.data("POST", "/2d-digital-human-videos", body, headers=headers)["job_id"])

    def video_rejection(self, **changed: Any) -> tuple[int, str, str]:
        """Send a request for a video that must be rejected; status, code and message."""
        return self.rejection("POST", "/2d-digital-human-videos", video_request(**changed))

    def job(self, job_id: str, **query: Any) -> dict[str, Any]:
        return self.data("GET", f"/2d-digital-human-videos/{job_id}", query=query)

    def cancel(self, job_id: str) -> HttpResponse:
        return self.send("POST", f"/2d-digital-human-videos/{job_id}/cancel")

    def jobs(self, **query: Any) -> list[str]:
        """The ids of the jobs that a list shows."""
        listed = self.data("GET", "/digital-human-videos", query={"limit": 100, **query})
        return [job["job_id"] for job in listed["jobs"]]

    def asset(self, asset_id: str) -> dict[str, Any]:
        return self.data("GET", f"/digital-assets/{asset_id}")

    def assets(self, **query: Any) -> list[str]:
        """The names of the assets that a list shows."""
        listed = self.data("GET", "/digital-assets", query={"limit": 100, **query})
        assert listed["count"] == len(listed["assets"])
        return [asset["asset_name"] for asset in listed["assets"]]

    def delete_asset(self, asset_id: str, **query: Any) -> None:
        assert self.data("DELETE", f"/digital-assets/{asset_id}", query=query) is None

    def restore_asset(self, asset_id: str) -> None:
        assert self.data("POST", f"/digital-assets/{asset_id}/restore") is None

    def finished_video(self, **changed: Any) -> dict[str, Any]:
        """Create a video and wait for it; the output asset."""
        job_id = self.create(**changed)
        self.account.advance(READY)
        return self.asset(self.job(job_id)["output_asset_config"]["asset_id"])

    def upload(self, content: bytes = b"\x89PNG not really") -> str:
        """Declare a file and upload its content, without confirming it; its id."""
        declaration = file_declaration(content)
        response = self.data("POST", "/files", declaration)
        headers = {"Content-Type": "image/png", "Content-MD5": declaration["file_md5"]}
        assert self.account.http.put(response["upload_url"], body=content, headers=headers).status == 200
        return str(response["file_id"])

    def subtitles(self, script_id: str, **changed: Any) -> str:
        """Start the subtitles of a script; the job's id."""
        return str(self.data("POST", "/subtitle-files", {"script_id": script_id, **changed})["job_id"])

    def script(self, **settings: Any) -> str:
        """Save a script; its id."""
        return str(self.data("POST", "/digital-human-video-scripts", settings)["script_id"])

    def copy_script(self, script_id: str) -> str:
        """Copy a script; the copy's id."""
        return str(self.data("POST", f"/digital-human-video-scripts/{script_id}/copy")["script_id"])

    def show_script(self, script_id: str) -> dict[str, Any]:
        return self.data("GET", f"/digital-human-video-scripts/{script_id}")


def error_in(response: HttpResponse) -> tuple[int, str, str]:
    """Status, code and message of a response in the vendor's error envelope."""
    content = response.json
    assert set(content) <= {"error_code", "error_msg", "request_id"}, content
    assert response.headers["x-request-id"]
    # Only the gateway's errors repeat the id of the request.
    from_gateway = content["error_code"].startswith("APIGW.")
    assert content.get("request_id") == (response.headers["x-request-id"] if from_gateway else None)
    return response.status, content["error_code"], content["error_msg"]


def known_values(account: Account) -> dict[str, list[object]]:
    """Jobs, assets, files and scripts, and enough of those that a request consumes."""
    studio = MetaStudio(account)
    outputs = [str(studio.finished_video()["asset_id"]) for _ in range(30)]
    deleted, remaining = outputs[:15], outputs[15:]
    for asset_id in deleted:
        studio.delete_asset(asset_id)
    subtitles: list[object] = [studio.subtitles(DRAFT), studio.subtitles(DRAFT)]
    jobs: list[object] = [studio.create(), studio.create()]
    account.advance(READY)
    return {
        "job_id": jobs,
        "ShowSubtitleFile.job_id": subtitles,
        "Cancel2DDigitalHumanVideo.job_id": [studio.create() for _ in range(20)],
        "asset_id": [OWN_PICTURE, OWN_CLIP],
        "DeleteAsset.asset_id": [*remaining],
        "RestoreAsset.asset_id": [*deleted],
        "model_asset_id": [AVATAR],
        "voice_asset_id": [VOICE],
        "music_asset_id": [MUSIC],
        "background_asset_id": [PICTURE],
        "script_id": [DRAFT, TEMPLATE],
        "UpdateVideoScript.script_id": [DRAFT, studio.copy_script(TEMPLATE)],
        "DeleteVideoScript.script_id": [*(studio.copy_script(DRAFT) for _ in range(15)), TEMPLATE],
        "file_id": [*(studio.upload() for _ in range(20)), FIRST_FILE],
        "callback_url": [CALLBACK_URL],
    }


def sample_traffic(account: Account) -> str:
    """A video; the number of the project, which every path has."""
    client = MetaStudio(account)
    client.create()
    return client.project
