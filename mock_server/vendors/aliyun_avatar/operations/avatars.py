"""The avatars of an account (数字人形象管理); custom 2D avatars are trained from footage."""

from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine.sizes import Size
from bodydouble.mock_server.vendor_api import listing
from bodydouble.mock_server.vendor_api.file_urls import AT_ONCE
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, catalogue, names, records
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import Avatar
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors
from bodydouble.mock_server.vendors.aliyun_avatar.operations import common

handlers = Handlers[Toolbox]()

_TARGETS = {"ACCEPT": names.AVATAR_TRAINING, "DECLINE": names.AVATAR_DECLINED}
_OFFICIAL, _CUSTOM = "0", "1"
_DIRECTIONS = {True: "竖向", False: "横向"}
_PREVIEW = "preview.webm"
# Parameters that may change later, and the attributes that keep them.
_ATTRIBUTES = {
    "Description": "description",
    "Image": "image",
    "Portrait": "portrait",
    "Video": "video",
    "Transparent": "transparent",
    "Orientation": "orientation",
}
# What the footage and the pictures of an avatar are made in.
_FORMATS = {"Image": ("png",), "Portrait": ("png",), "Video": ("mov", "webm", "mp4")}
_ABSENT = {"description": "", "image": None}


def _first_frame(orientation: int) -> str:
    return f"first-frame-{orientation}.png"


# Of footage of either orientation, which an update may change.
_FIRST_FRAMES = {
    _first_frame(orientation): {"width": width, "height": height, AT_ONCE: True}
    for orientation, (width, height) in common.FOOTAGE_SIZES.items()
}


@handlers.operation("Create2dAvatar", transaction=True)
def create_2d_avatar(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Submit footage from which an avatar is trained."""
    common.require_tenant(request)
    task = tools.tasks.create(
        names.AVATAR,
        key=lambda number: f"CH_2d_{tools.account.identifiers.hexadecimal(16, NAME, 'avatar', number)}",
        name=request.query["Name"],
        attributes={**_ABSENT, **_attributes(request)},
        files={**_FIRST_FRAMES, _PREVIEW: {}},
        callback=common.callback(request, "Callback"),
        outcome=_outcome(request),
    )
    return {"Code": task.key}


def _attributes(request: OperationRequest) -> dict[str, Any]:
    for name, formats in _FORMATS.items():
        common.require_format(request.query.get(name), formats, name)
    return {key: request.query[name] for name, key in _ATTRIBUTES.items() if name in request.query}


def _outcome(request: OperationRequest) -> str:
    return names.OUTCOME_CONFIRMATION if common.setting(request, catalogue.TRAINING_CONFIRMATION) else DEFAULT_OUTCOME


@handlers.operation("Update2dAvatar", transaction=True)
def update_2d_avatar(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Change an avatar that is not being made; new footage, after a failure, begins the making anew."""
    view = _find_custom(request, tools)
    task = view.task
    if records.make_status(view.state) == records.IN_PRODUCTION:
        raise ApiError(Errors.avatarInProduction, f"Code: {task.key} is being made")
    name, attributes = request.query.get("Name", task.name), {**task.attributes, **_attributes(request)}
    target = common.callback(request, "Callback")
    if "Video" not in request.query:
        tools.tasks.update(task, attributes, name)
    else:
        tools.tasks.resubmit(
            task,
            error=Errors.avatarVideoFixed,
            name=name,
            attributes=attributes,
            callback=target,
            outcome=_outcome(request),
        )
    return {"Code": task.key}


@handlers.operation("ConfirmAvatar2dTrain", transaction=True)
def confirm_avatar_2d_train(request: OperationRequest, tools: Toolbox) -> None:
    """Say whether the training may begin."""
    task = _find_custom(request, tools).task
    tools.tasks.operate(task, error=Errors.avatarNotAwaiting, target=_TARGETS[request.query["Confirm"]])


@handlers.operation("DeleteAvatar", transaction=True)
def delete_avatar(request: OperationRequest, tools: Toolbox) -> None:
    """Delete a custom avatar."""
    tools.tasks.delete(_find_custom(request, tools).task)


def _find_custom(request: OperationRequest, tools: Toolbox) -> TaskView:
    common.require_tenant(request)
    code = request.query["Code"]
    if code in catalogue.AVATARS:
        raise ApiError(Errors.avatarOfficial, f"Code: {code} is an official avatar")
    return tools.tasks.find(names.AVATAR, code, Errors.avatarNotFound, "Code")


@handlers.operation("QueryAvatar")
def query_avatar(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Read one avatar, whose code the response does not repeat."""
    common.require_tenant(request)
    official = catalogue.AVATARS.get(request.query["Code"])
    if official is None:
        return _custom(tools.tasks.find(names.AVATAR, request.query["Code"], Errors.avatarNotFound, "Code"))
    record = _official(official, request.base_url)
    return {**record, "AllLocateImages": {}} if official.model == "3d" else record


@handlers.operation("QueryAvatarList")
def query_avatar_list(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """List the avatars of one model: the custom avatars, newest first, then the official avatars."""
    common.require_tenant(request)
    model, page = request.query["ModelType"], listing.requested_page(request)
    officials = [avatar for avatar in catalogue.AVATARS.values() if avatar.model == model]
    # Only 2D avatars are custom.
    count, customs = tools.tasks.page(names.AVATAR, page) if model == "2d" else (0, [])
    first = max(0, page.offset - count)
    missing = None if page.size is None else first + page.size - len(customs)
    rows = [{"Code": task.key, **_custom(tools.tasks.view(task))} for task in customs]
    rows += [{"Code": avatar.code, **_official(avatar, request.base_url)} for avatar in officials[first:missing]]
    return common.page_response(request, count + len(officials), rows)


def _record(avatar: Avatar, kind: str) -> dict[str, Any]:
    return {
        "Name": avatar.name,
        "Description": avatar.description,
        "ModelType": avatar.model,
        "AvatarType": kind,
        "SupportedResolutions": {
            "Offline": [_resolution(size) for size in avatar.offline],
            "Online": [_resolution(size) for size in avatar.online],
        },
    }


def _resolution(size: Size) -> dict[str, Any]:
    width, height = size
    words = f"{min(size)}P{_DIRECTIONS[height > width]}，分辨率{width}*{height}"  # noqa: RUF001
    return {"Width": width, "Height": height, "Desc": words}


def _official(avatar: Avatar, base_url: str) -> dict[str, Any]:
    return {**_record(avatar, _OFFICIAL), **avatar.pictures(base_url)}


def _custom(view: TaskView) -> dict[str, Any]:
    attributes = view.attributes
    record = {
        **_record(common.custom_avatar(view.task), _CUSTOM),
        **records.making(view),
        "Portrait": attributes["portrait"],
        "Image": attributes["image"] or view.file_url(_first_frame(attributes["orientation"])),
    }
    return {**record, "Preview": view.file_url(_PREVIEW)} if view.state == names.AVATAR_SUCCESS else record
