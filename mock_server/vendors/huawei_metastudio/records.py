"""How jobs, assets, files and scripts look on the wire: one function for each, for details and lists alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Lifecycle
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.clock import utc_text
from bodydouble.mock_server.engine import identifiers, plans
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.store.uploads import Upload
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import NAME
from bodydouble.mock_server.web.file_routes import expiring_file_url
from bodydouble.mock_server.web.upload_routes import uploaded_file_url

VIDEO_JOB, ASSET, FILE, SUBTITLE_JOB = "videoJob", "asset", "file", "subtitleFile"
_LIFECYCLES = load_contract(NAME).lifecycles
# "URL valid for 24 hours" (SDK, models AssetFileInfo and OutputAssetInfo), in milliseconds.
URL_VALIDITY = 24 * 3600 * 1000
# The states of an asset in which its files can be seen.
VISIBLE = ("actived", "unactived", "waitingDelete")
# What a job takes from a script unless its own request says otherwise, and what `show_script` shows again.
PRODUCTION_FIELDS = ("model_asset_id", "voice_config", "video_config", "shoot_scripts", "background_music_config")
COVER = "cover.png"


def lifecycle(task: Task) -> Lifecycle:
    """The lifecycle of a task."""
    return _LIFECYCLES[task.kind]


def code(task: Task, now: int) -> int | str:
    """The state that the wire shows."""
    return lifecycle(task).states[task.state(now)].code


def succeeded(task: Task, now: int) -> bool:
    """Whether a job's work has ended well."""
    success = plans.succeeds_at(task.plan, lifecycle(task))
    return success is not None and success <= now


def output_asset_id(account: Account, job: Task) -> str:
    """The id of the asset that a video job's output becomes."""
    return identifiers.seeded_uuid(account.seed, account.id, "output", job.number)


def _error(task: Task) -> dict[str, str]:
    return {"error_code": "MSS.00000004", "error_msg": task.plan.reason or f"{task.plan.outcome} by the double's plan"}


def video_job(account: Account, task: Task, now: int, base_url: str) -> dict[str, Any]:
    """A video job, as lists show it."""
    state, attributes = task.state(now), task.attributes
    done = succeeded(task, now)
    output = {"asset_id": output_asset_id(account, task), "asset_name": attributes["asset_name"]}
    if done and attributes["files"]:
        output["cover_url"] = expiring_file_url(account, task, COVER, base_url, now + URL_VALIDITY)
    record = {
        "job_id": task.key,
        "state": code(task, now),
        "job_type": "2D_DIGITAL_HUMAN_VIDEO",
        "output_asset_config": output,
        "create_time": utc_text(task.created_at),
        "lastupdate_time": utc_text(task.plan.current(now).at),
    }
    began = task.plan.entered("processing")
    if began is not None and began <= now:
        record["start_time"] = utc_text(began)
        if lifecycle(task).states[state].terminal:
            record["end_time"] = utc_text(task.plan.current(now).at)
    if done:
        record["duration"] = attributes["duration"] / 1000
    if state in ("failed", "block"):
        record["error_info"] = _error(task)
    return record


def production(task: Task) -> dict[str, Any]:
    """What a video job was made from, as `show_script` shows it."""
    made_from = {
        name: task.attributes["production"][name] for name in PRODUCTION_FIELDS if name in task.attributes["production"]
    }
    # "fixed at 25" (vendor document, lines 600 to 620), whatever was asked for.
    made_from["video_config"] = {**made_from["video_config"], "frame_rate": "25"}
    if task.attributes["script_id"] is not None:
        made_from["script_id"] = task.attributes["script_id"]
    return made_from


def output_files(account: Account, asset: Task, job: Task, now: int, base_url: str) -> list[dict[str, Any]]:
    """The files of an asset that a video job made."""
    return [
        {
            "file_id": identifiers.hexadecimal(32, "file", asset.key, name),
            "file_name": COVER if name == COVER else f"{asset.name[:240]}.{_extension(name)}",
            "file_type": _extension(name),
            "asset_file_category": "COVER" if name == COVER else "MAIN",
            "download_url": expiring_file_url(account, job, name, base_url, now + URL_VALIDITY),
            "state": "CREATED",
        }
        for name in job.attributes["files"]
    ]


def _extension(name: str) -> str:
    return name.rpartition(".")[2]


def file(account: Account, task: Task, upload: Upload | None, now: int, base_url: str) -> dict[str, Any]:
    """A file that the client announced for an asset."""
    record = {**task.attributes["file"], "file_id": task.key, "state": code(task, now)}
    if task.state(now) == "created" and upload is not None:
        record["download_url"] = uploaded_file_url(account, upload, base_url, now + URL_VALIDITY)
    return record


def asset(project_id: str, task: Task, now: int, files: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """An asset of the tenant's own.

    Args:
        files: shown only while the asset's files can be seen.
    """
    state = task.state(now)
    updated = max(task.plan.current(now).at, task.attributes.get("updated_at", task.created_at))
    record = {
        **{name: value for name, value in task.attributes["content"].items() if name != "shared_config"},
        "project_id": project_id,
        "asset_id": task.key,
        "asset_name": task.name,
        "create_time": utc_text(task.created_at),
        "update_time": utc_text(updated),
        "asset_state": code(task, now),
        "files": list(files) if state in VISIBLE else [],
    }
    if state in ("failed", "block") and task.plan.outcome != DEFAULT_OUTCOME:
        record["reason"] = _error(task)["error_msg"]
    return record


def subtitle_job(account: Account, task: Task, now: int, base_url: str) -> dict[str, Any]:
    """A subtitle job with its files."""
    return {
        "job_state": code(task, now),
        "subtitle_file_info": [
            {"sequence_no": number, **subtitle_file(account, task, number, now, base_url)}
            for number in task.attributes["sequence_numbers"]
        ],
    }


def subtitle_name(sequence_no: int) -> str:
    """The name of the subtitle file of a scene."""
    return f"{sequence_no}.srt"


def subtitle_file(account: Account, task: Task, sequence_no: int, now: int, base_url: str) -> dict[str, Any]:
    """The subtitle file of one scene, without the scene's number."""
    state = task.state(now)
    if state == "generating":
        return {"subtitle_file_state": "GENERATING"}
    if state == "failed":
        return {"subtitle_file_state": "GENERATE_FAILED", "error_info": _error(task)}
    url = expiring_file_url(account, task, subtitle_name(sequence_no), base_url, now + URL_VALIDITY)
    return {
        "subtitle_file_state": "GENERATE_SUCCEED",
        "subtitle_file_download_url": url,
        "generate_time": utc_text(task.plan.current(now).at),
    }


def scenes(settings: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """The scenes of a script, each with its number; one that has none gets its place in the list."""
    return [
        (int(scene.get("sequence_no", index)), scene) for index, scene in enumerate(settings.get("shoot_scripts", ()))
    ]


def script_name(script: Resource) -> str:
    """A script's name; a nameless one goes by its id."""
    return str(script.content.get("script_name", script.key))


def script_summary(script: Resource) -> dict[str, Any]:
    """A script, as lists show it."""
    spoken = [scene["shoot_script"] for _, scene in scenes(script.content)]
    first = spoken[0] if spoken else {}
    record = {
        "script_id": script.key,
        "script_name": script_name(script),
        "script_type": first.get("script_type", "TEXT"),
        "text": first.get("text_config", {}).get("text", ""),
        "create_time": utc_text(script.created_at),
        "update_time": utc_text(script.updated_at),
    }
    for name in ("script_description", "model_asset_id", "model_asset_type"):
        if name in script.content:
            record[name] = script.content[name]
    return record
