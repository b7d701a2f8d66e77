"""From the rows of an account to its snapshot."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.services.snapshots.document import FORMAT, VERSION
from bodydouble.mock_server.services.snapshots.references import Outgoing
from bodydouble.mock_server.store.account_rows import AccountRows

Json = dict[str, Any]
# By vendor and key.
Contents = Mapping[tuple[str, str], bytes]
_TASK = ("vendor", "kind", "category", "number", "key", "name", "created_at", "deleted_at", "callback_state")
_RESOURCE = ("vendor", "kind", "category", "key", "created_at", "updated_at")
_UPLOAD = ("vendor", "key", "expires_at", "md5", "size", "content_type", "stored_size", "stored_at")
_DELIVERY = ("id", "vendor", "callback", "task_state", "url", "created_at", "due_at", "step")
_ATTEMPT = (
    "number",
    "trigger",
    "at",
    "url",
    "status",
    "response_body",
    "duration",
    "outcome",
    "error",
    "next_attempt_at",
)
_SCENARIO_WITHOUT = frozenset({"account_id", "target"})


def document_of(
    rows: AccountRows,
    wall_ms: int,
    row_attributes: Mapping[tuple[str, str], str],
    hashes: Mapping[tuple[str, str], str],
    secret_settings: frozenset[str],
) -> Json:
    """The snapshot of an account, without secrets and without the bytes of uploads.

    Args:
        wall_ms: when the rows were read, on the real clock.
        row_attributes: by vendor and kind, the attribute of tasks that is the row of another task.
        hashes: SHA-256 of uploads, by vendor and key.
        secret_settings: names of settings that are left out.
    """
    account = rows.account
    numbers = {task["id"]: task["number"] for task in rows.tasks}
    places = {scenario["id"]: place for place, scenario in enumerate(rows.scenarios, 1)}
    references = Outgoing(account["id"], numbers, row_attributes, places)
    return {
        "format": FORMAT,
        "version": VERSION,
        "taken_at": wall_ms,
        **_of_account(account, wall_ms, secret_settings),
        "quotas": _quotas(rows),
        "scenarios": [_scenario(scenario, places) for scenario in rows.scenarios],
        "tasks": [_task(task, references) for task in rows.tasks],
        "resources": [
            {**_part(row, _RESOURCE), "content": orjson.loads(references.text(row["content"]))}
            for row in rows.resources
        ],
        "uploads": [{**_part(row, _UPLOAD), "sha256": hashes.get((row["vendor"], row["key"]))} for row in rows.uploads],
        "deliveries": _deliveries(rows, references),
    }


def _part(row: Mapping[str, Any], names: tuple[str, ...]) -> Json:
    return {name: row[name] for name in names}


def _of_account(account: Mapping[str, Any], wall_ms: int, secret_settings: frozenset[str]) -> Json:
    clock = Clock(account["clock_offset"], account["clock_frozen_at"])
    own = {"id": account["id"], "seed": account["seed"]}
    has_origin = account["origin_id"] is not None
    return {
        "account": own,
        "origin": {"id": account["origin_id"], "seed": account["origin_seed"]} if has_origin else own,
        "created_at": account["created_at"],
        "clock": {"mode": "running" if clock.frozen_at is None else "frozen", "now": clock.now(wall_ms)},
        "pace": account["pace"],
        "callback_clock": account["callback_clock"],
        "last_number": account["last_number"],
        "settings": {
            vendor: {name: value for name, value in values.items() if name not in secret_settings}
            for vendor, values in orjson.loads(account["settings"]).items()
        },
    }


def _quotas(rows: AccountRows) -> Json:
    quotas: Json = {}
    for row in rows.quotas:
        quotas.setdefault(row["vendor"], {})[row["name"]] = {"total": row["total"], "taken": row["taken"]}
    return quotas


def _scenario(row: Mapping[str, Any], places: Mapping[int, int]) -> Json:
    values = {name: value for name, value in row.items() if name not in _SCENARIO_WITHOUT}
    fault = None if row["fault"] is None else orjson.loads(row["fault"])
    return {**values, "id": places[row["id"]], "fault": fault, "buckets": orjson.loads(row["buckets"])}


def _task(row: Mapping[str, Any], references: Outgoing) -> Json:
    return {
        **_part(row, _TASK),
        "plan": orjson.loads(row["plan"]),
        "runtime": references.runtime(row["runtime"]),
        "attributes": references.attributes(row["vendor"], row["kind"], row["attributes"]),
    }


def _deliveries(rows: AccountRows, references: Outgoing) -> list[Json]:
    attempts: dict[str, list[Json]] = {}
    for row in rows.attempts:
        attempts.setdefault(row["delivery_id"], []).append(
            {
                **_part(row, _ATTEMPT),
                "request_headers": orjson.loads(row["request_headers"]),
                "request_body": encoded(row["request_body"]),
                "faults": references.faults(orjson.loads(row["faults"])),
            }
        )
    return [
        {
            **_part(row, _DELIVERY),
            "task": None if row["task_id"] is None else references.numbers.get(row["task_id"], 0),
            "context": orjson.loads(row["context"]),
            "body": None if row["body"] is None else encoded(row["body"]),
            "faults": None if row["faults"] is None else references.faults(orjson.loads(row["faults"])),
            "attempts_made": row["attempts"],
            "attempts": attempts.get(row["id"], []),
        }
        for row in rows.deliveries
    ]


def secrets_of(rows: AccountRows) -> Json:
    """What is in a snapshot only if it is asked for, apart from settings."""
    tokens = [_part(row, ("vendor", "token", "purpose", "expires_at")) for row in rows.tokens]
    credentials = {row["vendor"]: orjson.loads(row["content"]) for row in rows.credentials}
    return {"credentials": credentials, "tokens": tokens}


def with_contents(uploads: list[Json], contents: Contents) -> Iterator[Json]:
    """Uploads with their bytes."""
    for upload in uploads:
        content = contents.get((upload["vendor"], upload["key"]))
        yield upload if content is None else {**upload, "content": encoded(content)}


def encoded(content: bytes) -> str:
    """Bytes as a document has them."""
    return base64.b64encode(content).decode()


def sha256(content: bytes) -> str:
    """By what bytes are recognised."""
    return hashlib.sha256(content).hexdigest()
