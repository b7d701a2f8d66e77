"""Video scripts: saved descriptions of videos, and the recordings of their scenes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bodydouble.mock_server.clock import utc_text
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.search import SearchText
from bodydouble.mock_server.vendor_api.file_urls import upload_url, uploaded_file_url
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import filters_apart_from, page_fields, requested_page, selected_page
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import library, names, records, scenes
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import DRAFTS, SYSTEM_TEMPLATE, TEMPLATES, VIDEO_DRAFT
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors
from bodydouble.mock_server.vendors.huawei_metastudio.operations import common

handlers = Handlers[Toolbox]()

_NAME = "script_name"
_BY_VIEW_MODE = "$request.query.view_mode"
# Under this name a script keeps the ids of its recordings, by the number of the scene.
_RECORDINGS = "recordings"
_SUBTITLE_FIELDS = ("subtitle_file_state", "subtitle_file_download_url")


def _find(request: OperationRequest, tools: Toolbox) -> Resource:
    return library.find_script(tools, request.path["script_id"], "path parameter script_id")


def _find_own(request: OperationRequest, tools: Toolbox) -> Resource:
    script = _find(request, tools)
    if script.key in TEMPLATES:
        raise ApiError(Errors.scriptReadOnly, f"path parameter script_id: {script.key} is a template of the platform")
    return script


def _settings(request: OperationRequest) -> dict[str, Any]:
    # Recordings come by upload, whatever the request says of them.
    return common.body_fields(request, without=("audio_files",))


@handlers.operation("CreateVideoScripts", transaction=True)
def create_script(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Save a script."""
    return _saved(request, tools, _save(tools, _settings(request)))


def _save(tools: Toolbox, content: Mapping[str, Any]) -> Resource:
    scenes.check(content.get("shoot_scripts", ()))
    key = tools.account.identifiers.hexadecimal(32, "script", tools.next_number())
    texts = (SearchText(_NAME, str(content.get("script_name", key)), by_part=True),)
    return tools.resources.add(names.SCRIPT, key, _with_recordings(tools, content), records.view_mode(content), texts)


@handlers.operation("UpdateVideoScript", transaction=True)
def update_script(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Change the fields of a script that the request has."""
    script = _find_own(request, tools)
    content = {**script.content, **_settings(request)}
    scenes.check(content.get("shoot_scripts", ()))
    texts = (SearchText(_NAME, records.script_name(replace(script, content=content)), by_part=True),)
    recorded, orientation = _with_recordings(tools, content), records.view_mode(content)
    changed = tools.resources.update(names.SCRIPT, script, recorded, orientation, texts)
    return _saved(request, tools, changed)


def _with_recordings(tools: Toolbox, content: Mapping[str, Any]) -> dict[str, Any]:
    # A scene keeps its recording for as long as it is driven by audio.
    before, recordings = content.get(_RECORDINGS, {}), {}
    for number, scene in scenes.numbered(content):
        if not scenes.is_audio(scene):
            continue
        name = str(number)
        recordings[name] = before.get(name) or tools.next_number()
        if name not in before:
            tools.uploads.declare(_recording_key(recordings[name]), expires_at=tools.now + records.URL_VALIDITY)
    return {**content, _RECORDINGS: recordings}


def _recording_key(audio_id: int) -> str:
    return f"audio-{audio_id}"


def _saved(request: OperationRequest, tools: Toolbox, script: Resource) -> dict[str, Any]:
    return {"script_id": script.key, **_audio_files(request, tools, script, for_upload=True)}


def _audio_files(request: OperationRequest, tools: Toolbox, script: Resource, *, for_upload: bool) -> dict[str, Any]:
    entries: list[dict[str, Any]] = []
    for number, audio_id in script.content.get(_RECORDINGS, {}).items():
        entry: dict[str, Any] = {"sequence_no": int(number), "audio_id": audio_id}
        upload = tools.uploads.get(_recording_key(audio_id))
        if upload is not None and for_upload:
            entry["audio_file_upload_url"] = upload_url(tools.account, upload, request.base_url)
        elif upload is not None and upload.stored_size is not None:
            until = tools.now + records.URL_VALIDITY
            entry["audio_file_download_url"] = uploaded_file_url(tools.account, upload, request.base_url, until)
        entries.append(entry)
    return {"audio_files": {"audio_file_url": entries}} if entries else {}


@handlers.operation("ShowVideoScript")
def show_script(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """One script in full."""
    script = _find(request, tools)
    record = {
        "script_id": script.key,
        **{name: value for name, value in script.content.items() if name != _RECORDINGS},
        "script_name": records.script_name(script),
        "create_time": utc_text(script.created_at),
        "update_time": utc_text(script.updated_at),
    }
    if "shoot_scripts" in script.content:
        record["shoot_scripts"] = _shown_scenes(tools, script)
    return {**record, **_audio_files(request, tools, script, for_upload=False)}


def _shown_scenes(tools: Toolbox, script: Resource) -> list[dict[str, Any]]:
    candidates = tools.tasks.search(names.SUBTITLE_JOB, library.SCRIPT, script.key)
    tasks = [task for task in candidates if task.attributes["script_id"] == script.key]
    # Oldest first: the newest job of a scene stays.
    jobs = {
        number: tools.tasks.view(task) for task in reversed(tasks) for number in task.attributes["sequence_numbers"]
    }
    recordings = script.content.get(_RECORDINGS, {})
    return [
        _shown(number, scene, recordings.get(str(number)), jobs.get(number))
        for number, scene in scenes.numbered(script.content)
    ]


def _shown(number: int, scene: scenes.Scene, audio_id: int | None, job: TaskView | None) -> dict[str, Any]:
    shown = dict(scene)
    if audio_id is not None:
        shown["audio_config"] = {"audio_id": audio_id}
    if job is not None:
        file = records.subtitle_file(job, number)
        kind = "audio_subtitle_file" if audio_id is not None else "text_subtitle_file"
        info = {name: file[name] for name in _SUBTITLE_FIELDS if name in file}
        shown["subtitle_file_info"] = {kind: {**info, "job_id": job.task.key}}
    return shown


@handlers.operation("ListVideoScripts")
def list_scripts(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """The account's drafts, or the platform's templates, newest first."""
    own_only = request.query.get("script_catalog", VIDEO_DRAFT) != SYSTEM_TEMPLATE
    page: Sequence[Resource]
    orientation = request.query.get("view_mode", records.DEFAULT_VIEW_MODE)
    if own_only and not filters_apart_from(request, _BY_VIEW_MODE):
        total, page = tools.resources.page(names.SCRIPT, requested_page(request), orientation)
    elif own_only:
        total, page = selected_page(request, _candidates(request, tools, orientation), _compared)
    else:
        templates = [library.template(script_id) for script_id in TEMPLATES]
        total, page = selected_page(request, templates, _compared)
    return {**page_fields(request, total), "video_scripts": [records.script_summary(script) for script in page]}


def _candidates(request: OperationRequest, tools: Toolbox, orientation: str) -> list[Resource]:
    part = request.query.get("name", "")
    if not part:
        return tools.resources.all(names.SCRIPT, orientation)
    stored = {script.key: script for script in tools.resources.search(names.SCRIPT, _NAME, part, orientation)}
    # The drafts with which the account began are older than all others, and few.
    for key in reversed(DRAFTS):
        draft = tools.resources.get(names.SCRIPT, key)
        if draft is not None and records.view_mode(draft.content) == orientation:
            stored.setdefault(key, draft)
    return sorted(stored.values(), key=lambda script: script.id, reverse=True)


def _compared(script: Resource) -> dict[str, Any]:
    return {**records.script_summary(script), "view_mode": records.view_mode(script.content)}


@handlers.operation("DeleteVideoScript", transaction=True)
def delete_script(request: OperationRequest, tools: Toolbox) -> None:
    """Forget a script."""
    tools.resources.remove(_find_own(request, tools))


@handlers.operation("CopyVideoScripts", transaction=True)
def copy_script(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Make a draft of the same content."""
    return {"script_id": _save(tools, _find(request, tools).content).key}
