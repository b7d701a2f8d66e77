"""From a snapshot to the rows of an account."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.engine.faults import KINDS
from bodydouble.mock_server.engine.identifiers import AccountIdentifiers
from bodydouble.mock_server.engine.plans import Plan
from bodydouble.mock_server.services.snapshots.document import Document, SnapshotError
from bodydouble.mock_server.services.snapshots.references import Incoming, Names
from bodydouble.mock_server.services.snapshots.taking import sha256
from bodydouble.mock_server.services.snapshots.validation import decoded
from bodydouble.mock_server.services.tasks import NewTaskData, TaskService
from bodydouble.mock_server.store import account_rows, tables, tokens
from bodydouble.mock_server.store.account_rows import WrittenTask
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.deliveries import PENDING, Attempt, Delivery
from bodydouble.mock_server.store.task_runtime import TaskRuntime
from bodydouble.mock_server.store.texts_of_version_3 import OF_TASKS
from bodydouble.mock_server.vendor_api.vendor import Vendor

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Restoring:
    """Writes a snapshot, which has been validated, in the place of all that an account has.

    Args:
        connection: of the transaction.
        account: as it is.
        document: the snapshot.
        vendors: by name.
        tasks: knows the lifecycles.
        row_attributes: by vendor and kind, the attribute of tasks that is the row of another task.
        wall_ms: epoch milliseconds of the real clock.
    """

    connection: Connection
    account: Account
    document: Document
    vendors: Mapping[str, Vendor]
    tasks: TaskService
    row_attributes: Mapping[tuple[str, str], str]
    wall_ms: int

    def run(self) -> Account:
        """Write it; returns the account as it is then.

        Raises:
            SnapshotError: something of it belongs to another account of the server.
        """
        connection, account_id, document = self.connection, self.account.id, self.document
        restored = self._account()
        references = Incoming(account_id, self._task_rows(), self.row_attributes, self._names())
        upload_rows = account_rows.upload_rows_of(connection, account_id)
        contents = self._contents()
        account_rows.remove(connection, account_id)
        waiting = sum(scenario["remaining"] != 0 for scenario in document["scenarios"])
        account_rows.set_account(connection, restored, document["last_number"], waiting)
        account_rows.add_rows(connection, tables.quotas, account_id, list(self._quotas()))
        scenario_ids = account_rows.add_scenarios(connection, account_id, list(map(_scenario, document["scenarios"])))
        references = replace(references, scenarios=dict(enumerate(scenario_ids, 1)))
        tasks = [self._task(task, references) for task in document["tasks"]]
        now = document["clock"]["now"]
        account_rows.add_tasks(connection, account_id, tasks, now, since=min(now, restored.created_at))
        account_rows.add_resources(
            connection, account_id, [self._resource(r, references) for r in document["resources"]]
        )
        uploads = [self._upload(upload, upload_rows, contents) for upload in document["uploads"]]
        # Rows that are known first: a file chooses the others beyond them.
        uploads.sort(key=lambda row: "id" not in row)
        account_rows.add_rows(connection, tables.uploads, account_id, uploads)
        self._add_deliveries(references)
        self._add_tokens()
        return restored

    def _account(self) -> Account:
        document, account = self.document, self.account
        now, origin = document["clock"]["now"], document["origin"]
        is_running = document["clock"]["mode"] == "running"
        # What is secret is in no snapshot, unless it was asked for, and stays.
        settings = {
            name: {**vendor.settings, **account.settings.get(name, {}), **document["settings"].get(name, {})}
            for name, vendor in self.vendors.items()
        }
        identifiers = AccountIdentifiers(origin["seed"], origin["id"])
        return replace(
            account,
            clock=Clock(now - self.wall_ms, None) if is_running else Clock(0, now),
            pace=document["pace"],
            settings=settings,
            created_at=document["created_at"],
            callback_clock=document["callback_clock"],
            # Numbers are used again, and no token may be.
            resets=account.resets + 1,
            origin=None if identifiers == account.own_identifiers else identifiers,
        )

    def _task_rows(self) -> dict[int, int]:
        # Tasks that the account has keep their rows, and with them the URLs of their files.
        existing = account_rows.task_rows_of(self.connection, self.account.id)
        new = account_rows.new_task_rows(self.connection)
        return {
            task["number"]: existing.get((task["vendor"], task["kind"], task["key"])) or next(new)
            for task in self.document["tasks"]
        }

    def _names(self) -> dict[str, Names]:
        taken_of = self.document["account"]
        before, after = AccountIdentifiers(taken_of["seed"], taken_of["id"]), self.account.own_identifiers
        if before == after:
            return {}
        return {
            name: {
                named: value
                for named, (_, value) in zip(vendor.account_names(before), vendor.account_names(after), strict=True)
            }
            for name, vendor in self.vendors.items()
        }

    def _contents(self) -> dict[str, bytes]:
        hashes = {upload["sha256"] for upload in self.document["uploads"] if "content" not in upload}
        if not hashes - {None}:
            return {}
        stored = account_rows.contents(self.connection, self.account.id)
        return {digest: content for _, content in stored if (digest := sha256(content)) in hashes}

    def _quotas(self) -> Iterator[Json]:
        quotas = self.document["quotas"]
        for name, vendor in self.vendors.items():
            for quota, total in vendor.quotas.items():
                amounts = quotas.get(name, {}).get(quota, {"total": total, "taken": 0})
                yield {"vendor": name, "name": quota, **amounts}

    def _task(self, task: Json, references: Incoming) -> WrittenTask:
        vendor, kind = task["vendor"], task["kind"]
        attributes = references.attributes(vendor, kind, task["attributes"])
        texts = OF_TASKS.get((vendor, kind))
        new = NewTaskData(
            kind,
            lambda _: task["key"],
            task["name"],
            task["created_at"],
            TaskRuntime.from_json(references.runtime(task["runtime"])),
            attributes,
            references.name(vendor, task["category"]),
            () if texts is None else tuple(texts(task["name"], attributes)),
        )
        recorded = self.tasks.recorded(vendor, new, Plan.from_json(dict(task["plan"])), task["number"])
        return WrittenTask(references.rows[task["number"]], recorded, task["callback_state"], task["deleted_at"])

    def _resource(self, resource: Json, references: Incoming) -> Json:
        vendor = resource["vendor"]
        category = references.name(vendor, resource["category"])
        return {**resource, "category": category, "content": references.content(vendor, resource["content"])}

    def _upload(self, upload: Json, rows: Mapping[tuple[str, str], int], contents: Mapping[str, bytes]) -> Json:
        values = {name: value for name, value in upload.items() if name not in ("sha256", "content")}
        row = rows.get((upload["vendor"], upload["key"]))
        known = contents.get(upload["sha256"])
        content = decoded("/uploads", upload["content"]) if "content" in upload else known
        return {**values, "content": content, **({} if row is None else {"id": row})}

    def _add_deliveries(self, references: Incoming) -> None:
        entries = self.document["deliveries"]
        taken = account_rows.taken_deliveries(self.connection, [entry["id"] for entry in entries])
        pending, attempted = [], {}
        for entry in entries:
            delivery = self._delivery(entry, references, is_taken=entry["id"] in taken)
            pending.append(delivery)
            attempted[delivery.id] = [_attempt(attempt, references) for attempt in entry["attempts"]]
        account_rows.add_deliveries(self.connection, pending, attempted)

    def _delivery(self, entry: Json, references: Incoming, *, is_taken: bool) -> Delivery:
        faults = references.faults(entry["faults"])
        own = self.account.own_identifiers
        return Delivery(
            id=own.uuid("restored delivery", entry["id"]) if is_taken else entry["id"],
            account_id=self.account.id,
            vendor=entry["vendor"],
            callback=entry["callback"],
            task_id=None if entry["task"] is None else references.rows[entry["task"]],
            task_state=entry["task_state"],
            url=entry["url"],
            context=entry["context"],
            body=None if entry["body"] is None else decoded("/deliveries", entry["body"]),
            state=PENDING,
            created_at=entry["created_at"],
            due_at=entry["due_at"],
            attempts=entry["attempts_made"],
            step=entry["step"],
            faults=None if faults is None else orjson.dumps(faults).decode(),
        )

    def _add_tokens(self) -> None:
        secrets = self.document.get("secrets")
        if secrets is None:
            return
        texts = [token["token"] for token in secrets["tokens"]]
        taken = account_rows.taken_tokens(self.connection, texts, self.account.id)
        for index, text in enumerate(texts):
            if text in taken:
                raise SnapshotError(f"/secrets/tokens/{index}/token", "another account of this server has this token")
        tokens.replace(self.connection, self.account.id, secrets["tokens"])


def _scenario(scenario: Json) -> Json:
    values = {name: value for name, value in scenario.items() if name not in ("id", "fault", "buckets")}
    fault = scenario["fault"]
    if fault is not None:
        text = orjson.dumps(fault, option=orjson.OPT_SORT_KEYS).decode()
        values |= {"fault": text, "target": KINDS[fault["kind"]].target}
    return {**values, "buckets": orjson.dumps(scenario["buckets"], option=orjson.OPT_SORT_KEYS).decode()}


def _attempt(attempt: Json, references: Incoming) -> Attempt:
    body = decoded("/deliveries", attempt["request_body"])
    return Attempt(**{**attempt, "request_body": body, "faults": references.faults(attempt["faults"])})
