"""Subtitle files of a script's scenes."""

from typing import Any

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.huawei_metastudio import records
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import NAME
from bodydouble.mock_server.vendors.huawei_metastudio.operations.common import callback, spoken
from bodydouble.mock_server.vendors.huawei_metastudio.operations.production import scene_duration
from bodydouble.mock_server.vendors.huawei_metastudio.operations.scripts import find_script

handlers = Handlers()


@handlers.writes("CreateSubtitleFile")
def create_subtitle_file(request: OperationRequest) -> dict[str, Any]:
    """Start a job that makes the subtitle files of one scene, or of all."""
    script = find_script(request, request.body["script_id"], "/script_id")
    only = request.body.get("sequence_no")
    scenes = {number: scene for number, scene in records.scenes(script.content) if only in (None, number)}
    if not scenes:
        detail = (
            "/script_id: the script has no scene" if only is None else f"/sequence_no: the script has no scene {only}"
        )
        raise ApiError("scriptWithoutScene", detail)
    speed = script.content.get("voice_config", {}).get("speed", 100)
    files = {
        records.subtitle_name(number): {
            "text": spoken(scene["shoot_script"].get("text_config", {}).get("text", "")),
            "duration": scene_duration(scene, speed),
        }
        for number, scene in scenes.items()
    }
    url, context = callback(request)
    task = request.services.tasks.create(
        request,
        records.SUBTITLE_JOB,
        key=lambda number: identifiers.seeded_uuid(request.account.seed, request.account.id, "subtitles", number),
        name=records.script_name(script),
        attributes={"script_id": script.key, "sequence_numbers": list(scenes), "files": files},
        callback_url=url,
        callback_context=context,
    )
    return {"job_id": task.key}


@handlers.reads("ShowSubtitleFile")
def show_subtitle_file(request: OperationRequest) -> dict[str, Any]:
    """One subtitle job with its files."""
    job_id = request.path["job_id"]
    task = tasks.get(request.connection, request.account.id, NAME, records.SUBTITLE_JOB, job_id)
    if task is None:
        raise ApiError("subtitleJobNotFound", f"path parameter job_id: this project has no subtitle job {job_id}")
    return records.subtitle_job(request.account, task, request.now, request.base_url)
