"""Finding assets, files and scripts: the platform's, which all accounts share, and an account's own.

The assets and files with which an account begins stand in the catalogue until the account changes them; only then do
they get rows.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.search import SearchText
from bodydouble.mock_server.store.task_runtime import TaskRuntime
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import NAME, catalogue, names, records
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import project_id
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors

# The fields of texts by which files, jobs and subtitle jobs are searched for: of which asset, or script, they are.
ASSET, SCRIPT = "asset_id", "script_id"
# Those of assets: that the account has changed them, and for which user of an app they were made.
CHANGED, APP_USER = SearchText("changed", "yes"), "app_user_id"
_CHANGED_AT = "updated_at"
# The row of what stands in the catalogue.
_NO_ROW = 0
_FIRST_PLACES = {key: index - len(catalogue.ASSETS) for index, key in enumerate(catalogue.OWN_ASSETS)}


def find(tools: Toolbox, asset_id: str, field: str) -> TaskView:
    """An asset that the account can see: its own, or the platform's.

    Raises:
        ApiError: assetNotFound, naming the field that the id came from.
    """
    task = None if asset_id in catalogue.SYSTEM_ASSETS else tools.tasks.get(names.ASSET, asset_id)
    if task is None and asset_id in catalogue.ASSETS:
        task = _catalogue_asset(tools, asset_id)
    if task is None:
        raise ApiError(Errors.assetNotFound, f"{field}: neither the platform nor this project has {asset_id}")
    return tools.tasks.view(task)


def find_own(tools: Toolbox, asset_id: str, field: str) -> TaskView:
    """An asset that the account may change.

    Raises:
        ApiError: assetNotFound or assetReadOnly.
    """
    asset = find(tools, asset_id, field)
    if asset_id in catalogue.SYSTEM_ASSETS:
        raise ApiError(Errors.assetReadOnly, f"{field}: {asset_id} comes with the platform")
    return asset


def require(tools: Toolbox, asset_id: str, asset_type: str, field: str) -> TaskView:
    """An asset of a type that is in use.

    Raises:
        ApiError: assetNotFound or assetUnusable.
    """
    asset = find(tools, asset_id, field)
    actual, in_use = asset.attributes["content"]["asset_type"], asset.lifecycle.states[names.ASSET_ACTIVED].code
    if actual != asset_type:
        raise ApiError(Errors.assetUnusable, f"{field}: must be of type {asset_type}, not {actual}")
    if asset.state != names.ASSET_ACTIVED:
        raise ApiError(Errors.assetUnusable, f"{field}: must be {in_use}, not {asset.code}")
    return asset


def system_assets(tools: Toolbox) -> list[TaskView]:
    """The platform's assets."""
    return [tools.tasks.view(_catalogue_asset(tools, key)) for key in catalogue.SYSTEM_ASSETS]


def first_assets(tools: Toolbox) -> list[TaskView]:
    """The assets with which the account began, as they are now."""
    tasks = (tools.tasks.get(names.ASSET, key) or _catalogue_asset(tools, key) for key in catalogue.OWN_ASSETS)
    return [tools.tasks.view(task) for task in tasks]


def changed_assets(tools: Toolbox) -> list[Task]:
    """The assets that the account has changed; those with which it began may be missing."""
    candidates = tools.tasks.search(names.ASSET, CHANGED.field, CHANGED.text, having=_CHANGED_AT)
    return [task for task in candidates if _CHANGED_AT in task.attributes]


def unchanged_asset(tools: Toolbox) -> TaskView:
    """An asset, of no row, like all that jobs have made and the account has not changed."""
    content = {**records.MADE_BY_JOBS, "asset_extra_meta": {"video_meta": {}}}
    step = Step(tools.account.created_at, names.ASSET_ACTIVED)
    return tools.tasks.view(_without_row(tools, names.ASSET, "", "", {"content": content}, step))


def creation(asset: TaskView) -> tuple[int, int]:
    """By what assets are in the order of their creation: those with which the account began are before all others."""
    place = _FIRST_PLACES.get(asset.task.key)
    return asset.task.created_at, asset.task.number if place is None else place


def own_assets(tools: Toolbox, stored: Iterable[Task]) -> list[TaskView]:
    """The account's own assets: those with which it began, and some of those that it has stored since."""
    later = (task for task in stored if task.key not in catalogue.OWN_ASSETS)
    return [*first_assets(tools), *map(tools.tasks.view, later)]


def asset_record(tools: Toolbox, asset: TaskView) -> dict[str, Any]:
    """An asset with its files."""
    return {**asset_summary(asset), "files": _files(tools, asset) if records.shows_files(asset) else []}


def asset_summary(asset: TaskView) -> dict[str, Any]:
    """An asset without its files."""
    record = records.asset(asset)
    if asset.task.key in catalogue.SYSTEM_ASSETS:
        return record
    return {**record, "project_id": project_id(asset.account.id, asset.account.seed)}


def _files(tools: Toolbox, asset: TaskView) -> list[dict[str, Any]]:
    entry, job = catalogue.ASSETS.get(asset.task.key), job_of(tools, asset.task)
    files = records.catalogue_files(asset, entry) if entry is not None else []
    if asset.task.key in catalogue.SYSTEM_ASSETS:
        return files
    if job is not None:
        files = records.output_files(asset, asset.of(job))
    for file in files_of(tools, asset.task.key):
        files.append(records.file(asset.of(file), tools.uploads.get(file.key)))
    return files


def job_of(tools: Toolbox, asset: Task) -> Task | None:
    """The video job that made an asset; None if no job did."""
    return tools.tasks.by_row(asset.attributes["job"]) if "job" in asset.attributes else None


def find_file(tools: Toolbox, file_id: str) -> TaskView:
    """A file that the account has declared.

    Raises:
        ApiError: fileNotFound.
    """
    task = tools.tasks.get(names.FILE, file_id)
    if task is None and file_id in catalogue.OWN_FILES:
        task = _catalogue_file(tools, file_id)
    if task is None:
        raise ApiError(Errors.fileNotFound, f"path parameter file_id: this project has no file {file_id}")
    return tools.tasks.view(task)


def files_of(tools: Toolbox, asset_id: str) -> list[Task]:
    """The files that the account has declared for an asset, oldest first."""
    stored = {task.key: task for task in tools.tasks.search(names.FILE, ASSET, asset_id)}
    for key in catalogue.OWN_FILES:
        if key not in stored:
            stored[key] = tools.tasks.get(names.FILE, key) or _catalogue_file(tools, key)
    files = (task for task in stored.values() if task.attributes["asset_id"] == asset_id)
    return sorted(files, key=lambda task: (task.created_at, task.number))


def find_script(tools: Toolbox, script_id: str, field: str) -> Resource:
    """A script of the account's, or a template.

    Raises:
        ApiError: scriptNotFound, naming the field that the id came from.
    """
    if script_id in catalogue.TEMPLATES:
        return template(script_id)
    script = tools.resources.get(names.SCRIPT, script_id)
    if script is None:
        raise ApiError(Errors.scriptNotFound, f"{field}: this project has no script {script_id}")
    return script


def template(script_id: str) -> Resource:
    """A template of the platform."""
    return Resource(_NO_ROW, script_id, catalogue.RELEASED, catalogue.RELEASED, catalogue.TEMPLATES[script_id])


def with_row(tools: Toolbox, task: Task) -> Task:
    """A task that has a row: a task that still stands in the catalogue gets it now."""
    if task.id != _NO_ROW:
        return task
    if task.kind == names.FILE:
        file, expires_at = task.attributes["file"], task.created_at + records.URL_VALIDITY
        upload = tools.uploads.declare(task.key, expires_at=expires_at, md5=file["file_md5"], size=file["file_size"])
        tools.uploads.store(upload, bytes(file["file_size"]))
    return tools.tasks.record(
        task.kind,
        key=lambda _: task.key,
        name=task.name,
        created_at=task.created_at,
        plan=task.plan,
        attributes=task.attributes,
    )


def _catalogue_asset(tools: Toolbox, key: str) -> Task:
    created_at = catalogue.RELEASED if key in catalogue.SYSTEM_ASSETS else tools.account.created_at
    asset, step = catalogue.ASSETS[key], Step(created_at, names.ASSET_ACTIVED)
    return _without_row(tools, names.ASSET, key, asset.name, {"content": asset.content}, step)


def _catalogue_file(tools: Toolbox, key: str) -> Task:
    entry, created_at = catalogue.OWN_FILES[key], tools.account.created_at
    file = {name: value for name, value in entry.items() if name not in ("file_id", "asset_id", "state")}
    attributes = {"asset_id": entry["asset_id"], "file": file}
    steps = Step(created_at, names.FILE_CREATING), Step(created_at + records.URL_VALIDITY, names.FILE_FAILED)
    return _without_row(tools, names.FILE, key, entry["file_name"], attributes, *steps)


def _without_row(tools: Toolbox, kind: str, key: str, name: str, attributes: Mapping[str, Any], *steps: Step) -> Task:
    return Task(
        id=_NO_ROW,
        account_id=tools.account.id,
        vendor=NAME,
        kind=kind,
        number=0,
        key=key,
        name=name,
        created_at=steps[0].at,
        deleted_at=None,
        callback_state=0,
        plan=Plan(DEFAULT_OUTCOME, steps),
        runtime=TaskRuntime(),
        attributes=attributes,
    )
