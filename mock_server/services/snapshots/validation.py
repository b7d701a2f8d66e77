"""What is wrong with a snapshot beyond its form, before anything is changed."""

import base64
import binascii
from collections.abc import Hashable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.mock_server.services.snapshots.document import Document, SnapshotError
from bodydouble.mock_server.services.snapshots.taking import sha256
from bodydouble.mock_server.vendor_api.vendor import Vendor

Json = Mapping[str, Any]
Vendors = Mapping[str, Vendor]


def require_consistent(document: Document, vendors: Vendors, max_upload_bytes: int) -> None:
    """Require that a document, whose form is right, can be an account of this server.

    Args:
        max_upload_bytes: the limit of one uploaded file.

    Raises:
        SnapshotError: the first field that is wrong.
    """
    _require_unique(document)
    _require_quotas(document["quotas"], vendors)
    numbers = {task["number"]: task for task in document["tasks"]}
    for index, task in enumerate(document["tasks"]):
        _require_task(f"/tasks/{index}", task, numbers, vendors)
    last = max(numbers, default=0)
    if document["last_number"] < last:
        raise SnapshotError("/last_number", f"below the number of a task, {last}")
    for part in ("resources", "uploads"):
        for index, entry in enumerate(document[part]):
            _vendor(f"/{part}/{index}", entry, vendors)
    for index, upload in enumerate(document["uploads"]):
        _require_upload(f"/uploads/{index}", upload, max_upload_bytes)
    for index, delivery in enumerate(document["deliveries"]):
        _require_delivery(f"/deliveries/{index}", delivery, numbers, vendors)
    for index, token in enumerate(document.get("secrets", {}).get("tokens", ())):
        _vendor(f"/secrets/tokens/{index}", token, vendors)


def _require_unique(document: Document) -> None:
    tasks = document["tasks"]
    _require_different("/tasks", "key", ((task["vendor"], task["kind"], task["key"]) for task in tasks))
    _require_different("/tasks", "number", (task["number"] for task in tasks))
    of_resources = ((entry["vendor"], entry["kind"], entry["key"]) for entry in document["resources"])
    _require_different("/resources", "key", of_resources)
    _require_different("/uploads", "key", ((entry["vendor"], entry["key"]) for entry in document["uploads"]))
    _require_different("/deliveries", "id", (delivery["id"] for delivery in document["deliveries"]))
    tokens = document.get("secrets", {}).get("tokens", ())
    _require_different("/secrets/tokens", "token", (token["token"] for token in tokens))
    for index, scenario in enumerate(document["scenarios"]):
        if scenario["id"] != index + 1:
            raise SnapshotError(f"/scenarios/{index}/id", f"must be {index + 1}, its place")


def _require_different(place: str, field: str, keys: Iterable[Hashable]) -> None:
    known: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        if known.setdefault(key, index) != index:
            raise SnapshotError(f"{place}/{index}/{field}", f"the same as of {place}/{known[key]}")


def _vendor(place: str, entry: Json, vendors: Vendors) -> Vendor:
    vendor = vendors.get(entry["vendor"])
    if vendor is None:
        raise SnapshotError(f"{place}/vendor", f"there is no vendor {entry['vendor']}; there are {', '.join(vendors)}")
    return vendor


def _require_quotas(quotas: Json, vendors: Vendors) -> None:
    for name, of_vendor in quotas.items():
        if name not in vendors:
            raise SnapshotError(f"/quotas/{name}", "there is no such vendor")
        for quota in of_vendor:
            if quota not in vendors[name].quotas:
                raise SnapshotError(f"/quotas/{name}/{quota}", f"{name} has no such quota")


def _require_task(place: str, task: Json, numbers: Mapping[int, Json], vendors: Vendors) -> None:
    vendor = _vendor(place, task, vendors)
    lifecycle = vendor.contract.lifecycles.get(task["kind"])
    if lifecycle is None:
        known = ", ".join(vendor.contract.lifecycles)
        raise SnapshotError(f"{place}/kind", f"{vendor.name} has no kind {task['kind']}; it has {known}")
    _require_plan(f"{place}/plan", task["plan"], lifecycle)
    for quota in task["runtime"].get("reserved", ()):
        if quota not in vendor.quotas:
            raise SnapshotError(f"{place}/runtime/reserved/{quota}", f"{vendor.name} has no such quota")
    for index, (number, states) in enumerate(task["runtime"].get("followers", ())):
        # One that retention has dropped has no number.
        follower = numbers.get(number)
        if number and (follower is None or follower["vendor"] != vendor.name):
            raise SnapshotError(f"{place}/runtime/followers/{index}/0", f"{vendor.name} has no task of number {number}")
        if follower is not None:
            own_states = vendor.contract.lifecycles.get(follower["kind"])
            _require_states(f"{place}/runtime/followers/{index}/1", states, lifecycle, own_states)


def _require_states(place: str, states: Json, lifecycle: Lifecycle, own: Lifecycle | None) -> None:
    for state, followed in states.items():
        if state not in lifecycle.states or own is None or followed not in own.states:
            raise SnapshotError(f"{place}/{state}", "there is no such state")


def _require_plan(place: str, plan: Json, lifecycle: Lifecycle) -> None:
    if plan["outcome"] not in lifecycle.outcomes:
        known = ", ".join(sorted(lifecycle.outcomes))
        raise SnapshotError(f"{place}/outcome", f"{lifecycle.name} has no outcome {plan['outcome']}; it has {known}")
    steps = plan["steps"]
    for index, (_, state) in enumerate(steps):
        if state not in lifecycle.states:
            raise SnapshotError(f"{place}/steps/{index}/1", f"{lifecycle.name} has no state {state}")
    edges = {(edge.source, edge.target) for edge in lifecycle.edges}
    for index, ((at, state), (next_at, following)) in enumerate(pairwise(steps), 1):
        if next_at < at:
            raise SnapshotError(f"{place}/steps/{index}/0", "before the step that it follows")
        if (state, following) not in edges:
            raise SnapshotError(f"{place}/steps/{index}/1", f"{lifecycle.name} has no edge from {state} to {following}")


def _require_upload(place: str, upload: Json, max_upload_bytes: int) -> None:
    is_stored = upload["stored_size"] is not None
    if (upload["stored_at"] is not None) != is_stored:
        raise SnapshotError(f"{place}/stored_at", "size and time of what is stored belong together")
    if upload["sha256"] is not None and not is_stored:
        raise SnapshotError(f"{place}/sha256", "nothing is stored")
    if "content" not in upload:
        return
    content = decoded(f"{place}/content", upload["content"])
    if len(content) > max_upload_bytes:
        raise SnapshotError(f"{place}/content", f"more than {max_upload_bytes} bytes")
    if len(content) != upload["stored_size"] or sha256(content) != upload["sha256"]:
        raise SnapshotError(f"{place}/content", "its size or its SHA-256 is another one")


def decoded(place: str, text: str) -> bytes:
    """The bytes of a text in base64.

    Raises:
        SnapshotError: it is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SnapshotError(place, "must be base64") from error


def _require_delivery(place: str, delivery: Json, numbers: Mapping[int, Json], vendors: Vendors) -> None:
    vendor = _vendor(place, delivery, vendors)
    if delivery["callback"] not in vendor.contract.callbacks:
        raise SnapshotError(f"{place}/callback", f"{vendor.name} has no callback {delivery['callback']}")
    task = numbers.get(delivery["task"]) if delivery["task"] is not None else None
    if delivery["task"] is not None and (task is None or task["vendor"] != vendor.name):
        raise SnapshotError(f"{place}/task", f"{vendor.name} has no task of number {delivery['task']}")
    state = delivery["task_state"]
    if state is not None and (task is None or state not in vendor.contract.lifecycles[task["kind"]].states):
        raise SnapshotError(f"{place}/task_state", f"there is no such state: {state}")
    if delivery["body"] is not None:
        decoded(f"{place}/body", delivery["body"])
    for index, attempt in enumerate(delivery["attempts"]):
        decoded(f"{place}/attempts/{index}/request_body", attempt["request_body"])
