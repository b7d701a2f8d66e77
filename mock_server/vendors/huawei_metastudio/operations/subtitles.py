"""Subtitle files of a script's scenes."""

from typing import Any

from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.search import SearchText
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import library, names, records, scenes
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors
from bodydouble.mock_server.vendors.huawei_metastudio.operations import common

handlers = Handlers[Toolbox]()


@handlers.operation("CreateSubtitleFile", transaction=True)
def create_subtitle_file(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Start a job that makes the subtitle files of one scene, or of all."""
    script = library.find_script(tools, request.body["script_id"], "/script_id")
    chosen = _scenes(script, request.body.get("sequence_no"))
    task = tools.tasks.create(
        names.SUBTITLE_JOB,
        key=lambda number: tools.account.identifiers.uuid("subtitles", number),
        name=records.script_name(script),
        attributes={"script_id": script.key, "sequence_numbers": list(chosen)},
        texts=(SearchText(library.SCRIPT, script.key),),
        files={
            records.subtitle_name(number): {
                "text": scenes.text(scene),
                "duration": scenes.duration(scene, script.content),
            }
            for number, scene in chosen.items()
        },
        callback=common.callback(request, tools),
    )
    return {"job_id": task.key}


def _scenes(script: Resource, sequence_no: int | None) -> dict[int, scenes.Scene]:
    numbered = scenes.numbered(script.content)
    chosen = {number: scene for number, scene in numbered if sequence_no in (None, number)}
    if not chosen and sequence_no is None:
        raise ApiError(Errors.scriptWithoutScene, "/script_id: the script has no scene")
    if not chosen:
        raise ApiError(Errors.scriptWithoutScene, f"/sequence_no: the script has no scene {sequence_no}")
    return chosen


@handlers.operation("ShowSubtitleFile")
def show_subtitle_file(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """One subtitle job with its files."""
    return records.subtitle_job(common.find_job(request, tools, names.SUBTITLE_JOB))
