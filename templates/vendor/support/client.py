"""A client of Acme Cloud; below, what the suite asks of every vendor (vendor_support.py)."""

from typing import Any

from bodydouble.testing import Account, HttpResponse
from tests.support.vendor_support import CALLBACK_URL

ROOT = "/acme-cloud/v1"
# Seconds, at the server's default pace, in which a task begins, and in which it has ended.
BEGUN, ENDED = 1, 10


class AcmeCloud:
    """A client with the key of an account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.key: str = account.credentials("acme-cloud")["api_key"]

    def send(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> HttpResponse:
        """Send a request with the key; `path` without what all paths begin with."""
        headers = {"X-Api-Key": self.key, **arguments.pop("headers", {})}
        return self.account.http.request(method, ROOT + path, json_body=json_body, headers=headers, **arguments)

    def data(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        """Send a request that must succeed; the data of its response."""
        content = self.send(method, path, json_body, **arguments).json
        assert content["code"] == 0, content
        return content["data"]

    def rejected(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> tuple[int, int, str]:
        """Send a request that must fail; the HTTP status, the code and the message of its response."""
        response = self.send(method, path, json_body, **arguments)
        return response.status, response.json["code"], response.json["message"]

    def create(self, **changed: Any) -> int:
        """Create a task; its id."""
        return int(self.data("POST", "/tasks", {"name": "Welcome", "text": "Hello there.", **changed})["id"])

    def task(self, task_id: int) -> dict[str, Any]:
        """Read a task."""
        record: dict[str, Any] = self.data("GET", f"/tasks/{task_id}")
        return record


def known_values(account: Account) -> dict[str, list[object]]:
    """Tasks that have ended, and enough of those that can still be cancelled."""
    client = AcmeCloud(account)
    ended = [client.create() for _ in range(3)]
    account.advance(ENDED)
    return {
        "id": [*ended, client.create()],
        "cancelTask.id": [client.create() for _ in range(20)],
        "callbackUrl": [CALLBACK_URL],
    }


def sample_traffic(account: Account) -> str:
    """A task, and a look at it; the key."""
    client = AcmeCloud(account)
    client.task(client.create())
    return client.key
