"""Uploads of an asset's files: announce them, and say how it went."""

from typing import Any

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import uploads
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.huawei_metastudio import records
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import NAME
from bodydouble.mock_server.vendors.huawei_metastudio.operations import library
from bodydouble.mock_server.vendors.huawei_metastudio.operations.assets import CHANGEABLE
from bodydouble.mock_server.web.upload_routes import ANY_TYPE, upload_url

handlers = Handlers()

FILE_FIELDS = ("file_name", "file_md5", "file_size", "file_type", "asset_file_category")
TARGETS = {"CREATED": "created", "FAILED": "failed", "CANCELLED": "cancelled"}
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


@handlers.writes("CreateFile")
def create_file(request: OperationRequest) -> dict[str, Any]:
    """Announce a file, and get the URL to which its bytes go."""
    wanted, account = request.body, request.account
    asset = library.find_own(request, wanted["asset_id"], "/asset_id")
    if asset.state(request.now) not in ("creating", *CHANGEABLE):
        raise ApiError("assetNotChangeable", f"/asset_id: the asset is {asset.state(request.now)}")
    task = request.services.tasks.create(
        request,
        records.FILE,
        key=lambda number: identifiers.hexadecimal(32, account.seed, account.id, "file", number),
        name=wanted["file_name"],
        attributes={"asset_id": asset.key, "file": {name: wanted[name] for name in FILE_FIELDS}},
    )
    upload = uploads.expect(
        request.connection,
        account.id,
        NAME,
        task.key,
        expires_at=request.now + records.URL_VALIDITY,
        md5=wanted["file_md5"],
        size=wanted["file_size"],
        content_type=CONTENT_TYPES.get(wanted["file_type"].lower(), ANY_TYPE),
    )
    return {"file_id": task.key, "upload_url": upload_url(account, upload, request.base_url)}


@handlers.writes("ConfirmFileUpload")
def confirm_file_upload(request: OperationRequest) -> None:
    """Note how an upload ended; one that succeeded must have happened."""
    task = library.find_file(request, request.path["file_id"])
    if task.state(request.now) != "creating":
        raise ApiError("fileNotPending", f"path parameter file_id: the file is {records.code(task, request.now)}")
    task = library.stored(request, task)
    upload = uploads.get(request.connection, request.account.id, NAME, task.key)
    target = TARGETS[request.body["state"]]
    if target == "created" and (upload is None or upload.stored_size is None):
        raise ApiError("fileNotUploaded", "/state: CREATED, but nothing was put to the upload URL")
    request.services.tasks.operate(request, task, refusal="fileNotPending", target=target)
    if target != "created" and upload is not None:
        uploads.remove(request.connection, upload.id)
