"""Finding assets: the platform's, which all accounts share, and an account's own.

The assets with which an account begins stand in the catalogue until the account changes them; only then do they get
rows of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store import tasks, uploads
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest
from bodydouble.mock_server.vendors.huawei_metastudio import records
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import NAME, project_id
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import (
    OWN_ASSETS,
    OWN_FILES,
    RELEASED,
    SYSTEM_ASSETS,
    CatalogueAsset,
)

_UNSTORED = 0


@dataclass(frozen=True, slots=True)
class LibraryAsset:
    """An asset, whosever it is.

    Attributes:
        content: what the wire shows of it, without its state, times and files.
        entry: of the catalogue; None for what the account has made.
        task: the account's; None for the platform's.
        state: name of its state.
    """

    id: str
    name: str
    content: Mapping[str, Any]
    entry: CatalogueAsset | None
    task: Task | None
    state: str
    code: str
    created_at: int
    updated_at: int

    @property
    def order(self) -> int:
        """Its place in the console's list."""
        return int(self.content.get("asset_order", 0))

    def record(self, request: OperationRequest) -> dict[str, Any]:
        """Its details."""
        if self.task is None:
            return self.entry.record(request.base_url) if self.entry is not None else {}
        project = project_id(request.account.id, request.account.seed)
        return records.asset(project, self.task, request.now, _files(request, self.task, self.entry))


def _system(entry: CatalogueAsset) -> LibraryAsset:
    name = str(entry.content["asset_name"])
    return LibraryAsset(entry.id, name, entry.content, entry, None, "actived", "ACTIVED", RELEASED, RELEASED)


def _own(request: OperationRequest, task: Task) -> LibraryAsset:
    now = request.now
    updated = max(task.plan.current(now).at, task.attributes.get("updated_at", task.created_at))
    return LibraryAsset(
        task.key,
        task.name,
        task.attributes["content"],
        OWN_ASSETS.get(task.key),
        task,
        task.state(now),
        str(records.code(task, now)),
        task.created_at,
        updated,
    )


def system_assets() -> list[LibraryAsset]:
    """The platform's assets."""
    return [_system(entry) for entry in SYSTEM_ASSETS.values()]


def own_assets(request: OperationRequest) -> list[LibraryAsset]:
    """The account's own assets."""
    stored = tasks.every(request.connection, request.account.id, NAME, records.ASSET)
    keys = {task.key for task in stored}
    first = [_first_asset(request, entry) for key, entry in OWN_ASSETS.items() if key not in keys]
    return [_own(request, task) for task in [*first, *stored]]


def find(request: OperationRequest, asset_id: str, field: str) -> LibraryAsset:
    """An asset that the account can see.

    Raises:
        ApiError: assetNotFound, naming the field that the id came from.
    """
    if asset_id in SYSTEM_ASSETS:
        return _system(SYSTEM_ASSETS[asset_id])
    task = tasks.get(request.connection, request.account.id, NAME, records.ASSET, asset_id)
    if task is None and asset_id in OWN_ASSETS:
        task = _first_asset(request, OWN_ASSETS[asset_id])
    if task is None:
        raise ApiError("assetNotFound", f"{field}: neither the platform nor this project has {asset_id}")
    return _own(request, task)


def find_own(request: OperationRequest, asset_id: str, field: str) -> Task:
    """An asset that the account may change.

    Raises:
        ApiError: assetNotFound or assetReadOnly.
    """
    task = find(request, asset_id, field).task
    if task is None:
        raise ApiError("assetReadOnly", f"{field}: {asset_id} comes with the platform")
    return task


def require(request: OperationRequest, asset_id: str, kind: str, field: str) -> LibraryAsset:
    """An asset of a kind that is in use.

    Raises:
        ApiError: assetNotFound or assetUnusable.
    """
    asset = find(request, asset_id, field)
    if asset.content["asset_type"] != kind:
        raise ApiError("assetUnusable", f"{field}: must be of type {kind}, not {asset.content['asset_type']}")
    if asset.state != "actived":
        raise ApiError("assetUnusable", f"{field}: must be ACTIVED, not {asset.code}")
    return asset


def stored(request: OperationRequest, task: Task) -> Task:
    """A task of the account's that has a row: one that still stands in the catalogue gets it now."""
    if task.id != _UNSTORED:
        return task
    made = request.services.tasks.add(
        request.connection,
        request.account,
        NAME,
        task.kind,
        key=lambda _: task.key,
        name=task.name,
        created_at=task.created_at,
        now=request.now,
        plan=task.plan,
        attributes=task.attributes,
    )
    if task.kind == records.FILE:
        file = task.attributes["file"]
        upload = uploads.expect(
            request.connection,
            request.account.id,
            NAME,
            task.key,
            expires_at=task.created_at + records.URL_VALIDITY,
            md5=file["file_md5"],
            size=file["file_size"],
        )
        uploads.put(request.connection, upload.id, bytes(file["file_size"]), None)
    return made


def find_file(request: OperationRequest, file_id: str) -> Task:
    """A file that the account has announced.

    Raises:
        ApiError: fileNotFound.
    """
    task = tasks.get(request.connection, request.account.id, NAME, records.FILE, file_id)
    if task is None and file_id in OWN_FILES:
        task = _first_file(request, OWN_FILES[file_id])
    if task is None:
        raise ApiError("fileNotFound", f"path parameter file_id: this project has no file {file_id}")
    return task


def files_of(request: OperationRequest, asset_id: str) -> list[Task]:
    """The files that the account has announced for an asset, oldest first."""
    found = tasks.every(request.connection, request.account.id, NAME, records.FILE)
    keys = {task.key for task in found}
    first = [_first_file(request, entry) for key, entry in OWN_FILES.items() if key not in keys]
    return [task for task in [*first, *reversed(found)] if task.attributes["asset_id"] == asset_id]


def _files(request: OperationRequest, task: Task, entry: CatalogueAsset | None) -> list[dict[str, Any]]:
    account, now, base_url = request.account, request.now, request.base_url
    shown = entry.file_records(base_url) if entry is not None else []
    job = tasks.by_id(request.connection, task.attributes["job"]) if "job" in task.attributes else None
    if job is not None:
        shown = records.output_files(account, task, job, now, base_url)
    for file in files_of(request, task.key):
        upload = uploads.get(request.connection, account.id, NAME, file.key)
        shown.append(records.file(account, file, upload, now, base_url))
    return shown


def _first_asset(request: OperationRequest, entry: CatalogueAsset) -> Task:
    began = request.account.created_at
    content = {name: value for name, value in entry.content.items() if name not in ("asset_id", "asset_name")}
    plan = Plan(DEFAULT_OUTCOME, (Step(began, "actived"),))
    return _unstored(request, records.ASSET, entry.id, str(entry.content["asset_name"]), plan, {"content": content})


def _first_file(request: OperationRequest, entry: Mapping[str, Any]) -> Task:
    began = request.account.created_at
    file = {name: value for name, value in entry.items() if name not in ("file_id", "asset_id", "state")}
    plan = Plan(DEFAULT_OUTCOME, (Step(began, "creating"), Step(began + records.URL_VALIDITY, "failed")))
    attributes = {"asset_id": entry["asset_id"], "file": file}
    return _unstored(request, records.FILE, entry["file_id"], entry["file_name"], plan, attributes)


def _unstored(
    request: OperationRequest, kind: str, key: str, name: str, plan: Plan, attributes: Mapping[str, Any]
) -> Task:
    account = request.account
    began = account.created_at
    return Task(_UNSTORED, account.id, NAME, kind, 0, key, name, began, None, 0, plan, attributes)
