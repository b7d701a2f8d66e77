"""Avatar video jobs: create, show, list and cancel them."""

from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import names, records
from bodydouble.mock_server.vendors.huawei_metastudio.filters import comma_separated
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors
from bodydouble.mock_server.vendors.huawei_metastudio.operations import common
from bodydouble.mock_server.vendors.huawei_metastudio.production import EXTENSIONS, Production, plan_production

handlers = Handlers[Toolbox]()

# "the jobs of the last month" (the vendor's page on the list), in milliseconds; the length of the month is invented.
MONTH = 30 * 24 * 3600 * 1000
PHOTO_JOBS = "PHOTO_DIGITAL_HUMAN_VIDEO"
APP_USER_HEADER = "X-App-UserId"
# The state of the output for each state of its job.
OUTPUT_STATES = {
    names.VIDEO_JOB_WAITING: names.ASSET_CREATING,
    names.VIDEO_JOB_PROCESSING: names.ASSET_CREATING,
    names.VIDEO_JOB_SUCCEED: names.ASSET_ACTIVED,
    names.VIDEO_JOB_FAILED: names.ASSET_FAILED,
    names.VIDEO_JOB_CANCELED: names.ASSET_FAILED,
    names.VIDEO_JOB_BLOCKED: names.ASSET_BLOCKED,
}


@handlers.operation("Create2DDigitalHumanVideo", transaction=True)
def create_video(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Start a job, and make the asset that its video becomes."""
    production = plan_production(request, tools)
    target, name, duration = common.callback(request, tools), _name(request, production), production.duration
    width, height = production.size
    frame = {"duration": duration, "width": width or 1, "height": height or 1}
    job = tools.tasks.create(
        names.VIDEO_JOB,
        key=lambda number: tools.account.identifiers.uuid("job", number),
        name=name,
        attributes={
            "production": production.fields,
            "script_id": request.body.get("script_id"),
            "asset_name": name,
            "duration": duration,
        },
        files={f"video.{EXTENSIONS[production.video['codec']]}": frame, records.COVER: frame},
        callback=target,
    )
    tools.tasks.follow(
        job,
        names.ASSET,
        states=OUTPUT_STATES,
        key=lambda _: records.output_asset_id(tools.account, job),
        name=name,
        attributes={"job": job.id, "content": _content(request, production.video, duration)},
    )
    return {"job_id": job.key}


def _name(request: OperationRequest, production: Production) -> str:
    output = request.body.get("output_asset_config")
    if output is not None:
        return str(output["asset_name"])
    return records.script_name(production.script) if production.script is not None else ""


def _content(request: OperationRequest, video: Mapping[str, Any], duration: int) -> dict[str, Any]:
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
                "duration": -(-duration // 1000),
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


@handlers.operation("Show2DDigitalHumanVideo")
def show_video(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """One job, with what it was made from if that is asked for."""
    job = common.find_job(request, tools, names.VIDEO_JOB)
    record = records.video_job(job)
    return {**record, **records.production(job)} if request.query.get("show_script", False) else record


@handlers.operation("Cancel2DDigitalHumanVideo", transaction=True)
def cancel_video(request: OperationRequest, tools: Toolbox) -> None:
    """End a job that has not begun."""
    tools.tasks.operate(common.find_job(request, tools, names.VIDEO_JOB).task, error=Errors.jobNotCancelable)


@handlers.operation("ListDigitalHumanVideo")
def list_videos(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """The jobs that pass every filter, in the order that is asked for."""
    since, until = common.time_parameter(request, "create_since"), common.time_parameter(request, "create_until")
    if since is None and until is None:
        since = tools.now - MONTH
    passes = _filter(request)
    jobs = [tools.tasks.view(task) for task in reversed(tools.tasks.all(names.VIDEO_JOB))]
    jobs = [job for job in jobs if common.is_created_between(job, since, until) and passes(job)]
    jobs.sort(key=_order(request, tools), reverse=request.query.get("sort_dir") == "desc")
    return {"count": len(jobs), "jobs": [records.video_job(job) for job in common.page_of(request, jobs)]}


def _filter(request: OperationRequest) -> Callable[[TaskView], bool]:
    query = request.query
    codes, job_ids = comma_separated(query.get("state")), query.get("job_ids")
    fuzzy = frozenset(query.get("fuzzy_query_field", ()))

    def fits(name: str, value: str) -> bool:
        expected = query.get(name)
        return expected is None or (expected in value if name in fuzzy else expected == value)

    def passes(job: TaskView) -> bool:
        return (
            query.get("job_type") != PHOTO_JOBS
            and (not codes or job.code in codes)
            and (job_ids is None or job.task.key in job_ids)
            and fits("job_id", job.task.key)
            and fits("script_id", job.attributes["script_id"] or "")
            and fits("asset_name", job.attributes["asset_name"])
        )

    return passes


def _order(request: OperationRequest, tools: Toolbox) -> Callable[[TaskView], tuple[int, int]]:
    key = request.query.get("sort_key")
    if key == "update_time":
        return lambda job: (job.entered_at, job.task.number)
    if key != "asset_order":
        return lambda job: (job.task.created_at, job.task.number)
    assets = tools.tasks.all(names.ASSET)
    orders = {asset.attributes.get("job"): int(asset.attributes["content"]["asset_order"]) for asset in assets}
    return lambda job: (orders.get(job.task.id, 0), job.task.number)
