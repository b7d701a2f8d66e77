"""Uploads of an asset's files: declare them, and say how the upload ended."""

from typing import Any

from bodydouble.mock_server.store.search import SearchText
from bodydouble.mock_server.vendor_api.file_urls import ANY_TYPE, upload_url
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import library, names, records
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors
from bodydouble.mock_server.vendors.huawei_metastudio.operations import common

handlers = Handlers[Toolbox]()

# With what `Content-Type` the upload must come (SDK, model CreateFileResponse).
CONTENT_TYPES = {
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "mp4": "video/mp4",
    "mp3": "audio/mp3",
    "wav": "audio/wav",
}


@handlers.operation("CreateFile", transaction=True)
def create_file(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Declare a file, and get the URL to which its bytes go."""
    fields = request.body
    asset = library.find_own(tools, fields["asset_id"], "/asset_id")
    if asset.state not in (names.ASSET_CREATING, *names.ASSET_COMPLETE):
        raise ApiError(Errors.assetNotChangeable, f"/asset_id: the asset is {asset.state}")
    task = tools.tasks.create(
        names.FILE,
        key=lambda number: tools.account.identifiers.hexadecimal(32, "file", number),
        name=fields["file_name"],
        attributes={"asset_id": asset.task.key, "file": common.body_fields(request, without=("asset_id",))},
        texts=(SearchText(library.ASSET, asset.task.key),),
    )
    upload = tools.uploads.declare(
        task.key,
        expires_at=tools.now + records.URL_VALIDITY,
        md5=fields["file_md5"],
        size=fields["file_size"],
        content_type=CONTENT_TYPES.get(fields["file_type"].lower(), ANY_TYPE),
    )
    return {"file_id": task.key, "upload_url": upload_url(tools.account, upload, request.base_url)}


@handlers.operation("ConfirmFileUpload", transaction=True)
def confirm_file_upload(request: OperationRequest, tools: Toolbox) -> None:
    """Record how an upload ended; an upload that succeeded must have stored bytes."""
    file = library.find_file(tools, request.path["file_id"])
    if file.state != names.FILE_CREATING:
        raise ApiError(Errors.fileNotPending, f"path parameter file_id: the file is {file.code}")
    task = library.with_row(tools, file.task)
    upload = tools.uploads.get(task.key)
    code = request.body["state"]
    target = file.lifecycle.state_of_code(code).name
    if target == names.FILE_CREATED and (upload is None or upload.stored_size is None):
        raise ApiError(Errors.fileNotUploaded, f"/state: {code}, but nothing was put to the upload URL")
    tools.tasks.operate(task, error=Errors.fileNotPending, target=target)
    if target != names.FILE_CREATED:
        tools.uploads.remove(task.key)
