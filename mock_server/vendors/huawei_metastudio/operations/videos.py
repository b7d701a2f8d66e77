"""Avatar video jobs: create, show, list and cancel them."""

from collections.abc import Callable
from typing import Any

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.huawei_metastudio import records
from bodydouble.mock_server.vendors.huawei_metastudio.authentication import NAME
from bodydouble.mock_server.vendors.huawei_metastudio.operations.common import callback, moment, page, within, words
from bodydouble.mock_server.vendors.huawei_metastudio.operations.production import EXTENSIONS, Production, settle

handlers = Handlers()

# "the jobs of the last month" (the vendor's page on the list), in milliseconds; the length of the month is ours.
MONTH = 30 * 24 * 3600 * 1000
PHOTO_JOBS = "PHOTO_DIGITAL_HUMAN_VIDEO"
APP_USER_HEADER = "X-App-UserId"
# What becomes of the output while its job goes on.
OUTPUT_STATES = {
    "waiting": "creating",
    "processing": "creating",
    "succeed": "actived",
    "failed": "failed",
    "canceled": "failed",
    "block": "block",
}


@handlers.writes("Create2DDigitalHumanVideo")
def create_video(request: OperationRequest) -> dict[str, Any]:
    """Start a job, and make the asset that its video becomes."""
    production = settle(request)
    url, context = callback(request)
    video, name = production.video, _name(request, production)
    frame = {"duration": production.duration, "width": video["width"] or 1, "height": video["height"] or 1}
    job = request.services.tasks.create(
        request,
        records.VIDEO_JOB,
        key=lambda number: identifiers.seeded_uuid(request.account.seed, request.account.id, "job", number),
        name=name,
        attributes={
            "production": dict(production.fields),
            "script_id": request.body.get("script_id"),
            "asset_name": name,
            "duration": production.duration,
            "files": {f"video.{EXTENSIONS[video['codec']]}": frame, records.COVER: frame},
        },
        callback_url=url,
        callback_context=context,
    )
    request.services.tasks.follow(
        request,
        job,
        records.ASSET,
        states=OUTPUT_STATES,
        key=lambda _: records.output_asset_id(request.account, job),
        name=name,
        attributes={"job": job.id, "content": _content(request, production)},
    )
    return {"job_id": job.key}


def _name(request: OperationRequest, production: Production) -> str:
    output = request.body.get("output_asset_config")
    if output is not None:
        return str(output["asset_name"])
    return records.script_name(production.script) if production.script is not None else ""


def _content(request: OperationRequest, production: Production) -> dict[str, Any]:
    video = production.video
    content = {
        "asset_type": "VIDEO",
        "tags": [],
        "asset_extra_meta": {
            "video_meta": {
                "video_codec": video["codec"].lower(),
                "width": video["width"],
                "height": video["height"],
                "frame_rate": "25",
                "video_bit_rate": video["bitrate"],
                "duration": -(-production.duration // 1000),
                "mode": "Horizontal" if video["width"] > video["height"] else "Vertical",
            }
        },
        "system_properties": [{"key": "DIGITAL_HUMAN_2D_VIDEO", "value": "Yes"}],
        "asset_order": 0,
        "supported_service": ["VIDEO_2D"],
    }
    if APP_USER_HEADER in request.headers:
        content["app_user_id"] = request.headers[APP_USER_HEADER]
    return content


@handlers.reads("Show2DDigitalHumanVideo")
def show_video(request: OperationRequest) -> dict[str, Any]:
    """One job, with what it was made from if that is asked for."""
    job = _find(request)
    record = records.video_job(request.account, job, request.now, request.base_url)
    return {**record, **records.production(job)} if request.query.get("show_script", False) else record


@handlers.writes("Cancel2DDigitalHumanVideo")
def cancel_video(request: OperationRequest) -> None:
    """End a job that has not begun."""
    request.services.tasks.operate(request, _find(request), refusal="jobNotCancelable")


def _find(request: OperationRequest) -> Task:
    job_id = request.path["job_id"]
    job = tasks.get(request.connection, request.account.id, NAME, records.VIDEO_JOB, job_id)
    if job is None:
        raise ApiError("jobNotFound", f"path parameter job_id: this project has no video job {job_id}")
    return job


@handlers.reads("ListDigitalHumanVideo")
def list_videos(request: OperationRequest) -> dict[str, Any]:
    """The jobs that every filter lets through, in the order that is asked for."""
    since, until = moment(request, "create_since"), moment(request, "create_until")
    if since is None and until is None:
        since = request.now - MONTH
    matches = _filter(request)
    every = tasks.every(request.connection, request.account.id, NAME, records.VIDEO_JOB)
    found = [job for job in reversed(every) if within(job.created_at, since, until) and matches(job)]
    found.sort(key=_order(request), reverse=request.query.get("sort_dir") == "desc")
    rows = [records.video_job(request.account, job, request.now, request.base_url) for job in page(request, found)]
    return {"count": len(found), "jobs": rows}


def _filter(request: OperationRequest) -> Callable[[Task], bool]:
    query = request.query
    states, job_ids = words(query.get("state")), query.get("job_ids")
    fuzzy = frozenset(query.get("fuzzy_query_field", ()))

    def fits(name: str, value: str) -> bool:
        wanted = query.get(name)
        return wanted is None or (wanted in value if name in fuzzy else wanted == value)

    def matches(job: Task) -> bool:
        return (
            query.get("job_type") != PHOTO_JOBS
            and (not states or records.code(job, request.now) in states)
            and (job_ids is None or job.key in job_ids)
            and fits("job_id", job.key)
            and fits("script_id", job.attributes["script_id"] or "")
            and fits("asset_name", job.attributes["asset_name"])
        )

    return matches


def _order(request: OperationRequest) -> Callable[[Task], tuple[int, int]]:
    key = request.query.get("sort_key")
    if key == "update_time":
        return lambda job: (job.plan.current(request.now).at, job.number)
    if key != "asset_order":
        return lambda job: (job.created_at, job.number)
    outputs = tasks.every(request.connection, request.account.id, NAME, records.ASSET)
    orders = {task.attributes.get("job"): int(task.attributes["content"]["asset_order"]) for task in outputs}
    return lambda job: (orders.get(job.id, 0), job.number)
