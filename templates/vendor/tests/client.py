"""An Acme Cloud client: signs in and sends."""

from typing import Any

from bodydouble.testing import Account, HttpResponse

TASKS = "/acme-cloud/v1/tasks"


class AcmeCloud:
    """A client with the key of an account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.key = account.credentials("acme-cloud")["api_key"]

    def send(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> HttpResponse:
        """Send a request with the key."""
        headers = {"X-Api-Key": self.key, **arguments.pop("headers", {})}
        return self.account.http.request(method, path, json_body=json_body, headers=headers, **arguments)

    def data(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        """Send a request that must succeed; its data."""
        content = self.send(method, path, json_body, **arguments).json
        assert content["code"] == 0, content
        return content["data"]

    def create(self, **changed: Any) -> int:
        """Create a task; its id."""
        return int(self.data("POST", TASKS, {"name": "Welcome", "text": "Hello there.", **changed})["id"])

    def task(self, task_id: int) -> dict[str, Any]:
        """Read a task."""
        record: dict[str, Any] = self.data("GET", f"{TASKS}/{task_id}")
        return record
