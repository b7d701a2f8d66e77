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
    deleted = _deletions(tools)
    # A task that was deleted takes no file with it.
    newest: dict[str, dict[str, Any]] = {}
    for view in common.of_type(tools, products.PREHEATING):
        for file in view.attributes["files"]:
            if file["fileId"] not in newest and deleted.get(file["fileId"], -1) < view.task.number:
                newest[file["fileId"]] = records.preheated_file(view, file)
    return [newest[file_id] for file_id in dict.fromkeys(request.query["fileIds"]) if file_id in newest]


@handlers.operation("deletePreheatedFiles", transaction=True)
def delete_preheated_files(request: OperationRequest, tools: Toolbox) -> int:
    """Remove preheated files: they are gone when the task is completed."""
    files = [{"fileId": file_id, "fileUrl": ""} for file_id in dict.fromkeys(request.body["fileIds"])]
    return common.create(request, tools, products.PREHEATING_DELETION, "", files=files)


def _deletions(tools: Toolbox) -> dict[str, int]:
    # By file, the number of the latest task that has removed it.
    latest: dict[str, int] = {}
    for view in reversed(common.of_type(tools, products.PREHEATING_DELETION)):
        if view.state == names.TASK_COMPLETED:
            latest |= dict.fromkeys((file["fileId"] for file in view.attributes["files"]), view.task.number)
    return latest
