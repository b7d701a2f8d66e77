"""端渲染, and LicenseAuth: rendering on the device."""

import json
from typing import Any

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import accounts, tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.aliyun_avatar import records
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import NAME
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import LICENSES, License
from bodydouble.mock_server.vendors.aliyun_avatar.operations.common import (
    find_avatar,
    needed,
    require_client,
    require_tenant,
)

handlers = Handlers()

_BOUND = "bound"


@handlers.reads("LicenseAuth")
def license_auth(request: OperationRequest) -> dict[str, Any]:
    """Exchange a licence for the token that the client SDK needs."""
    return {"Token": _token(request, "license token", _license(request).text)}


@handlers.writes("ClientAuth")
def client_auth(request: OperationRequest) -> None:
    """Bind a device to a licence; one that is bound already stays so."""
    license_ = _license(request)
    device = request.query["DeviceId"]
    accounts.lock(request.connection, request.account.id)
    known = tasks.every(request.connection, request.account.id, NAME, records.DEVICE, license_.text)
    bound = sum(_is_bound(task, request) for task in known)
    task = tasks.get(request.connection, request.account.id, NAME, records.DEVICE, device)
    if task is not None and _is_bound(task, request):
        return
    if bound >= license_.devices:
        raise ApiError("licenseInvalid", f"License: {bound} devices are bound, {license_.devices} may")
    if task is not None:
        request.services.tasks.operate(request, task, refusal="licenseInvalid")
        return
    request.services.tasks.create(
        request,
        records.DEVICE,
        key=lambda _: device,
        attributes={"type": request.query["DeviceType"], "info": request.query.get("DeviceInfo", "")},
        category=license_.text,
    )


@handlers.writes("ClientUnbindDevice")
def client_unbind_device(request: OperationRequest) -> None:
    """Free a device's place."""
    require_tenant(request)
    device = needed(request, "DeviceId")
    task = tasks.get(request.connection, request.account.id, NAME, records.DEVICE, device)
    if task is None:
        raise ApiError("deviceNotBound", f"DeviceId: {device} is not bound")
    request.services.tasks.operate(request, task, refusal="deviceNotBound")


@handlers.reads("ClientStart")
def client_start(request: OperationRequest) -> dict[str, Any]:
    """Give the token of the connection that drives the avatar."""
    return {"ImToken": _token(request, "im token", require_client(request).app_id)}


@handlers.reads("Render3dAvatar")
def render_3d_avatar(request: OperationRequest) -> dict[str, Any]:
    """Give what is needed to draw a 3D avatar; the fields are not published, so these are the double's."""
    require_client(request)
    avatar = find_avatar(request, request.query["Code"], "Code")
    if avatar.model != "3d":
        raise ApiError("avatarUnsuitable", f"Code: {avatar.code} is a 2D avatar")
    width, height = avatar.resolution
    content = {"code": avatar.code, "name": avatar.name, "width": width, "height": height}
    return {"RenderData": json.dumps(content, ensure_ascii=False, separators=(",", ":"))}


def _license(request: OperationRequest) -> License:
    application = require_client(request)
    found = LICENSES.get(request.query["License"])
    if found is None or found.app_id != application.app_id:
        raise ApiError("licenseInvalid", f"License: not one of {application.app_id}")
    return found


def _is_bound(task: Task, request: OperationRequest) -> bool:
    return task.state(request.now) == _BOUND


def _token(request: OperationRequest, purpose: str, subject: str) -> str:
    account = request.account
    return identifiers.hexadecimal(64, account.seed, account.id, NAME, purpose, subject, request.now)
