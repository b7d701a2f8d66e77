"""Rendering on the device (端渲染), and LicenseAuth."""

import json
from collections.abc import Iterator
from typing import Any

from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, names
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import CLIENT, LICENSES, License
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors
from bodydouble.mock_server.vendors.aliyun_avatar.operations import common

handlers = Handlers[Toolbox]()

# The kind of the rows that name the devices of a licence.
_LICENSE = "license"


@handlers.operation("LicenseAuth")
def license_auth(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Exchange a licence for the token that the client SDK needs."""
    return {"Token": _token(tools, "license token", _license(request).text)}


@handlers.operation("ClientAuth", transaction=True)
def client_auth(request: OperationRequest, tools: Toolbox) -> None:
    """Bind a device to a licence; a device that is bound already stays so."""
    license_, device = _license(request), request.query["DeviceId"]
    tools.lock_account()
    task = tools.tasks.get(names.DEVICE, device)
    if task is not None and _is_bound(tools, task):
        return
    _take_place(tools, license_, device)
    if task is not None:
        tools.tasks.operate(task, error=Errors.licenseInvalid)
        return
    attributes = {"type": request.query["DeviceType"], "info": request.query.get("DeviceInfo", "")}
    tools.tasks.create(names.DEVICE, key=lambda _: device, attributes=attributes, category=license_.text)


def _is_bound(tools: Toolbox, task: Task) -> bool:
    return task.state(tools.now) == names.DEVICE_BOUND


def _take_place(tools: Toolbox, license_: License, device: str) -> None:
    # The row names the devices that were bound after the last look, so that those of the past are not read again.
    row = tools.resources.get(_LICENSE, license_.text)
    bound = [task.key for task in _candidates(tools, license_, row) if _is_bound(tools, task)]
    if len(bound) >= license_.devices:
        raise ApiError(Errors.licenseInvalid, f"License: {len(bound)} devices are bound, {license_.devices} may")
    content = {"devices": [*bound, device]}
    if row is None:
        tools.resources.add(_LICENSE, license_.text, content)
    else:
        tools.resources.update(_LICENSE, row, content)


def _candidates(tools: Toolbox, license_: License, row: Resource | None) -> Iterator[Task]:
    # Without a row, as in a state of an earlier version, all that were ever bound.
    if row is None:
        return tools.tasks.all(names.DEVICE, license_.text)
    devices = (tools.tasks.get(names.DEVICE, key) for key in row.content["devices"])
    return (task for task in devices if task is not None)


@handlers.operation("ClientUnbindDevice", transaction=True)
def client_unbind_device(request: OperationRequest, tools: Toolbox) -> None:
    """Free a device's place."""
    common.require_tenant(request)
    device = common.require(request, "DeviceId")
    task = tools.tasks.get(names.DEVICE, device)
    if task is None:
        raise ApiError(Errors.deviceNotBound, f"DeviceId: {device} is not bound")
    tools.tasks.operate(task, error=Errors.deviceNotBound)


@handlers.operation("ClientStart")
def client_start(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Give the token of the connection that drives the avatar."""
    return {"ImToken": _token(tools, "im token", common.require_application(request, CLIENT).app_id)}


@handlers.operation("Render3dAvatar")
def render_3d_avatar(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Give what is needed to draw a 3D avatar; the fields are not published, so these are Bodydouble's own."""
    common.require_application(request, CLIENT)
    avatar = common.find_avatar(tools, request.query["Code"], "Code")
    if avatar.model != "3d":
        raise ApiError(Errors.avatarUnsuitable, f"Code: {avatar.code} is a 2D avatar")
    width, height = avatar.resolution
    content = {"code": avatar.code, "name": avatar.name, "width": width, "height": height}
    return {"RenderData": json.dumps(content, ensure_ascii=False, separators=(",", ":"))}


def _license(request: OperationRequest) -> License:
    application = common.require_application(request, CLIENT)
    license_ = LICENSES.get(request.query["License"])
    if license_ is None or license_.app_id != application.app_id:
        raise ApiError(Errors.licenseInvalid, f"License: not one of {application.app_id}")
    return license_


def _token(tools: Toolbox, purpose: str, subject: str) -> str:
    return tools.account.identifiers.hexadecimal(64, NAME, purpose, subject, tools.now)
