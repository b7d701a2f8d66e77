"""Every number that a response shows is accepted by the requests that take it, in all five contracts."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from bodydouble.contracts.core.json_mutations import leaves
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.vendors import load_vendors
from tests.support.in_process import InProcessServer
from tests.support.operation_caller import OperationCaller
from tests.support.vendor_support import sample_traffic

ROOT = Path(__file__).parents[2]
CONTROL = "control"
ACCOUNTS = "/_mock/accounts"
BOUNDS = ("type", "minimum", "maximum", "multipleOf")


def document(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "specs" / name / "openapi.yaml").read_text())
    return content


def resolved(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def numeric_fields(root: dict[str, Any], node: dict[str, Any], depth: int = 8) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields below a schema of a request that take numbers, by name."""
    node = resolved(root, node)
    for name, below in node.get("properties", {}).items():
        schema = resolved(root, below)
        if schema.get("type") in ("integer", "number"):
            yield name, schema
    nested = [*node.get("properties", {}).values(), node.get("items"), node.get("contentSchema")]
    for inner in (*nested, *node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ())):
        if isinstance(inner, dict) and depth:
            yield from numeric_fields(root, inner, depth - 1)


def operations(root: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The path item and the operation of each operation."""
    for item in root["paths"].values():
        yield from ((item, entry) for entry in item.values() if isinstance(entry, dict) and "operationId" in entry)


def resources(root: dict[str, Any]) -> dict[str, str]:
    """What each operation is about, as its laws say; without a resource, itself."""
    return {
        operation["operationId"]: operation.get("x-laws", {}).get("resource", operation["operationId"])
        for _, operation in operations(root)
    }


def taken(root: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Operation, name and schema of each number that a request takes."""
    for item, operation in operations(root):
        for entry in (*item.get("parameters", ()), *operation.get("parameters", ())):
            parameter = resolved(root, entry)
            schema = resolved(root, parameter.get("schema", {}))
            if schema.get("type") in ("integer", "number"):
                yield operation["operationId"], parameter["name"], schema
        body = resolved(root, operation.get("requestBody", {})).get("content", {})
        for media in body.values():
            for name, schema in numeric_fields(root, media.get("schema", {})):
                yield operation["operationId"], name, schema


def shown(server: InProcessServer, vendor: str) -> dict[tuple[str, str], set[float]]:
    """The numbers that responses have shown, by the resource of the operation and the name of the field."""
    numbers: dict[tuple[str, str], set[float]] = defaultdict(set)
    resource = resources(document(vendor))
    entries = server.services.journal.search(account_id=None, vendor=vendor, limit=None)
    for account_id in server.http.get(ACCOUNTS).json["accounts"]:
        entries += server.services.journal.search(account_id=account_id, vendor=vendor, limit=None)
    for entry in entries:
        if entry["error"] is None and entry["response_body"].startswith(("{", "[")):
            for path, value in leaves(json.loads(entry["response_body"])):
                if type(value) in (int, float) and path:
                    numbers[resource[entry["operation"]], str(path[-1])].add(value)
    return numbers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InProcessServer]:
    running = InProcessServer(tmp_path)
    yield running
    running.close()


def require_accepted(server: InProcessServer, vendor: str) -> int:
    """Require that each shown number is accepted where a request takes its name; how many were compared."""
    numbers, compared = shown(server, vendor), 0
    resource = resources(document(vendor))
    # A request may have several fields of one name: the volume of a voice, and that of music.
    fields: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for operation, name, schema in taken(document(vendor)):
        fields[operation, name].append({key: schema[key] for key in BOUNDS if key in schema})
    for (operation, name), schemas in fields.items():
        for value in numbers.get((resource[operation], name), ()):
            accepted = any(jsonschema_rs.is_valid(schema, value) for schema in schemas)
            assert accepted, f"{operation}: {name} {value} is shown, and refused by {schemas}"
            compared += 1
    return compared


@pytest.mark.parametrize("vendor", load_vendors())
def test_a_number_of_a_response_is_accepted_by_the_requests_of_a_vendor(server: InProcessServer, vendor: str) -> None:
    caller = OperationCaller(vendor, Account(server))
    for operation in caller.contract.operations.values():
        # It is sent until it succeeds; some cannot after what the others have done.
        with suppress(StopIteration):
            caller.successful_request(operation)
    server.services.journal.flush()
    assert require_accepted(server, vendor)


def test_a_number_of_a_response_is_accepted_by_the_requests_of_the_control_plane(server: InProcessServer) -> None:
    for vendor in load_vendors():
        account = Account(server)
        sample_traffic(vendor, account)
        account.describe()
        account.tasks()
        account.deliveries()
        account.advance(1000)
    server.services.journal.flush()
    assert require_accepted(server, CONTROL)


def test_an_account_is_created_again_from_what_the_control_plane_shows_of_it(server: InProcessServer) -> None:
    for _ in range(20):
        shown = Account(server).describe()
        assert shown["seed"] < 2**53
        again = {name: shown[name] for name in ("seed", "pace", "settings", "callback_clock")}
        created = server.http.post(ACCOUNTS, {**again, "id": f"{shown['id']}-2", "frozen_at": shown["clock"]["now"]})
        assert created.status == 201, created.body
        assert {name: created.json[name] for name in again} == again
        changed = {name: shown[name] for name in ("pace", "settings", "callback_clock")}
        assert server.http.request("PATCH", f"{ACCOUNTS}/{shown['id']}", json_body=changed).status == 200
        for vendor, described in shown["vendors"].items():
            for quota, amounts in described["quotas"].items():
                path = f"{ACCOUNTS}/{shown['id']}/quotas/{vendor}/{quota}"
                assert server.http.request("PUT", path, json_body={"total": amounts["total"]}).status == 200
        to = {"time": shown["clock"]["now"] + 1000}
        assert server.http.post(f"{ACCOUNTS}/{created.json['id']}/clock/advance_to", to).status == 200
