"""How jobs, assets, files and scripts look on the wire: one function for each, for details and lists alike."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.clock import utc_text
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.search import NAME as TASK_NAME
from bodydouble.mock_server.store.search import SearchText
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.store.uploads import Upload
from bodydouble.mock_server.vendor_api.file_urls import catalogue_file_url, uploaded_file_url
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.huawei_metastudio import NAME, names, scenes
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import CatalogueAsset

# "URL valid for 24 hours" (SDK, models AssetFileInfo and OutputAssetInfo), in milliseconds.
URL_VALIDITY = 24 * 3600 * 1000
# What a job takes from a script unless its own request says otherwise, and what `show_script` shows again.
PRODUCTION_FIELDS = ("model_asset_id", "voice_config", "video_config", "shoot_scripts", "background_music_config")
COVER = "cover.png"
# What all assets have in common that jobs have made, until the account changes them.
MADE_BY_JOBS: Mapping[str, Any] = {
    "asset_type": "VIDEO",
    "tags": [],
    "system_properties": [{"key": "DIGITAL_HUMAN_2D_VIDEO", "value": "Yes"}],
    "asset_order": 0,
    "supported_service": ["VIDEO_2D"],
}
# The asset of a job has the row of the job.
ROW_ATTRIBUTES = {names.ASSET: "job"}
JOB_TYPE = "2D_DIGITAL_HUMAN_VIDEO"
DEFAULT_VIEW_MODE = "LANDSCAPE"


def output_asset_id(account: Account, job: Task) -> str:
    """The id of the asset that a video job's output becomes."""
    return account.identifiers.uuid("output", job.number)


def searched_name(name: str) -> SearchText:
    """The name of a job or an asset, as lists search for it: whole, or by part."""
    return SearchText(TASK_NAME, name, by_part=True)


def _error(view: TaskView) -> dict[str, str]:
    return {"error_code": "MSS.00000004", "error_msg": view.failure_reason}


def _file_url(view: TaskView, name: str) -> str:
    return view.expiring_file_url(name, view.now + URL_VALIDITY)


def video_job(view: TaskView) -> dict[str, Any]:
    """A video job, as lists show it."""
    output = {"asset_id": output_asset_id(view.account, view.task), "asset_name": view.attributes["asset_name"]}
    if view.has_succeeded and view.task.runtime.files:
        output["cover_url"] = _file_url(view, COVER)
    record = {
        "job_id": view.task.key,
        "state": view.code,
        "job_type": JOB_TYPE,
        "output_asset_config": output,
        "create_time": utc_text(view.task.created_at),
        "lastupdate_time": utc_text(view.entered_at),
        **_work_times(view),
    }
    if view.has_succeeded:
        record["duration"] = view.attributes["duration"] / 1000
    if view.state in (names.VIDEO_JOB_FAILED, names.VIDEO_JOB_BLOCKED):
        record["error_info"] = _error(view)
    return record


def _work_times(view: TaskView) -> dict[str, str]:
    start = view.task.plan.entered(names.VIDEO_JOB_PROCESSING)
    if start is None or start > view.now:
        return {}
    times = {"start_time": utc_text(start)}
    return {**times, "end_time": utc_text(view.entered_at)} if view.is_terminal else times


def production(view: TaskView) -> dict[str, Any]:
    """What a video job was made from, as `show_script` shows it."""
    fields: dict[str, Any] = dict(view.attributes["production"])
    # "fixed at 25" (vendor document, lines 600 to 620), whatever was asked for.
    fields["video_config"] = {**fields["video_config"], "frame_rate": "25"}
    if view.attributes["script_id"] is not None:
        fields["script_id"] = view.attributes["script_id"]
    return fields


def catalogue_files(view: TaskView, entry: CatalogueAsset) -> list[dict[str, Any]]:
    """The files of an asset that stands in the catalogue."""
    return [
        _file(view, file["file_name"], catalogue_file_url(view.base_url, NAME, entry.id, file["file_name"]), file)
        for file in entry.files
    ]


def output_files(view: TaskView, job: TaskView) -> list[dict[str, Any]]:
    """The files of an asset that a video job made."""
    return [_file(view, name, _file_url(job, name), _output(view, name)) for name in job.task.runtime.files]


def _output(view: TaskView, name: str) -> dict[str, str]:
    extension = name.rpartition(".")[2]
    return {
        "file_name": COVER if name == COVER else f"{view.task.name[:240]}.{extension}",
        "file_type": extension,
        "asset_file_category": "COVER" if name == COVER else "MAIN",
    }


def _file(view: TaskView, name: str, url: str, fields: Mapping[str, str]) -> dict[str, Any]:
    return {
        "file_id": identifiers.hexadecimal(32, "file", view.task.key, name),
        **fields,
        "download_url": url,
        "state": view.lifecycles[names.FILE].states[names.FILE_CREATED].code,
    }


def file(view: TaskView, upload: Upload | None) -> dict[str, Any]:
    """A file that the client has declared for an asset."""
    record = {**view.attributes["file"], "file_id": view.task.key, "state": view.code}
    if view.state == names.FILE_CREATED and upload is not None:
        record["download_url"] = uploaded_file_url(view.account, upload, view.base_url, view.now + URL_VALIDITY)
    return record


def shows_files(view: TaskView) -> bool:
    """Whether the files of an asset can be seen."""
    return view.state in names.ASSET_COMPLETE


def asset(view: TaskView) -> dict[str, Any]:
    """An asset, without the project that it belongs to, and without its files."""
    record = {
        **{name: value for name, value in view.attributes["content"].items() if name != "shared_config"},
        "asset_id": view.task.key,
        "asset_name": view.task.name,
        "create_time": utc_text(view.task.created_at),
        "update_time": utc_text(updated_at(view)),
        "asset_state": view.code,
    }
    if view.state in (names.ASSET_FAILED, names.ASSET_BLOCKED) and view.task.plan.outcome != DEFAULT_OUTCOME:
        record["reason"] = view.failure_reason
    return record


def updated_at(view: TaskView) -> int:
    """When an asset was last changed, by time or by the account."""
    return max(view.entered_at, int(view.attributes.get("updated_at", view.task.created_at)))


def subtitle_job(view: TaskView) -> dict[str, Any]:
    """A subtitle job with its files."""
    return {
        "job_state": view.code,
        "subtitle_file_info": [
            {"sequence_no": number, **subtitle_file(view, number)} for number in view.attributes["sequence_numbers"]
        ],
    }


def subtitle_name(sequence_no: int) -> str:
    """The name of the subtitle file of a scene."""
    return f"{sequence_no}.srt"


def subtitle_file(view: TaskView, sequence_no: int) -> dict[str, Any]:
    """The subtitle file of one scene, without the scene's number."""
    if view.state == names.SUBTITLE_JOB_GENERATING:
        return {"subtitle_file_state": view.code}
    if view.state == names.SUBTITLE_JOB_FAILED:
        return {"subtitle_file_state": "GENERATE_FAILED", "error_info": _error(view)}
    return {
        "subtitle_file_state": "GENERATE_SUCCEED",
        "subtitle_file_download_url": _file_url(view, subtitle_name(sequence_no)),
        "generate_time": utc_text(view.entered_at),
    }


def script_name(script: Resource) -> str:
    """A script's name; without a name, its id."""
    return str(script.content.get("script_name", script.key))


def view_mode(settings: Mapping[str, Any]) -> str:
    """The orientation of a script's video."""
    return str(settings.get("view_mode", DEFAULT_VIEW_MODE))


def script_summary(script: Resource) -> dict[str, Any]:
    """A script, as lists show it."""
    first: Mapping[str, Any] = next((scene["shoot_script"] for _, scene in scenes.numbered(script.content)), {})
    shown = ("script_description", "model_asset_id", "model_asset_type")
    return {
        "script_id": script.key,
        "script_name": script_name(script),
        "script_type": first.get("script_type", "TEXT"),
        "text": first.get("text_config", {}).get("text", ""),
        "create_time": utc_text(script.created_at),
        "update_time": utc_text(script.updated_at),
        **{name: script.content[name] for name in shown if name in script.content},
    }
