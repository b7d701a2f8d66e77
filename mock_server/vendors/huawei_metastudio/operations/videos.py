"""Avatar video jobs: create, show, list and cancel them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from bodydouble.mock_server.store.search import NAME, SearchText
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import (
    filters_apart_from,
    is_selected,
    page_fields,
    passes_constants,
    requested_page,
    selected_page,
    selected_states,
    state_filters,
)
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import library, names, records
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors
from bodydouble.mock_server.vendors.huawei_metastudio.operations import common
from bodydouble.mock_server.vendors.huawei_metastudio.production import EXTENSIONS, Production, plan_production

handlers = Handlers[Toolbox]()

# "the jobs of the last month" (the vendor's page on the list), in milliseconds; the length of the month is invented.
MONTH = 30 * 24 * 3600 * 1000
_TIMES = ("create_since", "create_until")
_BY_TIME = [f"$request.query.{name}" for name in _TIMES]
CREATION = "create_time"
_SORT_KEYS = (CREATION, common.PLACE, common.CHANGE)
JOB_TYPE = "$request.query.job_type"
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
    production, script_id = plan_production(request, tools), request.body.get("script_id")
    target, name, duration = common.callback(request, tools), _name(request, production), production.duration
    width, height = production.size
    frame = {"duration": duration, "width": width or 1, "height": height or 1}
    job = tools.tasks.create(
        names.VIDEO_JOB,
        key=lambda number: tools.account.identifiers.uuid("job", number),
        name=name,
        attributes={
            "production": production.fields,
            "script_id": script_id,
            "asset_name": name,
            "duration": duration,
        },
        files={f"video.{EXTENSIONS[production.video['codec']]}": frame, records.COVER: frame},
        callback=target,
        texts=(records.searched_name(name), SearchText(library.SCRIPT, script_id or "", by_part=True)),
    )
    tools.tasks.follow(
        job,
        names.ASSET,
        states=OUTPUT_STATES,
        key=lambda _: records.output_asset_id(tools.account, job),
        name=name,
        attributes={"job": job.id, "content": _content(request, production.video, duration)},
        texts=_asset_texts(request, name),
    )
    return {"job_id": job.key}


def _asset_texts(request: OperationRequest, name: str) -> list[SearchText]:
    user = request.headers.get(APP_USER_HEADER)
    return [records.searched_name(name), *([] if user is None else [SearchText(library.APP_USER, user)])]


def _name(request: OperationRequest, production: Production) -> str:
    output = request.body.get("output_asset_config")
    if output is not None:
        return str(output["asset_name"])
    return records.script_name(production.script) if production.script is not None else ""


def _content(request: OperationRequest, video: Mapping[str, Any], duration: int) -> dict[str, Any]:
    content = {
        **records.MADE_BY_JOBS,
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
    common.check_times(request, *_TIMES)
    lifecycle = tools.tasks.lifecycle(names.VIDEO_JOB)
    page: Sequence[TaskView]
    if not passes_constants(request, {"job_type": records.JOB_TYPE}):
        return {**page_fields(request, 0), "jobs": []}
    sort_key = request.query.get("sort_key", CREATION)
    places = _places(tools) if sort_key == common.PLACE else {}
    known = (JOB_TYPE, *_BY_TIME, *state_filters(request, lifecycle))
    is_few = len(places) <= common.MAX_SPECIAL and sort_key in _SORT_KEYS
    if is_few and not filters_apart_from(request, *known):
        # Usual, and read from an index: a page costs the same however many jobs there are.
        total, page = _indexed_page(request, tools, places)
    else:
        jobs = [tools.tasks.view(task) for task in _candidates(request, tools)]
        jobs = [job for job in jobs if job.task.created_at >= _since(request, tools)]
        jobs.sort(key=lambda job: _order(places, job), reverse=common.is_descending(request))
        total, page = selected_page(request, jobs, _compared)
    return {**page_fields(request, total), "jobs": [records.video_job(job) for job in page]}


def _since(request: OperationRequest, tools: Toolbox) -> int:
    # Without times, the jobs of the last month are listed.
    since = common.created_from(request, "create_since") or 0
    return since if any(name in request.query for name in _TIMES) else tools.now - MONTH


def _indexed_page(
    request: OperationRequest, tools: Toolbox, places: Mapping[int, int]
) -> tuple[int, Sequence[TaskView]]:
    # Jobs whose assets have a place of their own are few, and put among all others.
    by_change = request.query.get("sort_key") == common.CHANGE
    placed = [job for row in places if (job := tools.tasks.by_row(row)) is not None and job.deleted_at is None]
    own = partial(
        tools.tasks.page,
        names.VIDEO_JOB,
        states=selected_states(request, tools.tasks.lifecycle(names.VIDEO_JOB)),
        created_from=_since(request, tools),
        created_until=common.created_until(request, "create_until"),
        without={job.number for job in placed},
        newest_first=common.is_descending(request),
        by_entry=by_change,
    )
    views = [tools.tasks.view(job) for job in placed if job.created_at >= _since(request, tools)]
    selected = [job for job in views if is_selected(request, _compared(job))]
    key = _by_change if by_change else partial(_order, places)
    order = common.Order(key, reverse=common.is_descending(request))
    return common.merged_page(requested_page(request), tools, selected, own, order)


def _candidates(request: OperationRequest, tools: Toolbox) -> Iterable[Task]:
    # By the filter that is likely to select fewest; the others compare what that selects.
    query, fuzzy = request.query, request.query.get("fuzzy_query_field", ())
    keys = list(query.get("job_ids", ()))
    if not keys and "job_id" in query and "job_id" not in fuzzy:
        keys = [query["job_id"]]
    if keys:
        jobs = (tools.tasks.get(names.VIDEO_JOB, key) for key in dict.fromkeys(keys))
        return [job for job in jobs if job is not None]
    for name, field in ((library.SCRIPT, library.SCRIPT), ("asset_name", NAME)):
        if name in query and (query[name] or name not in fuzzy):
            return tools.tasks.search(names.VIDEO_JOB, field, query[name], by_part=name in fuzzy)
    if query.get("job_id"):
        return tools.tasks.search_keys(names.VIDEO_JOB, query["job_id"])
    return tools.tasks.all(names.VIDEO_JOB)


def _compared(job: TaskView) -> dict[str, Any]:
    return {**records.video_job(job), "script_id": job.attributes["script_id"] or ""}


def _order(places: Mapping[int, int], job: TaskView) -> tuple[int, ...]:
    return (places.get(job.task.id, 0), *common.creation(job))


def _by_change(job: TaskView) -> tuple[int, ...]:
    # Responses show seconds.
    return job.entered_at // 1000, *common.creation(job)


def _places(tools: Toolbox) -> dict[int, int]:
    # By row of the job, which does not show it: the place of its asset, if the account has given it one.
    assets = (asset for asset in library.changed_assets(tools) if "job" in asset.attributes)
    places = {asset.attributes["job"]: int(asset.attributes["content"]["asset_order"]) for asset in assets}
    return {job: place for job, place in places.items() if place}
