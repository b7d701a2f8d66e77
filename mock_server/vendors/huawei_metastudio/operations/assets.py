"""The library: list, show, change, delete and restore assets."""

from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.mock_server.store import tasks, uploads
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import NAME
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import CUSTOMIZATION, SYSTEM
from bodydouble.mock_server.vendors.huawei_metastudio.operations import library
from bodydouble.mock_server.vendors.huawei_metastudio.operations.common import moment, page, within, words
from bodydouble.mock_server.vendors.huawei_metastudio.operations.library import LibraryAsset

handlers = Handlers()

# "Users cannot make assets of type VOICE_MODEL or HUMAN_MODEL_2D" (SDK, model UpdateDigitalAssetRequestBody).
MODELS = ("VOICE_MODEL", "HUMAN_MODEL_2D")
CHANGEABLE = ("actived", "unactived", "waitingDelete")
STATES = {"ACTIVED": "actived", "UNACTIVED": "unactived", "WAITING_DELETE": "waitingDelete"}
CONTENT_FIELDS = (
    "asset_description",
    "asset_type",
    "tags",
    "asset_extra_meta",
    "asset_order",
    "supported_service",
    "shared_config",
    "auto_operation_config",
)
# The platform's own voices; others name a supplier.
OWN_PROVIDER = "HUAWEI_METASTUDIO"
_WALKING = "WALKING"

Test = Callable[[LibraryAsset], bool]


@handlers.reads("ListAssets")
def list_assets(request: OperationRequest) -> dict[str, Any]:
    """The assets that every filter lets through, in the order that is asked for."""
    source = request.query.get("asset_source", CUSTOMIZATION)
    found = [] if source == CUSTOMIZATION else library.system_assets()
    if source != SYSTEM:
        found += library.own_assets(request)
    since, until = moment(request, "start_time"), moment(request, "end_time")
    tests = _tests(request)
    found = [one for one in found if within(one.created_at, since, until) and all(test(one) for test in tests)]
    found = _in_order(request, found)
    return {"count": len(found), "assets": [asset.record(request) for asset in page(request, found)]}


def _in_order(request: OperationRequest, found: list[LibraryAsset]) -> list[LibraryAsset]:
    number = {asset.id: asset.task.number if asset.task is not None else 0 for asset in found}
    keys: dict[str, Callable[[LibraryAsset], tuple[int, int]]] = {
        "create_time": lambda asset: (asset.created_at, number[asset.id]),
        "update_time": lambda asset: (asset.updated_at, number[asset.id]),
        # "among equals the newest comes first" (SDK, model DigitalAssetInfo, field asset_order).
        "asset_order": lambda asset: (asset.order, -number[asset.id]),
    }
    key = keys[request.query.get("sort_key", "create_time")]
    return sorted(found, key=key, reverse=request.query.get("sort_dir") == "desc")


def _tests(request: OperationRequest) -> list[Test]:
    # Filters that are not given let everything through.
    return [make(request.query[name], request) for name, make in _FILTERS.items() if name in request.query]


def _meta(asset: LibraryAsset, kind: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = asset.content.get("asset_extra_meta", {}).get(kind, {})
    return found


def _voice(asset: LibraryAsset) -> Mapping[str, Any]:
    return _meta(asset, "voice_model_meta")


def _model(asset: LibraryAsset) -> Mapping[str, Any]:
    return _meta(asset, "human_model_2d_meta")


def _tags(asset: LibraryAsset) -> list[str]:
    return list(asset.content.get("tags", ()))


def _accurate(request: OperationRequest, name: str) -> bool:
    return name in request.query.get("accurate_query_field", ())


def _by_name(text: str, request: OperationRequest) -> Test:
    if _accurate(request, "name"):
        return lambda asset: asset.name == text
    return lambda asset: text in asset.name


def _by_tag(text: str, request: OperationRequest) -> Test:
    wanted, exact = words(text), _accurate(request, "tag")
    combine = any if request.query.get("tag_combination_type") == "UNION_SET" else all

    def test(asset: LibraryAsset) -> bool:
        tags = _tags(asset)
        return combine((one in tags) if exact else any(one in tag for tag in tags) for one in wanted)

    return test


def _by_properties(text: str, _: OperationRequest) -> Test:
    wanted = [one.partition(":")[::2] for one in words(text)]

    def test(asset: LibraryAsset) -> bool:
        has = {(one.get("key"), one.get("value")) for one in asset.content.get("system_properties", ())}
        return all(one in has for one in wanted)

    return test


def _by_sex(text: str, _: OperationRequest) -> Test:
    wanted = words(text)
    return lambda asset: _voice(asset).get("sex") in wanted or bool(wanted.intersection(_tags(asset)))


def _by_language(text: str, _: OperationRequest) -> Test:
    wanted = words(text)
    return lambda asset: bool(wanted.intersection(_voice(asset).get("languages", ())))


def _by_provider(text: str, _: OperationRequest) -> Test:
    def test(asset: LibraryAsset) -> bool:
        voice = _voice(asset)
        return bool(voice) and voice.get("external_voice_meta", {}).get("provider", OWN_PROVIDER) == text

    return test


def _by_role(role: str, _: OperationRequest) -> Test:
    # What another account shares is not seen: accounts are apart from each other.
    shares = role == "SHARER"
    return lambda asset: shares and asset.content.get("shared_config", {}).get("shared_type") == "SHARED"


def _by_style(style: str, _: OperationRequest) -> Test:
    return lambda asset: asset.entry is not None and asset.entry.style_id == style


_FILTERS: dict[str, Callable[[Any, OperationRequest], Test]] = {
    "name": _by_name,
    "tag": _by_tag,
    "asset_type": lambda text, _: lambda asset: asset.content["asset_type"] in words(text),
    "asset_state": lambda text, _: lambda asset: asset.code in words(text),
    "style_id": _by_style,
    "asset_id": lambda ids, _: lambda asset: asset.id in ids,
    "sex": _by_sex,
    "language": _by_language,
    "system_property": _by_properties,
    "action_editable": lambda wanted, _: lambda asset: _model(asset).get("is_action_editable") is wanted,
    "is_with_action_library": lambda wanted, _: lambda asset: _model(asset).get("is_with_action_library") is wanted,
    "is_movable": lambda wanted, _: lambda asset: bool(_model(asset)) and (_WALKING in _tags(asset)) is wanted,
    "voice_provider": _by_provider,
    "role": _by_role,
    "is_realtime_voice": lambda wanted, _: lambda asset: _voice(asset).get("is_realtime_voice") is wanted,
    "human_model_2d_version": lambda version, _: lambda asset: _model(asset).get("model_version") == version,
    "include_device_name": lambda device, _: lambda asset: device in _model(asset).get("device_names", ()),
    "exclude_device_name": lambda device, _: (
        lambda asset: bool(_model(asset)) and device not in _model(asset).get("device_names", ())
    ),
    "supported_service": lambda service, _: lambda asset: service in asset.content.get("supported_service", ()),
    "app_user_id": lambda user, _: lambda asset: asset.content.get("app_user_id") == user,
}


@handlers.reads("ShowAsset")
def show_asset(request: OperationRequest) -> dict[str, Any]:
    """One asset with its files."""
    return _record(request)


def _record(request: OperationRequest) -> dict[str, Any]:
    return library.find(request, request.path["asset_id"], "path parameter asset_id").record(request)


@handlers.writes("UpdateDigitalAsset")
def update_asset(request: OperationRequest) -> dict[str, Any]:
    """Change the fields that are given."""
    wanted = request.body
    task = library.find_own(request, request.path["asset_id"], "path parameter asset_id")
    content = task.attributes["content"]
    kind = wanted.get("asset_type", content["asset_type"])
    if kind in MODELS and kind != content["asset_type"]:
        raise ApiError("assetTypeReserved", f"/asset_type: users cannot make assets of type {kind}")
    if task.state(request.now) not in CHANGEABLE:
        raise ApiError("assetNotChangeable", f"path parameter asset_id: the asset is {task.state(request.now)}")
    task = library.stored(request, task)
    content = {**content, **{name: wanted[name] for name in CONTENT_FIELDS if name in wanted}}
    attributes = {**task.attributes, "content": content, "updated_at": request.now}
    tasks.set_attributes(request.connection, task.id, attributes, wanted.get("asset_name"))
    target = STATES.get(wanted.get("asset_state", ""), task.state(request.now))
    if target != task.state(request.now):
        request.services.tasks.operate(request, task, refusal="assetNotChangeable", target=target)
    request.cause = task.id
    return _record(request)


@handlers.writes("DeleteAsset")
def delete_asset(request: OperationRequest) -> None:
    """Put an asset into the recycle bin, or delete it for good. Doing so again changes nothing."""
    task = library.find_own(request, request.path["asset_id"], "path parameter asset_id")
    state = task.state(request.now)
    target = "deleted" if request.query.get("mode") == "force" else "deleting"
    if state in (target, "deleted"):
        return
    task = library.stored(request, task)
    request.services.tasks.operate(request, task, refusal="assetNotFound", target=target)
    if target == "deleted":
        _forget_files(request, task)


def _forget_files(request: OperationRequest, task: Task) -> None:
    job = tasks.by_id(request.connection, task.attributes["job"]) if "job" in task.attributes else None
    if job is not None:
        tasks.set_attributes(request.connection, job.id, {**job.attributes, "files": {}})
    for file in library.files_of(request, task.key):
        upload = uploads.get(request.connection, request.account.id, NAME, file.key)
        if upload is not None:
            uploads.remove(request.connection, upload.id)


@handlers.writes("RestoreAsset")
def restore_asset(request: OperationRequest) -> None:
    """Take an asset out of the recycle bin."""
    task = library.find_own(request, request.path["asset_id"], "path parameter asset_id")
    if task.state(request.now) != "deleting":
        raise ApiError("assetNotRestorable", f"path parameter asset_id: the asset is {task.state(request.now)}")
    request.services.tasks.operate(request, library.stored(request, task), refusal="assetNotRestorable")
