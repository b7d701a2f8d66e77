"""An account of the double, and everything that the control plane can do with it."""

from typing import Any

from bodydouble.mock_server.testing import conformance
from bodydouble.mock_server.testing.http import HttpResponse
from bodydouble.mock_server.testing.server import ServerHandle

PENDING, FROZEN = "pending", "frozen"
# The journal in which requests stand that no account could be found for.
ANONYMOUS = "/_mock/accounts/anonymous/journal"
MOST = 1000
# Seconds on the account's clock: longer than any vendor's task and all its retries take.
LONGEST_WAIT = 30 * 24 * 3600.0


class ControlError(RuntimeError):
    """The control plane refused a request; the message holds its answer."""


class NoDeliveryError(AssertionError):
    """The delivery that a test waits for will not come; the message says what there is instead."""


class Account:
    """A fresh account, whose tasks, clock, faults and journal no other account sees.

    Args:
        server: where.
        chosen: what is chosen of it (`seed`, `frozen_at`, `pace`, `settings`).

    Raises:
        ControlError: the server makes no such account.
    """

    def __init__(self, server: ServerHandle, **chosen: Any) -> None:
        self.server = server
        self.http = server.http
        self.base_url = server.base_url
        self._handed_out: set[str] = set()
        self._first_anonymous = self._last_anonymous()
        answer = self.http.post("/_mock/accounts", chosen, headers=server.control_headers)
        if answer.status != 201:
            raise ControlError(f"no account was made: {answer.status} {answer.body.decode()}")
        self.description: dict[str, Any] = answer.json
        self.id: str = self.description["id"]
        self.path = f"/_mock/accounts/{self.id}"

    def __repr__(self) -> str:
        return f"<Account {self.id} at {self.base_url}>"

    def credentials(self, vendor: str) -> dict[str, str]:
        """A vendor's credentials, under the vendor's own words."""
        found: dict[str, str] = self.description["vendors"][vendor]["credentials"]
        return found

    def control(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> HttpResponse:
        """Send a request to the control plane; `path` is below the account's."""
        headers = {**self.server.control_headers, **arguments.pop("headers", {})}
        return self.http.request(method, self.path + path, json_body=json_body, headers=headers, **arguments)

    def _expect(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        answer = self.control(method, path, json_body, **arguments)
        if not 200 <= answer.status < 300:
            raise ControlError(f"{method} {self.path}{path}: {answer.status} {answer.body.decode()}")
        return answer.json if answer.body else None

    def describe(self) -> dict[str, Any]:
        """Credentials, base URLs, clock, pace, settings and quotas as they are now."""
        return self._expect("GET", "")  # type: ignore[no-any-return]

    def delete(self) -> None:
        """Forget the account and all that belongs to it, unless that has been done already."""
        # Of the server itself: a test may have put something in between, which is gone by now.
        answer = self.server.http.delete(self.path, headers=dict(self.server.control_headers))
        if answer.status not in (204, 404):
            raise ControlError(f"DELETE {self.path}: {answer.status} {answer.body.decode()}")

    # The clock.

    def freeze(self) -> dict[str, Any]:
        """Let the clock stand still."""
        return self._expect("POST", "/clock/freeze")  # type: ignore[no-any-return]

    def run(self) -> dict[str, Any]:
        """Let the clock go on."""
        return self._expect("POST", "/clock/run")  # type: ignore[no-any-return]

    def now(self) -> int:
        """The time on the clock, epoch milliseconds."""
        return self._expect("GET", "/clock")["now"]  # type: ignore[no-any-return]

    def advance(self, seconds: float) -> list[dict[str, Any]]:
        """Advance the clock; what happened."""
        return self._expect("POST", "/clock/advance", {"seconds": seconds})["happened"]  # type: ignore[no-any-return]

    def advance_to(self, time: int) -> list[dict[str, Any]]:
        """Advance the clock to a time, epoch milliseconds; what happened."""
        return self._expect("POST", "/clock/advance_to", {"time": time})["happened"]  # type: ignore[no-any-return]

    def pace(self, pace: float) -> dict[str, Any]:
        """Change how many times faster than the vendor's the tasks run that are made from now on."""
        return self._expect("PATCH", "", {"pace": pace})  # type: ignore[no-any-return]

    # What happens.

    def scenario(self, vendor: str, operation: str, **chosen: Any) -> dict[str, Any]:
        """Choose what the next calls lead to.

        Args:
            chosen: `outcome` of the task or `error` of the answer (one of both), and `reason`, `task_name`, `times`.
        """
        wanted = {"vendor": vendor, "operation": operation, **chosen}
        return self._expect("POST", "/scenarios", wanted)  # type: ignore[no-any-return]

    def settings(self, vendor: str, **chosen: Any) -> dict[str, Any]:
        """Set what a person would set in the vendor's console."""
        return self._expect("PATCH", "", {"settings": {vendor: chosen}})  # type: ignore[no-any-return]

    def set_quota(self, vendor: str, quota: str, total: int) -> None:
        """Change a quota's total."""
        self._expect("PUT", f"/quotas/{vendor}/{quota}", {"total": total})

    # Tasks.

    def tasks(self, **query: Any) -> list[dict[str, Any]]:
        """The tasks, each with its plan; `vendor`, `kind`, `key` and `limit` choose among them."""
        return self._expect("GET", "/tasks", query=query)["tasks"]  # type: ignore[no-any-return]

    def task(self, key: str | int) -> dict[str, Any]:
        """The task with an identifier on a vendor's wire."""
        found = self.tasks(key=key)
        assert len(found) == 1, found
        return found[0]

    def add_tasks(self, vendor: str, kind: str, fields: Any, **chosen: Any) -> list[dict[str, Any]]:
        """Add tasks that no operation of the vendor makes, as its own web pages would; them.

        Args:
            fields: what the vendor's own form would ask for.
            chosen: `name`, `count`, and `outcome` and `reason` of how they end.
        """
        wanted = {"vendor": vendor, "kind": kind, "fields": fields, **chosen}
        return self._expect("POST", "/tasks", wanted)["tasks"]  # type: ignore[no-any-return]

    def act(self, key: str | int, verb: str, json_body: Any = ...) -> dict[str, Any]:
        """Hold, release, step, finish or fail a task."""
        return self._expect("POST", f"/tasks/{self.task(key)['id']}/{verb}", json_body)  # type: ignore[no-any-return]

    def hold(self, key: str | int) -> dict[str, Any]:
        """Stop time for a task."""
        return self.act(key, "hold")

    def release(self, key: str | int) -> dict[str, Any]:
        """Let time go on for a held task."""
        return self.act(key, "release")

    def step(self, key: str | int) -> dict[str, Any]:
        """Take a task's next edge now."""
        return self.act(key, "step")

    def finish(self, key: str | int, **chosen: Any) -> dict[str, Any]:
        """End a task now, as planned or with the chosen `outcome` and `reason`."""
        return self.act(key, "finish", chosen)

    def fail(self, key: str | int, **chosen: Any) -> dict[str, Any]:
        """Let a task fail now, with the chosen `outcome` and `reason`."""
        return self.act(key, "fail", chosen)

    # Callbacks.

    def deliveries(self, **query: Any) -> list[dict[str, Any]]:
        """The callbacks, each with its attempts; `vendor`, `state`, `task` and `limit` choose among them."""
        return self._expect("GET", "/deliveries", query=query)["deliveries"]  # type: ignore[no-any-return]

    def wait_for_delivery(
        self,
        vendor: str | None = None,
        callback: str | None = None,
        key: str | int | None = None,
        within: float = LONGEST_WAIT,
    ) -> dict[str, Any]:
        """Let the next delivery happen, and give it back with its attempts.

        Does not sleep: it advances the clock to the moment at which the delivery is due, which delivers synchronously,
        and, if the receiver refuses it, on through the retries until it is delivered or given up. Whatever else falls
        due until then happens, too. A running clock goes on running afterwards. Each delivery is given out once: wait
        twice for two.

        Args:
            vendor, callback, key: only deliveries of this vendor, of the callback of this operationId, about the task
                of this identifier on the wire.
            within: seconds on the account's clock.

        Raises:
            NoDeliveryError: no such delivery is, or is going to be, due in that time.
        """
        query: dict[str, Any] = {"limit": MOST}
        if vendor is not None:
            query["vendor"] = vendor
        if key is not None:
            query["task"] = self.task(key)["id"]
        clock = self._expect("GET", "/clock")
        latest = clock["now"] + round(within * 1000)
        # A clock that stands keeps the workers from taking the delivery meanwhile: it happens here, or not at all.
        if clock["mode"] != FROZEN:
            self.freeze()
        try:
            while True:
                found = [
                    one
                    for one in self.deliveries(**query)
                    if one["id"] not in self._handed_out
                    and callback in (None, one["callback"])
                    and one["due_at"] <= latest
                ]
                ended = next((one for one in found if one["state"] != PENDING), None)
                if ended is not None:
                    self._handed_out.add(ended["id"])
                    return ended
                if not found:
                    raise NoDeliveryError(self._no_delivery(vendor, callback, key, within))
                self.advance_to(max(found[0]["due_at"], self.now()))
        finally:
            if clock["mode"] != FROZEN:
                self.run()

    def _no_delivery(self, vendor: str | None, callback: str | None, key: str | int | None, within: float) -> str:
        wanted = ", ".join(
            f"{name} {value}"
            for name, value in (("vendor", vendor), ("callback", callback), ("task", key))
            if value is not None
        )
        lines = [f"no further delivery ({wanted or 'any'}) is due within {within:g} s on the account's clock"]
        lines += [
            f"  delivery: {one['vendor']} {one['callback']}, {one['state']}, {len(one['attempts'])} attempts"
            + (", already waited for" if one["id"] in self._handed_out else "")
            for one in self.deliveries(limit=MOST)
        ] or ["  the account has no deliveries; was a callback URL given?"]
        lines += [
            f"  task: {one['vendor']} {one['kind']} {one['key']}, {one['state']}{', held' if one['held'] else ''}"
            for one in self.tasks(limit=MOST)
        ]
        return "\n".join(lines)

    # Requests.

    def journal(self, **query: Any) -> list[dict[str, Any]]:
        """The requests with their answers, what they broke and caused; `vendor`, `operation`, ... choose among them."""
        return self._expect("GET", "/journal", query=query)["entries"]  # type: ignore[no-any-return]

    def assert_requests_conform(self, vendor: str | None = None) -> None:
        """Require that every request that was made so far keeps the contract.

        Looks at the requests of this account and, on a server that the tests have for themselves, at those since the
        account was made that nobody's credentials were found in: for a path that does not exist, for example.

        Args:
            vendor: only requests to this one.

        Raises:
            AssertionError: names each request, and field, got and expected of everything that it broke.
        """
        chosen = {} if vendor is None else {"vendor": vendor}
        entries = self.journal(violations="true", limit=MOST, **chosen)
        if self.server.exclusive:
            entries = self._anonymous(after=self._first_anonymous, limit=MOST, **chosen) + entries
        conformance.require_conformance(entries)

    def _anonymous(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.http.get(ANONYMOUS, query=query, headers=self.server.control_headers)
        if answer.status != 200:
            raise ControlError(f"the journal cannot be read: {answer.status} {answer.body.decode()}")
        return answer.json["entries"]  # type: ignore[no-any-return]

    def _last_anonymous(self) -> int:
        return next((int(entry["id"]) for entry in self._anonymous(limit=1)), 0)
