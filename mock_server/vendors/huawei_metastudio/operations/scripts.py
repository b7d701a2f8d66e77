"""Video scripts: saved descriptions of videos, and the recordings of their scenes."""

from collections.abc import Mapping, Sequence
from typing import Any

from bodydouble.mock_server.clock import utc_text
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import resources, tasks, uploads
from bodydouble.mock_server.store.accounts import next_number
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.store.uploads import Upload
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.huawei_metastudio import records
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import NAME
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import (
    RELEASED,
    SCRIPT,
    SYSTEM_TEMPLATE,
    TEMPLATES,
    VIDEO_DRAFT,
)
from bodydouble.mock_server.vendors.huawei_metastudio.operations.common import check_scenes, page
from bodydouble.mock_server.web.upload_routes import upload_url, uploaded_file_url

handlers = Handlers()

SETTINGS = (
    "script_name",
    "script_description",
    "view_mode",
    "model_asset_id",
    "model_asset_type",
    "voice_config",
    "video_config",
    "priv_data",
    "background_music_config",
    "review_config",
    "action_config",
    "shoot_scripts",
)
LANDSCAPE = "LANDSCAPE"
# Under this name a script keeps the ids of its recordings, by the number of the scene.
_RECORDINGS = "recordings"
_SUBTITLE_FIELDS = ("subtitle_file_state", "subtitle_file_download_url")
# A template is no row of any account.
_TEMPLATE_ROW = 0


def find_script(request: OperationRequest, script_id: str, field: str) -> Resource:
    """A script of the account's, or a template.

    Raises:
        ApiError: scriptNotFound, naming the field that the id came from.
    """
    if script_id in TEMPLATES:
        return _template(script_id)
    script = resources.get(request.connection, request.account.id, NAME, SCRIPT, script_id)
    if script is None:
        raise ApiError("scriptNotFound", f"{field}: this project has no script {script_id}")
    return script


def _template(script_id: str) -> Resource:
    return Resource(_TEMPLATE_ROW, script_id, RELEASED, RELEASED, TEMPLATES[script_id])


def _of_path(request: OperationRequest) -> Resource:
    return find_script(request, request.path["script_id"], "path parameter script_id")


def _own(request: OperationRequest) -> Resource:
    script = _of_path(request)
    if script.id == _TEMPLATE_ROW:
        raise ApiError("scriptReadOnly", f"path parameter script_id: {script.key} is a template of the platform")
    return script


@handlers.writes("CreateVideoScripts")
def create_script(request: OperationRequest) -> dict[str, Any]:
    """Save a script."""
    return _created(request, _save(request, {name: request.body[name] for name in SETTINGS if name in request.body}))


def _save(request: OperationRequest, content: Mapping[str, Any]) -> Resource:
    check_scenes(content.get("shoot_scripts", ()))
    account = request.account
    number = next_number(request.connection, account.id)
    key = identifiers.hexadecimal(32, account.seed, account.id, "script", number)
    return resources.add(
        request.connection,
        account.id,
        NAME,
        SCRIPT,
        key,
        created_at=request.now,
        content=_with_recordings(request, content),
    )


@handlers.writes("UpdateVideoScript")
def update_script(request: OperationRequest) -> dict[str, Any]:
    """Change the fields of a script that are given."""
    script = _own(request)
    changed = {**script.content, **{name: request.body[name] for name in SETTINGS if name in request.body}}
    check_scenes(changed.get("shoot_scripts", ()))
    content = _with_recordings(request, changed)
    resources.change(request.connection, script.id, request.now, content)
    return _created(request, Resource(script.id, script.key, script.created_at, request.now, content))


def _with_recordings(request: OperationRequest, content: Mapping[str, Any]) -> dict[str, Any]:
    # A scene keeps its recording for as long as it is driven by audio.
    before, recordings = content.get(_RECORDINGS, {}), {}
    for number, scene in records.scenes(content):
        if scene["shoot_script"].get("script_type") != "AUDIO":
            continue
        name = str(number)
        recordings[name] = before.get(name) or next_number(request.connection, request.account.id)
        if name not in before:
            uploads.expect(
                request.connection,
                request.account.id,
                NAME,
                _recording_key(recordings[name]),
                expires_at=request.now + records.URL_VALIDITY,
            )
    return {**content, _RECORDINGS: recordings}


def _recording_key(audio_id: int) -> str:
    return f"audio-{audio_id}"


def _recording(request: OperationRequest, audio_id: int) -> Upload | None:
    return uploads.get(request.connection, request.account.id, NAME, _recording_key(audio_id))


def _created(request: OperationRequest, script: Resource) -> dict[str, Any]:
    wanted = []
    for number, audio_id in script.content.get(_RECORDINGS, {}).items():
        upload = _recording(request, audio_id)
        entry: dict[str, Any] = {"sequence_no": int(number), "audio_id": audio_id}
        if upload is not None:
            entry["audio_file_upload_url"] = upload_url(request.account, upload, request.base_url)
        wanted.append(entry)
    answer: dict[str, Any] = {"script_id": script.key}
    return {**answer, "audio_files": {"audio_file_url": wanted}} if wanted else answer


@handlers.reads("ShowVideoScript")
def show_script(request: OperationRequest) -> dict[str, Any]:
    """One script in full."""
    script = _of_path(request)
    record = {
        "script_id": script.key,
        **{name: script.content[name] for name in SETTINGS if name in script.content},
        "script_name": records.script_name(script),
        "create_time": utc_text(script.created_at),
        "update_time": utc_text(script.updated_at),
    }
    if "shoot_scripts" in script.content:
        jobs = [
            job
            for job in tasks.every(request.connection, request.account.id, NAME, records.SUBTITLE_JOB)
            if job.attributes["script_id"] == script.key
        ]
        record["shoot_scripts"] = [
            _scene(request, script, jobs, number, scene) for number, scene in records.scenes(script.content)
        ]
    recordings = [_recorded(request, number, audio) for number, audio in script.content.get(_RECORDINGS, {}).items()]
    return {**record, "audio_files": {"audio_file_url": recordings}} if recordings else record


def _recorded(request: OperationRequest, number: str, audio_id: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"sequence_no": int(number), "audio_id": audio_id}
    upload = _recording(request, audio_id)
    if upload is not None and upload.stored_size is not None:
        until = request.now + records.URL_VALIDITY
        entry["audio_file_download_url"] = uploaded_file_url(request.account, upload, request.base_url, until)
    return entry


def _scene(
    request: OperationRequest, script: Resource, jobs: Sequence[Task], number: int, scene: Mapping[str, Any]
) -> dict[str, Any]:
    shown = dict(scene)
    audio_id = script.content.get(_RECORDINGS, {}).get(str(number))
    if audio_id is not None:
        shown["audio_config"] = {"audio_id": audio_id}
    job = next((job for job in jobs if number in job.attributes["sequence_numbers"]), None)
    if job is not None:
        file = records.subtitle_file(request.account, job, number, request.now, request.base_url)
        kind = "audio_subtitle_file" if audio_id is not None else "text_subtitle_file"
        info = {name: file[name] for name in _SUBTITLE_FIELDS if name in file}
        shown["subtitle_file_info"] = {kind: {**info, "job_id": job.key}}
    return shown


@handlers.reads("ListVideoScripts")
def list_scripts(request: OperationRequest) -> dict[str, Any]:
    """The account's drafts, or the platform's templates, newest first."""
    query = request.query
    if query.get("script_catalog", VIDEO_DRAFT) == SYSTEM_TEMPLATE:
        every = [_template(script_id) for script_id in TEMPLATES]
    else:
        every = resources.every(request.connection, request.account.id, NAME, SCRIPT)
    mode, name = query.get("view_mode", LANDSCAPE), query.get("name", "")
    found = [
        script
        for script in every
        if script.content.get("view_mode", LANDSCAPE) == mode and name in records.script_name(script)
    ]
    return {"count": len(found), "video_scripts": [records.script_summary(script) for script in page(request, found)]}


@handlers.writes("DeleteVideoScript")
def delete_script(request: OperationRequest) -> None:
    """Forget a script."""
    resources.remove(request.connection, _own(request).id)


@handlers.writes("CopyVideoScripts")
def copy_script(request: OperationRequest) -> dict[str, Any]:
    """Make a draft of the same content."""
    return {"script_id": _save(request, _of_path(request).content).key}
