"""数字人形象管理: the avatars of an account; custom 2D ones are trained from footage."""

from typing import Any

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.engine.pagination import Page
from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.aliyun_avatar import catalogue, records
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import NAME
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import AVATARS, Avatar, Size
from bodydouble.mock_server.vendors.aliyun_avatar.operations.common import (
    callback_url,
    custom_avatar,
    find,
    require_tenant,
    setting,
)
from bodydouble.mock_server.web.file_routes import task_file_url

handlers = Handlers()

_TARGETS = {"ACCEPT": "training", "DECLINE": "declined"}
_OFFICIAL, _CUSTOM = "0", "1"
_MAKING = "1"
_DIRECTIONS = {True: "竖向", False: "横向"}
# Parameters that may change later, and the attributes that keep them.
_ATTRIBUTES = {
    "Description": "description",
    "Image": "image",
    "Portrait": "portrait",
    "Video": "video",
    "Transparent": "transparent",
    "Orientation": "orientation",
}
_ABSENT = {"description": "", "image": None}


@handlers.writes("Create2dAvatar")
def create_2d_avatar(request: OperationRequest) -> dict[str, Any]:
    """Submit footage from which an avatar is trained."""
    require_tenant(request)
    account = request.account
    task = request.services.tasks.create(
        request,
        records.AVATAR,
        key=lambda number: f"CH_2d_{identifiers.hexadecimal(16, account.seed, account.id, NAME, 'avatar', number)}",
        name=request.query["Name"],
        attributes={**_ABSENT, **_given(request), "files": {"image.png": {}, "preview.webm": {}}},
        callback_url=callback_url(request, "Callback"),
        outcome=_outcome(request),
    )
    return {"Code": task.key}


def _given(request: OperationRequest) -> dict[str, Any]:
    return {key: request.query[name] for name, key in _ATTRIBUTES.items() if name in request.query}


def _outcome(request: OperationRequest) -> str:
    return "confirmation" if setting(request, catalogue.TRAINING_CONFIRMATION) else "success"


@handlers.writes("Update2dAvatar")
def update_2d_avatar(request: OperationRequest) -> dict[str, Any]:
    """Change an avatar that is not being made; new footage, after a failure, begins the making anew."""
    task = _find_custom(request)
    status = records.make_status(task.state(request.now))
    if status == _MAKING:
        raise ApiError("avatarInProduction", f"Code: {task.key} is being made")
    name = request.query.get("Name", task.name)
    attributes = {**task.attributes, **_given(request)}
    url = callback_url(request, "Callback")
    if "Video" in request.query:
        request.services.tasks.resubmit(
            request,
            task,
            refusal="avatarVideoFixed",
            name=name,
            attributes={key: value for key, value in attributes.items() if key != "callback"},
            callback_url=url,
            outcome=_outcome(request),
        )
    else:
        tasks.set_attributes(request.connection, task.id, attributes, name)
        request.cause = task.id
    return {"Code": task.key}


@handlers.writes("ConfirmAvatar2dTrain")
def confirm_avatar_2d_train(request: OperationRequest) -> None:
    """Answer the question whether the training shall begin."""
    task = _find_custom(request)
    target = _TARGETS[request.query["Confirm"]]
    request.services.tasks.operate(request, task, refusal="avatarNotAwaiting", target=target)


@handlers.writes("DeleteAvatar")
def delete_avatar(request: OperationRequest) -> None:
    """Delete a custom avatar."""
    request.services.tasks.delete(request, _find_custom(request))


def _find_custom(request: OperationRequest) -> Task:
    require_tenant(request)
    code = request.query["Code"]
    if code in AVATARS:
        raise ApiError("avatarOfficial", f"Code: {code} is an official avatar")
    return find(request, records.AVATAR, code, "avatarNotFound", "Code")


@handlers.reads("QueryAvatar")
def query_avatar(request: OperationRequest) -> dict[str, Any]:
    """Read one avatar, whose code the answer does not repeat."""
    require_tenant(request)
    code = request.query["Code"]
    if code not in AVATARS:
        return _describe_custom(request, find(request, records.AVATAR, code, "avatarNotFound", "Code"))
    shown = _describe_official(request, AVATARS[code])
    return {**shown, "AllLocateImages": {}} if shown["ModelType"] == "3d" else shown


@handlers.reads("QueryAvatarList")
def query_avatar_list(request: OperationRequest) -> dict[str, Any]:
    """List the avatars of one model: the custom ones, newest first, then the official ones."""
    require_tenant(request)
    model = request.query["ModelType"]
    customs = tasks.every(request.connection, request.account.id, NAME, records.AVATAR) if model == "2d" else []
    rows = [{"Code": task.key, **_describe_custom(request, task)} for task in customs]
    officials = (avatar for avatar in AVATARS.values() if avatar.model == model)
    rows += [{"Code": avatar.code, **_describe_official(request, avatar)} for avatar in officials]
    page = Page(request.query.get("PageNo", 1), request.query.get("PageSize", 10))
    return {
        "TotalCount": len(rows),
        "PageNo": page.number,
        "PageSize": page.size,
        "TotalPage": page.count(len(rows)),
        "List": page.of(rows),
    }


def _describe(avatar: Avatar, kind: str) -> dict[str, Any]:
    return {
        "Name": avatar.name,
        "Description": avatar.description,
        "ModelType": avatar.model,
        "AvatarType": kind,
        "SupportedResolutions": {
            "Offline": [_describe_size(size) for size in avatar.offline],
            "Online": [_describe_size(size) for size in avatar.online],
        },
    }


def _describe_size(size: Size) -> dict[str, Any]:
    width, height = size
    words = f"{min(size)}P{_DIRECTIONS[height > width]}，分辨率{width}*{height}"  # noqa: RUF001
    return {"Width": width, "Height": height, "Desc": words}


def _describe_official(request: OperationRequest, avatar: Avatar) -> dict[str, Any]:
    return {**_describe(avatar, _OFFICIAL), **avatar.pictures(request.base_url)}


def _describe_custom(request: OperationRequest, task: Task) -> dict[str, Any]:
    attributes, made = task.attributes, task.state(request.now) == "success"
    picture = task_file_url(request.account, task, "image.png") if made else attributes["portrait"]
    shown = {
        **_describe(custom_avatar(task), _CUSTOM),
        **records.making(task, request.now),
        "Portrait": attributes["portrait"],
        "Image": attributes["image"] or picture,
    }
    return {**shown, "Preview": task_file_url(request.account, task, "preview.webm")} if made else shown
