"""An account of the server, and everything that the control plane can do with it."""

from typing import Any

from tests.support.http import Http, Reply
from tests.support.server import Server


class Account:
    """A fresh account.

    Args:
        server: where.
        chosen: what is chosen of it (`seed`, `frozen_at`, `pace`, `settings`).
    """

    def __init__(self, server: Server, **chosen: Any) -> None:
        self.server = server
        self.http: Http = server.http
        answer = self.http.post("/_mock/accounts", chosen)
        assert answer.status == 201, answer.body
        self.description: dict[str, Any] = answer.json
        self.id: str = self.description["id"]
        self.path = f"/_mock/accounts/{self.id}"

    def credentials(self, vendor: str) -> dict[str, str]:
        found: dict[str, str] = self.description["vendors"][vendor]["credentials"]
        return found

    def control(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Reply:
        """Send a request to the control plane; `path` is below the account's."""
        return self.http.request(method, self.path + path, json_body=json_body, **arguments)

    def _expect(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        answer = self.control(method, path, json_body, **arguments)
        assert 200 <= answer.status < 300, answer.body
        return answer.json if answer.body else None

    def describe(self) -> dict[str, Any]:
        return self._expect("GET", "")  # type: ignore[no-any-return]

    def freeze(self) -> dict[str, Any]:
        return self._expect("POST", "/clock/freeze")  # type: ignore[no-any-return]

    def run(self) -> dict[str, Any]:
        return self._expect("POST", "/clock/run")  # type: ignore[no-any-return]

    def now(self) -> int:
        return self._expect("GET", "/clock")["now"]  # type: ignore[no-any-return]

    def advance(self, seconds: float) -> list[dict[str, Any]]:
        """Advance the clock; what happened."""
        return self._expect("POST", "/clock/advance", {"seconds": seconds})["happened"]  # type: ignore[no-any-return]

    def scenario(self, vendor: str, operation: str, **chosen: Any) -> dict[str, Any]:
        wanted = {"vendor": vendor, "operation": operation, **chosen}
        return self._expect("POST", "/scenarios", wanted)  # type: ignore[no-any-return]

    def settings(self, vendor: str, **chosen: Any) -> dict[str, Any]:
        return self._expect("PATCH", "", {"settings": {vendor: chosen}})  # type: ignore[no-any-return]

    def set_quota(self, vendor: str, quota: str, total: int) -> None:
        self._expect("PUT", f"/quotas/{vendor}/{quota}", {"total": total})

    def tasks(self, **query: Any) -> list[dict[str, Any]]:
        return self._expect("GET", "/tasks", query=query)["tasks"]  # type: ignore[no-any-return]

    def task(self, key: str | int) -> dict[str, Any]:
        """The task with an identifier on a vendor's wire."""
        found = self.tasks(key=key)
        assert len(found) == 1, found
        return found[0]

    def act(self, key: str | int, verb: str, json_body: Any = ...) -> dict[str, Any]:
        """Hold, release, step, finish or fail a task."""
        return self._expect("POST", f"/tasks/{self.task(key)['id']}/{verb}", json_body)  # type: ignore[no-any-return]

    def deliveries(self, **query: Any) -> list[dict[str, Any]]:
        return self._expect("GET", "/deliveries", query=query)["deliveries"]  # type: ignore[no-any-return]

    def journal(self, **query: Any) -> list[dict[str, Any]]:
        return self._expect("GET", "/journal", query=query)["entries"]  # type: ignore[no-any-return]
