"""The library: list, show, change, delete and restore assets."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from bodydouble.mock_server.store.search import NAME
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import (
    filters_apart_from,
    is_selected,
    page_fields,
    passes_apart_from,
    requested_page,
    selected_page,
    selected_states,
    state_filters,
)
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import library, names, records
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import CUSTOMIZATION, SYSTEM
from bodydouble.mock_server.vendors.huawei_metastudio.filters import is_compared, passes
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors
from bodydouble.mock_server.vendors.huawei_metastudio.operations import common

handlers = Handlers[Toolbox]()

# "Users cannot make assets of type VOICE_MODEL or HUMAN_MODEL_2D" (SDK, model UpdateDigitalAssetRequestBody).
MODELS = ("VOICE_MODEL", "HUMAN_MODEL_2D")
_TIMES = ("start_time", "end_time")
_BY_TIME = [f"$request.query.{name}" for name in _TIMES]
_BY_SOURCE = "$request.query.asset_source"
CREATION = "create_time"
_SORT_KEYS = (CREATION, common.PLACE, common.CHANGE)
# The fields of an update that are not kept as they are: some have places of their own, the others are ignored.
_OTHER_FIELDS = ("asset_name", "asset_state", "review_config", "system_properties")


@handlers.operation("ListAssets")
def list_assets(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """The assets that pass every filter, in the order that is asked for."""
    common.check_times(request, *_TIMES)
    source, matches = request.query.get("asset_source", CUSTOMIZATION), _matches(request, tools)
    is_listed_all = source != SYSTEM and matches is None
    changed = library.changed_assets(tools) if is_listed_all and _compares_changes(request, tools) else []
    is_few = len(changed) <= common.MAX_SPECIAL and request.query.get("sort_key", CREATION) in _SORT_KEYS
    page: Sequence[TaskView]
    if is_listed_all and is_few:
        total, page = _indexed_page(request, tools, _of_source(request, tools, changed))
    else:
        stored = matches if matches is not None or source == SYSTEM else tools.tasks.all(names.ASSET)
        assets = [asset for asset in _of_source(request, tools, stored or ()) if passes(asset, request.query)]
        # "among equals the newest comes first" (SDK, model DigitalAssetInfo, field asset_order).
        newest_first = common.is_descending(request) is not (request.query.get("sort_key") == common.PLACE)
        assets.sort(key=library.creation, reverse=newest_first)
        total, page = selected_page(request, assets, library.asset_summary, apart_from=[_BY_SOURCE])
    return {**page_fields(request, total), "assets": [library.asset_record(tools, asset) for asset in page]}


def _compares_changes(request: OperationRequest, tools: Toolbox) -> bool:
    # Time and state are read from the index for changed assets, too; so is the order of creation.
    known = (_BY_SOURCE, *_BY_TIME, *state_filters(request, tools.tasks.lifecycle(names.ASSET)))
    is_filtered = bool(filters_apart_from(request, *known)) or is_compared(request.query)
    return is_filtered or request.query.get("sort_key", CREATION) != CREATION


def _indexed_page(
    request: OperationRequest, tools: Toolbox, special: Sequence[TaskView]
) -> tuple[int, Sequence[TaskView]]:
    # All that jobs have made, and the account has not changed, passes the same filters; others are few, or not told
    # apart by the request.
    lifecycle, sort_key = tools.tasks.lifecycle(names.ASSET), request.query.get("sort_key", CREATION)
    known = (_BY_SOURCE, *_BY_TIME, *state_filters(request, lifecycle))
    unchanged = library.unchanged_asset(tools)
    is_shown = passes(unchanged, request.query) and passes_apart_from(request, library.asset_summary(unchanged), *known)
    own = partial(
        tools.tasks.page,
        names.ASSET,
        states=selected_states(request, lifecycle) if is_shown else (),
        created_from=common.created_from(request, _TIMES[0]),
        created_until=common.created_until(request, _TIMES[1]),
        without={asset.task.number for asset in special} - {0},
        newest_first=common.is_descending(request) is not (sort_key == common.PLACE),
        by_entry=sort_key == common.CHANGE,
    )
    selected = [
        asset
        for asset in special
        if passes(asset, request.query) and is_selected(request, library.asset_summary(asset))
    ]
    order = common.Order(_ORDERS[sort_key], reverse=common.is_descending(request))
    return common.merged_page(requested_page(request), tools, selected, own, order)


def _by_place(asset: TaskView) -> tuple[int, ...]:
    created_at, number = library.creation(asset)
    return int(asset.attributes["content"]["asset_order"]), -created_at, -number


def _by_change(asset: TaskView) -> tuple[int, ...]:
    # Responses show seconds.
    return records.updated_at(asset) // 1000, *library.creation(asset)


_ORDERS: dict[str, Callable[[TaskView], tuple[int, ...]]] = {
    CREATION: library.creation,
    common.PLACE: _by_place,
    common.CHANGE: _by_change,
}


def _of_source(request: OperationRequest, tools: Toolbox, stored: Iterable[Task]) -> list[TaskView]:
    source = request.query.get("asset_source", CUSTOMIZATION)
    assets = [] if source == CUSTOMIZATION else library.system_assets(tools)
    return assets if source == SYSTEM else [*assets, *library.own_assets(tools, stored)]


def _matches(request: OperationRequest, tools: Toolbox) -> Iterable[Task] | None:
    # By the filter that is likely to select fewest; None without one that is searched by.
    query = request.query
    if query.get("asset_id"):
        assets = (tools.tasks.get(names.ASSET, key) for key in dict.fromkeys(query["asset_id"]))
        return [asset for asset in assets if asset is not None]
    by_part = "name" not in query.get("accurate_query_field", ())
    if "name" in query and (query["name"] or not by_part):
        return tools.tasks.search(names.ASSET, NAME, query["name"], by_part=by_part)
    if "app_user_id" in query:
        return tools.tasks.search(names.ASSET, library.APP_USER, query["app_user_id"])
    return None


@handlers.operation("ShowAsset")
def show_asset(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """One asset with its files."""
    return _record(request, tools)


def _record(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    asset = library.find(tools, request.path["asset_id"], "path parameter asset_id")
    return library.asset_record(tools, asset)


def _find_own(request: OperationRequest, tools: Toolbox) -> TaskView:
    return library.find_own(tools, request.path["asset_id"], "path parameter asset_id")


def _wrong_state(error: Errors, asset: TaskView) -> ApiError:
    return ApiError(error, f"path parameter asset_id: the asset is {asset.state}")


@handlers.operation("UpdateDigitalAsset", transaction=True)
def update_asset(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Change the fields that the request has."""
    changes, asset = request.body, _find_own(request, tools)
    content = asset.attributes["content"]
    asset_type = changes.get("asset_type", content["asset_type"])
    if asset_type in MODELS and asset_type != content["asset_type"]:
        raise ApiError(Errors.assetTypeReserved, f"/asset_type: users cannot make assets of type {asset_type}")
    if asset.state not in names.ASSET_COMPLETE:
        raise _wrong_state(Errors.assetNotChangeable, asset)
    task = library.with_row(tools, asset.task)
    content = {**content, **common.body_fields(request, without=_OTHER_FIELDS)}
    attributes = {**task.attributes, "content": content, "updated_at": tools.now}
    name = changes.get("asset_name")
    texts = (library.CHANGED, *(() if name is None else (records.searched_name(name),)))
    tools.tasks.update(task, attributes, name, texts)
    target = asset.lifecycle.state_of_code(changes.get("asset_state", asset.code)).name
    if target != asset.state:
        tools.tasks.operate(task, error=Errors.assetNotChangeable, target=target)
    return _record(request, tools)


@handlers.operation("DeleteAsset", transaction=True)
def delete_asset(request: OperationRequest, tools: Toolbox) -> None:
    """Put an asset into the recycle bin, or delete it for good. Doing so again changes nothing."""
    asset = _find_own(request, tools)
    target = names.ASSET_DELETED if request.query.get("mode") == "force" else names.ASSET_DELETING
    if asset.state in (target, names.ASSET_DELETED):
        return
    task = library.with_row(tools, asset.task)
    tools.tasks.operate(task, error=Errors.assetNotFound, target=target)
    if target == names.ASSET_DELETED:
        _remove_files(tools, task)


def _remove_files(tools: Toolbox, task: Task) -> None:
    job = library.job_of(tools, task)
    if job is not None:
        tools.tasks.remove_files(job)
    for file in library.files_of(tools, task.key):
        tools.uploads.remove(file.key)


@handlers.operation("RestoreAsset", transaction=True)
def restore_asset(request: OperationRequest, tools: Toolbox) -> None:
    """Take an asset out of the recycle bin."""
    asset = _find_own(request, tools)
    if asset.state != names.ASSET_DELETING:
        raise _wrong_state(Errors.assetNotRestorable, asset)
    tools.tasks.operate(library.with_row(tools, asset.task), error=Errors.assetNotRestorable)
