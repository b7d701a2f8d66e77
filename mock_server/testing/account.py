"""An account of the mock server, and everything that the control plane can do with it."""

import asyncio
from typing import Any

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.printable import counted
from bodydouble.mock_server.testing.conformance import require_conformance
from bodydouble.mock_server.testing.http import HttpResponse
from bodydouble.mock_server.testing.laws import plants, require_laws
from bodydouble.mock_server.testing.scenario_methods import ScenarioMethods
from bodydouble.mock_server.testing.server import ServerHandle
from bodydouble.mock_server.testing.snapshot_methods import SnapshotMethods

PENDING, FROZEN = "pending", "frozen"
# The journal of the requests that belong to no account.
ANONYMOUS = "/_mock/accounts/anonymous/journal"
MAX_RESULTS = 1000
# Seconds on the account's clock: longer than any vendor's task with all its retries takes.
MAX_WAIT = 30 * 24 * 3600.0
Json = dict[str, Any]


class ControlError(RuntimeError):
    """The control plane rejected a request; the message holds its response."""


class UnknownVendorError(LookupError):
    """There is no such vendor; the message names those that there are."""


class NoDeliveryError(AssertionError):
    """The delivery that a test waits for will not come; the message lists the deliveries and tasks that there are."""


class Account(ScenarioMethods, SnapshotMethods):
    """A fresh account, whose tasks, clock, faults and journal no other account sees.

    Args:
        server: the server on which it is created.
        options: of the account (`seed`, `frozen_at`, `pace`, `settings`, `callback_clock`).

    Raises:
        ControlError: the server does not create such an account.
    """

    def __init__(self, server: ServerHandle, **options: Any) -> None:
        self._connect(server)
        response = self.http.post("/_mock/accounts", options, headers=server.control_headers)
        if response.status != 201:
            raise ControlError(f"the account was not created: {response.status} {response.body.decode()}")
        self._identify(response.json)

    @classmethod
    def existing(cls, server: ServerHandle, account_id: str) -> "Account":
        """An account that the server has already, such as one of its seed; what it holds stays.

        Raises:
            ControlError: the server has no such account.
        """
        account = cls.__new__(cls)
        account._connect(server)
        response = server.http.get(f"/_mock/accounts/{account_id}", headers=dict(server.control_headers))
        if response.status != 200:
            raise ControlError(f"there is no account {account_id}: {response.status} {response.body.decode()}")
        account._identify(response.json)
        return account

    def _connect(self, server: ServerHandle) -> None:
        self.server = server
        self.http = server.http
        self.base_url = server.base_url
        self._returned: set[str] = set()
        # Epoch milliseconds of the first change that plants something.
        self._planted_at = float("inf")
        self._first_anonymous = self._last_anonymous()

    def _identify(self, description: Json) -> None:
        self.description: Json = description
        self.id: str = description["id"]
        self.path = f"/_mock/accounts/{self.id}"

    def __repr__(self) -> str:
        return f"<Account {self.id} at {self.base_url}>"

    def credentials(self, vendor: str) -> dict[str, str]:
        """A vendor's credentials, under the vendor's own names.

        Raises:
            UnknownVendorError: there is no such vendor.
        """
        __tracebackhide__ = True
        vendors = self.description["vendors"]
        if vendor not in vendors:
            raise UnknownVendorError(f"there is no vendor {vendor!r}; there are: {', '.join(sorted(vendors))}")
        credentials: dict[str, str] = vendors[vendor]["credentials"]
        return credentials

    def control(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> HttpResponse:
        """Send a request to the control plane; `path` is below the account's."""
        headers = {**self.server.control_headers, **arguments.pop("headers", {})}
        if plants(method, path):
            # The clock of a server elsewhere may be another one.
            self._planted_at = min(self._planted_at, clock.now() * 1000 if self.server.exclusive else 0)
        return self.http.request(method, self.path + path, json_body=json_body, headers=headers, **arguments)

    def _control_json(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        response = self.control(method, path, json_body, **arguments)
        if not 200 <= response.status < 300:
            raise ControlError(f"{method} {self.path}{path}: {response.status} {response.body.decode()}")
        return response.json if response.body else None

    def describe(self) -> Json:
        """Credentials, base URLs, clock, pace, settings and quotas as they are now."""
        return self._control_json("GET", "")  # type: ignore[no-any-return]

    def delete(self) -> None:
        """Delete the account and everything that belongs to it, unless that has been done already."""
        # Through the server's own client: `self.http` may go through a proxy that a test has stopped by now.
        response = self.server.http.delete(self.path, headers=dict(self.server.control_headers))
        if response.status not in (204, 404):
            raise ControlError(f"DELETE {self.path}: {response.status} {response.body.decode()}")

    # The clock.

    def freeze(self) -> Json:
        """Stop the clock."""
        return self._control_json("POST", "/clock/freeze")  # type: ignore[no-any-return]

    def run(self) -> Json:
        """Start the clock."""
        return self._control_json("POST", "/clock/run")  # type: ignore[no-any-return]

    def now(self) -> int:
        """The time on the clock, epoch milliseconds."""
        return self._control_json("GET", "/clock")["now"]  # type: ignore[no-any-return]

    def advance(self, seconds: float) -> list[Json]:
        """Advance the clock; returns the events that happened."""
        return self._events(self._control_json("POST", "/clock/advance", {"seconds": seconds}))

    def advance_to(self, time: int) -> list[Json]:
        """Advance the clock to a time in epoch milliseconds; returns the events that happened."""
        return self._events(self._control_json("POST", "/clock/advance_to", {"time": time}))

    def _events(self, advanced: Json) -> list[Json]:
        # A response lists no more than the first of them.
        events: list[Json] = advanced["happened"]
        until = advanced["clock"]["now"]
        while advanced["next"] is not None:
            advanced = self._control_json("POST", "/clock/advance", {"seconds": 0, "after": advanced["next"]})
            events += [event for event in advanced["happened"] if event["at"] <= until]
        return events

    def pace(self, pace: float) -> Json:
        """Set how many times faster than the vendor's new tasks run."""
        return self._control_json("PATCH", "", {"pace": pace})  # type: ignore[no-any-return]

    # Settings.

    def settings(self, vendor: str, **settings: Any) -> Json:
        """Change what a person would set in the vendor's console."""
        return self._control_json("PATCH", "", {"settings": {vendor: settings}})  # type: ignore[no-any-return]

    def set_quota(self, vendor: str, quota: str, total: int) -> None:
        """Change the total of a quota."""
        self._control_json("PUT", f"/quotas/{vendor}/{quota}", {"total": total})

    # Tasks.

    def tasks(self, **query: Any) -> list[Json]:
        """The tasks with their plans; `vendor`, `kind`, `state`, `name`, `outcome`, `key` and `limit` filter them."""
        return self._control_json("GET", "/tasks", query=query)["tasks"]  # type: ignore[no-any-return]

    def task(self, key: str | int) -> Json:
        """The task with an identifier on a vendor's wire."""
        tasks = self.tasks(key=key)
        assert len(tasks) == 1, tasks
        return tasks[0]

    def add_tasks(self, vendor: str, kind: str, fields: Any, **options: Any) -> list[Json]:
        """Add tasks that no operation of the vendor creates, as the vendor's web pages would; returns them.

        Args:
            fields: the values of the vendor's own form.
            options: `name`, `count`, and `outcome` and `reason` of their end.
        """
        content = {"vendor": vendor, "kind": kind, "fields": fields, **options}
        return self._control_json("POST", "/tasks", content)["tasks"]  # type: ignore[no-any-return]

    def act(self, key: str | int, verb: str, json_body: Any = ...) -> Json:
        """Hold, release, step, finish or fail a task."""
        path = f"/tasks/{self.task(key)['id']}/{verb}"
        return self._control_json("POST", path, json_body)  # type: ignore[no-any-return]

    def hold(self, key: str | int) -> Json:
        """Pause a task."""
        return self.act(key, "hold")

    def release(self, key: str | int) -> Json:
        """Resume a task that is on hold."""
        return self.act(key, "release")

    def step(self, key: str | int) -> Json:
        """Move a task along its next edge now."""
        return self.act(key, "step")

    def finish(self, key: str | int, **options: Any) -> Json:
        """End a task now, as planned or with an `outcome` and a `reason`."""
        return self.act(key, "finish", options)

    def fail(self, key: str | int, **options: Any) -> Json:
        """Let a task fail now, with an `outcome` and a `reason`."""
        return self.act(key, "fail", options)

    # Callbacks.

    def deliveries(self, **query: Any) -> list[Json]:
        """The callbacks, each with its attempts; `vendor`, `state`, `task` and `limit` filter them."""
        return self._control_json("GET", "/deliveries", query=query)["deliveries"]  # type: ignore[no-any-return]

    def wait_for_delivery(
        self,
        vendor: str | None = None,
        callback: str | None = None,
        key: str | int | None = None,
        within: float = MAX_WAIT,
    ) -> Json:
        """Let the next delivery happen, and return it with its attempts.

        Does not sleep: it advances the clock to the time at which the delivery is due, which delivers synchronously,
        and on through the retries until the receiver has acknowledged it or the vendor would have given up. Everything
        else that falls due until then happens, too. A running clock keeps running afterwards. Each delivery is returned
        once: for two deliveries, call it twice.

        Args:
            vendor, callback, key: only deliveries of this vendor, of the callback with this operationId, about the task
                with this identifier on the wire.
            within: seconds on the account's clock.

        Raises:
            NoDeliveryError: no such delivery is, or will be, due in that time.
        """
        query: Json = {"limit": MAX_RESULTS}
        if vendor is not None:
            query["vendor"] = vendor
        if key is not None:
            query["task"] = self.task(key)["id"]
        clock = self._control_json("GET", "/clock")
        latest = clock["now"] + round(within * 1000)
        # With a frozen clock, no worker attempts the delivery meanwhile: it happens here, or not at all.
        if clock["mode"] != FROZEN:
            self.freeze()
        try:
            while True:
                candidates = self._candidates(query, callback, latest)
                ended = next((delivery for delivery in candidates if delivery["state"] != PENDING), None)
                if ended is not None:
                    self._returned.add(ended["id"])
                    return ended
                if not candidates:
                    raise NoDeliveryError(self._no_delivery(vendor, callback, key, within))
                self.advance_to(max(candidates[0]["due_at"], self.now()))
        finally:
            if clock["mode"] != FROZEN:
                self.run()

    async def wait_for_delivery_async(
        self,
        vendor: str | None = None,
        callback: str | None = None,
        key: str | int | None = None,
        within: float = MAX_WAIT,
    ) -> Json:
        """Let the next delivery happen while the event loop goes on, so that a receiver that runs in it can respond.

        Arguments, result and errors are those of `wait_for_delivery`, which runs in a thread. Needs asyncio.
        """
        return await asyncio.to_thread(self.wait_for_delivery, vendor, callback, key, within)

    def _candidates(self, query: Json, callback: str | None, latest: int) -> list[Json]:
        return [
            delivery
            for delivery in self.deliveries(**query)
            if delivery["id"] not in self._returned
            and callback in (None, delivery["callback"])
            and delivery["due_at"] <= latest
        ]

    def _no_delivery(self, vendor: str | None, callback: str | None, key: str | int | None, within: float) -> str:
        filters = (("vendor", vendor), ("callback", callback), ("task", key))
        requested = ", ".join(f"{name} {value}" for name, value in filters if value is not None)
        lines = [f"no further delivery ({requested or 'any'}) is due within {within:g} s on the account's clock"]
        lines += [
            f"  delivery: {delivery['vendor']} {delivery['callback']}, {delivery['state']}, "
            + counted(len(delivery["attempts"]), "attempt")
            + (", already waited for" if delivery["id"] in self._returned else "")
            for delivery in self.deliveries(limit=MAX_RESULTS)
        ] or ["  the account has no deliveries; was a callback URL given?"]
        lines += [
            f"  task: {task['vendor']} {task['kind']} {task['key']}, {task['state']}{', held' if task['held'] else ''}"
            for task in self.tasks(limit=MAX_RESULTS)
        ]
        return "\n".join(lines)

    # Requests.

    def journal(self, **query: Any) -> list[Json]:
        """The requests with their responses, violations and effects; `vendor`, `operation`, ... filter them."""
        return self._control_json("GET", "/journal", query=query)["entries"]  # type: ignore[no-any-return]

    def assert_requests_conform(self, vendor: str | None = None) -> None:
        """Require that every request so far conforms to the contract.

        Checks the requests of this account. On a server that only the tests use, it also checks the requests since the
        account's creation that belong to no account, such as those for an unknown path.

        Args:
            vendor: only requests to this vendor.

        Raises:
            AssertionError: shows each request, and field, got and expected of each violation.
        """
        query = {} if vendor is None else {"vendor": vendor}
        entries = self.journal(violations="true", limit=MAX_RESULTS, **query)
        if self.server.exclusive:
            entries = self._anonymous(after=self._first_anonymous, limit=MAX_RESULTS, **query) + entries
        require_conformance(entries)

    def assert_laws_kept(self, vendor: str | None = None) -> None:
        """Require that the responses so far do not contradict each other, by the laws between requests.

        What follows a scenario, or another change of the account by this object (but for its clock), is left out.

        Args:
            vendor: only responses of this vendor.

        Raises:
            AssertionError: shows each contradiction.
        """
        query = {} if vendor is None else {"vendor": vendor}
        entries = self.journal(limit=MAX_RESULTS, **query)
        # A server may plant faults in every account from the start.
        struck_at = (entry["real"] for entry in entries if entry["faults"])
        planted_at = min([self._planted_at, *struck_at])
        require_laws([entry for entry in entries if entry["real"] + entry["duration"] < planted_at])

    def _anonymous(self, **query: Any) -> list[Json]:
        response = self.http.get(ANONYMOUS, query=query, headers=self.server.control_headers)
        if response.status != 200:
            raise ControlError(f"the journal cannot be read: {response.status} {response.body.decode()}")
        return response.json["entries"]  # type: ignore[no-any-return]

    def _last_anonymous(self) -> int:
        return next((int(entry["id"]) for entry in self._anonymous(limit=1)), 0)
