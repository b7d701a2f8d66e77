"""Face swap, and preheating and transcoding (vendor document, lines 5-250)."""

from dataclasses import replace
from typing import Any

from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.services.tasks import Choice
from bodydouble.mock_server.vendor_api.vendor import Handlers, OperationRequest
from bodydouble.mock_server.vendors.softsugar import records
from bodydouble.mock_server.vendors.softsugar.operations.common import create, of_type, view
from bodydouble.mock_server.vendors.softsugar.products import (
    COMPLETED,
    FACE_SWAP,
    FILLER_SPEECH,
    PREHEATING,
    PREHEATING_DELETION,
    TRANSCODING,
    all_fail,
)

handlers = Handlers()

_FAILED = "failed"
# The one reason that the vendor document shows (line 1240).
_DOWNLOAD_ERROR = "download error"


@handlers.writes("createFaceSwap")
def create_face_swap(request: OperationRequest) -> int:
    """Put another face into a video."""
    return create(request, FACE_SWAP, request.body["materialName"])


@handlers.writes("createContentPreheating")
def create_content_preheating(request: OperationRequest) -> int:
    """Prepare phrases for live scenes."""
    return create(request, FILLER_SPEECH, request.body["materialName"])


@handlers.writes("createFilePreheating")
def create_file_preheating(request: OperationRequest) -> int:
    """Bring files close to the renderer."""
    return _create_with_files(request, PREHEATING, "fileId")


@handlers.writes("createTranscoding")
def create_transcoding(request: OperationRequest) -> int:
    """Bring videos to 25 frames per second."""
    return _create_with_files(request, TRANSCODING, "fileUrl")


def _create_with_files(request: OperationRequest, algo_type: int, name_field: str) -> int:
    name = request.body["materialName"]
    choice = request.services.tasks.choose(request, name)
    files = []
    for given in parse(request.body["param"]):
        file = {field: given[field] for field in ("fileId", "fileUrl") if field in given}
        reason = _failure(request, choice, file[name_field])
        files.append(file if reason is None else {**file, "reason": reason})
    if choice.outcome == DEFAULT_OUTCOME and all_fail(files):
        choice = replace(choice, outcome=_FAILED, reason=files[0]["reason"])
    return create(request, algo_type, name, choice, files=files)


def _failure(request: OperationRequest, of_task: Choice, name: str) -> str | None:
    # A scenario that names a file is for this file alone; its task succeeds as long as one file does.
    if of_task.outcome != DEFAULT_OUTCOME or of_task.stuck:
        return None
    chosen = request.services.tasks.choose(request, name)
    return None if chosen.outcome == DEFAULT_OUTCOME else chosen.reason or _DOWNLOAD_ERROR


@handlers.reads("listPreheatedFiles")
def list_preheated_files(request: OperationRequest) -> list[dict[str, Any]]:
    """Those of the files asked for that have been preheated and not been deleted since."""
    deleted = _deletions(request)
    # A task that was deleted takes no file with it.
    newest: dict[str, dict[str, Any]] = {}
    for task in of_type(request, PREHEATING):
        for file in task.attributes["fields"]["files"]:
            if file["fileId"] not in newest and deleted.get(file["fileId"], -1) < task.number:
                newest[file["fileId"]] = records.preheated_file(view(request, task), file)
    wanted = dict.fromkeys(request.query["fileIds"])
    return [newest[file_id] for file_id in wanted if file_id in newest]


@handlers.writes("deletePreheatedFiles")
def delete_preheated_files(request: OperationRequest) -> int:
    """Remove preheated files: they are gone when the task is completed."""
    file_ids = list(dict.fromkeys(request.body["fileIds"]))
    return create(request, PREHEATING_DELETION, "", files=[{"fileId": file_id, "fileUrl": ""} for file_id in file_ids])


def _deletions(request: OperationRequest) -> dict[str, int]:
    # By file, the number of the latest task that has removed it.
    latest: dict[str, int] = {}
    for task in reversed(of_type(request, PREHEATING_DELETION)):
        if task.state(request.now) == COMPLETED:
            latest |= dict.fromkeys((file["fileId"] for file in task.attributes["fields"]["files"]), task.number)
    return latest
