"""Face swap, and preheating and transcoding (vendor document, lines 5-250)."""

from dataclasses import replace
from typing import Any

from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.toolbox import Choice, Toolbox
from bodydouble.mock_server.vendors.softsugar import names, products, records
from bodydouble.mock_server.vendors.softsugar.operations import common

handlers = Handlers[Toolbox]()

# The one reason that the vendor document shows (line 1240).
_DOWNLOAD_ERROR = "download error"


@handlers.operation("createFaceSwap", transaction=True)
def create_face_swap(request: OperationRequest, tools: Toolbox) -> int:
    """Put another face into a video."""
    return common.create(request, tools, products.FACE_SWAP, request.body["materialName"])


@handlers.operation("createContentPreheating", transaction=True)
def create_content_preheating(request: OperationRequest, tools: Toolbox) -> int:
    """Prepare phrases for live scenes."""
    return common.create(request, tools, products.FILLER_SPEECH, request.body["materialName"])


@handlers.operation("createFilePreheating", transaction=True)
def create_file_preheating(request: OperationRequest, tools: Toolbox) -> int:
    """Prepare files, so that video synthesis is faster."""
    return _create_with_files(request, tools, products.PREHEATING, "fileId")


@handlers.operation("createTranscoding", transaction=True)
def create_transcoding(request: OperationRequest, tools: Toolbox) -> int:
    """Bring videos to 25 frames per second."""
    return _create_with_files(request, tools, products.TRANSCODING, "fileUrl")


def _create_with_files(request: OperationRequest, tools: Toolbox, algo_type: int, name_field: str) -> int:
    name = request.body["materialName"]
    choice = tools.tasks.choose(name)
    files = []
    for entry in parse(request.body["param"]):
        file = {field: entry[field] for field in ("fileId", "fileUrl") if field in entry}
        reason = _failure(tools, choice, file[name_field])
        files.append(file if reason is None else {**file, "reason": reason})
    if choice.outcome == DEFAULT_OUTCOME and products.all_fail(files):
        choice = replace(choice, outcome=names.OUTCOME_FAILED, reason=files[0]["reason"])
    return common.create(request, tools, algo_type, name, choice, files=files)


def _failure(tools: Toolbox, task_choice: Choice, name: str) -> str | None:
    # A scenario that names a file is for this file alone; its task succeeds as long as one file does.
    if task_choice.outcome != DEFAULT_OUTCOME or task_choice.stuck:
        return None
    choice = tools.tasks.choose(name)
    return None if choice.outcome == DEFAULT_OUTCOME else choice.reason or _DOWNLOAD_ERROR


@handlers.operation("listPreheatedFiles")
def list_preheated_files(request: OperationRequest, tools: Toolbox) -> list[dict[str, Any]]:
    """Those of the requested files that have been preheated and not been deleted since."""
    shown = (_newest(tools, file_id) for file_id in dict.fromkeys(request.query["fileIds"]))
    return [file for file in shown if file is not None]


def _newest(tools: Toolbox, file_id: str) -> dict[str, Any] | None:
    # A task that was deleted takes no file with it.
    for task in tools.tasks.search(names.TASK, products.FILE_ID, file_id, with_deleted=True):
        view, algo_type = tools.tasks.view(task), task.attributes["algoType"]
        files = [file for file in task.attributes.get("files", ()) if file.get("fileId") == file_id]
        if files and algo_type == products.PREHEATING:
            return records.preheated_file(view, files[0])
        if files and algo_type == products.PREHEATING_DELETION and view.state == names.TASK_COMPLETED:
            return None
    return None


@handlers.operation("deletePreheatedFiles", transaction=True)
def delete_preheated_files(request: OperationRequest, tools: Toolbox) -> int:
    """Remove preheated files: they are gone when the task is completed."""
    files = [{"fileId": file_id, "fileUrl": ""} for file_id in dict.fromkeys(request.body["fileIds"])]
    return common.create(request, tools, products.PREHEATING_DELETION, "", files=files)
