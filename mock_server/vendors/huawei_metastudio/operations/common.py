"""What several chapters share: times, order, callbacks, jobs."""

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.paging import RequestedPage
from bodydouble.contracts.signatures import mss_a
from bodydouble.mock_server.clock import from_rfc3339
from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.callback_targets import callback_target
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import names
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors

SIGNED = "MSS_A"
# The key of sorting by the places that an account gives its assets.
PLACE = "asset_order"
# That of sorting by the time of the last change.
CHANGE = "update_time"
# With more special tasks than these, all are looked at one after the other; by default, no account has as many.
MAX_SPECIAL = 100_000
_JOBS = {
    names.VIDEO_JOB: ("video job", Errors.jobNotFound),
    names.SUBTITLE_JOB: ("subtitle job", Errors.subtitleJobNotFound),
}


def body_fields(request: OperationRequest, without: Container[str]) -> dict[str, Any]:
    """The documented fields of the body, without some."""
    documented = request.operation.body_fields
    return {name: request.body[name] for name in documented if name in request.body and name not in without}


def check_times(request: OperationRequest, *parameters: str) -> None:
    """Check that query parameters that are times are in the calendar.

    Raises:
        ApiError: timeUnknown.
    """
    for name in parameters:
        text = request.query.get(name)
        try:
            from_rfc3339(text) if text is not None else None
        except (ValueError, OverflowError) as error:
            detail = f"query parameter {name}: expected a time (RFC 3339), got {text}"
            raise ApiError(Errors.timeUnknown, detail) from error


def created_from(request: OperationRequest, parameter: str) -> int | None:
    """The first millisecond whose second, which responses show, is not before the time of a query parameter."""
    text = request.query.get(parameter)
    return None if text is None else -(-from_rfc3339(text) // 1000) * 1000


def created_until(request: OperationRequest, parameter: str) -> int | None:
    """The last millisecond whose second, which responses show, is not after the time of a query parameter."""
    text = request.query.get(parameter)
    return None if text is None else from_rfc3339(text) // 1000 * 1000 + 999


def creation(view: TaskView) -> tuple[int, int]:
    """By what tasks are in the order of their creation."""
    return view.task.created_at, view.task.number


@dataclass(frozen=True, slots=True)
class Order:
    """An order of tasks, in which no two are equal."""

    key: Callable[[TaskView], tuple[int, ...]]
    reverse: bool

    def sorted(self, views: Iterable[TaskView]) -> list[TaskView]:
        """Tasks in this order."""
        return sorted(views, key=self.key, reverse=self.reverse)

    def is_behind(self, view: TaskView, other: TaskView) -> bool:
        """Whether a task comes after another one."""
        return self.key(view) < self.key(other) if self.reverse else self.key(view) > self.key(other)


def merged_page(
    page: RequestedPage,
    tools: Toolbox,
    special: Sequence[TaskView],
    others: Callable[[RequestedPage], tuple[int, list[Task]]],
    order: Order,
) -> tuple[int, list[TaskView]]:
    """How many tasks there are, and those of a page: few special tasks among many others.

    Args:
        special: in any order.
        others: a page of all others, which are in the order, and how many there are.
    """
    # No more of the others can be before the page than without the special ones, nor fewer than without all of these.
    start = max(0, page.offset - len(special))
    size = None if page.size is None else page.offset - start + page.size
    count, tasks = others(RequestedPage(start, size, page.number))
    if not tasks:
        start = max(0, count - 1)
        _, tasks = others(RequestedPage(start, 1, page.number))
    shown = [tools.tasks.view(task) for task in tasks]
    later = [view for view in special if order.is_behind(view, shown[0])] if start else special
    skipped = page.offset - start - len(special) + len(later)
    merged = order.sorted([*shown, *later])
    return count + len(special), merged[skipped : None if page.size is None else skipped + page.size]


def is_descending(request: OperationRequest) -> bool:
    """Whether a request asks for a descending order."""
    return bool(request.query.get("sort_dir") == "desc")


def find_job(request: OperationRequest, tools: Toolbox, kind: str) -> TaskView:
    """The video or subtitle job that the path names.

    Raises:
        ApiError: jobNotFound or subtitleJobNotFound.
    """
    job_id = request.path["job_id"]
    task = tools.tasks.get(kind, job_id)
    if task is None:
        noun, error = _JOBS[kind]
        raise ApiError(error, f"path parameter job_id: this project has no {noun} {job_id}")
    return tools.tasks.view(task)


def callback(request: OperationRequest, tools: Toolbox) -> CallbackTarget | None:
    """Where the end of a job is to be reported, and the key with which the report is signed, if it is.

    Raises:
        ApiError: callbackUrlRefused, if the operator does not allow the host; ruleBroken, if a URL that is to be signed
            is signed already.
    """
    config = request.body.get("callback_config")
    if config is None:
        return None
    url, field = config["callback_url"], "/callback_config/callback_url"
    context = {"key": config["key"]} if config.get("auth_type") == SIGNED else {}
    target = callback_target(tools, url, Errors.callbackUrlRefused, field, context)
    if context:
        _require_unsigned(url, field)
    return target


def _require_unsigned(url: str, field: str) -> None:
    parameters = {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    for name in (mss_a.SECRET, mss_a.TIMESTAMP):
        if name in parameters:
            raise ApiError(Errors.ruleBroken, f"{field}: has a query parameter {name}, which {SIGNED} is to add")
