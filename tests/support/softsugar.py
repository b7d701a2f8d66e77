"""A SoftSugar client: signs in and sends."""

import hashlib
import json
import time
from typing import Any

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from tests.support.vendor_support import CALLBACK_URL

VENDOR = "softsugar"
ROOT = "/api/2dvh/v1"
WHOLE_TASK = 10
"""Seconds in which a task ends at the default pace."""
ALWAYS = {"billStartTime": "2000-01-01 00:00:00", "billEndTime": "2999-12-31 23:59:59"}
# The algoType of synthesised videos.
VIDEO = 14


class SoftSugar:
    """A signed-in client of an account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.grant: dict[str, Any] = self.sign_in().json["data"]
        self.token: str = self.grant["accessToken"]
        self.owner: int = self.grant["user"]["id"]

    def sign_in(self, timestamp: str | int | None = None, **changed: Any) -> HttpResponse:
        """Ask for a token; `changed` replaces fields after signing."""
        credentials = self.account.credentials(VENDOR)
        timestamp = str(int(time.time())) if timestamp is None else timestamp
        text = f"{credentials['app_id']}{timestamp}{credentials['app_key']}"
        body = {
            "appId": credentials["app_id"],
            "timestamp": timestamp,
            "sign": hashlib.md5(text.encode()).hexdigest(),
            "grantType": "sign",
        }
        return self.account.http.post("/api/uc/v1/access/api/token", {**body, **changed})

    def refresh(self, token: str | None = None, **changed: Any) -> HttpResponse:
        """Ask for a new token with a refresh token."""
        body = {"appId": self.account.credentials(VENDOR)["app_id"], "grantType": "refreshToken", **changed}
        headers = {"Authorization": f"Bearer {token or self.grant['refreshToken']}"}
        return self.account.http.post("/api/uc/v1/access/api/token/refresh", body, headers=headers)

    def send(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> HttpResponse:
        """Send a request with the token."""
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        return self.account.http.request(method, path, json_body=json_body, headers=headers, **arguments)

    def data(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        """Send a request that must succeed; its data."""
        response = self.send(method, path, json_body, **arguments)
        assert response.status == 200, response.body
        assert response.json["code"] == 0, response.json
        return response.json["data"]

    def rejection(self, code: int, method: str, path: str, json_body: Any = ..., **arguments: Any) -> str:
        """Send a request that must be rejected with HTTP status 200; the message."""
        response = self.send(method, path, json_body, **arguments)
        assert (response.status, response.json["code"]) == (200, code), response.body
        assert response.json["data"] is None
        return str(response.json["message"])

    def swap_face(self, **changed: Any) -> int:
        """Submit a face swap; its task's id."""
        body = {
            "facePhotoUrl": "https://media.example.com/face.png",
            "videoUrl": "https://media.example.com/video.mp4",
            "materialName": "Swap",
            **changed,
        }
        return int(self.data("POST", f"{ROOT}/material/face/swap/create", body))

    def preheat_content(self, param: Any, **changed: Any) -> HttpResponse:
        """Submit a library of phrases, of which `param` is the inner document (or a text of its own)."""
        text = param if isinstance(param, str) else json.dumps(param)
        body = {"materialName": "Phrases", "param": text, **changed}
        return self.send("POST", f"{ROOT}/material/voice/content/repository/create", body)

    def preheat(self, *files: str, name: str = "Preheating") -> int:
        """Submit files to preheat, by id; the task's id."""
        param = [{"fileId": file, "fileUrl": f"https://media.example.com/{file}.png"} for file in files]
        body = {"materialName": name, "param": json.dumps(param)}
        return int(self.data("POST", f"{ROOT}/material/file/warming", body))

    def preheated(self, *files: str) -> dict[str, int]:
        """The states of preheated files, by id."""
        rows = self.data("GET", f"{ROOT}/material/file/warming/query", query={"fileIds": ",".join(files)})
        return {row["fileId"]: row["status"] for row in rows}

    def delete_preheated(self, *files: str) -> int:
        return int(self.data("POST", f"{ROOT}/material/file/warming/del", {"fileIds": list(files)}))

    def transcode(self, *urls: str, name: str = "Transcoding") -> int:
        body = {"materialName": name, "param": json.dumps([{"fileUrl": url} for url in urls])}
        return int(self.data("POST", f"{ROOT}/material/file/transcode", body))

    def add_task(self, algo_type: float, name: str = "Added", count: int = 1, **chosen: Any) -> int:
        """Let the control plane add tasks of any type; the id of the last one."""
        outer: dict[str, Any] = {field: chosen.pop(field) for field in ("outcome", "reason") if field in chosen}
        fields = {"algoType": algo_type, **chosen}
        request: dict[str, Any] = {
            "vendor": VENDOR,
            "kind": "task",
            "name": name,
            "count": count,
            "fields": fields,
        }
        request.update(outer)
        response = self.account.control("POST", "/tasks", request)
        assert response.status == 201, response.body
        return int(response.json["tasks"][-1]["key"])

    def created_tasks(self) -> list[int]:
        """The ids of the tasks that a test has created, without those that every account starts with."""
        keys = [int(task["key"]) for task in self.account.tasks(vendor=VENDOR)]
        return [key for key in keys if key > 10**9]

    def tasks(self, *ids: int) -> list[dict[str, Any]]:
        return self.data("POST", f"{ROOT}/task/info", {"ids": list(ids)})

    def task(self, task_id: int) -> dict[str, Any]:
        (task,) = self.tasks(task_id)
        return task

    def product(self, task_id: int) -> Any:
        """The result of a task, decoded."""
        text = self.task(task_id)["productParam"]
        return None if text is None else json.loads(text)

    def list_tasks(self, algo_type: float, **filters: Any) -> dict[str, Any]:
        body = {"algoType": algo_type, **filters}
        return self.data("POST", f"{ROOT}/task/listByAccount", body)

    def list_details(self, algo_type: float, **filters: Any) -> dict[str, Any]:
        body = {"algoType": algo_type, **filters}
        return self.data("POST", f"{ROOT}/task/listWithQueue", body)

    def cancel(self, task_id: int) -> HttpResponse:
        return self.send("GET", f"{ROOT}/task/cancel", query={"id": task_id})

    def restart(self, task_id: int) -> HttpResponse:
        return self.send("GET", f"{ROOT}/task/restart", query={"id": task_id})

    def delete(self, task_id: int) -> HttpResponse:
        return self.send("DELETE", f"{ROOT}/task/del", query={"id": task_id})

    def phases(self, task_id: int) -> list[dict[str, Any]]:
        return self.data("GET", f"{ROOT}/task/phase/cost", query={"id": task_id})

    def bills_request(self, algo_type: int | str, **changed: Any) -> dict[str, Any]:
        return {"owner": self.owner, "algoGroup": algo_type, "algoType": algo_type, **ALWAYS, **changed}

    def bills(self, algo_type: int | str, **changed: Any) -> dict[str, Any]:
        request = self.bills_request(algo_type, **changed)
        return self.data("POST", "/api/assist/bill/list", request)

    def voice_bills(self, algo_type: int, **changed: Any) -> list[dict[str, Any]]:
        request = {
            "owner": self.owner,
            "algoType": algo_type,
            **ALWAYS,
            "algoSubType1": "",
            "algoSubType2": "",
            "statRange": 1,
            "pageSize": 100,
            **changed,
        }
        return self.data("POST", "/api/assist/bill/voice/list", request)["result"]


def known_values(account: Account) -> dict[str, list[object]]:
    """The account's number and application, materials, and tasks that can still be cancelled, repeated or deleted."""
    softsugar = SoftSugar(account)
    failed: list[object] = [softsugar.add_task(VIDEO, outcome="failed") for _ in range(10)]
    ended: list[object] = [softsugar.swap_face() for _ in range(20)]
    softsugar.preheat("file-1", "file-2")
    account.advance(WHOLE_TASK)
    running: list[object] = [softsugar.swap_face() for _ in range(10)]
    return {
        "appId": [account.credentials("softsugar")["app_id"]],
        "owner": [softsugar.owner],
        "ids": [[13, 16], [ended[0], running[0]]],
        "getTasks.ids": [[ended[0], running[0]], [13, 16]],
        "getTaskPhases.id": [failed[0], running[0]],
        "id": [ended[0], failed[0], running[0]],
        "fileIds": [["file-1"], ["file-1", "file-2"]],
        "callbackUrl": [CALLBACK_URL],
        "cancelTask.id": running,
        "restartTask.id": failed,
        "deleteTask.id": ended[:10],
        "deleteTaskByPath.id": ended[10:],
    }


def sample_traffic(account: Account) -> str:
    """A face swap; the token."""
    client = SoftSugar(account)
    client.swap_face()
    return client.token
